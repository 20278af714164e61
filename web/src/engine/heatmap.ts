import type { BookView, Client, Subscription, TradesView } from '@depthcast/client'
import { fromTicks, type Instrument } from '@depthcast/market'
import type { Frame } from '../painters/canvas.ts'
import { HeatmapPainter } from '../painters/heatmap.ts'
import type { HeatmapScene } from '../painters/heatmap-layout.ts'
import { DOT_REACH } from '../painters/heatmap-strip.ts'
import { type Content, momentOf, type Painting, type TableContent } from './content.ts'
import { type Formats, formatsOf, type NumberStyle } from './decimal.ts'
import { TradeDots } from './heatmap-dots.ts'
import { BookWithTrades } from './heatmap-feed.ts'
import { type Grid, gridAround, HEAT_DEPTH, isFitting, stepFor } from './heatmap-grid.ts'
import { HEAT_COLUMNS, HeatRing } from './heatmap-ring.ts'
import { SteadyScale } from './heatmap-scale.ts'
import { heatTable, hitText, NO_TABLE } from './heatmap-text.ts'
import { HeatWindow } from './heatmap-window.ts'
import { sentenceOf } from './kept-book.ts'
import type { Hit, PanelOptions, Point } from './messages.ts'

/**
 * A book over time, one column a `rateMs`, with its trades. What the columns hold is exact; how it looks is a matter of the painter.
 *
 * How fine its rows are depends on the price, which only a first view tells: the book is opened ungrouped, and the grouping that fits is asked
 * for with that view.
 */
export class HeatmapContent implements Content<BookView> {
  readonly #painter = new HeatmapPainter()
  readonly #ring = new HeatRing()
  readonly #dots = new TradeDots(HEAT_COLUMNS)
  readonly #window = new HeatWindow(this.#ring)
  readonly #bookScale = new SteadyScale()
  readonly #tradeScale = new SteadyScale()
  #columnMs: number
  #span: number
  #style: NumberStyle
  #formats: Formats | undefined
  #feed: BookWithTrades | undefined
  #view: BookView | undefined
  #contradiction: string | undefined
  #grid: Grid | undefined
  /** The grouping last asked for. */
  #step = 1
  #wish: number | undefined
  #skipped = 0
  /** The window the scales were last measured by, as a text. */
  #measured = ''

  constructor({ rateMs, span = SPAN }: PanelOptions, style: NumberStyle) {
    this.#columnMs = rateMs
    this.#span = span
    this.#style = style
  }

  get seq(): number | undefined {
    return this.#view?.seq
  }

  readonly isBook = true

  get isVerified(): boolean {
    return this.#view?.checksum === 'ok'
  }

  get contradiction(): string | undefined {
    return this.#contradiction
  }

  get unseen(): number {
    return this.#window.unseen
  }

  get instrument(): Instrument | undefined {
    return this.#view?.instrument
  }

