import type { IChartApi } from 'lightweight-charts'

/** Tells where the chart's panes begin, again whenever one of them is made taller or lower. */
export class PaneTops {
  readonly #chart: IChartApi
  readonly #container: HTMLElement
  readonly #observer: ResizeObserver
  readonly #tell: (tops: readonly number[]) => void
  #frame = 0

  constructor(chart: IChartApi, container: HTMLElement, tell: (tops: readonly number[]) => void) {
    this.#chart = chart
    this.#container = container
    this.#tell = tell
    this.#observer = new ResizeObserver(() => this.#measure())
  }

  /** The chart has other panes than before; they are there with its next picture. */
  watch(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => {
      this.#observer.disconnect()
      for (const element of this.#elements) this.#observer.observe(element)
      this.#measure()
    })
  }

  close(): void {
    cancelAnimationFrame(this.#frame)
    this.#observer.disconnect()
  }

  get #elements(): readonly HTMLElement[] {
    return this.#chart.panes().flatMap((pane) => pane.getHTMLElement() ?? [])
  }

  #measure(): void {
    const { top } = this.#container.getBoundingClientRect()
    this.#tell(this.#elements.map((element) => element.getBoundingClientRect().top - top))
  }
}
