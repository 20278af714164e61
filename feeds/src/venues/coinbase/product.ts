import type { Instrument, Micros, Ticker, Trade } from '@depthcast/market'
import { fromTicks } from '@depthcast/market'
import { BOOK_POLICY, type BookPolicy } from '../../book-policy.ts'
import { type Action, SymbolBook } from '../../book-state.ts'
import { OracleMismatch, type VenueProtocolError } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { TradeChain } from '../trade-chain.ts'
import {
  isoMicros,
  lastWins,
  levels,
  list,
  optional,
  price,
  quantity,
  type Raw,
  sideOfBook,
  string,
  Unreadable,
} from '../wire.ts'
import { type Quote, QuoteOracle, type Verdict } from './ticker.ts'

/** Heartbeats come every second. */
const POLICY: BookPolicy = { ...BOOK_POLICY, staleAfterMs: 5_000 }

/** One product on the socket: its book, its trades, and what its ticker and heartbeat say about them. */
export class CoinbaseProduct {
  readonly instrument: Instrument
  readonly state: SymbolBook
  readonly #trades: TradeChain
  readonly #oracle = new QuoteOracle()
  /** The venue acknowledged a heartbeat for it, so silence means something. */
  hasHeartbeat = false
  /** When anything last came for this product. */
  heardAt = 0 as Micros
  #tickersSeen = 0
  #heldSince: Micros | undefined
  #proven = false
  /** Trades the last heartbeat knew of that had not come. */
  #promisedTrade: number | undefined

  constructor(instrument: Instrument) {
    this.instrument = instrument
    this.state = new SymbolBook(instrument, POLICY)
    this.#trades = new TradeChain(instrument)
  }

  /** A new socket: everything is subscribed anew. */
  opened(now: Micros, out: Output[]): void {
    this.hasHeartbeat = false
    this.heardAt = now
    this.#tickersSeen = 0
    this.#promisedTrade = undefined
    this.#forgetQuotes()
    this.state.requested(now, out)
  }

  snapshot(frame: Raw, now: Micros, out: Output[]): Action {
    const bids = sideOfBook(levels(frame.bids, 'bids', this.instrument), 'bid')
    const asks = sideOfBook(levels(frame.asks, 'asks', this.instrument), 'ask')
    const exchangeTime = typeof frame.time === 'string' ? isoMicros(frame.time) : undefined
    this.#forgetQuotes()
    return this.state.snapshot({ bids, asks, exchangeTime, verified: 'none' }, now, out)
  }

  /** Absolute sizes at the prices that changed; zero, however it is written, deletes. */
  update(frame: Raw, now: Micros, out: Output[]): Action {
    const time = isoMicros(string(frame, 'time'))
    const { bids, asks, count } = this.#changes(frame)
    if (!this.state.isTrusted) return 'none'
    const verdict = this.#oracle.beforeUpdate(time, count > 1, this.#matches)
    const action = this.#judge(verdict, now, out)
    if (action !== 'none') return action
    const verified = this.#proven ? 'oracle' : 'none'
    return this.state.delta({ bids, asks, exchangeTime: time, verified }, now, out)
  }

