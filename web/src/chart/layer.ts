import {
  type DeepPartial,
  type IChartApi,
  LineSeries,
  type SeriesDefinition,
  type SeriesPartialOptionsMap,
  type SeriesType,
  type UTCTimestamp,
} from 'lightweight-charts'
import type { Bar } from '../engine/messages.ts'
import type { ChartTokens } from './chart-options.ts'
import { Derived, type Fold } from './derived.ts'
import { type Point, SplitSeries } from './split-series.ts'

type SeriesOptions = DeepPartial<SeriesPartialOptionsMap[SeriesType]>

/** One thing drawn of each bar. */
export type Drawing<Value> = {
  readonly as: SeriesDefinition<SeriesType>
  readonly options: SeriesOptions
  readonly style: (tokens: ChartTokens) => SeriesOptions
  /** Undefined where there is nothing to draw. */
  readonly point: (bar: Bar, value: Value, tokens: ChartTokens) => Point | undefined
}

/** One value of each bar, and what is drawn of it: the candles, the volume, an indicator with its lines. */
export class Layer<Value> {
  readonly #chart: IChartApi
  readonly #derived: Derived<Value>
  readonly #drawn: readonly { readonly drawing: Drawing<Value>; readonly series: SplitSeries }[]
  readonly pane: number
  #tokens: ChartTokens

  constructor(
    chart: IChartApi,
    {
      fold,
      drawings,
      pane,
      tokens,
    }: { fold: () => Fold<Value>; drawings: readonly Drawing<Value>[]; pane: number; tokens: ChartTokens },
  ) {
    this.#chart = chart
    this.#derived = new Derived(fold)
    this.#tokens = tokens
    this.pane = pane
    this.#drawn = drawings.map((drawing) => {
      const add = () => chart.addSeries(drawing.as, { ...MUTED, ...drawing.options, ...drawing.style(tokens) }, pane)
      const series = new SplitSeries({ frozen: add(), live: add(), isJoined: drawing.as === LineSeries })
      return { drawing, series }
    })
  }

  /** As many as bars, oldest first. */
  get values(): readonly Value[] {
    return this.#derived.values
  }

  /** The series of what is drawn first. */
  get first(): SplitSeries | undefined {
    return this.#drawn[0]?.series
  }

  set(bars: readonly Bar[]): void {
    this.#derived.set(bars)
    this.#draw(bars)
  }

  /** The last bar moved. False where it could not be drawn by itself: then all has to be set. */
  move(bar: Bar): boolean {
    return this.#put(bar, this.#derived.move(bar))
  }

  /** A new bar began. False as with `move`. */
  next(bar: Bar): boolean {
    return this.#put(bar, this.#derived.next(bar))
  }

  /** A bar changed that is not the last: whatever depends on it is made anew, and drawn from there on where that suffices. */
  revise(bars: readonly Bar[], from: number): void {
    this.#derived.set(bars)
    for (let at = from; at < bars.length; at += 1) {
      const bar = bars[at]
      const value = this.values[at]
      if (bar === undefined || value === undefined || this.#put(bar, value)) continue
      this.#draw(bars)
      return
    }
  }

  restyle(tokens: ChartTokens, bars: readonly Bar[]): void {
    this.#tokens = tokens
    for (const { drawing, series } of this.#drawn) {
      series.frozen.applyOptions(drawing.style(tokens))
      series.live.applyOptions(drawing.style(tokens))
    }
    // Points may have colours of their own.
    this.#draw(bars)
  }

  remove(): void {
    for (const { series } of this.#drawn) {
      this.#chart.removeSeries(series.frozen)
      this.#chart.removeSeries(series.live)
    }
  }

  #draw(bars: readonly Bar[]): void {
    for (const { drawing, series } of this.#drawn) {
      const points: Point[] = []
      bars.forEach((bar, at) => {
        const value = this.values[at]
        const point = value === undefined ? undefined : drawing.point(bar, value, this.#tokens)
        if (point !== undefined) points.push(point)
      })
      series.set(points)
    }
  }

  #put(bar: Bar, value: Value): boolean {
    return this.#drawn.every(({ drawing, series }) => {
      const point = drawing.point(bar, value, this.#tokens)
      return point === undefined || series.put(point)
    })
  }
}

/** The axis has one label only, the last price's. */
const MUTED = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false } as const

/** As the chart library has times. */
export function seconds(ms: number): UTCTimestamp {
  return Math.floor(ms / 1000) as UTCTimestamp
}
