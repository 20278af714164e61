import type { Instrument, Micros, Trade } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Output } from '../../venue.ts'
import { type NumberedTrade, TradeChain } from '../trade-chain.ts'
import type { Question } from './requests.ts'

/** The most that one request gives, always the newest. */
const MOST_FETCHED = 1_000
/** Room for what is traded while the request is on its way. */
const MARGIN = 100
/** The stream may yet bring what it skipped; and holes come in groups. */
const APART_MS = 2_000

/**
 * One symbol's trades by their ids, and what is asked for to fill a hole.
 *
 * Raw trades (`t`) are asked for with `GET /api/v3/trades`, which needs no key: the last 1,000 of them. `historicalTrades`, which reaches back as
 * far as one likes, is not served at the addresses for market data alone and wants a key elsewhere; `aggTrades` counts in ids of its own, several
 * trades to one. So a hole further back than a thousand trades stays one, and is told as such.
 *
 * Source: rest-api.md, "Recent trades list", and faqs/market_data_only.md.
 */
export class SymbolTrades {
  readonly #chain: TradeChain
  readonly #symbol: string
  #idField: 't' | 'a' | undefined
  #askAt: Micros | undefined

  constructor(instrument: Instrument) {
    this.#chain = new TradeChain(instrument)
    this.#symbol = instrument.venueSymbol
  }

  /** A trade of the stream. Raw and aggregated trades are counted apart by the venue: of a socket that brings both, the first kind is followed. */
  add(trade: Trade, id: number, idField: 't' | 'a', out: Output[]): void {
    this.#idField ??= idField
    if (this.#idField !== idField) return
    this.#chain.add(trade, id, out)
    if (this.#chain.holes.length > 0) this.#askAt ??= after(trade.receivedAt, APART_MS)
  }

  /** What to ask for now to fill the holes that were not asked for yet, all in one; each is asked for once. */
  question(now: Micros): Question | undefined {
    if (this.#askAt === undefined || now < this.#askAt) return undefined
    this.#askAt = undefined
    const lastId = this.#chain.lastId
    if (this.#idField !== 't' || lastId === undefined) return undefined
    let from: number | undefined
    for (let hole = this.#chain.ask(); hole !== undefined; hole = this.#chain.ask()) {
      if (lastId - hole.to < MOST_FETCHED) from ??= hole.from
    }
    if (from === undefined) return undefined
    const limit = Math.min(MOST_FETCHED, lastId - from + 1 + MARGIN)
    return {
      kind: 'trades',
      symbol: this.#symbol,
      path: `/api/v3/trades?symbol=${this.#symbol}&limit=${limit}`,
      weight: 25,
    }
  }

  fetched(trades: readonly NumberedTrade[], out: Output[]): void {
    this.#chain.fill(trades, out)
  }
}
