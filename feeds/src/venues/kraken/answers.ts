import type { Micros } from '@depthcast/market'
import { RateLimited, SubscribeRefused, UpstreamNotice } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { object, type Raw, string, Unreadable } from '../wire.ts'
import { whole } from './frames.ts'
import type { KrakenPair } from './pair.ts'
import type { Request, Subscriptions } from './subscriptions.ts'

const REST_MS = 2_000

/**
 * What the venue says to what was asked of it: one answer a symbol, told apart from channels by having none at its top.
 *
 * `{"method":"subscribe","result":{"channel":"book","depth":10,"symbol":"BTC/USD","warnings":["…"]},"success":true,"req_id":7}` or
 * `{"method":"subscribe","error":"Currency pair not supported NOP/USD","symbol":"NOP/USD","success":false,"req_id":7}`. Warnings are about
 * fields we do not read.
 */
export class Answers {
  readonly #pairs: ReadonlyMap<string, KrakenPair>
  readonly #subscriptions: Subscriptions

  constructor(pairs: ReadonlyMap<string, KrakenPair>, subscriptions: Subscriptions) {
    this.#pairs = pairs
    this.#subscriptions = subscriptions
  }

  /** Throws Unreadable for what is no answer. */
  take(frame: Raw, now: Micros, out: Output[]): void {
    if (frame.method === 'pong') return
    const id = frame.req_id === undefined ? undefined : whole(frame.req_id, 'req_id')
    if (typeof frame.error === 'string') this.#failed(frame, id, frame.error, now, out)
    else if (frame.success === true) this.#succeeded(frame, id, now)
    else throw new Unreadable('neither of a channel nor an answer')
  }

  #succeeded(frame: Raw, id: number | undefined, now: Micros): void {
    const method = string(frame, 'method')
    const result = object(frame.result, 'result')
    const symbol = typeof result.symbol === 'string' ? result.symbol : undefined
    this.#subscriptions.answered(id, symbol)
    if (method !== 'subscribe' || result.channel !== 'book' || symbol === undefined) return
    this.#pairs.get(symbol)?.acknowledged(result.depth === undefined ? undefined : whole(result.depth, 'depth'), now)
  }

  #failed(frame: Raw, id: number | undefined, error: string, now: Micros, out: Output[]): void {
    const request = this.#subscriptions.request(id)
    const symbol = typeof frame.symbol === 'string' ? frame.symbol : undefined
    const about = this.#about(request, symbol, error)
    const reason = `Kraken: ${error}`
    if (/already subscribed/i.test(error)) {
      // As good as a success; if its snapshot is long past, none comes, and the book's own deadline ends this subscription first.
      for (const pair of about)
        if (request?.channel !== 'trade' && request?.channel !== 'ticker') pair.acknowledged(undefined, now)
    } else if (/msg rate|rate limit|too many/i.test(error)) {
      out.push({ kind: 'error', error: new RateLimited({ venue: 'kraken', reason, retryAfterMs: REST_MS }) })
      this.#subscriptions.refusedForNow(id, symbol, now)
      return
    } else if (/unavailable|internal|busy|timeout|maintenance/i.test(error)) {
      out.push({ kind: 'error', error: new UpstreamNotice({ venue: 'kraken', reason }) })
      this.#subscriptions.refusedForNow(id, symbol, now)
      return
    } else if (request?.method !== 'unsubscribe' && frame.method !== 'unsubscribe') {
      // What was not subscribed need not be ended: only a subscription can be refused.
      this.#refused(request, about, reason, now, out)
    }
    this.#subscriptions.answered(id, symbol)
  }

  /** A book that is asked for is refused; one that stands, or lacks only trades or ticker, goes on. */
  #refused(
    request: Request | undefined,
    about: readonly KrakenPair[],
    reason: string,
    now: Micros,
    out: Output[],
  ): void {
    if (about.length === 0) out.push({ kind: 'error', error: new SubscribeRefused({ venue: 'kraken', reason }) })
    for (const { state, instrument } of about) {
      const error = new SubscribeRefused({ venue: 'kraken', instrument: instrument.id, reason })
      const isForBook = request === undefined || request.channel === 'book'
      if (isForBook && !state.isTrusted) state.refuse(error, now, out)
      else if (state.state !== 'refused') out.push({ kind: 'error', error })
    }
  }

  /** Whom an error is about: the symbol beside it, one that its words name, else everything the request has no answer for. */
  #about(request: Request | undefined, symbol: string | undefined, error: string): readonly KrakenPair[] {
    const words = error.split(/\s+/)
    const unanswered = [...(request?.symbols ?? [])]
    const named = unanswered.filter((one) => words.includes(one))
    const symbols = symbol !== undefined ? [symbol] : named.length > 0 ? named : unanswered
    return symbols.flatMap((one) => this.#pairs.get(one) ?? [])
  }
}
