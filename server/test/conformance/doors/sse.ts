import { get, type IncomingMessage } from 'node:http'
import type { WireError } from '@depthcast/protocol'
import { type DoorKit, named, Refused, type Wire } from '../wire.ts'

/** Node's own HTTP client, and the event stream format of the HTML standard. */
export const sse: DoorKit = {
  name: 'sse',
  encoding: 'sse',
  can: ['stream'],
  malformed: undefined,
  connect(url, { subscribe, token, resume, protocol: _none }, ears) {
    const query = new URLSearchParams(subscribe.map((alias) => ['subscribe', alias]))
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(resume === undefined ? {} : { 'last-event-id': resume }),
    }
    let id: string | undefined
    // A message that moves a view is followed by an id.
    let idIsDue = false
    const waiting: (() => void)[] = []
    const parser = new EventParser((event) => {
      if (event.id !== undefined) {
        id = event.id
        idIsDue = false
        for (const one of waiting.splice(0)) one()
      }
      if (event.data === undefined) return
      const body: unknown = JSON.parse(event.data)
      if (event.type === 'subscribed') return ears.answer('subscribe', body)
      idIsDue ||= VIEW_TYPES.includes(event.type)
      ears.message(named(event.type, body))
    })
    return new Promise<Wire>((resolve, reject) => {
      const request = get(`${url}/v1/sse?${query}`, { agent: false, headers }, (response) => {
        if (response.statusCode !== 200) return void refusalOf(response).then(reject)
        response.on('data', (chunk: Buffer) => parser.add(chunk.toString()))
        response.on('close', () => ears.closed(undefined))
        resolve({
          request: none,
          tell: none,
          reads: none,
          send: (bytes) => void request.socket?.write(bytes),
          async token() {
            while (idIsDue || id === undefined) await new Promise<void>((next) => waiting.push(next))
            return id
          },
          leave: () => void request.destroy(),
        })
      })
      request.on('error', () => {})
    })
  },
}

function none(): never {
  throw new Error('a stream of events takes no requests')
}

const VIEW_TYPES: readonly string[] = ['snapshot', 'update', 'trades', 'ticker', 'candle']

async function refusalOf(response: IncomingMessage): Promise<Refused> {
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return new Refused(JSON.parse(text) as WireError)
}

type ParsedEvent = { readonly type: string; readonly data: string | undefined; readonly id: string | undefined }

/** Source: HTML standard, "Interpreting an event stream". */
class EventParser {
  readonly #dispatch: (event: ParsedEvent) => void
  #text = ''

  constructor(dispatch: (event: ParsedEvent) => void) {
    this.#dispatch = dispatch
  }

  add(text: string): void {
    const blocks = (this.#text + text).split('\n\n')
    this.#text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
      )
      this.#dispatch({ type: fields.get('event') ?? 'message', data: fields.get('data'), id: fields.get('id') })
    }
  }
}
