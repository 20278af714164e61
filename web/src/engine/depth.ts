import type { BookView, Client, Subscription } from '@depthcast/client'
import { fromTicks, type Instrument } from '@depthcast/market'
import type { Frame } from '../painters/canvas.ts'
import { DepthPainter } from '../painters/depth.ts'
import { depthPlot, ticksAt, xOf } from '../painters/depth-plot.ts'
import { BookContent } from './book-content.ts'
import type { Content, Painting, TableContent } from './content.ts'
import { DecimalFormat, type Formats, formatsOf, type NumberStyle } from './decimal.ts'
import { type DepthCurve, type DepthMark, depthCurve, marksAt, middle2Of } from './depth-curve.ts'
import { DEPTH_LEVELS, depthGrouping } from './depth-view.ts'
import { bookSentence } from './kept-book.ts'
import { rowsOf } from './ladder.ts'
import type { Hit, PanelOptions, Point } from './messages.ts'
import { QuoteAmount } from './quote-amount.ts'

const COLUMNS = ['Side', 'Price', 'Size', 'Total', 'Quote size', 'Quote total'] as const
/** Keys go along the prices by this share of the plot. */
const STEP_SHARE = 1 / 100

/**
 * A book as two areas around its middle. Which levels it follows depends on the price, which the first view tells: levels grow as coarse as it
 * takes for those that are granted to reach the end of the span.
 */
export class DepthContent extends BookContent implements Content<BookView> {
  readonly unseen = 0
  readonly #painter = new DepthPainter()
  #span: number
  #style: NumberStyle
  #formats: DepthFormats | undefined
  #asked: number | undefined
  #curve: DepthCurve | undefined

  constructor({ span = SPAN }: PanelOptions, style: NumberStyle) {
    super()
    this.#span = span
    this.#style = style
  }

  open(client: Client, symbol: string, { rateMs }: PanelOptions): Subscription<BookView> {
    this.#asked = undefined
    return this.follow(client.book(symbol, { depth: DEPTH_LEVELS, grouping: 1, rateMs, checksum: true }))
  }

  choose(before: PanelOptions, { span = SPAN, rateMs }: PanelOptions): ReturnType<Content<BookView>['choose']> {
    this.#span = span
    this.#curve = undefined
    const asked = this.#asked ?? 1
    const grouping = this.#fittingGrouping() ?? asked
    if (grouping === asked && rateMs === before.rateMs) return undefined
    this.#asked = grouping
    return { depth: DEPTH_LEVELS, grouping, rateMs }
  }

  take(view: BookView): void {
    if (this.keep(view)) this.#curve = undefined
  }

