import { foldCandles } from './candle-fold.ts'
import type { Trade } from './event.ts'
import { RecentIds } from './recent-ids.ts'
import { type Lots, type Micros, type Ticks, UnitError } from './units.ts'

/** One bar. Never changed once handed out: a change of the bar is a new object with a higher `rev`. */
export type Candle = {
  /** Start of the bar: a multiple of the interval since 1970. */
  readonly openTime: Micros
  readonly open: Ticks
  readonly high: Ticks
  readonly low: Ticks
  readonly close: Ticks
  readonly volume: Lots
  readonly trades: number
  /** Counts the changes of this bar from 1. */
  readonly rev: number
  /** The interval is over; a late trade may still revise the bar. */
  readonly final: boolean
  /** The volume would have passed 2^53 - 1 lots: the bar stopped at its last exact values and misses trades. */
  readonly overflow?: true
}

/** What a bar says. `trades` is 0 where nobody counted them, as some venues' bars of the past do not tell. */
export type CandleFigures = Pick<Candle, 'openTime' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'trades'>

/** What a bar is made of. Its time is the venue's, and ours where the venue sends none. */
export type CandleTrade = Pick<Trade, 'tradeId' | 'price' | 'quantity' | 'exchangeTime' | 'receivedAt'>

export type CandleOptions = {
  /** Bars kept; 1500. */
  readonly keep?: number
  /** How many of the last trade ids are remembered to know a duplicate; 2000. 0 where the caller makes sure of it. */
  readonly idsKept?: number
}

/**
 * Folds trades into bars of one interval, in any order of arrival.
 *
 * Open and close are the first and last trade by time, then by id (shorter first, so decimal ids count as numbers), whenever they arrived: a
 * late trade revises its own bar. Intervals without a trade have no bar. A trade older than the bars kept, when no more fit, is counted in
 * `tooLate` and ignored; a repeated id changes nothing.
 */
export class CandleBuilder {
  readonly intervalUs: number
  readonly #keep: number
  readonly #seen: RecentIds
  /** Ascending by openTime, at most `#keep`. */
  readonly #bars: Bar[] = []
  #changes = 0
  #tooLate = 0
  /** How many bars are not final yet. */
  #unfinished = 0
  /** The earliest end of a bar that is not final yet. */
  #nextClose = Number.POSITIVE_INFINITY

  constructor(intervalUs: number, { keep = 1500, idsKept = 2000 }: CandleOptions = {}) {
    this.intervalUs = intervalUs
    this.#keep = keep
    this.#seen = new RecentIds(idsKept)
  }

  /** Counts every change of any bar: what to hand to `changedSince` later. */
  get changes(): number {
    return this.#changes
  }

  /** Trades ignored because their bar is no longer kept. */
  get tooLate(): number {
    return this.#tooLate
  }

  /** The oldest bar there is. */
  get oldest(): Candle | undefined {
    return this.#bars[0]?.candle
  }

  /** Since when no bar had to go to make room for newer ones. */
  get keptFrom(): number {
    return this.#bars.length < this.#keep ? Number.NEGATIVE_INFINITY : this.#bars[0]!.candle.openTime
  }

  /** Puts a bar in place that was not made of trades here, and is over; it replaces the one of its time. What it is made of must not be added again. */
  restore(figures: CandleFigures): void {
    const { openTime } = figures
    const keys = { first: before(openTime), last: { time: openTime + this.intervalUs - 1, id: '' } }
    this.#put(figures, keys, true)
  }

  /** Makes a bar anew, of the bars of a shorter interval. Nothing becomes of it where there are none, or one of them misses trades. */
  refold(openTime: Micros, shorter: CandleBuilder): void {
    const end = openTime + this.intervalUs
    const parts = shorter.#bars.filter(({ candle }) => candle.openTime >= openTime && candle.openTime < end)
    const [oldest, newest] = [parts[0], parts.at(-1)]
    if (oldest === undefined || newest === undefined) return
    const candles = parts.map(({ candle }) => candle)
    const figures = candles.some(({ overflow }) => overflow) ? undefined : foldCandles(openTime, candles)
    if (figures === undefined) return
    this.#put(figures, { first: oldest.first, last: newest.last }, false)
  }