  /** `side` is the maker's; the taker's is the other. */
  match(frame: Raw, now: Micros, out: Output[]): void {
    const id = tradeId(frame)
    const maker = string(frame, 'side')
    if (maker !== 'buy' && maker !== 'sell') throw new Unreadable(`side ${maker} is neither buy nor sell`)
    const trade: Trade = {
      kind: 'trade',
      instrument: this.instrument.id,
      tradeId: String(id),
      price: price(frame.price, this.instrument),
      quantity: quantity(frame.size, this.instrument),
      side: maker === 'buy' ? 'sell' : 'buy',
      exchangeTime: isoMicros(string(frame, 'time')),
      receivedAt: now,
    }
    if (frame.type === 'match') this.#trades.add(trade, id, out)
    // Sent on subscribing and old then; after a reconnect it may be the newest of those we missed.
    else if (this.#trades.lastId === undefined) this.#trades.reached(id, now, out)
    else this.#trades.add({ ...trade, backfilled: true }, id, out)
  }

  ticker(frame: Raw, now: Micros, out: Output[]): Action {
    const { instrument } = this
    const bid = price(frame.best_bid, instrument)
    const ask = price(frame.best_ask, instrument)
    const time = typeof frame.time === 'string' ? isoMicros(frame.time) : undefined
    const figures = {
      bid,
      ask,
      last: optional(frame.price, price, instrument),
      bidQuantity: optional(frame.best_bid_size, quantity, instrument),
      askQuantity: optional(frame.best_ask_size, quantity, instrument),
      open24h: optional(frame.open_24h, price, instrument),
      high24h: optional(frame.high_24h, price, instrument),
      low24h: optional(frame.low_24h, price, instrument),
      volume24h: optional(frame.volume_24h, quantity, instrument),
    }
    const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined))
    const event = { kind: 'ticker', instrument: instrument.id, exchangeTime: time, receivedAt: now, ...known } as Ticker
    out.push({ kind: 'event', event })
    return time === undefined ? 'none' : this.#compare({ time, bid, ask }, now, out)
  }

  /** The venue's count of trades runs ahead of ours twice, a second apart: what was between has been lost. */
  heartbeat(frame: Raw, now: Micros, out: Output[]): void {
    this.hasHeartbeat = true
    const newest = frame.last_trade_id === 0 ? undefined : tradeId({ trade_id: frame.last_trade_id })
    const ours = this.#trades.lastId
    if (ours === undefined || newest === undefined) return
    if (this.#promisedTrade !== undefined && this.#promisedTrade > ours)
      this.#trades.reached(this.#promisedTrade, now, out)
    this.#promisedTrade = newest
  }

  unreadable(error: VenueProtocolError, now: Micros, out: Output[]): Action {
    this.#forgetQuotes()
    return this.state.fail(error, 'protocol', now, out)
  }

  tick(now: Micros, frameAt: Micros, out: Output[]): Action {
    if (this.#heldSince !== undefined && now - this.#heldSince >= 1_000_000) {
      this.#heldSince = undefined
      const action = this.#judge(this.#oracle.settle(this.#matches), now, out)
      if (action !== 'none') return action
    }
    return this.state.tick(now, this.hasHeartbeat ? this.heardAt : frameAt, out)
  }

  #compare(quote: Quote, now: Micros, out: Output[]): Action {
    if (!this.state.isTrusted) return 'none'
    if (this.#tickersSeen++ === 0) {
      this.#tally('oracle-on-subscribe', this.#matches(quote), out)
      return 'none'
    }
    const verdict = this.#oracle.offer(quote, this.#matches)
    this.#heldSince = verdict === 'later' ? now : undefined
    return this.#judge(verdict, now, out, quote)
  }

  #judge(verdict: Verdict | undefined, now: Micros, out: Output[], quote?: Quote): Action {
    switch (verdict) {
      case undefined:
      case 'later':
      case 'undecided':
        return 'none'
      case 'agrees':
        this.#tally('oracle', true, out)
        this.#proven = true
        this.state.proven(now, out)
        return 'none'
      case 'differs': {
        this.#tally('oracle', false, out)
        this.#proven = false
        const { venue, id: instrument } = this.instrument
        const { book } = this.state
        const theirs = quote === undefined ? 'another' : this.#words(quote.bid, quote.ask)
        const ours = this.#words(book.bestBid(), book.bestAsk())
        return this.state.doubt(new OracleMismatch({ venue, instrument, ours, theirs }), now, out)
      }
    }
  }

  readonly #matches = (quote: Quote): boolean => {
    const { book } = this.state
    return book.bestBid() === quote.bid && book.bestAsk() === quote.ask
  }

  #changes(frame: Raw): { bids: number[]; asks: number[]; count: number } {
    const bids: number[] = []
    const asks: number[] = []
    const changes = list(frame.changes, 'changes')
    for (const entry of changes) {
      const [side, at, size] = list(entry, 'a change')
      if (side !== 'buy' && side !== 'sell') throw new Unreadable(`side ${String(side)} is neither buy nor sell`)
      const levels = side === 'buy' ? bids : asks
      levels.push(price(at, this.instrument), quantity(size, this.instrument))
    }
    return { bids: lastWins(bids), asks: lastWins(asks), count: changes.length }
  }

  #forgetQuotes(): void {
    this.#oracle.clear()
    this.#heldSince = undefined
    this.#proven = false
  }

  #tally(check: 'oracle' | 'oracle-on-subscribe', ok: boolean, out: Output[]): void {
    out.push({ kind: 'check', check, instrument: this.instrument.id, ok })
  }

  #words(bid: number | undefined, ask: number | undefined): string {
    const words = (ticks: number | undefined): string =>
      ticks === undefined ? 'none' : fromTicks(ticks, this.instrument.tickSize)
    return `${words(bid)} / ${words(ask)}`
  }
}

function tradeId(frame: Raw): number {
  const id = frame.trade_id
  if (!Number.isSafeInteger(id) || (id as number) <= 0) throw new Unreadable('trade_id is not a whole number')
  return id as number
}
