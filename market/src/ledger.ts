import { Book } from './book.ts'
import { CandleBuilder } from './candle.ts'
import { CandleHistory, type PastCandles } from './candle-history.ts'
import type { InstrumentState, MarketEvent, Verification } from './event.ts'
import type { Instrument } from './instrument.ts'
import { INTERVAL_NAMES, INTERVALS, type Interval } from './interval.ts'
import { RecentIds } from './recent-ids.ts'
import { TickerFold, type TickerView } from './ticker-fold.ts'
import { type NumberedTrade, TradeRing, type TradesSince } from './trade-ring.ts'
import { type Micros, UnitError } from './units.ts'

export type LedgerOptions = {
  /** Trades kept for those who fell behind; 1000. */
  readonly tradesKept?: number
  /** Bars kept of each interval; 1500. */
  readonly candlesKept?: number
  /** Goes with every number that the ledger counts itself, as another ledger of the same market counts otherwise; 0. */
  readonly epoch?: number
}

/** `since` is when the state began, by our clock; a new reason alone does not move it. */
export type InstrumentStatus = { readonly state: InstrumentState; readonly since: Micros; readonly reason?: string }

/** What a ledger did not fold, and why. */
export type LedgerCounts = {
  /** Deltas while the book was not valid, of another epoch, or seen before. */
  deltasIgnored: number
  /** Trades seen before: of an older epoch, or a seq at or below the newest. */
  tradesIgnored: number
  /** Trades whose id was folded before; they keep their seq but change no bar. */
  duplicateTrades: number
  /** Times a trade did not fit in a bar's volume, over all intervals. */
  candleOverflows: number
}

/**
 * Everything folded of one instrument: its book, newest trades, ticker, bars and status. One for each instrument, shared by all views of it.
 *
 * It never throws on a well-typed event, crossed books included (`book.isCrossed()` tells). The book's last image stays after a gap; whoever
 * shows it looks at `bookValid` first.
 */
export class Ledger {
  readonly instrument: Instrument
  readonly epoch: number
  readonly book = new Book()
  readonly counts: LedgerCounts = { deltasIgnored: 0, tradesIgnored: 0, duplicateTrades: 0, candleOverflows: 0 }
  readonly #trades: TradeRing
  #tradeIds: RecentIds
  readonly #idsKept: number
  readonly #candles = new Map<Interval, CandleBuilder>()
  /** The same builders, for the loops of `apply`. */
  readonly #builders: readonly CandleBuilder[]
  readonly #history = new CandleHistory(this.#candles)
  #bookEpoch = 0
  #bookSeq = 0
  #bookUpdates = 0
  #bookExchangeTime: Micros | undefined
  #bookReceivedAt: Micros | undefined
  #bookValid = false
  #verified: Verification = 'none'
  #verifiedAt: Micros | undefined
  #status: InstrumentStatus = { state: 'connecting', since: 0 as Micros }
  readonly #ticker = new TickerFold()

  constructor(instrument: Instrument, { tradesKept = 1000, candlesKept = 1500, epoch = 0 }: LedgerOptions = {}) {
    this.instrument = instrument
    this.epoch = epoch
    this.#trades = new TradeRing(tradesKept)
    this.#idsKept = Math.max(2000, tradesKept)
    this.#tradeIds = new RecentIds(this.#idsKept)
    const bars = { keep: candlesKept, idsKept: 0 }
    for (const interval of INTERVAL_NAMES) this.#candles.set(interval, new CandleBuilder(INTERVALS[interval], bars))
    this.#builders = [...this.#candles.values()]
  }

  /** Of the last book event folded; 0 before the first. */
  get bookEpoch(): number {
    return this.#bookEpoch
  }
  get bookSeq(): number {
    return this.#bookSeq
  }
  /** Snapshots and deltas folded so far, over all epochs. */
  get bookUpdates(): number {
    return this.#bookUpdates
  }
  get bookExchangeTime(): Micros | undefined {
    return this.#bookExchangeTime
  }
  get bookReceivedAt(): Micros | undefined {
    return this.#bookReceivedAt
  }
  /** False before the first snapshot, and from a gap until the next one: the book is then the last image, not the truth. */
  get bookValid(): boolean {
    return this.#bookValid
  }
  /** What stood behind the last book event. */
  get verified(): Verification {
    return this.#verified
  }
  /**
   * When that last spoke for the book, by our clock; undefined while nothing stands behind it. A checksum and a sequence do so with every book
   * event, a second source when it is heard of (`proven`).
   */
  get verifiedAt(): Micros | undefined {
    return this.#verified === 'none' ? undefined : this.#verifiedAt
  }
  get status(): InstrumentStatus {
    return this.#status
  }
  get tradesEpoch(): number {
    return this.#trades.epoch
  }
  /** Of the newest trade in `tradesEpoch`; 0 before the first. */
  get tradesSeq(): number {
    return this.#trades.seq
  }

