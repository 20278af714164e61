import type { Client, Subscription, SubscriptionStats } from '@depthcast/client'
import { Changes } from './changes.ts'
import type { Content } from './content.ts'
import type { EngineHost } from './host.ts'
import { venueMs } from './latency.ts'
import type { PanelId, PanelOptions, PanelReport, ViewState } from './messages.ts'
import { PanelMeters } from './panel-meters.ts'
import { PanelRecord } from './panel-record.ts'
import { reportOf } from './panel-report.ts'
import type { Proof } from './receipt.ts'
import { lateMs } from './source.ts'
import type { Life } from './traffic.ts'
import { viewState } from './view-state.ts'

type Of<View> = {
  readonly panel: PanelId
  readonly symbol: string
  readonly client: Client
  readonly host: EngineHost
  readonly life: () => Life
  readonly subscription: Subscription<View>
  readonly content: Pick<Content<View>, 'seq' | 'contradiction' | 'isBook' | 'isVerified' | 'unseen'>
  /** What it costs, where that is more than its subscription does. */
  readonly costs?: () => SubscriptionStats
}

/** What is known of a view that was taken, besides itself. */
type Taken = {
  /** See `Content`. */
  readonly happenedAt: number | undefined
  /** A whole view, which follows on nothing. */
  readonly isReset?: boolean
}

/**
 * How the view stands that a panel follows: what may be thought of it, what speaks for it, what it costs and how late it is. The same for what is
 * painted here and for what the page draws. Another subscription is another standing: nothing of the one before speaks for it.
 */
export class Standing<View> {
  readonly #of: Of<View>
  readonly #meters = new PanelMeters()
  readonly #record = new PanelRecord()
  readonly #changes = new Changes()
  #state: ViewState = { kind: 'loading' }
  /** The last view that could be shown. */
  #shown: View | undefined
  #isResuming = false
  /** The next view is the first since nothing was followed: it may be about something long past. */
  #isFresh = true

  constructor(of: Of<View>) {
    this.#of = of
  }

  get subscription(): Subscription<View> {
    return this.#of.subscription
  }

  get state(): ViewState {
    return this.#state
  }

  get shown(): View | undefined {
    return this.#shown
  }

  get isFresh(): boolean {
    return this.#isFresh
  }

  /** When what is shown happened, by our clock, ms since 1970; undefined unknown. */
  get happenedAt(): number | undefined {
    return this.#record.happenedAt
  }

  /** Asks the server for another view; refused, it goes on as it was, and the report says so. */
  ask(wanted: Parameters<Changes['ask']>[1]): void {
    this.#changes.ask(this.#of.subscription, wanted)
  }

  /** A view came and was taken in. */
  took(view: View, { happenedAt, isReset = false }: Taken): void {
    const { symbol, subscription, content, host } = this.#of
    const isFresh = this.#isFresh
    if (content.contradiction === undefined) this.#shown = view
    this.#record.took(view, {
      ...{ now: host.now(), happenedAt },
      isVerified: content.isVerified,
      isFresh: isFresh || isReset,
    })
    // What comes first may be about something long past, which took no time to come.
    const venue = isFresh ? undefined : venueMs(symbol, this.#record.stamps)
    this.#meters.received(host.precise(), venue, subscription.stats().latencyMs)
    this.#isFresh = false
  }

  /** What was taken is on the screen. */
  painted(): void {
    this.#meters.painted(this.#of.host.precise())
  }

  /** Nobody waits for a picture of what nobody sees. */
  forgetWaiting(): void {
    this.#meters.forgetWaiting()
  }

  /** The subscription's state is another one. */
  stood({ kind }: Subscription<View>['status']): void {
    if (kind === 'live') this.#isResuming = false
    else this.#isFresh = true
  }

  /** Stops the flow at the server, or lets it go on: nothing is sent for what nobody sees, or wants to see move. */
  flow(isWanted: boolean): void {
    const { subscription } = this.#of
    if (!isWanted) subscription.pause()
    else {
      if (subscription.status.kind === 'paused') this.#isResuming = true
      subscription.resume()
    }
  }

  /** Looks at the evidence again, since time alone can change a state. `isPaused` is the user's word. */
  judge(options: PanelOptions, isPaused: boolean): ViewState {
    const { subscription, content, client, host, life } = this.#of
    const { rateMs } = subscription.granted ?? options
    this.#state = viewState({
      ...life(),
      now: host.now(),
      paused: isPaused,
      connection: client.state,
      subscription: subscription.status,
      resuming: this.#isResuming,
      seq: content.seq,
      contradiction: content.contradiction,
      takenAt: this.#record.takenAt,
      happenedAt: this.#record.happenedAt,
      lateMs: lateMs(subscription.stats().latencyMs, client.stats()),
      rateMs: rateMs === 'raw' ? 0 : rateMs,
    })
    this.#record.judged(this.#state, host.now())
    return this.#state
  }

  report(options: PanelOptions): PanelReport {
    const { panel, symbol, content, host } = this.#of
    return reportOf({
      ...{ panel, symbol, options, content },
      state: this.#state,
      subscription: this.#costing(),
      record: this.#record,
      meters: this.#meters,
      changes: this.#changes,
      now: host.precise(),
    })
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

  #costing(): Proof['subscription'] {
    const { subscription, costs } = this.#of
    const { granted, integrity } = subscription
    return { granted, integrity, stats: () => costs?.() ?? subscription.stats() }
  }
}
