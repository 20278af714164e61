import { type createChart, type IChartApi, type IPriceLine, LineStyle } from 'lightweight-charts'
import type { Bar, BarProof } from '../engine/messages.ts'
import type { ChartIndicator, ChartType } from '../panels/options.ts'
import type { Region } from '../state/region.ts'
import { barWords, closeWords } from './bar-words.ts'
import { SplitBars } from './bars.ts'
import type { ChartTokens } from './chart-options.ts'
import { type Instrument, keepHeadroom, newChart, regionOptions, tokenOptions } from './chart-options.ts'
import { Cursor, type Press } from './cursor.ts'
import { Formats } from './formats.ts'
import { Layers } from './layers.ts'
import { type Legend, legendOf } from './legend.ts'
import { PaneTops } from './pane-tops.ts'
import { ProofMarks } from './proof-marks.ts'
import { type BarRange, VisibleRange } from './visible-range.ts'

/** What the user chose to see. */
export type Look = {
  readonly type: ChartType
  readonly indicators: readonly ChartIndicator[]
  readonly volume: boolean
  /** Least time between two drawings, ms. */
  readonly rateMs: number
}

export type CandleChartOptions = {
  readonly tokens: ChartTokens
  readonly instrument: Instrument
  /** How long a bar is, ms. */
  readonly barMs: number
  readonly region: Region
  readonly look: Look
  /** The bar to spell out: the one under the crosshair, else the newest. Told after everything that changes it. */
  readonly onLegend: (legend: Legend | undefined) => void
  /** Where each pane begins, CSS px from the top. */
  /** What it was told to follow is on the screen. */
  readonly onDrawn?: () => void
  readonly onPanes?: (tops: readonly number[]) => void
  /** The view was moved: whether to where the bars begin, or nearly. */
  readonly onStart: (isThere: boolean) => void
  /** Makes the library's chart. */
  readonly create?: typeof createChart
}

/** From so many bars on, drawing all is less work than drawing each. */
const MANY = 20

/**
 * A chart of bars that come as they like: late, doubled, out of order, history after what is live. What they changed is drawn as seldom as the
 * look says, and a bar that moves costs the same however many are loaded.
 */
export class CandleChart {
  readonly #chart: IChartApi
  readonly #bars = new SplitBars()
  readonly #visible: VisibleRange
  readonly #cursor: Cursor
  readonly #layers: Layers
  readonly #marks: ProofMarks
  readonly #panes: PaneTops
  readonly #formats: Formats
  readonly #options: CandleChartOptions
  readonly #pending: Bar[] = []
  #proofs: ReadonlyMap<number, BarProof> = new Map()
  #tokens: ChartTokens
  #look: Look
  #region: Region
  #lastPrice: IPriceLine | undefined
  #countdown = ''
  #timer: ReturnType<typeof setTimeout> | undefined
  #drawnAt = 0