  open(client: Client, symbol: string, { rateMs }: PanelOptions): Subscription<BookView> {
    const options = { depth: HEAT_DEPTH, grouping: this.#step, rateMs }
    this.#feed = new BookWithTrades(client, symbol, options, {
      broke: () => this.#ring.breakOff(),
      traded: (view, isCaughtUp) => this.#takeTrades(view, isCaughtUp),
    })
    return this.#feed
  }

  choose(before: PanelOptions, { rateMs, span = SPAN }: PanelOptions): ReturnType<Content<BookView>['choose']> {
    this.#columnMs = rateMs
    let grouping = this.#step
    if (span !== this.#span) {
      this.#span = span
      this.#grid = undefined
      const mid = this.#ring.last < 0 ? Number.NaN : this.#window.mid()
      if (!Number.isNaN(mid)) grouping = stepFor(mid, span)
    }
    if (rateMs === before.rateMs && grouping === this.#step) return undefined
    this.#step = grouping
    return { rateMs, grouping }
  }

  /** A crossed book is no book: what it would have shown is not known. */
  take(view: BookView): void {
    const { bestBid, bestAsk, instrument, bids, asks } = view
    const isCrossed = bestBid !== undefined && bestAsk !== undefined && bestBid >= bestAsk
    this.#contradiction = isCrossed
      ? `crossed book, bid ${fromTicks(bestBid, instrument.tickSize)} not below ask ${fromTicks(bestAsk, instrument.tickSize)}`
      : undefined
    if (isCrossed) {
      this.#ring.breakOff()
      return
    }
    this.#view = view
    const { grouping = 1, depth = HEAT_DEPTH } = this.#feed?.granted ?? {}
    this.#fitStep(view)
    if (this.#ring.last < 0 && grouping !== this.#step && this.#skipped < MOST_SKIPPED) {
      // Of a book too fine for the rows there is little to see; the one that fits is under way.
      this.#skipped += 1
      return
    }
    this.#ring.sample(view.serverTime / 1000, { bids, asks, grouping, depth }, this.#columnMs)
  }

  wish(): ReturnType<Content<BookView>['choose']> {
    const grouping = this.#wish
    this.#wish = undefined
    return grouping === undefined ? undefined : { grouping }
  }

  happenedAt(view: BookView, isFresh: boolean): number | undefined {
    const isSnapshot = view.merged === 0
    return isFresh || isSnapshot ? momentOf(view.exchangeTime, view) : view.receivedAt
  }

  clear(): void {
    this.#ring.clear()
    this.#dots.clear()
    this.#view = undefined
    this.#contradiction = undefined
    this.#formats = undefined
    this.#grid = undefined
    this.#step = 1
    this.#wish = undefined
    this.#skipped = 0
    this.#measured = ''
    this.#painter.forget()
    this.resume()
  }

  forget(style: NumberStyle): void {
    this.#style = style
    this.#formats = undefined
    this.#painter.forget()
  }

  paint({ ctx, frame, theme, look, state }: Painting): void {
    const isEmpty = this.#ring.last < 0
    const mid = isEmpty ? Number.NaN : this.#window.mid()
    const sentence =
      this.#view === undefined || isEmpty
        ? sentenceOf(state)
        : Number.isNaN(mid) && this.#grid === undefined
          ? 'The book is empty'
          : undefined
    if (!Number.isNaN(mid)) this.#grid = gridAround(this.#grid, mid, this.#span, this.#ring.step(this.#ring.last))
    const before = this.#scene(look, sentence)
    this.#window.fit(this.#painter.measure(ctx, frame, before).columns)
    this.#measure()
    this.#painter.paint(ctx, this.#scene(look, sentence), frame, theme)
  }

  hitAt(pointer: Point, frame: Frame): Hit | undefined {
    const { instrument } = this
    const grid = this.#grid
    if (grid === undefined || instrument === undefined) return undefined
    const place = this.#painter.placeAt(pointer, { grid, end: this.#window.end })
    if (place === undefined || place.column < this.#ring.first || place.column > this.#ring.last) return undefined
    const ticks = grid.top - place.row * grid.step
    const { price, size } = this.#formatsOf()
    return {
      at: { x: pointer.x / frame.dpr, y: pointer.y / frame.dpr },
      price: fromTicks(ticks, instrument.tickSize),
      text: hitText(this.#ring, this.#dots, { ...place, ticks, grid, price, size, timeZone: this.#style.timeZone }),
    }
  }

  /** Sideways through time; a wheel that only turns one way does too, down into the past. */
  scroll({ x, y }: Point): boolean {
    const width = this.#painter.layout?.columnWidth
    return width !== undefined && this.#window.scroll((Math.abs(x) >= Math.abs(y) ? -x : y) / width)
  }

  resume(): void {
    this.#window.resume()
  }

  table(): TableContent {
    const { instrument, seq } = this
    if (instrument === undefined || seq === undefined) return NO_TABLE
    const { start, end } = this.#window
    return {
      ...NO_TABLE,
      seq,
      rows: heatTable(this.#ring, this.#dots, { start, end, instrument, timeZone: this.#style.timeZone }),
    }
  }

  /** What came as an update fell into the column of its message; what was caught up with fell into that of its own time, if there is one. */
  #takeTrades({ added, lost, isBroken, serverTime }: TradesView, isCaughtUp: boolean): void {
    this.#ring.advance(serverTime / 1000, this.#columnMs)
    const newest = this.#ring.last
    if (newest < 0) return
    for (const { price, quantity, side, exchangeTime } of added) {
      const at = isCaughtUp ? this.#ring.columnAt((exchangeTime ?? 0) / 1000) : newest
      if (at === undefined) continue
      this.#dots.add(at, price, quantity, side === 'buy' ? 1 : side === 'sell' ? -1 : 0)
      this.#ring.touch(at, DOT_REACH)
    }
    if (lost === 0 && !isBroken) return
    this.#dots.miss(newest, isBroken ? -1 : lost)
    this.#ring.touch(newest, 0)
  }

  #fitStep({ bestBid, bestAsk }: BookView): void {
    const mid = ((bestBid ?? bestAsk ?? Number.NaN) + (bestAsk ?? bestBid ?? Number.NaN)) / 2
    if (Number.isNaN(mid) || mid === 0) return
    const isFirst = this.#ring.last < 0
    const step = stepFor(mid, this.#span)
    if (step === this.#step || (!isFirst && isFitting(this.#step, mid, this.#span))) return
    this.#step = step
    this.#wish = step
  }

  /** Looks at the sizes in sight again, now and then, and at once when something else came in sight. */
  #measure(): void {
    const grid = this.#grid
    if (grid === undefined) return
    const { start, end } = this.#window
    const key = `${grid.top} ${grid.step} ${grid.rows} ${Math.floor(end / MEASURE_COLUMNS)} ${end - start}`
    const isYoung = this.#ring.last < MEASURE_COLUMNS
    if (key === this.#measured && !isYoung) return
    this.#measured = key
    const columns = { from: Math.max(this.#ring.first, start), to: Math.min(this.#ring.last, end) }
    this.#bookScale.measure((see) => {
      for (let column = columns.from; column <= columns.to; column += 1)
        for (let row = 0; row < grid.rows; row += 1) see(this.#ring.lots(column, grid.top - row * grid.step, grid.step))
    })
    this.#tradeScale.measure((see) => {
      for (let column = columns.from; column <= columns.to; column += 1)
        for (const { lots } of this.#dots.of(column)) see(lots)
    })
  }

  #scene(look: Painting['look'], sentence: string | undefined): HeatmapScene {
    const refusal = this.#feed?.tradesRefusal
    return {
      ring: this.#ring,
      dots: this.#dots,
      grid: this.#grid ?? NO_GRID,
      end: this.#window.end,
      columnMs: this.#columnMs,
      bookScale: this.#bookScale.value,
      tradeScale: this.#tradeScale.value,
      price: this.#formatsOf().price,
      timeZone: this.#style.timeZone,
      look,
      sentence,
      note: refusal === undefined ? undefined : `no trades: ${refusal}`,
    }
  }

  #formatsOf(): Formats {
    if (this.#formats === undefined || this.#formats.instrument !== this.instrument)
      this.#formats = formatsOf(this.instrument, this.#style)
    return this.#formats
  }
}

/** Percent to either side of the mid, where nothing else was chosen. */
const SPAN = 0.5
const NO_GRID: Grid = { top: 0, rows: 1, step: 1 }
/** Views let go at the start while the grouping that fits is under way. */
const MOST_SKIPPED = 4
/** Columns from one look at the sizes to the next. */
const MEASURE_COLUMNS = 16
