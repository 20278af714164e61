import { type FeedError, RateLimited, SubscribeRefused, VenueProtocolError } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { object, type Raw, string } from '../wire.ts'
import { streamsOf } from './streams.ts'
import type { BinanceSymbol } from './symbol.ts'

/** A refusal for asking too often mends itself: the silence that follows has the streams asked for again. */
const RATE_LIMITED_MS = 10_000
/** `{"code":3,"msg":"Invalid JSON…"}`: what we sent did not arrive as we sent it. */
const INVALID_JSON = 3

/**
 * What is sent on the socket and answered there: one symbol's streams subscribed anew, when they fell silent.
 *
 * Source: web-socket-streams.md, "Live Subscribing/Unsubscribing to streams" and "Error Messages".
 */
export class Control {
  #lastId = 0
  /** SUBSCRIBE messages without an answer. */
  readonly #asked = new Map<number, BinanceSymbol>()

  closed(): void {
    this.#asked.clear()
  }

  restart(symbol: BinanceSymbol, out: Output[]): void {
    const params = streamsOf(symbol.instrument.venueSymbol)
    for (const method of ['UNSUBSCRIBE', 'SUBSCRIBE'] as const) {
      const id = ++this.#lastId
      if (method === 'SUBSCRIBE') this.#asked.set(id, symbol)
      out.push({ kind: 'send', text: JSON.stringify({ method, params, id }) })
    }
  }

  /**
   * `{"result":null,"id":1}`, `{"error":{"code":2,"msg":"…"},"id":1}` or `{"code":2,"msg":"…","id":1}`. Gives the symbol whose streams the venue will
   * not serve, with its words. Throws where it is no answer at all.
   */
  answered(
    event: Raw,
    out: Output[],
  ): { readonly symbol: BinanceSymbol; readonly error: SubscribeRefused } | undefined {
    const failure = event.error === undefined ? event : object(event.error, 'error')
    const id = typeof event.id === 'number' ? event.id : -1
    const symbol = this.#asked.get(id)
    this.#asked.delete(id)
    if (failure.code === undefined) {
      if (!('result' in event)) throw new TypeError('neither an event nor an answer')
      return undefined
    }
    const error = classified(failure, symbol)
    if (symbol !== undefined && error instanceof SubscribeRefused) return { symbol, error }
    out.push({ kind: 'error', error })
    return undefined
  }
}

function classified(failure: Raw, symbol: BinanceSymbol | undefined): FeedError {
  const msg = string(failure, 'msg')
  const reason = `Binance answered code ${String(failure.code)}: ${msg}`
  const where = { venue: 'binance', ...(symbol === undefined ? {} : { instrument: symbol.instrument.id }) }
  if (/too many (?:requests|messages)/i.test(msg))
    return new RateLimited({ ...where, reason, retryAfterMs: RATE_LIMITED_MS })
  if (failure.code === INVALID_JSON) return new VenueProtocolError({ ...where, reason, frame: JSON.stringify(failure) })
  return new SubscribeRefused({ ...where, reason })
}