  constructor(container: HTMLElement, options: CandleChartOptions) {
    this.#options = options
    this.#tokens = options.tokens
    this.#look = options.look
    this.#region = options.region
    this.#formats = new Formats(options.instrument)
    this.#chart = newChart(container, options)
    const { barMs, tokens } = options
    this.#layers = new Layers(this.#chart, { formats: this.#formats, barMs, tokens })
    this.#marks = new ProofMarks(this.#chart)
    this.#panes = new PaneTops(this.#chart, container, options.onPanes ?? (() => {}))
    this.#visible = new VisibleRange(this.#chart, this.#bars, options.onStart)
    this.#cursor = new Cursor({
      chart: this.#chart,
      bars: this.#bars,
      visible: this.#visible,
      price: () => this.#layers.price,
      onMove: () => this.#tellLegend(),
    })
    this.#show()
  }

  /** Everything drawn, oldest first. */
  get bars(): readonly Bar[] {
    return this.#bars.all
  }

  /** What is in sight of `bars`. */
  get sight(): BarRange | undefined {
    return this.#visible.range
  }

  /** The indicators' values beside `bars`. */
  get studies(): Layers['studies'] {
    return this.#layers.studies
  }

  setTokens(tokens: ChartTokens): void {
    this.#tokens = tokens
    this.#chart.applyOptions(tokenOptions(tokens))
    const view = this.#visible.view
    this.#layers.restyle(tokens, this.#bars.all)
    this.#visible.restore(view)
    this.#marks.draw(this.#bars, this.#proofs, tokens)
    this.#markLast()
    this.#tellLegend()
  }

  setRegion(region: Region): void {
    this.#region = region
    this.#chart.applyOptions(regionOptions(region))
    this.#tellLegend()
  }

  setLook(look: Look): void {
    const { type, volume, indicators } = this.#look
    this.#look = look
    if (look.type === type && look.volume === volume && look.indicators === indicators) return
    const view = this.#visible.view
    this.#show()
    this.#visible.restore(view)
    this.#tellLegend()
  }

  /** What became of the closed bars, by their times. */
  setProofs(proofs: ReadonlyMap<number, BarProof>): void {
    this.#proofs = proofs
    this.#marks.draw(this.#bars, proofs, this.#tokens)
    this.#tellLegend()
  }

  /** CSS px of the upper pane that its legend takes; told again whenever the pane or the legend is another height. */
  setHeadroom(px: number): void {
    keepHeadroom(this.#chart, px)
  }

  /** Beside the last price: how long the bar still takes. */
  setCountdown(text: string): void {
    this.#countdown = text
    this.#lastPrice?.applyOptions({ title: text })
  }

  /** Merges bars in, e.g. the history below bars that are already here. What is in sight stays where it is. */
  load(bars: readonly Bar[]): void {
    const view = this.#visible.view
    this.#bars.merge(bars)
    this.#drawAll()
    this.#visible.restore(view)
    this.#tellLegend()
  }

  /** Takes bars as they come. */
  follow(bars: readonly Bar[]): void {
    this.#pending.push(...bars)
    if (this.#timer !== undefined) return
    const waitMs = Math.max(0, this.#drawnAt + this.#look.rateMs - performance.now())
    this.#timer = setTimeout(() => {
      this.#drawPending()
      // The library draws in the next frame, and asked for it first.
      const { onDrawn } = this.#options
      if (onDrawn !== undefined) requestAnimationFrame(onDrawn)
    }, waitMs)
  }

  /** Forgets every bar: what comes now is not a continuation of what was. */
  clear(): void {
    this.#pending.length = 0
    this.#bars.clear()
    this.#proofs = new Map()
    this.#drawAll()
    this.#tellLegend()
  }

  /**
   * Does what a key stands for on a chart. Returns what there is to say of it, a few words after a step and the whole bar when it is asked for, or
   * nothing; undefined where the key is none of the chart's.
   */
  press(press: Press): string | undefined {
    const done = this.#cursor.press(press)
    const { index } = this.#cursor
    if (done === undefined || done === 'done' || index === undefined) return done && ''
    const legend = this.#legendAt(index)
    const words = { formats: this.#formats, region: this.#region }
    return legend && (done === 'told' ? barWords(legend, words) : closeWords(legend, words))
  }

  /** The keyboard is elsewhere. */
  leave(): void {
    this.#cursor.leave()
  }

  /** As it is on the screen, in device pixels. */
  picture(): HTMLCanvasElement {
    return this.#chart.takeScreenshot(true, false)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#visible.close()
    this.#panes.close()
    this.#chart.remove()
  }

  #show(): void {
    if (this.#layers.show(this.#look)) {
      this.#lastPrice = this.#layers.price?.live.createPriceLine({
        price: 0,
        lineVisible: false,
        lineStyle: LineStyle.Dotted,
        axisLabelVisible: false,
        title: '',
      })
    }
    this.#drawAll()
    this.#panes.watch()
  }

  #drawPending(): void {
    this.#timer = undefined
    this.#drawnAt = performance.now()
    const pending = this.#pending.splice(0)
    // The past may come late, hundreds of bars of it: one drawing for all, not one for each.
    if (pending.length > MANY) {
      this.load(pending)
      return
    }
    const view = this.#visible.view
    const isDrawn = this.#take(pending)
    if (!isDrawn) this.#drawAll()
    // The library by itself goes along with a bar that begins.
    if (!isDrawn || this.#visible.isMoving) this.#visible.restore(view)
    this.#markLast()
    this.#tellLegend()
  }

  /** Draws the newest bar as it moves, and what came late once, at the end. False where all has to be drawn. */
  #take(bars: readonly Bar[]): boolean {
    let revisedFrom = Number.POSITIVE_INFINITY
    let isWhole = true
    for (const bar of bars) {
      const change = this.#bars.add(bar)
      if (change === undefined) continue
      if (change.kind === 'reset') isWhole = false
      else if (change.kind === 'revise') revisedFrom = Math.min(revisedFrom, change.index)
      else isWhole = isWhole && this.#layers[change.kind](change.bar)
    }
    if (isWhole && revisedFrom < Number.POSITIVE_INFINITY) this.#layers.revise(this.#bars.all, revisedFrom)
    return isWhole
  }

  #drawAll(): void {
    this.#layers.set(this.#bars.all)
    this.#marks.draw(this.#bars, this.#proofs, this.#tokens)
    this.#markLast()
  }

  /** The last price is the market's, whatever the bars are drawn as. */
  #markLast(): void {
    const live = this.#bars.live
    const isKnown = live !== undefined
    const before = this.#bars.get(this.#bars.length - 2)?.close ?? live?.open ?? 0
    this.#lastPrice?.applyOptions({
      price: live?.close ?? 0,
      color: (live?.close ?? 0) >= before ? this.#tokens.up : this.#tokens.down,
      axisLabelTextColor: this.#tokens.bg0,
      lineVisible: isKnown,
      axisLabelVisible: isKnown,
      title: this.#countdown,
    })
  }

  #tellLegend(): void {
    this.#cursor.place()
    this.#options.onLegend(this.#legendAt(this.#cursor.index ?? this.#bars.length - 1))
  }

  #legendAt(index: number): Legend | undefined {
    return legendOf({
      bars: this.#bars,
      index,
      proofs: this.#proofs,
      studies: this.studies,
      formats: this.#formats,
      tokens: this.#tokens,
      axisWidth: this.#chart.priceScale('right').width(),
    })
  }
}
