import type { Candle, CandlesView } from '@depthcast/client'
import { INTERVAL_NAMES, type Interval, type Step } from '@depthcast/market'
import { BarsCosts } from './bars-costs.ts'
import type { Certificate } from './certificate.ts'
import type { ChartsContext } from './charts.ts'
import type { Bar, BarProof, BarsOptions, BarsTally, FromEngine, PanelId, PanelReport, Receipt } from './messages.ts'
import { Standing } from './standing.ts'

type Of = ChartsContext & { readonly panel: PanelId }
type Shown = {
  readonly symbol: string
  readonly interval: Interval
  readonly standing: Standing<CandlesView>
  readonly costs: BarsCosts
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
    const costs = new BarsCosts(candles, () => this.#certificate?.trades)
    const standing: Standing<CandlesView> = new Standing({
      ...this.#of,
      ...{ symbol, subscription: candles, costs: () => costs.stats() },
      content: {
        ...NO_BOOK,
        get seq() {
          return standing.shown?.seq
        },
      },
    })
    const shown = { symbol, interval: known, standing, costs, stop: () => stops.forEach((stop) => void stop()) }
    this.#shown = shown
    this.#options = options
    this.#settle()
    const stops = [
      candles.subscribe((view) => {
        if (view !== undefined) this.#take(view)
      }),
      candles.onStatus((status) => standing.stood(status)),
    ]
    this.#prove()
  }

  choose(options: BarsOptions): void {
    const before = this.#options
    if (before === undefined) return
    this.#options = options
    if (options.rateMs !== before.rateMs) {
      this.#shown?.standing.ask({ rateMs: options.rateMs })
      this.#certificate?.setRate(options.rateMs)
    }
    if (options.certificate !== before.certificate) this.#prove()
    this.#settle()
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused
    this.#settle()
  }

  /** The page has drawn the bars it was told: how long that took includes the way of this word back, so it is never understated. */
  drawn(): void {
    this.#shown?.standing.painted()
  }

  judge(): void {
    if (this.#options !== undefined) this.#shown?.standing.judge(this.#options, this.#isPaused)
  }

  /** Undefined while no chart is followed. */
  report(): PanelReport | undefined {
    if (this.#shown === undefined || this.#options === undefined) return undefined
    const { rateMs, certificate } = this.#options
    const report = this.#shown.standing.report({ rateMs })
    return certificate ? { ...report, bars: this.#certificate?.tally ?? NONE_YET } : report
  }

  /** What stands behind the bars; undefined while there are none. Its program is fetched with the first. */
  async receipt(): Promise<Receipt | undefined> {
    const { barsReceiptOf } = await import('./bars-receipt.ts')
    if (this.#shown === undefined) return undefined
    const { interval, standing } = this.#shown
    const candles = standing.subscription.current
    return barsReceiptOf(standing.proof(), { interval, candles, certificate: this.#certificate })
  }

  close(): void {
    this.#disprove()
    this.#shown?.stop()
    this.#shown?.standing.subscription.close()
    this.#shown = this.#options = this.#epoch = undefined
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
    this.#stand(view)
  }

  /** A bar does not say when its last trade happened, and what comes first tells of the past. */
  #stand(view: CandlesView): void {
    const standing = this.#shown?.standing
    if (standing === undefined) return
    const isTraded = hasTrades(view, standing.shown)
    const happenedAt = standing.isFresh ? undefined : isTraded ? this.#of.host.now() : standing.happenedAt
    standing.took(view, { happenedAt, isReset: view.isReset })
  }

  #settle(): void {
    const isPaused = this.#isPaused || this.#options?.visible === false
    this.#shown?.standing.forgetWaiting()
    this.#shown?.standing.flow(!isPaused)
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
        const { symbol, interval, standing } = shown
        const tell = (proofs: readonly BarProof[]): void => {
          if (shown === this.#shown) this.#post({ reset: false, isOther: false, bars: [], proofs })
        }
        this.#certificate = new Certificate({ client, symbol, interval, rateMs: options.rateMs, host, tell })
        this.#settle()
        const held = standing.subscription.current
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
    this.#shown?.costs.spent(certificate.trades.stats())
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

/** A bar that only closed, since its time is over, is no trade. */
function hasTrades({ changed }: CandlesView, before: CandlesView | undefined): boolean {
  const bars = before?.candles ?? []
  return changed.some(({ openTime, volume }) => bars.findLast((bar) => bar.openTime === openTime)?.volume !== volume)
}

/** Bars have no checksum: what proves them is the certificate. */
const NO_BOOK = { contradiction: undefined, isBook: false, isVerified: false, unseen: 0 } as const

const NONE_YET: BarsTally = { match: 0, missed: 0, unexplained: 0 }
