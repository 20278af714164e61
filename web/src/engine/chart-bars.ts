import type { Candle, CandlesView, Client, Subscription } from '@depthcast/client'
import { INTERVAL_NAMES, type Step } from '@depthcast/market'
import type { Bar, FromEngine, PanelId } from './messages.ts'

/** Redrawing a chart is dear: five times a second is as often as it is told. */
const RATE_MS = 200

/** The bars of one chart on the page. Charts of the same instrument and interval share what comes over the wire. */
export class ChartBars {
  readonly #panel: PanelId
  readonly #client: Client
  readonly #post: (message: FromEngine) => void
  #candles: Subscription<CandlesView> | undefined
  #isPaused = false

  constructor(panel: PanelId, client: Client, post: (message: FromEngine) => void) {
    this.#panel = panel
    this.#client = client
    this.#post = post
  }

  /** Follows another chart. An interval that is none is not followed at all: the page offers those there are. */
  show(symbol: string, interval: string): void {
    this.close()
    const known = INTERVAL_NAMES.find((name) => name === interval)
    if (known === undefined) return
    const candles = this.#client.candles(symbol, { interval: known, rateMs: RATE_MS })
    if (this.#isPaused) candles.pause()
    this.#candles = candles
    candles.subscribe((view) => {
      if (view === undefined || candles !== this.#candles) return
      const { isReset, instrument } = view
      const bars = view.changed.map((candle) => barOf(candle, instrument.tickSize, instrument.lotSize))
      this.#post({ kind: 'bars', panel: this.#panel, symbol, interval, reset: isReset, bars })
    })
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused
    if (paused) this.#candles?.pause()
    else this.#candles?.resume()
  }

  close(): void {
    const candles = this.#candles
    this.#candles = undefined
    candles?.close()
  }
}

function barOf({ openTime, open, high, low, close, volume, rev, final }: Candle, tick: Step, lot: Step): Bar {
  const price = (ticks: number): number => (ticks * tick.coefficient) / 10 ** tick.decimals
  return {
    time: openTime / 1000,
    open: price(open),
    high: price(high),
    low: price(low),
    close: price(close),
    volume: (volume * lot.coefficient) / 10 ** lot.decimals,
    rev,
    final,
  }
}
