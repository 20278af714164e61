import type { Instrument, Micros, Trade } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import { saidBy, TransportError } from '../../errors.ts'
import type { HttpReply, Output } from '../../venue.ts'
import { parseLexemes } from '../lexemes.ts'
import { type NumberedTrade, TradeChain } from '../trade-chain.ts'
import { isoMicros, list, object, price, quantity, type Raw, string, Unreadable } from '../wire.ts'
import { altName } from './directory.ts'
import { whole } from './frames.ts'

const REST_ID = 'trades:'
const PAGE = 1000
const MOST_TRIES = 5
const TRY_AGAIN_MS = 5_000

/**
 * The trades of one pair. Ids count up by one, so what is missing is known, and fetched: the newest fifty come with a new subscription, older ones
 * over REST, a thousand at a time.
 *
 * Source: Kraken WebSocket v2 "Trades" (`trade_id` is a sequence number, unique a pair) and REST "Get Recent Trades".
 */
export class PairTrades {
  readonly #instrument: Instrument
  readonly #httpUrl: string
  #chain: TradeChain
  /** The venue's time of the newest trade seen. */
  #newestAt = 0
  /** The same when the oldest hole that is still looked for was found. */
  #missingSince: number | undefined
  #isAsked = false
  #tries = 0

  constructor(instrument: Instrument, httpUrl: string) {
    this.#instrument = instrument
    this.#httpUrl = httpUrl
    this.#chain = new TradeChain(instrument)
  }

  /** The pair whose trades a reply holds, undefined for another reply. */
  static symbolOf({ id }: HttpReply): string | undefined {
    return id.startsWith(REST_ID) ? id.slice(REST_ID.length) : undefined
  }

  opened(): void {
    this.#isAsked = false
  }

  /** True when trades were missed that a new subscription may bring. Those sent on subscribing are told as `backfilled`, and none twice. */
  take(entries: readonly Raw[], isSnapshot: boolean, now: Micros, out: Output[]): boolean {
    const trades = entries.map((raw) => this.#read(raw, now)).sort((a, b) => a.id - b.id)
    const newest = trades.at(-1)
    if (newest === undefined) return false
    const newestAt = newest.trade.exchangeTime ?? now
    if (isSnapshot) this.#watchCount(newest.id, newestAt, now, out)
    for (const { id, trade } of trades) this.#chain.add(isSnapshot ? { ...trade, backfilled: true } : trade, id, out)
    const isNewHole = this.#chain.ask() !== undefined
    if (isNewHole) this.#missingSince ??= this.#newestAt
    this.#newestAt = Math.max(this.#newestAt, newestAt)
    if (this.#chain.holes.length === 0) this.#missingSince = undefined
    if (this.#missingSince === undefined) return false
    if (!isSnapshot) return isNewHole
    if (!this.#isAsked) this.#fetch(now, out)
    return false
  }

  /** `{"error":[],"result":{"XXBTZUSD":[["30243.4","0.345",1688669597.8277369,"b","m","",61044952],…],"last":"…"}}` */
  answered(reply: HttpReply, now: Micros, out: Output[]): void {
    if (!this.#isAsked) return
    this.#isAsked = false
    try {
      if (reply.status !== 200) throw new Unreadable(`HTTP ${reply.status}`)
      const body = object(parseLexemes(reply.body), 'the reply')
      if (body.result === undefined) throw new Unreadable(String(body.error))
      const rows = list(Object.values(object(body.result, 'result')).find(Array.isArray), 'trades')
      const trades = rows.map((row) => this.#fetched(list(row, 'a trade'), now))
      this.#tries = 0
      this.#chain.fill(trades, out)
      const last = trades.at(-1)?.trade.exchangeTime
      this.#missingSince = rows.length >= PAGE && this.#chain.holes.length > 0 ? last : undefined
      if (this.#missingSince !== undefined) this.#fetch(now, out)
    } catch (cause) {
      const { venue, id: instrument } = this.#instrument
      const reason = `missed trades cannot be fetched: ${saidBy(cause)}`
      out.push({ kind: 'error', error: new TransportError({ venue, instrument, reason, cause }) })
      if (++this.#tries < MOST_TRIES) this.#fetch(now, out, after(now, TRY_AGAIN_MS))
      else {
        this.#tries = 0
        this.#missingSince = undefined
      }
    }
  }

  /** `since` is in ns and excludes its own moment, in which there may be more than one trade. */
  #fetch(now: Micros, out: Output[], notBefore = now): void {
    this.#isAsked = true
    const { venueSymbol } = this.#instrument
    const since = `${(this.#missingSince ?? 0) - 1}000`
    const url = `${this.#httpUrl}/0/public/Trades?pair=${altName(venueSymbol)}&since=${since}`
    out.push({ kind: 'http', request: { id: `${REST_ID}${venueSymbol}`, url }, notBefore })
  }

  /** Newer trades under lower ids: the venue has begun to count anew, and nobody knows what was between. */
  #watchCount(newestId: number, at: Micros, now: Micros, out: Output[]): void {
    const { lastId } = this.#chain
    if (lastId === undefined || newestId >= lastId || at <= this.#newestAt) return
    this.#chain = new TradeChain(this.#instrument)
    this.#missingSince = undefined
    const stamp = { instrument: this.#instrument.id, exchangeTime: undefined, receivedAt: now }
    out.push({ kind: 'event', event: { kind: 'gap', stream: 'trades', reason: 'restart', ...stamp } })
  }

  /** `side` is the taker's. */
  #read(raw: Raw, now: Micros): NumberedTrade {
    const side = string(raw, 'side')
    if (side !== 'buy' && side !== 'sell') throw new Unreadable(`side ${side.slice(0, 40)} is neither buy nor sell`)
    const at = isoMicros(string(raw, 'timestamp'))
    return this.#numbered(whole(raw.trade_id, 'trade_id'), [raw.price, raw.qty], side, at, now)
  }

  #fetched(row: readonly unknown[], now: Micros): NumberedTrade {
    const [at, taker, id] = [row[2], row[3], row[6]]
    if (taker !== 'b' && taker !== 's') throw new Unreadable('a trade is neither b nor s')
    return this.#numbered(whole(id, 'trade_id'), row, taker === 'b' ? 'buy' : 'sell', secondsIn(at), now)
  }

  #numbered(id: number, row: readonly unknown[], side: 'buy' | 'sell', at: Micros, receivedAt: Micros): NumberedTrade {
    const trade: Trade = {
      kind: 'trade',
      instrument: this.#instrument.id,
      tradeId: String(id),
      price: price(row[0], this.#instrument),
      quantity: quantity(row[1], this.#instrument),
      side,
      exchangeTime: at,
      receivedAt,
    }
    return { id, trade }
  }
}

/** The trades of a message, apart by pair: a message may hold several. Throws Unreadable. */
export function perSymbol(entries: readonly unknown[]): ReadonlyMap<string, readonly Raw[]> {
  return Map.groupBy(
    entries.map((entry) => object(entry, 'a trade')),
    (raw) => string(raw, 'symbol'),
  )
}

/** `1688669597.8277369`, the text of it, in µs. */
function secondsIn(value: unknown): Micros {
  const parts = typeof value === 'string' ? /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(value) : null
  if (parts === null) throw new Unreadable('a time is not in seconds')
  return Number(`${parts[1]}${(parts[2] ?? '').padEnd(6, '0').slice(0, 6)}`) as Micros
}
