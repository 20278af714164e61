import type { BookView, Client, Subscription, TradesView } from '@depthcast/client'
import { fromTicks, type Instrument } from '@depthcast/market'
import type { Frame } from '../painters/canvas.ts'
import { HeatmapPainter } from '../painters/heatmap.ts'
import type { HeatmapScene } from '../painters/heatmap-layout.ts'
import { DOT_REACH } from '../painters/heatmap-strip.ts'
import { BookContent } from './book-content.ts'
import type { Content, Painting, TableContent } from './content.ts'
import { type Formats, formatsOf, type NumberStyle } from './decimal.ts'
import { TradeDots } from './heatmap-dots.ts'
import { BookWithTrades } from './heatmap-feed.ts'
import { type Grid, gridAround, HEAT_DEPTH, isFitting, stepFor } from './heatmap-grid.ts'
import { HEAT_COLUMNS, HeatRing } from './heatmap-ring.ts'
import { HeatScales } from './heatmap-scale.ts'
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
export class HeatmapContent extends BookContent implements Content<BookView> {
  readonly #painter = new HeatmapPainter()
  readonly #ring = new HeatRing()
  readonly #dots = new TradeDots(HEAT_COLUMNS)
  readonly #window = new HeatWindow(this.#ring)
  readonly #scales = new HeatScales()
  #columnMs: number
  #span: number
  #style: NumberStyle
  #formats: Formats | undefined
  #feed: BookWithTrades | undefined
  #grid: Grid | undefined
  /** The grouping last asked for. */
  #step = 1
  #wish: number | undefined
  #skipped = 0

  constructor({ rateMs, span = SPAN }: PanelOptions, style: NumberStyle) {
    super()
    this.#columnMs = rateMs
    this.#span = span
    this.#style = style
  }

  get unseen(): number {
    return this.#window.unseen
  }

  open(client: Client, symbol: string, { rateMs }: PanelOptions): Subscription<BookView> {
    const options = { depth: HEAT_DEPTH, grouping: this.#step, rateMs }
    this.#feed = new BookWithTrades(client, symbol, options, {
      broke: () => this.#ring.breakOff(),
      traded: (view, isCaughtUp) => this.#takeTrades(view, isCaughtUp),
    })
    return this.follow(this.#feed)
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

  /** Of a crossed book nothing is known but that. */
  take(view: BookView): void {
    if (!this.keep(view)) {
      this.#ring.breakOff()
      return
    }
    const { bids, asks } = view
    const { grouping = 1 } = this.granted
    this.#fitStep(view)
    if (this.#ring.last < 0 && grouping !== this.#step && this.#skipped < MOST_SKIPPED) {
      // Of a book too fine for the rows there is little to see; the one that fits is under way.
      this.#skipped += 1
      return
    }
    this.#ring.sample(view.serverTime / 1000, { bids, asks, grouping }, this.#columnMs)
  }

  wish(): ReturnType<Content<BookView>['choose']> {
    const grouping = this.#wish
    this.#wish = undefined
    return grouping === undefined ? undefined : { grouping }
  }

  clear(): void {
    this.#ring.clear()
    this.#dots.clear()
    this.book.clear()
    this.#formats = undefined
    this.#grid = undefined
    this.#step = 1
    this.#wish = undefined
    this.#skipped = 0
    this.#scales.forget()
    this.#painter.forget()
    this.resume()
  }

  forget(style: NumberStyle): void {
    this.#style = style
    this.#formats = undefined
    this.#painter.forget()
  }

  paint({ ctx, frame, theme, look, state, pointer }: Painting): void {
    const isEmpty = this.#ring.last < 0
    const mid = isEmpty ? Number.NaN : this.#window.mid()
    const sentence =
      this.book.view === undefined || isEmpty
        ? sentenceOf(state)
        : Number.isNaN(mid) && this.#grid === undefined
          ? 'The book is empty'
          : undefined
    if (!Number.isNaN(mid)) this.#grid = gridAround(this.#grid, mid, this.#span, this.#ring.step(this.#ring.last))
    const before = this.#scene(look, sentence, pointer)
    this.#window.fit(this.#painter.measure(ctx, frame, before).columns)
    if (this.#grid !== undefined) this.#scales.measure(this.#ring, this.#dots, this.#grid, this.#window)
    this.#painter.paint(ctx, this.#scene(look, sentence, pointer), frame, theme)
  }

  hitAt(pointer: Point, frame: Frame): Hit | undefined {
    const instrument = this.#instrument
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

  /** From column to column and from price to price; past the oldest column in sight it scrolls. */
  step(pointer: Point | undefined, by: Point): Point | undefined {
    const layout = this.#painter.layout
    const grid = this.#grid
    if (layout === undefined || grid === undefined || this.#ring.last < 0) return undefined
    const place = pointer && this.#painter.placeAt(pointer, { grid, end: this.#window.end })
    const middle = Math.floor((grid.top - this.#window.mid()) / grid.step)
    const row = Math.min(grid.rows - 1, Math.max(0, place === undefined ? middle : place.row + by.y))
    const wanted = place === undefined ? this.#window.end : place.column + by.x
    if (wanted < this.#window.start) this.#window.scroll(this.#window.start - wanted)
    if (wanted > this.#window.end) this.#window.scroll(this.#window.end - wanted)
    const column = Math.min(this.#window.end, Math.max(this.#window.start, this.#ring.first, wanted))
    return {
      x: layout.width - (this.#window.end - column + 0.5) * layout.columnWidth,
      y: ((row + 0.5) * layout.height) / grid.rows,
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
    const { view } = this.book
    if (view === undefined) return NO_TABLE
    const { seq, instrument } = view
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

  #scene(look: Painting['look'], sentence: string | undefined, pointer: Point | undefined): HeatmapScene {
    const refusal = this.#feed?.tradesRefusal
    return {
      ring: this.#ring,
      dots: this.#dots,
      grid: this.#grid ?? NO_GRID,
      end: this.#window.end,
      columnMs: this.#columnMs,
      bookScale: this.#scales.book,
      tradeScale: this.#scales.trade,
      price: this.#formatsOf().price,
      timeZone: this.#style.timeZone,
      look,
      sentence,
      pointer,
      note: refusal === undefined ? undefined : `no trades: ${refusal}`,
    }
  }

  get #instrument(): Instrument | undefined {
    return this.book.view?.instrument
  }

  #formatsOf(): Formats {
    if (this.#formats === undefined || this.#formats.instrument !== this.#instrument)
      this.#formats = formatsOf(this.#instrument, this.#style)
    return this.#formats
  }
}

/** Percent to either side of the mid, where nothing else was chosen. */
const SPAN = 0.5
const NO_GRID: Grid = { top: 0, rows: 1, step: 1 }
/** Views let go at the start while the grouping that fits is under way. */
const MOST_SKIPPED = 4
