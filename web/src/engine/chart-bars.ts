import type { Candle, CandlesView, Client, Subscription } from '@depthcast/client'
import { INTERVAL_NAMES, type Interval, type Step } from '@depthcast/market'
import type { Certificate } from './certificate.ts'
import type { EngineHost } from './host.ts'
import type { Bar, BarProof, BarsOptions, FromEngine, PanelId } from './messages.ts'

type Of = {
  readonly panel: PanelId
  readonly client: Client
  readonly host: EngineHost
  readonly post: (message: FromEngine) => void
}
type Shown = { readonly symbol: string; readonly interval: Interval; readonly candles: Subscription<CandlesView> }

/** The bars of one chart on the page. Charts of the same instrument and interval share what comes over the wire. */
export class ChartBars {
  readonly #of: Of
  #shown: Shown | undefined
  #options: BarsOptions | undefined
  #certificate: Certificate | undefined
  #epoch: number | undefined
  #isPaused = false

  constructor(of: Of) {
    this.#of = of
  }

  /** Follows another chart. An interval that is none is not followed at all: the page offers those there are. */
  show(symbol: string, interval: string, options: BarsOptions): void {
    this.close()
    const known = INTERVAL_NAMES.find((name) => name === interval)
    if (known === undefined) return
    const candles = this.#of.client.candles(symbol, { interval: known, rateMs: options.rateMs })
    const shown = { symbol, interval: known, candles }
    this.#shown = shown
    this.#options = options
    this.#settle()
    candles.subscribe((view) => {
      if (view !== undefined && shown === this.#shown) this.#take(view)
    })
    this.#prove()
  }

  choose(options: BarsOptions): void {
    const before = this.#options
    if (before === undefined) return
    this.#options = options
    if (options.rateMs !== before.rateMs) {
      // Refused, it goes on as it was.
      this.#shown?.candles.modify({ rateMs: options.rateMs }).catch(() => {})
      this.#certificate?.setRate(options.rateMs)
    }
    if (options.certificate !== before.certificate) this.#prove()
    this.#settle()
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused
    this.#settle()
  }

  close(): void {
    this.#shown?.candles.close()
    this.#certificate?.close()
    this.#shown = this.#certificate = this.#options = this.#epoch = undefined
  }

  #take(view: CandlesView): void {
    const { changed, instrument, isReset, epoch } = view
    const bars = changed.map((candle) => barOf(candle, instrument.tickSize, instrument.lotSize))
    // Numbered by another life of the gateway, which may count the same bars otherwise.
    const isOther = this.#epoch !== undefined && this.#epoch !== epoch
    this.#epoch = epoch
    this.#post({ reset: isReset, isOther, bars, proofs: [] })
    if (isOther) this.#prove()
    this.#certificate?.take(view)
  }

  /** Stops or starts the flow at the server: nothing is sent for what nobody sees, or wants to see move. */
  #settle(): void {
    const isPaused = this.#isPaused || this.#options?.visible === false
    if (isPaused) this.#shown?.candles.pause()
    else this.#shown?.candles.resume()
    this.#certificate?.setPaused(isPaused)
  }

  /** Begins the certificate anew where it is wanted; its program is fetched with the first. */
  #prove(): void {
    this.#certificate?.close()
    this.#certificate = undefined
    const shown = this.#shown
    if (shown === undefined || this.#options?.certificate !== true) return
    import('./certificate.ts').then(
      ({ Certificate }) => {
        const options = this.#options
        if (shown !== this.#shown || options?.certificate !== true || this.#certificate !== undefined) return
        const { client, host } = this.#of
        const { symbol, interval, candles } = shown
        const tell = (proofs: readonly BarProof[]): void => {
          if (shown === this.#shown) this.#post({ reset: false, isOther: false, bars: [], proofs })
        }
        this.#certificate = new Certificate({ client, symbol, interval, rateMs: options.rateMs, host, tell })
        this.#settle()
        const held = candles.current
        if (held !== undefined) this.#certificate.take({ ...held, changed: held.candles })
      },
      // Without its program nothing is proved, and nothing is said to be.
      () => {},
    )
  }

  #post(message: Omit<Extract<FromEngine, { kind: 'bars' }>, 'kind' | 'panel' | 'symbol' | 'interval'>): void {
    const { symbol, interval } = this.#shown ?? {}
    if (symbol === undefined || interval === undefined) return
    this.#of.post({ kind: 'bars', panel: this.#of.panel, symbol, interval, ...message })
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
