import type { Listed, OrderEvent } from '@depthcast/feeds/simulation'
import { priceText } from '../decimal.ts'
import type { World } from '../emulator.ts'
import { FrameLog } from '../frame-log.ts'
import { BookHalf } from '../price-book.ts'
import { pastOf, Tape, type TapeTrade } from '../tape.ts'
import { flatBar, type TapeBar } from '../tape-bar.ts'
import { DepthView } from './depth-view.ts'
import {
  bookChecksum,
  bookSnapshot,
  bookUpdate,
  type Change,
  instruments,
  ohlc,
  type PairStatus,
  type Sides,
  ticker,
  trades,
} from './frames.ts'
import { type KrakenNames, krakenNames } from './names.ts'

const VENUE = 'kraken'
const KEPT_SPREADS = 200
const MINUTE = 60_000_000

/** The best prices from some time on, 0 where a side is empty. */
export type Spread = { readonly at: number; readonly bid: number; readonly ask: number }

/**
 * One market as Kraken shows it to everybody: the book at every depth somebody follows, the tape, and what is rendered of both. All that the
 * exchange did at one instant is one frame, as one taker's fills are.
 */
export class KrakenMarket {
  readonly listed: Listed
  readonly names: KrakenNames
  readonly tape: Tape
  readonly sides: Sides
  readonly trades = new FrameLog()
  readonly tickers = { bbo: new FrameLog(), trades: new FrameLog() }
  readonly instrument = new FrameLog()
  readonly #world: World
  readonly #views = new Map<number, DepthView>()
  readonly #candles = new Map<number, FrameLog>()
  #status: PairStatus = 'online'
  #haltedUntil: number | undefined
  /** What happened at one instant and is not told yet. */
  #instant: number | undefined
  #prints: TapeTrade[] = []
  #touch = ''
  readonly #spreads: Spread[] = []

  constructor(listed: Listed, world: World) {
    this.listed = listed
    this.names = krakenNames(listed)
    this.#world = world
    const levels = (side: 'bid' | 'ask'): BookHalf => new BookHalf(side, world.exchange.levels(listed.symbol, side))
    this.sides = { bid: levels('bid'), ask: levels('ask') }
    const [bid, ask] = [this.sides.bid.level(0)?.ticks ?? 1, this.sides.ask.level(0)?.ticks ?? 1]
    this.tape = new Tape(Math.floor((bid + ask) / 2))
    for (const trade of pastOf(world, listed.symbol)) this.tape.add(trade)
    this.#touch = this.#touchText()
    if (world.exchange.isHalted(listed.symbol)) this.#status = 'cancel_only'
  }

  get status(): PairStatus {
    return this.#status
  }

  /** True while something happened that no frame tells yet: `flush` is due. */
  get isPending(): boolean {
    return this.#instant !== undefined
  }