  wish(): ReturnType<Content<BookView>['choose']> {
    const grouping = this.#fittingGrouping()
    // What was refused once is not asked for again.
    if (grouping === undefined || grouping === (this.#asked ?? 1)) return undefined
    this.#asked = grouping
    return { depth: DEPTH_LEVELS, grouping }
  }

  clear(): void {
    this.book.clear()
    this.#curve = undefined
  }

  forget(style: NumberStyle): void {
    this.#style = style
    this.#formats = undefined
    this.#painter.forget()
  }

  paint({ ctx, frame, theme, look, state, pointer }: Painting): void {
    const { view } = this.book
    const { price, size, middle } = this.#formatsOf(view?.instrument)
    const curve = this.#curveOf()
    const marks = pointer === undefined || curve === undefined ? [] : this.#marksAt(pointer, frame, curve)
    const sentence = bookSentence(view, state)
    const { decimal } = this.#style
    const unit = view?.instrument?.base ?? ''
    this.#painter.paint(ctx, { curve, marks, price, size, unit, middle, decimal, look, sentence }, frame, theme)
  }

  hitAt(pointer: Point, frame: Frame): Hit | undefined {
    const curve = this.#curveOf()
    const { view } = this.book
    if (curve === undefined || view === undefined) return undefined
    const marks = this.#marksAt(pointer, frame, curve)
    const [own] = marks
    if (own === undefined) return undefined
    const plot = depthPlot(frame, curve)
    return {
      at: { x: xOf(own.ticks, curve, plot) / frame.dpr, y: plot.yOf(own.total) / frame.dpr },
      price: fromTicks(own.ticks, view.instrument.tickSize),
      text: marks.map((mark) => this.#words(mark, view.instrument)).join('\n'),
    }
  }

  step(pointer: Point | undefined, by: Point, frame: Frame): Point | undefined {
    const curve = this.#curveOf()
    if (curve === undefined || (pointer !== undefined && by.x === 0)) return undefined
    if (pointer === undefined) {
      const best = (curve.bids.steps[0] ?? curve.asks.steps[0])?.ticks ?? 0
      return { x: xOf(best, curve, depthPlot(frame, curve)), y: 0 }
    }
    const x = pointer.x + by.x * STEP_SHARE * frame.width
    return { x: Math.min(frame.width - 1, Math.max(0, x)), y: pointer.y }
  }

  scroll(): boolean {
    return false
  }

  resume(): void {}

  table(): TableContent {
    const { view } = this.book
    const curve = this.#curveOf()
    if (view === undefined || curve === undefined) return { seq: view?.seq ?? 0, columns: COLUMNS, rows: [] }
    const of = { instrument: view.instrument, worth: this.#formatsOf(view.instrument).worth }
    const asks = rowsOf('Ask', view.asks.slice(0, 2 * curve.asks.steps.length), of).reverse()
    const bids = rowsOf('Bid', view.bids.slice(0, 2 * curve.bids.steps.length), of)
    return { seq: view.seq, columns: COLUMNS, rows: [...asks, ...bids] }
  }

  #marksAt({ x }: Point, frame: Frame, curve: DepthCurve): readonly DepthMark[] {
    return marksAt(curve, ticksAt(x, curve, depthPlot(frame, curve)))
  }

  #words({ side, ticks, total, worth, isLeast }: DepthMark, { base, quote }: Instrument): string {
    const { price, size, worth: amount } = this.#formatsOf(this.book.view?.instrument)
    const least = isLeast ? '\u2265 ' : ''
    const value = amount === undefined ? '' : ` · ${least}${amount.full(worth)} ${quote}`
    return `${side === 'bid' ? 'Bid' : 'Ask'} ${price.full(ticks)} · Σ ${least}${size.full(total)} ${base}${value}`
  }

  #fittingGrouping(): number | undefined {
    const middle2 = this.book.view && middle2Of(this.book.view)
    if (middle2 === undefined) return undefined
    const { depth = DEPTH_LEVELS } = this.granted
    const levels = depth === 'all' ? DEPTH_LEVELS : depth
    return depthGrouping({ middle2, spanPercent: this.#span, levels, asked: this.#asked })
  }

  #curveOf(): DepthCurve | undefined {
    const { view } = this.book
    const { worth } = this.#formatsOf(view?.instrument)
    if (view === undefined || worth === undefined) return undefined
    const { bids, asks } = view
    const { depth = DEPTH_LEVELS, grouping = 1 } = this.granted
    this.#curve ??= depthCurve({ bids, asks, depth, grouping }, this.#span, worth)
    return this.#curve
  }

  #formatsOf(instrument: Instrument | undefined): DepthFormats {
    if (this.#formats === undefined || this.#formats.instrument !== instrument) {
      const formats = formatsOf(instrument, this.#style)
      this.#formats = {
        ...formats,
        middle: instrument === undefined ? formats.price : halfTicks(instrument, this.#style),
        worth: instrument && new QuoteAmount(instrument, this.#style),
      }
    }
    return this.#formats
  }
}

type DepthFormats = Formats & {
  /** Writes half ticks: the middle may lie between two. */
  readonly middle: DecimalFormat
  readonly worth: QuoteAmount | undefined
}

const SPAN = 2

function halfTicks({ tickSize: { coefficient, decimals, text } }: Instrument, style: NumberStyle): DecimalFormat {
  return new DecimalFormat({ text, coefficient: coefficient * 5, decimals: decimals + 1 }, style)
}
