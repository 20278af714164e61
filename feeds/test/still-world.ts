import type { Micros } from '@depthcast/market'
import type { Outside } from '../src/outside.ts'
import type { HttpReply, HttpRequest } from '../src/venue.ts'

/** A world without sockets, in which time passes and requests are answered when it is told so. */
export class StillWorld implements Outside {
  #now: number
  #timers: { readonly at: number; readonly act: () => void }[] = []
  readonly #open: { readonly request: HttpRequest; readonly tell: (reply: HttpReply) => void }[] = []
  /** When each request went out, in ms. */
  readonly asked: (readonly [ms: number, id: string])[] = []

  constructor(nowMs = 0) {
    this.#now = nowMs
  }

  readonly clock = { now: (): Micros => (this.#now * 1000) as Micros }
  readonly random = (): number => 0
  readonly later = (ms: number, act: () => void): (() => void) => {
    const timer = { at: this.#now + ms, act }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }
  readonly connect = (): never => {
    throw new Error('no sockets here')
  }
  readonly request = (request: HttpRequest): Promise<HttpReply> => {
    this.asked.push([this.#now, request.id])
    return new Promise((tell) => this.#open.push({ request, tell }))
  }

  get now(): number {
    return this.#now
  }

  /** The requests that have no answer. */
  get open(): readonly HttpRequest[] {
    return this.#open.map(({ request }) => request)
  }

  /** Answers the oldest request, and lets whoever waits for it go on. */
  async answer(body: unknown, status = 200, retryAfterMs?: number): Promise<void> {
    const asked = this.#open.shift()
    if (asked === undefined) throw new Error('nothing asked')
    const { id, url } = asked.request
    const after = retryAfterMs === undefined ? {} : { retryAfterMs }
    asked.tell({ id, url, status, body: typeof body === 'string' ? body : JSON.stringify(body), ...after })
    await new Promise(setImmediate)
  }

  pass(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const due = this.#timers.toSorted((a, b) => a.at - b.at)[0]
      if (due === undefined || due.at > until) break
      this.#timers = this.#timers.filter((other) => other !== due)
      this.#now = Math.max(this.#now, due.at)
      due.act()
    }
    this.#now = until
  }
}