  hear(event: OrderEvent, now: number): void {
    if (this.#instant !== undefined && this.#instant !== now) this.flush()
    this.#instant = now
    if (event.kind === 'halt' || event.kind === 'resume') {
      this.#setStatus(event.kind === 'halt' ? 'cancel_only' : 'online')
      return
    }
    const { side, ticks, total } = event
    const { at, isNew } = this.sides[side].set(ticks, total)
    for (const view of this.#views.values()) view.changed({ side, ticks, lots: total }, at, isNew, this.sides[side])
    if (event.kind !== 'fill') return
    const taker = side === 'bid' ? 'sell' : 'buy'
    const print = { id: event.tradeId, ticks, lots: event.lots, taker, at: now } as const
    this.tape.add(print)
    this.#prints.push(print)
  }

  /** Renders what happened since the last time, for those who follow it. */
  flush(): void {
    const at = this.#instant
    if (at === undefined) return
    this.#instant = undefined
    this.#strikeStatus(at)
    for (const view of this.#views.values()) view.flush(at, this.#update)
    const prints = this.#prints
    this.#prints = []
    if (this.#status === 'delisted') return
    this.#keepSpread(at)
    const touch = this.#touchText()
    if (touch !== this.#touch && this.tickers.bbo.readers > 0) this.tickers.bbo.push(this.ticker('update', at))
    this.#touch = touch
    if (prints.length === 0) return
    const { symbol } = this.names
    if (this.trades.readers > 0) this.trades.push(trades(symbol, 'update', prints, this.listed))
    if (this.tickers.trades.readers > 0) this.tickers.trades.push(this.ticker('update', at))
    for (const [minutes, log] of this.#candles) log.push(this.ohlc('update', minutes, 1, at))
  }

  /** Follows the book at this depth; `release` when done. */
  view(depth: number): FrameLog {
    const view = this.#views.get(depth) ?? new DepthView(depth)
    this.#views.set(depth, view)
    return view.log
  }

  candles(minutes: number): FrameLog {
    const log = this.#candles.get(minutes) ?? new FrameLog()
    this.#candles.set(minutes, log)
    return log
  }

  /** Nobody reads what has no readers left. */
  release(): void {
    for (const [depth, { log }] of this.#views) if (log.readers === 0) this.#views.delete(depth)
    for (const [minutes, log] of this.#candles) if (log.readers === 0) this.#candles.delete(minutes)
  }

  /** Whole books and lists as they stand; `flush` comes first, or a follower hears a change twice. */
  snapshot(depth: number, at: number): string {
    return bookSnapshot(this.names.symbol, this.sides, depth, this.listed, at)
  }

  tradesSnapshot(count: number): string {
    return trades(this.names.symbol, 'snapshot', this.tape.trades(count), this.listed)
  }

  ticker(type: 'snapshot' | 'update', at: number): string {
    const figures = { sides: this.sides, last: this.tape.lastTicks, day: this.tape.day(), at }
    return ticker(this.names.symbol, type, figures, this.listed)
  }

  ohlc(type: 'snapshot' | 'update', minutes: number, count: number, at: number): string {
    return ohlc(this.names.symbol, type, this.tape.candles(minutes, count), minutes, this.listed, at)
  }

  /** Candles up to this time, flat at the close before where nothing traded: REST has those, the socket leaves them out. */
  candlesUntil(now: number, minutes: number, count: number): readonly TapeBar[] {
    const length = minutes * MINUTE
    const bars = this.tape.candles(minutes, count)
    const out: TapeBar[] = []
    let next = 0
    for (let begin = bars[0]?.begin ?? Number.POSITIVE_INFINITY; begin <= now; begin += length) {
      const bar = bars[next]?.begin === begin ? bars[next++] : out.at(-1) && flatBar(out.at(-1)!.close, begin)
      if (bar !== undefined) out.push(bar)
    }
    return out.slice(-count)
  }

  /** The last two hundred changes of the best prices, the one that no frame tells yet among them. */
  get spreads(): readonly Spread[] {
    const live = this.#instant === undefined ? undefined : this.#changedSpread(this.#instant)
    return [...this.#spreads, ...(live === undefined ? [] : [live])].slice(-KEPT_SPREADS)
  }

  #keepSpread(at: number): void {
    const changed = this.#changedSpread(at)
    if (changed !== undefined) this.#spreads.push(changed)
    if (this.#spreads.length >= 2 * KEPT_SPREADS) this.#spreads.splice(0, KEPT_SPREADS)
  }

  /** Undefined where the best prices are those told last. */
  #changedSpread(at: number): Spread | undefined {
    const [bid, ask] = [this.sides.bid.level(0)?.ticks ?? 0, this.sides.ask.level(0)?.ticks ?? 0]
    const last = this.#spreads.at(-1)
    return last?.bid === bid && last.ask === ask ? undefined : { at, bid, ask }
  }

  readonly #update = (changes: readonly Change[], at: number): string | undefined => {
    if (this.#status === 'delisted') return undefined
    const { symbol } = this.names
    if (this.#strikes('wrong-book')) return this.#wrongUpdate(changes, at)
    const text = bookUpdate(symbol, changes, bookChecksum(this.sides, this.listed), this.listed, at)
    if (!this.#strikes('precision-change')) return text
    return text.replace(/("price":\d+(?:\.\d+)?)/, (price) => `${price}${price.includes('.') ? '5' : '.5'}`)
  }

  /** A level of the best ten has one lot more than it should, and the checksum is over just that. */
  #wrongUpdate(changes: readonly Change[], at: number): string {
    const { symbol } = this.names
    const half = this.sides.bid
    // Not the best: the next update would put that right by chance.
    const level = half.level(5)
    if (level === undefined) return bookUpdate(symbol, changes, bookChecksum(this.sides, this.listed), this.listed, at)
    half.set(level.ticks, level.lots + 1)
    const wrong = { side: 'bid', ticks: level.ticks, lots: level.lots + 1 } as const
    const text = bookUpdate(symbol, [...changes, wrong], bookChecksum(this.sides, this.listed), this.listed, at)
    half.set(level.ticks, level.lots)
    return text
  }

  #strikeStatus(at: number): void {
    if (this.#haltedUntil !== undefined && at >= this.#haltedUntil) {
      this.#haltedUntil = undefined
      this.#setStatus('online')
    }
    if (this.#strikes('halt')) {
      this.#haltedUntil = at + 20_000_000
      this.#setStatus('cancel_only')
    }
    if (this.#strikes('delist')) this.#setStatus('delisted')
  }

  #setStatus(status: PairStatus): void {
    if (this.#status === status || this.#status === 'delisted') return
    this.#status = status
    if (this.instrument.readers === 0) return
    this.instrument.push(instruments('update', [{ listed: this.listed, symbol: this.names.symbol, status }]))
  }

  #strikes(fault: string): boolean {
    return this.#world.faults.strikes(fault, { venue: VENUE, symbol: this.listed.symbol })
  }

  #touchText(): string {
    const [bid, ask] = [this.sides.bid.level(0), this.sides.ask.level(0)]
    return `${priceText(bid?.ticks ?? 0, this.listed)} ${bid?.lots} ${ask?.ticks} ${ask?.lots}`
  }
}
