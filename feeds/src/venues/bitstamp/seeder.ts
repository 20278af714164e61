import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Action } from '../../book-state.ts'
import {
  type FeedError,
  RateLimited,
  SubscribeRefused,
  saidBy,
  TransportError,
  VenueProtocolError,
} from '../../errors.ts'
import type { HttpReply, Output } from '../../venue.ts'
import { parseObject } from '../wire.ts'
import { type Levels, readBook } from './frames.ts'
import type { BitstampPair } from './pair.ts'

/** Between tries after a book that was too old or did not come. */
const RETRY_MS = [1_000, 2_000, 4_000] as const
const RATE_LIMITED_MS = 10_000

/** Fetches the books that the differences start from. */
export class Seeder {
  readonly #httpUrl: string
  /** The newest question about each pair, and the tries before it. */
  readonly #asked = new Map<string, { readonly id: string; readonly pair: BitstampPair; readonly tries: number }>()
  #count = 0

  constructor(httpUrl: string) {
    this.#httpUrl = httpUrl
  }

  /** The socket is gone: replies still on their way belong to the past. */
  closed(): void {
    this.#asked.clear()
  }

  /** Asks for a pair's book; an earlier question about it no longer counts. */
  ask(pair: BitstampPair, now: Micros, out: Output[], tries = 0, delayMs = 0): void {
    const { venueSymbol } = pair.instrument
    const id = `book:${venueSymbol}:${++this.#count}`
    this.#asked.set(id, { id, pair, tries })
    for (const [other, asked] of this.#asked) if (other !== id && asked.pair === pair) this.#asked.delete(other)
    const url = `${this.#httpUrl}/api/v2/order_book/${venueSymbol}/`
    out.push({ kind: 'http', request: { id, url }, notBefore: after(now, delayMs) })
  }

  /** Puts the pair's book on the reply, or asks again. */
  answered(
    reply: HttpReply,
    now: Micros,
    out: Output[],
  ): { readonly pair: BitstampPair; readonly action: Action } | undefined {
    const asked = this.#asked.get(reply.id)
    if (asked === undefined) return undefined
    this.#asked.delete(reply.id)
    const { pair, tries } = asked
    const read = this.#read(pair, reply)
    if ('time' in read) {
      const action = pair.seed(read, now, out)
      if (action !== 'too-old') return { pair, action }
      this.#again(pair, tries, undefined, now, out)
    } else if (read instanceof SubscribeRefused) pair.state.refuse(read, now, out)
    else {
      out.push({ kind: 'error', error: read })
      this.#again(pair, tries, read instanceof RateLimited ? read.retryAfterMs : undefined, now, out)
    }
    return undefined
  }

  #again(pair: BitstampPair, tries: number, askedForMs: number | undefined, now: Micros, out: Output[]): void {
    this.ask(pair, now, out, tries + 1, askedForMs ?? RETRY_MS[Math.min(tries, RETRY_MS.length - 1)])
  }

  /** 404 is a pair it does not have; code 400.002 is its word for too many requests. */
  #read(pair: BitstampPair, reply: HttpReply): Levels | FeedError {
    const { venue, id: instrument } = pair.instrument
    const reason = `${reply.url}: HTTP ${reply.status} ${reply.body.slice(0, 200)}`
    if (reply.status === 429 || reply.body.includes('"400.002"')) {
      return new RateLimited({ venue, instrument, reason, retryAfterMs: reply.retryAfterMs ?? RATE_LIMITED_MS })
    }
    if (reply.status === 404) return new SubscribeRefused({ venue, instrument, reason })
    if (reply.status !== 200) return new TransportError({ venue, instrument, reason })
    try {
      return readBook(parseObject(reply.body), pair.instrument)
    } catch (cause) {
      const why = `a fetched book cannot be read: ${saidBy(cause)}`
      return new VenueProtocolError({ venue, instrument, reason: why, frame: reply.body, cause })
    }
  }
}
