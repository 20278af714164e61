import type { CandlesView, Client, Subscription, TradesView } from '@depthcast/client'
import type { Interval } from '@depthcast/market'
import { BarJudge } from './bar-judge.ts'
import type { EngineHost } from './host.ts'
import type { BarProof, BarsTally } from './messages.ts'
import { TradesHeard } from './trades-heard.ts'

const JUDGE_EVERY_MS = 1000

/** Follows the trades of a chart's instrument, and tells what they say of its closed bars. */
export class Certificate {
  readonly trades: Subscription<TradesView>
  readonly #judge: BarJudge
  readonly #heard = new TradesHeard()
  readonly #host: EngineHost
  readonly #tell: (proofs: readonly BarProof[]) => void
  readonly #stops: readonly (() => void)[]

  constructor({
    client,
    symbol,
    interval,
    rateMs,
    host,
    tell,
  }: {
    client: Client
    symbol: string
    interval: Interval
    rateMs: number
    host: EngineHost
    tell: (proofs: readonly BarProof[]) => void
  }) {
    this.#judge = new BarJudge(interval)
    this.#host = host
    this.#tell = tell
    this.trades = client.trades(symbol, { rateMs })
    this.#stops = [
      this.trades.subscribe((view) => {
        if (view === undefined) return
        this.#judge.takeTrades(view)
        this.#heard.take(view, host.now())
        this.#post(this.#judged())
      }),
      host.every(JUDGE_EVERY_MS, () => this.#post(this.#judged())),
    ]
  }

  /** How many closed bars came to which verdict. */
  get tally(): BarsTally {
    return this.#judge.tally
  }

  /** Which trades were counted here. */
  get heard(): TradesHeard {
    return this.#heard
  }

  get judge(): Pick<BarJudge, 'evidence'> {
    return this.#judge
  }

  get proofs(): readonly BarProof[] {
    return this.#judge.proofs
  }

  /** The server's bars, as they come. */
  take(view: CandlesView): void {
    this.#judge.takeBars(view)
    const proofs = this.#judged()
    // Whoever begins anew knows of nothing.
    this.#post(view.isReset ? this.#judge.proofs : proofs)
  }

  setRate(rateMs: number): void {
    // Refused, it goes on as it was: the bars are what the user sees.
    this.trades.modify({ rateMs }).catch(() => {})
  }

  setPaused(paused: boolean): void {
    if (paused) this.trades.pause()
    else this.trades.resume()
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.trades.close()
  }

  #judged(): readonly BarProof[] {
    // What is missing may be on its way.
    if (this.trades.status.kind !== 'live') this.#judge.excuse()
    return this.#judge.judge(this.#host.now())
  }

  #post(proofs: readonly BarProof[]): void {
    if (proofs.length > 0) this.#tell(proofs)
  }
}
