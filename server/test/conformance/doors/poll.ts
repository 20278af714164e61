import type { WireError } from '@depthcast/protocol'
import { type DoorKit, type Ears, named, Refused } from '../wire.ts'

/** `GET /v1/book/…?wait=`, over and over with the etag of the last answer: each answer is a whole book. */
export const poll: DoorKit = {
  name: 'poll',
  encoding: 'none',
  can: [],
  malformed: undefined,
  async connect(url, { subscribe, token }, ears) {
    const [, symbol, depth = '25', grouping = '1'] = (subscribe[0] ?? '').split('.')
    const leaving = new AbortController()
    const ask = (etag?: string) =>
      fetch(`${url}/v1/book/${symbol}?depth=${depth}&grouping=${grouping}&wait=60000`, {
        signal: leaving.signal,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(etag === undefined ? {} : { 'if-none-match': etag }),
        },
      })
    const first = await ask()
    if (!first.ok) throw new Refused((await first.json()) as WireError)
    void follow(first, ask, ears)
    const none = () => {
      throw new Error('a poll only asks for a book')
    }
    return { request: none, tell: none, reads: none, send: none, token: none, leave: () => leaving.abort() }
  },
}

/** Hands over each answer; what is not a book any more is an error, and the end. */
async function follow(first: Response, ask: (etag: string) => Promise<Response>, ears: Ears): Promise<void> {
  try {
    for (let response = first; ; response = await ask(response.headers.get('etag') ?? '')) {
      if (response.status === 304) continue
      const body = (await response.json()) as object
      ears.message(named(response.ok ? 'snapshot' : 'error', response.ok ? { ...body, sub: 1 } : body))
      if (!response.ok) return ears.closed(undefined)
    }
  } catch {
    ears.closed(undefined)
  }
}
