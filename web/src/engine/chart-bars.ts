import type { Candle, CandlesView, Subscription } from '@depthcast/client'
import { INTERVAL_NAMES, type Interval, type Step } from '@depthcast/market'
import { BarsAccount } from './bars-account.ts'
import type { Certificate } from './certificate.ts'
import type { ChartsContext } from './charts.ts'
import type { Bar, BarProof, BarsOptions, BarsTally, FromEngine, PanelId, PanelReport, Receipt } from './messages.ts'

type Of = ChartsContext & { readonly panel: PanelId }
type Shown = {
  readonly symbol: string
  readonly interval: Interval
  readonly candles: Subscription<CandlesView>
  readonly account: BarsAccount
  readonly stop: () => void
}

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
    const { client } = this.#of
    const candles = client.candles(symbol, { interval: known, rateMs: options.rateMs })
    const account = new BarsAccount({ ...this.#of, symbol, candles, trades: () => this.#certificate?.trades })
    const shown = { symbol, interval: known, candles, account, stop: () => stops.forEach((stop) => void stop()) }
    this.#shown = shown
    this.#options = options
    this.#settle()
    const stops = [
      candles.subscribe((view) => {
        if (view !== undefined) this.#take(view)
      }),
      candles.onStatus((status) => account.stood(status)),
    ]
    this.#prove()
  }

  choose(options: BarsOptions): void {
    const before = this.#options
    if (before === undefined) return
    this.#options = options
    if (options.rateMs !== before.rateMs) {
      this.#shown?.account.ask(options.rateMs)
      this.#certificate?.setRate(options.rateMs)
    }
    if (options.certificate !== before.certificate) this.#prove()
    this.#settle()
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused
    this.#settle()
  }

  /** The page has drawn the bars it was told. */
  drawn(): void {
    this.#shown?.account.drawn()
  }

  judge(): void {
    if (this.#options !== undefined)
      this.#shown?.account.judge({ rateMs: this.#options.rateMs, paused: this.#isPaused })
  }

  /** Undefined while no chart is followed. */
  report(): PanelReport | undefined {
    if (this.#shown === undefined || this.#options === undefined) return undefined
    return this.#shown.account.report(this.#options.rateMs, this.#tally)
  }

  /** What stands behind the bars; undefined while there are none. Its program is fetched with the first. */
  async receipt(): Promise<Receipt | undefined> {
    const { barsReceiptOf } = await import('./bars-receipt.ts')
    if (this.#shown === undefined) return undefined
    const { interval, account, candles } = this.#shown
    return barsReceiptOf(account.proof(), { interval, candles: candles.current, certificate: this.#certificate })
  }

  close(): void {
    this.#disprove()
    this.#shown?.stop()
    this.#shown?.candles.close()
    this.#shown = this.#options = this.#epoch = undefined
  }

  get #tally(): BarsTally | undefined {
    return this.#options?.certificate === true ? (this.#certificate?.tally ?? NONE_YET) : undefined
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
    // Told already: what it is about is on its way to the page.
    this.#shown?.account.took(view)
  }

  /** Stops or starts the flow at the server: nothing is sent for what nobody sees, or wants to see move. */
  #settle(): void {
    const isPaused = this.#isPaused || this.#options?.visible === false
    this.#shown?.account.paused(isPaused)
    if (isPaused) this.#shown?.candles.pause()
    else this.#shown?.candles.resume()
    this.#certificate?.setPaused(isPaused)
  }

  /** Begins the certificate anew where it is wanted; its program is fetched with the first. */
  #prove(): void {
    this.#disprove()
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

  /** Ends the certificate; what it cost stays the chart's. */
  #disprove(): void {
    const certificate = this.#certificate
    this.#certificate = undefined
    if (certificate === undefined) return
    this.#shown?.account.spent(certificate.trades.stats())
    certificate.close()
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

const NONE_YET: BarsTally = { match: 0, missed: 0, unexplained: 0 }