  /**
   * The ticker as known now, undefined while nothing is. Best bid and ask are the venue's ticker's or the book's, whichever is newer,
   * and absent while that is a book that is not valid; the last price is the newer of the ticker's and the last trade's.
   */
  get ticker(): TickerView | undefined {
    const receivedAt = this.#bookReceivedAt
    if (receivedAt === undefined) return this.#ticker.view(undefined)
    const { book } = this
    return this.#ticker.view({ book, exchangeTime: this.#bookExchangeTime, receivedAt, isValid: this.#bookValid })
  }

  /** The trades of `tradesEpoch` with a seq above this one that are kept, oldest first, and how many more there were. */
  tradesSince(seq: number): TradesSince {
    return this.#trades.since(seq)
  }

  /** The newest `n` trades kept, oldest first. */
  lastTrades(n: number): readonly NumberedTrade[] {
    return this.#trades.last(n)
  }

  candles(interval: Interval): CandleBuilder {
    return this.#candles.get(interval)!
  }

  /** Up to when bars are the venue's own, from then on of trades; undefined while all are of trades. */
  get toldUntil(): Micros | undefined {
    return this.#history.until
  }

  /** Since when the bars of an interval are all here and whole, as far as is known; what is older can be asked of the venue, if of anyone. */
  wholeFrom(interval: Interval): number {
    return this.#history.wholeFrom(interval)
  }

  /** Takes in bars of the time before trades were heard of, or while they were not. */
  history(past: PastCandles): void {
    this.#history.add(past)
  }

  /** The book was compared with what the venue says of it at this moment, and is right. */
  proven(at: Micros): void {
    if (this.#verifiedAt === undefined || at > this.#verifiedAt) this.#verifiedAt = at
  }

  /** Folds an event of this instrument. */
  apply(event: MarketEvent): void {
    switch (event.kind) {
      case 'book-snapshot':
        this.#applySnapshot(event)
        break
      case 'book-delta':
        this.#applyDelta(event)
        break
      case 'trade':
        this.#applyTrade(event)
        break
      case 'ticker':
        this.#ticker.ticker(event)
        break
      case 'gap':
        if (event.stream === 'book') this.#bookValid = false
        // The venue counts anew: the ids of before are those of other trades now.
        else if (event.reason === 'restart') this.#tradeIds = new RecentIds(this.#idsKept)
        break
      case 'status':
        this.#applyStatus(event)
        break
    }
    for (const builder of this.#builders) builder.closeUpTo(event.receivedAt)
  }

  #applySnapshot(event: EventOf<'book-snapshot'>): void {
    this.#bookValid = false
    this.book.replace(event.bids, event.asks)
    this.#stampBook(event)
  }

  #applyDelta(event: EventOf<'book-delta'>): void {
    if (!this.#bookValid || event.epoch !== this.#bookEpoch || event.seq <= this.#bookSeq) {
      this.counts.deltasIgnored++
      return
    }
    this.#bookValid = false
    // A hole between the feed and here: without the missing delta the book would be wrong, so it stays invalid until the next snapshot.
    if (event.seq !== this.#bookSeq + 1) {
      this.counts.deltasIgnored++
      return
    }
    this.book.apply(event.bids, event.asks)
    this.#stampBook(event)
  }

  #stampBook(event: EventOf<'book-snapshot' | 'book-delta'>): void {
    this.#bookEpoch = event.epoch
    this.#bookSeq = event.seq
    this.#bookUpdates++
    this.#bookExchangeTime = event.exchangeTime
    this.#bookReceivedAt = event.receivedAt
    this.#verified = event.verified
    if (event.verified === 'checksum' || event.verified === 'sequence') this.#verifiedAt = event.receivedAt
    this.#bookValid = true
  }

  #applyTrade(trade: NumberedTrade): void {
    if (!this.#trades.add(trade)) {
      this.counts.tradesIgnored++
      return
    }
    if (!this.#tradeIds.add(trade.tradeId)) {
      this.counts.duplicateTrades++
      return
    }
    if (trade.backfilled === undefined) this.#ticker.trade(trade)
    if (this.#history.holds(trade.exchangeTime ?? trade.receivedAt)) return
    for (const builder of this.#builders) {
      try {
        builder.add(trade)
      } catch (error) {
        if (!(error instanceof UnitError)) throw error
        this.counts.candleOverflows++
      }
    }
  }

  #applyStatus({ state, reason, receivedAt }: EventOf<'status'>): void {
    const since = state === this.#status.state ? this.#status.since : receivedAt
    this.#status = { state, since, ...(reason === undefined ? {} : { reason }) }
  }
}

type EventOf<Kind extends MarketEvent['kind']> = Extract<MarketEvent, { readonly kind: Kind }>
