import { type createChart, type IChartApi, type IPriceLine, LineStyle } from 'lightweight-charts'
import type { Bar, BarProof } from '../engine/messages.ts'
import type { ChartIndicator, ChartType } from '../panels/options.ts'
import type { Region } from '../state/region.ts'
import { SplitBars } from './bars.ts'
import type { ChartTokens } from './chart-options.ts'
import { type Instrument, keepHeadroom, newChart, regionOptions, tokenOptions } from './chart-options.ts'
import { Formats } from './formats.ts'
import { Layers } from './layers.ts'
import { type Legend, legendOf } from './legend.ts'
import { PaneTops } from './pane-tops.ts'
import { ProofMarks } from './proof-marks.ts'

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
  readonly onPanes?: (tops: readonly number[]) => void
  /** The view was moved to where the bars begin, or nearly. */
  readonly onStart: () => void
  /** Makes the library's chart. */
  readonly create?: typeof createChart
}

/** `range` in bars from the oldest, `last` is the newest's, which began at `time`. */
type View = {
  readonly range: { readonly from: number; readonly to: number }
  readonly last: number
  readonly time: number
}

/** From so many bars on, drawing all is less work than drawing each. */
const MANY = 20
/** Bars before the first one in sight. */
const NEAR_START = 20

/**
 * A chart of bars that come as they like: late, doubled, out of order, history after what is live. What they changed is drawn as seldom as the
 * look says, and a bar that moves costs the same however many are loaded.
 */
export class CandleChart {
  readonly #chart: IChartApi
  readonly #bars = new SplitBars()
  readonly #layers: Layers
  readonly #marks: ProofMarks
  readonly #panes: PaneTops
  readonly #formats: Formats
  readonly #options: CandleChartOptions
  readonly #pending: Bar[] = []
  #proofs: ReadonlyMap<number, BarProof> = new Map()
  #tokens: ChartTokens
  #look: Look
  #lastPrice: IPriceLine | undefined
  #countdown = ''
  /** Where the view will be with the next picture, in bars; undefined when it is there. */
  #wanted: View['range'] | undefined
  #frame = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #drawnAt = 0
  /** ms since 1970. */
  #hoveredAt: number | undefined

  constructor(container: HTMLElement, options: CandleChartOptions) {
    this.#options = options
    this.#tokens = options.tokens
    this.#look = options.look
    this.#formats = new Formats(options.instrument)
    this.#chart = newChart(container, options)
    const { barMs, tokens } = options
    this.#layers = new Layers(this.#chart, { formats: this.#formats, barMs, tokens })
    this.#marks = new ProofMarks(this.#chart)
    this.#panes = new PaneTops(this.#chart, container, options.onPanes ?? (() => {}))
    this.#chart.subscribeCrosshairMove(({ time }) => {
      this.#hoveredAt = typeof time === 'number' ? time * 1000 : undefined
      this.#tellLegend()
    })
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < NEAR_START) options.onStart()
    })
    this.#show()
  }

  /** Everything drawn, oldest first. */
  get bars(): readonly Bar[] {
    return this.#bars.all
  }

  /** The indicators' values beside `bars`. */
  get studies(): Layers['studies'] {
    return this.#layers.studies
  }

  setTokens(tokens: ChartTokens): void {
    this.#tokens = tokens
    this.#chart.applyOptions(tokenOptions(tokens))
    const view = this.#view
    this.#layers.restyle(tokens, this.#bars.all)
    this.#restore(view)
    this.#marks.draw(this.#bars, this.#proofs, tokens)
    this.#markLast()
    this.#tellLegend()
  }

  setRegion(region: Region): void {
    this.#chart.applyOptions(regionOptions(region))
    this.#tellLegend()
  }

  setLook(look: Look): void {
    const { type, volume, indicators } = this.#look
    this.#look = look
    if (look.type === type && look.volume === volume && look.indicators === indicators) return
    const view = this.#view
    this.#show()
    this.#restore(view)
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
    const view = this.#view
    this.#bars.merge(bars)
    this.#drawAll()
    this.#restore(view)
    this.#tellLegend()
  }

  /** Takes bars as they come. */
  follow(bars: readonly Bar[]): void {
    this.#pending.push(...bars)
    if (this.#timer !== undefined) return
    const waitMs = Math.max(0, this.#drawnAt + this.#look.rateMs - performance.now())
    this.#timer = setTimeout(() => this.#drawPending(), waitMs)
  }

  /** Forgets every bar: what comes now is not a continuation of what was. */
  clear(): void {
    this.#pending.length = 0
    this.#bars.clear()
    this.#proofs = new Map()
    this.#drawAll()
    this.#tellLegend()
  }

  /** As it is on the screen, in device pixels. */
  picture(): HTMLCanvasElement {
    return this.#chart.takeScreenshot(true, false)
  }

  close(): void {
    clearTimeout(this.#timer)
    cancelAnimationFrame(this.#frame)
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
    const view = this.#view
    const isDrawn = this.#take(pending)
    if (!isDrawn) this.#drawAll()
    // The library by itself goes along with a bar that begins.
    if (!isDrawn || this.#wanted !== undefined) this.#restore(view)
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

  /** What is in sight, and where the bars end. The library moves with its next picture, and knows only then. */
  get #view(): View | undefined {
    const range = this.#wanted ?? this.#chart.timeScale().getVisibleLogicalRange()
    const time = this.#bars.live?.time
    return range === null || time === undefined ? undefined : { range, last: this.#bars.length - 1, time }
  }

  /**
   * Brings back into sight what was there before bars came or went: the library counts them from the oldest, so that each one that is put before
   * the others would push them aside. Where the newest was in sight it stays in sight.
   */
  #restore(view: View | undefined): void {
    if (view === undefined || this.#bars.length === 0) return
    const { range, last, time } = view
    const now = range.to >= last ? this.#bars.length - 1 : this.#bars.indexAt(time)
    this.#wanted = { from: range.from + now - last, to: range.to + now - last }
    this.#chart.timeScale().setVisibleLogicalRange(this.#wanted)
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => {
      this.#wanted = undefined
    })
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
    const last = this.#bars.length - 1
    const hovered = this.#hoveredAt === undefined ? -1 : this.#bars.indexAt(this.#hoveredAt)
    const index = hovered === -1 ? last : hovered
    const bar = this.#bars.get(index)
    this.#options.onLegend(
      bar &&
        legendOf({
          bar,
          before: this.#bars.get(index - 1),
          proofs: this.#proofs,
          index,
          studies: this.studies,
          formats: this.#formats,
          tokens: this.#tokens,
        }),
    )
  }
}
