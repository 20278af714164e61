import {
  type CandlestickData,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  type HistogramData,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts'
import type { Bar } from '../engine/messages.ts'
import { formatNumber } from '../state/format.ts'
import { FONT_FAMILY, type Tokens } from '../theme/tokens.ts'
import { type BarChange, SplitBars } from './bars.ts'
import { crosshairTime, tickMark } from './time-axis.ts'

export type CandleChartOptions = {
  readonly tokens: Tokens
  readonly decimals: number
  /** Price of one tick. */
  readonly tick: number
  readonly locale: string
  /** The bar to spell out, and the one before it: the one under the crosshair, else the newest. Told after everything that changes it. */
  readonly onLegend: (bar: Bar | undefined, before: Bar | undefined) => void
  /** The view was moved to where the bars begin, or nearly. */
  readonly onStart: () => void
}

const REDRAW_EVERY_MS = 200
/** From so many bars on, drawing all is less work than drawing each. */
const MANY = 20
/** Bars before the first one in sight. */
const NEAR_START = 20
const VOLUME_SCALE = 'volume'

/**
 * Candles and volume, each in two series: the frozen bars, and the one that moves. A moving bar costs the same with a hundred bars loaded as
 * with five thousand; in one series it costs the rebuilding of them all.
 */
export class CandleChart {
  readonly #chart: IChartApi
  readonly #candles: Split<'Candlestick'>
  readonly #volumes: Split<'Histogram'>
  readonly #bars = new SplitBars()
  readonly #pending: Bar[] = []
  readonly #options: CandleChartOptions
  #tokens: Tokens
  #timer: ReturnType<typeof setTimeout> | undefined
  #drawnAt = 0
  /** ms since 1970. */
  #hoveredAt: number | undefined

  constructor(container: HTMLElement, options: CandleChartOptions) {
    this.#options = options
    this.#tokens = options.tokens
    this.#chart = createChart(container, {
      autoSize: true,
      layout: { attributionLogo: true, fontFamily: FONT_FAMILY, fontSize: 11 },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: {
        timeVisible: true,
        secondsVisible: true,
        rightOffset: 4,
        borderVisible: false,
        tickMarkFormatter: tickMark,
      },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.22 } },
      localization: { locale: options.locale, timeFormatter: crosshairTime },
    })
    const muted = { priceLineVisible: false, lastValueVisible: false }
    const volume = { ...muted, priceScaleId: VOLUME_SCALE, priceFormat: { type: 'volume' } } as const
    const formatter = (price: number): string => formatNumber(price, options.decimals, options.locale)
    const candles = { borderVisible: false, priceFormat: { type: 'custom', minMove: options.tick, formatter } } as const
    this.#volumes = {
      frozen: this.#chart.addSeries(HistogramSeries, volume),
      live: this.#chart.addSeries(HistogramSeries, volume),
    }
    this.#candles = {
      frozen: this.#chart.addSeries(CandlestickSeries, { ...candles, ...muted }),
      live: this.#chart.addSeries(CandlestickSeries, candles),
    }
    this.#chart.priceScale(VOLUME_SCALE).applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } })
    this.#chart.subscribeCrosshairMove(({ time }) => {
      this.#hoveredAt = typeof time === 'number' ? time * 1000 : undefined
      this.#tellLegend()
    })
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range !== null && range.from < NEAR_START) options.onStart()
    })
    this.setTokens(options.tokens)
  }

  setTokens(tokens: Tokens): void {
    this.#tokens = tokens
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: tokens.bg1 }, textColor: tokens.textLow },
      grid: { vertLines: { color: tokens.line }, horzLines: { color: tokens.line } },
      crosshair: {
        vertLine: { color: tokens.lineStrong, labelBackgroundColor: tokens.bg3 },
        horzLine: { color: tokens.lineStrong, labelBackgroundColor: tokens.bg3 },
      },
    })
    for (const series of [this.#candles.frozen, this.#candles.live]) {
      series.applyOptions({
        upColor: tokens.up,
        downColor: tokens.down,
        wickUpColor: tokens.up,
        wickDownColor: tokens.down,
      })
    }
    this.#draw({ kind: 'reset', frozen: this.#bars.all.slice(0, -1), live: this.#bars.live })
  }

  /** Merges bars in, e.g. the history below bars that are already here. */
  load(bars: readonly Bar[]): void {
    this.#draw(this.#bars.merge(bars))
    this.#tellLegend()
  }

  /** Takes bars as they come; what they changed is drawn five times a second at most. */
  follow(bars: readonly Bar[]): void {
    this.#pending.push(...bars)
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(
      () => this.#drawPending(),
      Math.max(0, this.#drawnAt + REDRAW_EVERY_MS - performance.now()),
    )
  }

  /** Forgets every bar: what comes now is not a continuation of what was. */
  clear(): void {
    this.#pending.length = 0
    this.#bars.clear()
    this.#draw({ kind: 'reset', frozen: [], live: undefined })
  }

  /** Everything drawn, oldest first. */
  get bars(): readonly Bar[] {
    return this.#bars.all
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#chart.remove()
  }

  #drawPending(): void {
    this.#timer = undefined
    this.#drawnAt = performance.now()
    const pending = this.#pending.splice(0)
    // The past may come late, hundreds of bars of it: one drawing for all, not one for each.
    if (pending.length > MANY) this.#draw(this.#bars.merge(pending))
    else this.#drawEach(pending)
    this.#tellLegend()
  }

  #drawEach(bars: readonly Bar[]): void {
    for (const bar of bars) {
      const change = this.#bars.add(bar)
      if (change !== undefined) this.#draw(change)
    }
  }

  #draw(change: BarChange): void {
    switch (change.kind) {
      case 'reset':
        this.#candles.frozen.setData(change.frozen.map(candle))
        this.#volumes.frozen.setData(change.frozen.map((bar) => this.#volume(bar)))
        this.#candles.live.setData(change.live === undefined ? [] : [candle(change.live)])
        this.#volumes.live.setData(change.live === undefined ? [] : [this.#volume(change.live)])
        return
      case 'live':
        this.#candles.live.update(candle(change.bar))
        this.#volumes.live.update(this.#volume(change.bar))
        return
      case 'next':
        this.#candles.frozen.update(candle(change.froze))
        this.#volumes.frozen.update(this.#volume(change.froze))
        this.#candles.live.setData([candle(change.bar)])
        this.#volumes.live.setData([this.#volume(change.bar)])
        return
      case 'revise':
        this.#candles.frozen.update(candle(change.bar), true)
        this.#volumes.frozen.update(this.#volume(change.bar), true)
        return
    }
  }

  #volume(bar: Bar): HistogramData<Time> {
    return {
      time: seconds(bar.time),
      value: bar.volume,
      color: bar.close >= bar.open ? this.#tokens.upBar : this.#tokens.downBar,
    }
  }

  #tellLegend(): void {
    const bar = this.#hoveredAt === undefined ? undefined : this.#bars.at(this.#hoveredAt)
    const spelled = bar ?? this.#bars.live
    this.#options.onLegend(spelled, spelled === undefined ? undefined : this.#bars.at(spelled.time - 1))
  }
}

type Split<Kind extends 'Candlestick' | 'Histogram'> = {
  readonly frozen: ISeriesApi<Kind>
  readonly live: ISeriesApi<Kind>
}

function candle(bar: Bar): CandlestickData<Time> {
  return { time: seconds(bar.time), open: bar.open, high: bar.high, low: bar.low, close: bar.close }
}

function seconds(ms: number): UTCTimestamp {
  return Math.floor(ms / 1000) as UTCTimestamp
}
