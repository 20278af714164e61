import type { IChartApi } from 'lightweight-charts'
import type { SplitBars } from './bars.ts'

/** In bars from the oldest, with parts of them. */
export type BarRange = { readonly from: number; readonly to: number }

/** What was in sight of bars of which the last, at `last`, began at `time`. */
export type View = { readonly range: BarRange; readonly last: number; readonly time: number }

/** Bars before the first one in sight. */
const NEAR_START = 20

/** What is in sight of a chart. The library moves with its next picture, and knows only then where to. */
export class VisibleRange {
  readonly #chart: IChartApi
  readonly #bars: SplitBars
  /** Where it will be with the next picture; undefined when it is there. */
  #wanted: BarRange | undefined
  #frame = 0

  /** `onStart` hears of each move, whether it was to where the bars begin, or nearly. */
  constructor(chart: IChartApi, bars: SplitBars, onStart: (isThere: boolean) => void) {
    this.#chart = chart
    this.#bars = bars
    chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null) onStart(range.from < NEAR_START)
    })
  }

  get isMoving(): boolean {
    return this.#wanted !== undefined
  }

  /** Undefined while there is nothing to see. */
  get range(): BarRange | undefined {
    return this.#wanted ?? this.#chart.timeScale().getVisibleLogicalRange() ?? undefined
  }

  /** What is in sight, and where the bars end. */
  get view(): View | undefined {
    const { range } = this
    const time = this.#bars.live?.time
    return range === undefined || time === undefined ? undefined : { range, last: this.#bars.length - 1, time }
  }

  show(range: BarRange): void {
    this.#wanted = range
    this.#chart.timeScale().setVisibleLogicalRange(range)
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => {
      this.#wanted = undefined
    })
  }

  /**
   * Brings back into sight what was there before bars came or went: the library counts them from the oldest, so that each one that is put before
   * the others would push them aside. Where the newest was in sight it stays in sight.
   */
  restore(view: View | undefined): void {
    if (view === undefined || this.#bars.length === 0) return
    const { range, last, time } = view
    const now = range.to >= last ? this.#bars.length - 1 : this.#bars.indexAt(time)
    this.show({ from: range.from + now - last, to: range.to + now - last })
  }

  close(): void {
    cancelAnimationFrame(this.#frame)
  }
}
