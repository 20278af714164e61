import { Book, type Instrument, instrumentId, type Micros, step, type VenueEvent } from '@depthcast/market'
import type { FeedError } from '../src/errors.ts'
import type { Check, HttpRequest, Input, Output, Protocol } from '../src/venue.ts'

/** An instrument on a grid of 0.01 and 0.001. */
export function instrument(venue: string, venueSymbol: string, base: string, quote: string): Instrument {
  const grid = { tickSize: step('0.01'), lotSize: step('0.001') }
  return { id: instrumentId(venue, base, quote), venue, venueSymbol, base, quote, ...grid }
}

export const START = 1_700_000_000_000_000 as Micros

/** Plays a script against a protocol on a clock of its own, running the timers it asks for, and keeps what came out. */
export class Driver {
  readonly #protocol: Protocol
  now = START
  readonly outputs: Output[] = []
  readonly #timers: Micros[] = []
  readonly #books = new Map<string, Book>()

  constructor(protocol: Protocol) {
    this.#protocol = protocol
  }

  open(): this {
    return this.step({ kind: 'open', now: this.now })
  }

  closed(code = 1006): this {
    return this.step({ kind: 'closed', now: this.now, code, reason: `closed with code ${code}` })
  }

  frame(frame: unknown): this {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
    return this.step({ kind: 'frame', now: this.now, text })
  }

  ping(): this {
    return this.step({ kind: 'ping', now: this.now })
  }

  /** Answers the newest request whose id begins so. */
  answer(idStart: string, body: unknown, status = 200, retryAfterMs?: number): this {
    const request = this.#asked.findLast(({ id }) => id.startsWith(idStart))
    if (request === undefined) throw new Error(`nothing asked for ${idStart}`)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const after = retryAfterMs === undefined ? {} : { retryAfterMs }
    return this.step({
      kind: 'http',
      now: this.now,
      reply: { id: request.id, url: request.url, status, body: text, ...after },
    })
  }

  readonly #asked: HttpRequest[] = []

  /** Lets time pass, timers included. */
  wait(ms: number): this {
    const until = (this.now + ms * 1000) as Micros
    for (;;) {
      this.#timers.sort((a, b) => a - b)
      const next = this.#timers[0]
      if (next === undefined || next > until) break
      this.#timers.shift()
      this.now = Math.max(this.now, next) as Micros
      this.step({ kind: 'tick', now: this.now })
    }
    this.now = until
    return this
  }

  step(input: Input): this {
    for (const output of this.#protocol.step(input)) {
      this.outputs.push(output)
      if (output.kind === 'http') this.#asked.push(output.request)
      if (output.kind === 'timer') this.#timers.push(output.at)
      if (output.kind === 'event') this.#fold(output.event)
    }
    return this
  }

  /** Forgets what came out so far; books and timers stay. */
  forget(): this {
    this.outputs.length = 0
    return this
  }

  get events(): VenueEvent[] {
    return this.outputs.flatMap((output) => (output.kind === 'event' ? [output.event] : []))
  }

  get kinds(): string[] {
    return this.events.map((event) => (event.kind === 'status' ? `status ${event.state}` : event.kind))
  }

  get requests(): HttpRequest[] {
    return this.outputs.flatMap((output) => (output.kind === 'http' ? [output.request] : []))
  }

  get sent(): unknown[] {
    return this.outputs.flatMap((output) => (output.kind === 'send' ? [JSON.parse(output.text)] : []))
  }

  get failures(): FeedError[] {
    return this.outputs.flatMap((output) => (output.kind === 'error' ? [output.error] : []))
  }

  get errors(): string[] {
    return this.failures.map(({ code }) => code)
  }

  get reconnects(): string[] {
    return this.outputs.flatMap((output) => (output.kind === 'reconnect' ? [output.error.code] : []))
  }

  checks(check: Check): boolean[] {
    return this.outputs.flatMap((output) => (output.kind === 'check' && output.check === check ? [output.ok] : []))
  }

  /** What a consumer of the events holds; undefined without a book, or with one that a gap broke. */
  book(id: string): { bids: number[]; asks: number[] } | undefined {
    const book = this.#books.get(id)
    return book && { bids: book.bids(), asks: book.asks() }
  }

  /** The state last published for an instrument. */
  state(id: string): string | undefined {
    return this.#states.get(id)
  }

  readonly #states = new Map<string, string>()

  #fold(event: VenueEvent): void {
    if (event.kind === 'status') this.#states.set(event.instrument, event.state)
    if (event.kind === 'gap' && event.stream === 'book') this.#books.delete(event.instrument)
    if (event.kind === 'book-snapshot') {
      const book = new Book()
      book.replace(event.bids, event.asks)
      this.#books.set(event.instrument, book)
    }
    if (event.kind === 'book-delta') {
      const book = this.#books.get(event.instrument)
      if (book === undefined) throw new Error(`a delta of ${event.instrument} without a snapshot`)
      book.apply(event.bids, event.asks)
    }
  }
}
