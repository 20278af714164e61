import type { SubId, SubscribeResult } from '@depthcast/protocol'
import { ClientError } from './errors.ts'
import { type Modified, readModified, readSubscribeResult, refusalIn } from './incoming.ts'
import type { Line, Options } from './line.ts'

/** Which view: what is asked for. */
export type Ask = Pick<Line, 'channel' | 'symbol' | 'options'>
export type Grant = Extract<SubscribeResult, { readonly sub: SubId }>

export type RequestsOptions = {
  /** Sends a request on the open connection; false when there is none. */
  request(name: string, body: unknown, answered: (reply: unknown) => void): boolean
  granted(line: Line, grant: Grant): void
  refused(line: Line, error: ClientError): void
}

/**
 * Gathers what is to be asked for and left, and sends it together.
 *
 * Nothing is sent while an answer is awaited: a view asked for may turn out to be one that we hold and are about to leave, and the server
 * sends it once.
 */
export class Requests {
  readonly #options: RequestsOptions
  readonly #asking = new Set<Line>()
  readonly #leaving = new Set<SubId>()
  /** To be left in a request each. */
  readonly #leavingAlone = new Set<SubId>()
  symbolsPerRequest = 1
  #unanswered = 0
  #isFlushing = false
  /** Grows with every connection: what was planned on one is not done on the next. */
  #connection = 0

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  ask(line: Line): void {
    this.#asking.add(line)
    this.#flushSoon()
  }

  leave(sub: SubId): void {
    this.#leaving.add(sub)
    this.#flushSoon()
  }

  /** The line is over before it was asked for. */
  forget(line: Line): void {
    this.#asking.delete(line)
  }

  /** True while the line is still to be asked for. */
  isPlanned(line: Line): boolean {
    return this.#asking.has(line)
  }

  /** The view is wanted after all. */
  keep(sub: SubId): void {
    this.#leaving.delete(sub)
    this.#leavingAlone.delete(sub)
  }

  /** `done` gets what was granted, or why not. */
  modify(sub: SubId, options: Options, done: (outcome: Modified | ClientError) => void): void {
    this.#request('modify', { sub, ...options }, (reply) => {
      const refusal = refusalIn(reply)
      const unreadable = new ClientError('malformed-message', 'the answer to modify cannot be read')
      done(refusal === undefined ? (readModified(reply) ?? unreadable) : new ClientError(refusal))
    })
  }

  /** The connection is gone, and with it all that was planned. */
  clear(): void {
    this.#asking.clear()
    this.#leaving.clear()
    this.#leavingAlone.clear()
    this.#unanswered = 0
    this.#connection++
  }

  #request(name: string, body: unknown, answered: (reply: unknown) => void): void {
    const isSent = this.#options.request(name, body, (reply) => {
      this.#unanswered--
      answered(reply)
      if (this.#asking.size + this.#leaving.size + this.#leavingAlone.size > 0) this.#flushSoon()
    })
    if (isSent) this.#unanswered++
  }

  #flushSoon(): void {
    if (this.#isFlushing) return
    const connection = this.#connection
    this.#isFlushing = true
    queueMicrotask(() => {
      this.#isFlushing = false
      if (connection !== this.#connection) this.#flushSoon()
      else if (this.#unanswered === 0) this.#flush()
    })
  }

  /** First out, then in: leaving and asking for the same view is a fresh start, and a full session gets room. */
  #flush(): void {
    if (this.#leaving.size > 0) this.#unsubscribe([...this.#leaving])
    for (const sub of this.#leavingAlone) this.#unsubscribe([sub])
    this.#leaving.clear()
    this.#leavingAlone.clear()
    const groups = new Map<string, Line[]>()
    for (const line of this.#asking) {
      const group = keyOf({ channel: line.channel, symbol: '', options: line.options })
      groups.set(group, [...(groups.get(group) ?? []), line])
    }
    this.#asking.clear()
    const { symbolsPerRequest } = this
    for (const lines of groups.values()) {
      for (let i = 0; i < lines.length; i += symbolsPerRequest) this.#subscribe(lines.slice(i, i + symbolsPerRequest))
    }
  }

  /** One sub that the server knows no more, as it moved us to another view, fails them all: then each goes alone. */
  #unsubscribe(sub: readonly SubId[]): void {
    this.#request('unsubscribe', { sub }, (reply) => {
      if (refusalIn(reply) !== undefined && sub.length > 1) for (const one of sub) this.#leavingAlone.add(one)
    })
  }

  #subscribe(lines: readonly Line[]): void {
    const [first] = lines
    if (first === undefined) return
    const { channel, options } = first
    const symbols = lines.map((line) => line.symbol)
    const since = lines.map(({ offer }) => offer?.position ?? null)
    const isNew = since.every((position) => position === null)
    this.#request('subscribe', { channel, symbols, ...options, ...(!isNew && { since }) }, (reply) => {
      const results = (reply as { readonly results?: unknown } | null | undefined)?.results
      const refusal = refusalIn(reply)
      for (const [i, line] of lines.entries()) {
        const result = readSubscribeResult(Array.isArray(results) ? results[i] : undefined)
        if (refusal !== undefined) this.#options.refused(line, new ClientError(refusal))
        else if (result?.symbol !== line.symbol) this.#options.refused(line, unreadable(line))
        else if ('error' in result) this.#options.refused(line, new ClientError(result.error))
        else this.#options.granted(line, result)
      }
    })
  }
}

/** Equal asks, equal keys. */
export function keyOf({ channel, symbol, options }: Ask): string {
  const chosen = Object.entries(options).filter(([, value]) => value !== undefined)
  return JSON.stringify([channel, symbol, ...chosen.sort(([a], [b]) => (a < b ? -1 : 1))])
}

function unreadable({ symbol }: Line): ClientError {
  return new ClientError('malformed-message', `the answer to subscribe ${symbol} cannot be read`)
}