  /**
   * Folds a trade; returns the bar as it is now, or undefined when nothing changed.
   *
   * Throws UnitError UNIT_OVERFLOW when the bar's volume would pass 2^53 - 1 lots: the trade is not in it, the bar is marked `overflow` and
   * takes no more trades (they throw too). Recovery: coarser lots; until then a shorter interval still counts.
   */
  add(trade: CandleTrade): Candle | undefined {
    if (!this.#seen.add(trade.tradeId)) return undefined
    const time = trade.exchangeTime ?? trade.receivedAt
    const openTime = time - (((time % this.intervalUs) + this.intervalUs) % this.intervalUs)
    const at = this.#indexOf(openTime)
    const bar = this.#bars[at]
    if (bar?.candle.openTime === openTime) return this.#extend(bar, time, trade)
    return this.#open(at, openTime as Micros, time, trade)
  }

  /** Marks the bars whose interval is over by `now` as final and returns those that were not yet. */
  closeUpTo(now: Micros): readonly Candle[] {
    if (now < this.#nextClose) return NONE
    // Almost always the newest one or two: the rest has long been final.
    const unfinished: Bar[] = []
    for (let at = this.#bars.length - 1; unfinished.length < this.#unfinished; at--) {
      const bar = this.#bars[at]!
      if (!bar.candle.final) unfinished.unshift(bar)
    }
    const isOver = ({ candle }: Bar): boolean => candle.openTime + this.intervalUs <= now
    const over = unfinished.filter(isOver)
    const next = unfinished[over.length]
    this.#nextClose = next === undefined ? Number.POSITIVE_INFINITY : next.candle.openTime + this.intervalUs
    this.#unfinished -= over.length
    return over.map((bar) => this.#change(bar, { ...bar.candle, rev: bar.candle.rev + 1, final: true }))
  }

  /** The newest `n` bars, oldest first. */
  last(n: number): Candle[] {
    return this.#bars.slice(Math.max(0, this.#bars.length - n)).map(({ candle }) => candle)
  }

  /** The newest `n` bars that open from `from` on and before `before`, oldest first. */
  within({ from, before, n }: { readonly from: number; readonly before: number; readonly n: number }): Candle[] {
    const [first, end] = [this.#indexOf(from), this.#indexOf(before)]
    return this.#bars.slice(Math.max(first, end - n), Math.max(first, end)).map(({ candle }) => candle)
  }

  /** The bars that changed after `changes` had this value, oldest first. */
  changedSince(changes: number): Candle[] {
    if (changes >= this.#changes) return []
    return this.#bars.filter(({ changedAt }) => changedAt > changes).map(({ candle }) => candle)
  }

  #put(figures: CandleFigures, keys: Pick<Bar, 'first' | 'last'>, isOver: boolean): void {
    const at = this.#indexOf(figures.openTime)
    const held = this.#bars[at]
    if (held?.candle.openTime !== figures.openTime) {
      this.#insert(at, { candle: { ...figures, rev: 0, final: isOver }, ...keys, changedAt: 0 })
      return
    }
    const { final, rev, ...told } = held.candle
    if (isOver && !final) this.#unfinished--
    Object.assign(held, keys)
    const isNews = (isOver && !final) || FIGURES.some((figure) => told[figure] !== figures[figure])
    if (isNews) this.#change(held, { ...figures, rev: rev + 1, final: final || isOver })
  }

  #open(at: number, openTime: Micros, time: number, trade: CandleTrade): Candle | undefined {
    const key = { time, id: trade.tradeId }
    const { price, quantity } = trade
    const candle: Candle = {
      openTime,
      open: price,
      high: price,
      low: price,
      close: price,
      volume: quantity,
      trades: 1,
      rev: 0,
      final: false,
    }
    const opened = this.#insert(at, { candle, first: key, last: key, changedAt: 0 })
    if (opened === undefined) this.#tooLate++
    return opened
  }

  /** Undefined where it is older than all that are kept, and no more fit. */
  #insert(at: number, bar: Bar): Candle | undefined {
    if (this.#bars.length === this.#keep) {
      if (at === 0) return undefined
      if (this.#bars.shift()?.candle.final === false) this.#unfinished--
      at--
    }
    this.#bars.splice(at, 0, bar)
    if (!bar.candle.final) {
      this.#unfinished++
      this.#nextClose = Math.min(this.#nextClose, bar.candle.openTime + this.intervalUs)
    }
    return this.#change(bar, { ...bar.candle, rev: 1 })
  }

  #extend(bar: Bar, time: number, trade: CandleTrade): Candle {
    const { candle } = bar
    const volume = candle.volume + trade.quantity
    if (candle.overflow === undefined && Number.isSafeInteger(volume)) {
      return this.#change(bar, extended(bar, time, trade, volume as Lots))
    }
    if (candle.overflow === undefined) this.#change(bar, { ...candle, rev: candle.rev + 1, overflow: true })
    throw new UnitError(
      'UNIT_OVERFLOW',
      `the volume of the bar at ${candle.openTime} µs passes ${Number.MAX_SAFE_INTEGER} lots`,
    )
  }

  #change(bar: Bar, candle: Candle): Candle {
    bar.candle = candle
    bar.changedAt = ++this.#changes
    return candle
  }

  /** Where the bar is or would be; looked for from the newest. */
  #indexOf(openTime: number): number {
    let at = this.#bars.length
    while (at > 0 && this.#bars[at - 1]!.candle.openTime >= openTime) at--
    return at
  }
}

/** Where a trade stands within its bar. */
type TradeKey = { readonly time: number; readonly id: string }
type Bar = { candle: Candle; first: TradeKey; last: TradeKey; changedAt: number }

const NONE: readonly Candle[] = []
const FIGURES = ['open', 'high', 'low', 'close', 'volume', 'trades'] as const

/** Before any trade of a bar that opens then. */
function before(openTime: number): TradeKey {
  return { time: openTime - 1, id: '' }
}

function extended(bar: Bar, time: number, trade: CandleTrade, volume: Lots): Candle {
  const { candle } = bar
  const key = { time, id: trade.tradeId }
  const opens = isBefore(key, bar.first)
  const closes = !isBefore(key, bar.last)
  if (opens) bar.first = key
  if (closes) bar.last = key
  return {
    openTime: candle.openTime,
    open: opens ? trade.price : candle.open,
    high: Math.max(trade.price, candle.high) as Ticks,
    low: Math.min(trade.price, candle.low) as Ticks,
    close: closes ? trade.price : candle.close,
    volume,
    trades: candle.trades === 0 ? 0 : candle.trades + 1,
    rev: candle.rev + 1,
    final: candle.final,
  }
}

function isBefore(a: TradeKey, b: TradeKey): boolean {
  if (a.time !== b.time) return a.time < b.time
  if (a.id.length !== b.id.length) return a.id.length < b.id.length
  return a.id < b.id
}
