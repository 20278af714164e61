import type { CandlesView, Client, Subscription, SubscriptionStats, TradesView } from '@depthcast/client'
import { Changes } from './changes.ts'
import type { EngineHost } from './host.ts'
import type { BarsTally, PanelId, PanelReport, ViewState } from './messages.ts'
import { PanelMeters } from './panel-meters.ts'
import { PanelRecord } from './panel-record.ts'
import { reportOf } from './panel-report.ts'
import type { Proof } from './receipt.ts'
import { lateMs } from './source.ts'
import type { Life } from './traffic.ts'
import { viewState } from './view-state.ts'

type Of = {
  readonly panel: PanelId
  readonly symbol: string
  readonly client: Client
  readonly host: EngineHost
  readonly life: () => Life
  readonly candles: Subscription<CandlesView>
  /** What the certificate follows at present. */
  readonly trades: () => Subscription<TradesView> | undefined
}
type Spent = Pick<SubscriptionStats, 'bytes' | 'bytesShare' | 'messages'>

/** What one chart's bars cost, how late they are, how they stand, and what speaks for them: the same as of a panel that is painted here. */
export class BarsAccount {
  readonly #of: Of
  readonly #meters = new PanelMeters()
  readonly #record = new PanelRecord()
  readonly #changes = new Changes()
  #state: ViewState = { kind: 'loading' }
  #shown: CandlesView | undefined
  /** On certificates that were ended. */
  #spent: Spent = { bytes: 0, bytesShare: 0, messages: 0 }
  /** The next view is the first since nothing was followed. */
  #isFresh = true
  #isResuming = false

  constructor(of: Of) {
    this.#of = of
  }

  /** Asks for another rate; refused, it goes on as it was, and the report says so. */
  ask(rateMs: number): void {
    this.#changes.ask(this.#of.candles, { rateMs })
  }

  took(view: CandlesView): void {
    const { host, candles } = this.#of
    const isFresh = this.#isFresh
    const happenedAt = isFresh ? undefined : this.#isTraded(view) ? host.now() : this.#record.happenedAt
    this.#shown = view
    this.#record.took(view, {
      now: host.now(),
      happenedAt,
      // Bars have no checksum: what proves them is the certificate.
      isVerified: false,
      isFresh: isFresh || view.isReset,
    })
    this.#isFresh = false
    // What comes first tells of the past. A bar does not say when its last trade happened.
    this.#meters.received(host.precise(), undefined, candles.stats().latencyMs)
  }

  /** The page has drawn what it was told: how long that took includes the way of this word back, so it is never understated. */
  drawn(): void {
    this.#meters.painted(this.#of.host.precise())
  }

  stood({ kind }: Subscription<CandlesView>['status']): void {
    if (kind === 'live') this.#isResuming = false
    else this.#isFresh = true
  }

  /** Nobody waits for a picture of what nobody sees. */
  paused(isPaused: boolean): void {
    this.#meters.forgetWaiting()
    if (!isPaused && this.#of.candles.status.kind === 'paused') this.#isResuming = true
  }

  spent({ bytes, bytesShare, messages }: Spent): void {
    const before = this.#spent
    this.#spent = {
      bytes: before.bytes + bytes,
      bytesShare: before.bytesShare + bytesShare,
      messages: before.messages + messages,
    }
  }

  /** Time alone can change a state. `paused` is the user's word. */
  judge({ rateMs, paused }: { readonly rateMs: number; readonly paused: boolean }): void {
    const { candles, client, host, life } = this.#of
    const granted = candles.granted?.rateMs ?? rateMs
    this.#state = viewState({
      ...life(),
      now: host.now(),
      paused,
      connection: client.state,
      subscription: candles.status,
      resuming: this.#isResuming,
      seq: this.#shown?.seq,
      contradiction: undefined,
      takenAt: this.#record.takenAt,
      happenedAt: this.#record.happenedAt,
      lateMs: lateMs(candles.stats().latencyMs, client.stats()),
      rateMs: granted === 'raw' ? 0 : granted,
    })
    this.#record.judged(this.#state, host.now())
  }

  report(rateMs: number, bars: BarsTally | undefined): PanelReport {
    const { panel, symbol, host } = this.#of
    const report = reportOf({
      ...{ panel, symbol },
      options: { rateMs },
      state: this.#state,
      content: { seq: this.#shown?.seq, isBook: false, unseen: 0 },
      subscription: this.#costing(),
      record: this.#record,
      meters: this.#meters,
      changes: this.#changes,
      now: host.precise(),
    })
    return { ...report, ...(bars !== undefined && { bars }) }
  }

  /** What a receipt is written from. */
  proof(): Proof {
    const { symbol, client, host } = this.#of
    return {
      symbol,
      state: this.#state,
      shown: this.#shown,
      record: this.#record,
      subscription: this.#costing(),
      client: client.stats(),
      pictures: this.#meters.pictures,
      now: host.now(),
    }
  }

  /** The bars, and what the certificate takes to count them again: two views, whose messages and bytes are one chart's. */
  #costing(): Proof['subscription'] {
    const { candles, trades } = this.#of
    const { granted, integrity } = candles
    return {
      granted,
      integrity,
      stats: () => {
        const bars = candles.stats()
        const followed = trades()?.stats()
        const others = followed === undefined ? [this.#spent] : [this.#spent, followed]
        const sum = (of: keyof Spent): number => others.reduce((all, each) => all + each[of], bars[of])
        return {
          ...bars,
          bytes: sum('bytes'),
          bytesShare: sum('bytesShare'),
          messages: sum('messages'),
          sharedBy: Math.max(bars.sharedBy, followed?.sharedBy ?? 0),
        }
      },
    }
  }

  /** A bar that only closed, since its time is over, is no trade. */
  #isTraded({ changed }: CandlesView): boolean {
    const before = this.#shown?.candles ?? []
    return changed.some(
      ({ openTime, volume }) => before.findLast((bar) => bar.openTime === openTime)?.volume !== volume,
    )
  }
}
