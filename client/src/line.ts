import { type Instrument, type InstrumentId, step } from '@depthcast/market'
import type { ChannelName, Granted, SubId, ViewMessage, ViewOptions } from '@depthcast/protocol'
import type { Standing } from './state.ts'
import { channelViews, isWhole } from './views/index.ts'
import type { AnyView, Folder, ViewTerms } from './views/view.ts'

/** Who follows a line: a subscription. */
export type Follower = {
  /** The line gave a new view; its standing is good. */
  viewed(view: AnyView): void
  /** Something that makes the state has changed: the line's standing, its terms, the instrument's status, the connection. */
  changed(): void
  /** A message arrived for the line, good or bad. */
  received(message: Received): void
  /** It follows another line from now on. */
  moved(line: Line): void
}

/** What a message cost and carried. `serverTime` is µs since 1970. */
export type Received = { readonly bytes: number; readonly merged: number; readonly serverTime: number | undefined }

type AnyFolder = Folder<ViewMessage, AnyView>

/**
 * One view as it comes over one connection, shared by all subscriptions that asked for the same. It lives no longer than its connection, so a
 * view of a former connection can never be taken for one of this.
 */
export class Line {
  readonly channel: ChannelName
  readonly symbol: string
  readonly followers = new Set<Follower>()
  /** What was asked for. */
  options: ViewOptions
  /** Once granted. */
  sub: SubId | undefined
  terms: ViewTerms | undefined
  standing: Standing = { kind: 'asked' }
  view: AnyView | undefined
  /** A `modify` is on its way; until it is answered the sub may change under us. */
  isModifying = false
  /** Resyncs and attempts since the view last held for a while. */
  retries = 0
  /** Stops a resync, or a new attempt, that is waiting for its time. */
  cancelRetry: (() => void) | undefined
  #folder: AnyFolder | undefined
  #lostTold = 0

  constructor({ channel, symbol, options }: Pick<Line, 'channel' | 'symbol' | 'options'>) {
    this.channel = channel
    this.symbol = symbol
    this.options = options
  }

  /** The server said that items are gone; told with the next view. */
  lose(count: number): void {
    this.#lostTold += count
  }

  /** Forgets what was folded: only a snapshot counts from here. */
  await(standing: Standing): void {
    this.standing = standing
    this.#folder = undefined
    this.notify()
  }

  /** True when the message cannot be used because a snapshot has to come first. */
  isTooEarly(message: ViewMessage): boolean {
    return this.standing.kind !== 'good' && !isWhole(message)
  }

  /** Throws ChainBroken or ChecksumMismatch; what followers hold is then the last good view. */
  fold(message: ViewMessage, now: number): void {
    if (this.terms === undefined) return
    this.#folder ??= channelViews(this.channel).folder?.(this.terms) as AnyFolder | undefined
    if (this.#folder !== undefined) this.give(this.#folder.fold(message, now, this.#lostTold), now)
    this.#lostTold = 0
  }

  give(view: AnyView, now: number): void {
    this.view = view
    if (this.standing.kind !== 'good') this.standing = { kind: 'good', since: now }
    for (const follower of this.followers) follower.viewed(view)
  }

  received(message: Received): void {
    for (const follower of this.followers) follower.received(message)
  }

  notify(): void {
    for (const follower of this.followers) follower.changed()
  }
}

/** The terms of an answer to `subscribe`. Throws UnitError when tick or lot is not a decimal. */
export function termsOf(id: InstrumentId, tick: string, lot: string, granted: Granted): ViewTerms {
  const [venue = '', pair = ''] = id.split(':')
  const dash = pair.indexOf('-')
  const instrument: Instrument = {
    id,
    venue,
    venueSymbol: pair,
    base: pair.slice(0, dash),
    quote: pair.slice(dash + 1),
    tickSize: step(tick),
    lotSize: step(lot),
  }
  return { instrument, granted }
}
