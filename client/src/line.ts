import { type Instrument, type InstrumentId, step } from '@depthcast/market'
import type {
  ChannelName,
  GapMessage,
  Granted,
  Position,
  ShareOptions,
  SubId,
  ViewMessage,
  ViewOptions,
} from '@depthcast/protocol'
import type { Held } from './held.ts'
import type { Standing } from './state.ts'
import { channelViews, isWhole } from './views/index.ts'
import type { AnyFolder, AnyView, ViewTerms } from './views/view.ts'

/** Who follows a line: a subscription. */
export type Follower = {
  /** The line gave a new view, which follows on `before`; undefined where it follows on nothing that was given. */
  viewed(view: AnyView, before: AnyView | undefined): void
  /** Something that makes the state has changed: the line's standing, its terms, the instrument's status, the connection. */
  changed(): void
  /** A message arrived for the line, good or bad. */
  received(message: Received): void
  /** It follows another line from now on. */
  moved(line: Line): void
}

/** What a message cost and carried, and how many followers it came for. `serverTime` is µs since 1970. */
export type Received = {
  readonly bytes: number
  readonly merged: number
  readonly serverTime: number | undefined
  readonly sharedBy: number
}

/** What is asked for of a view. */
export type Options = ViewOptions & ShareOptions

/**
 * One view as it comes over one connection, shared by all subscriptions that asked for the same. It lives no longer than its connection, so a
 * view of a former connection can never be taken for one of this: what it held is only offered to the next server, which says what it is worth.
 */
export class Line {
  readonly channel: ChannelName
  readonly symbol: string
  readonly followers = new Set<Follower>()
  /** What was asked for. */
  options: Options
  /** Once granted. */
  sub: SubId | undefined
  terms: ViewTerms | undefined
  /** Why what was granted is not what was asked for. */
  why: string | undefined
  standing: Standing = { kind: 'asked' }
  /** The newest of those that follow on each other. */
  view: AnyView | undefined
  /** What the line before this one held, until the server has said whether it goes on from there. */
  offer: Held | undefined
  /** A `modify` is on its way; until it is answered the sub may change under us. */
  isModifying = false
  /** Resyncs and attempts since the view last held for a while. */
  retries = 0
  /** Stops a resync, or a new attempt, that is waiting for its time. */
  cancelRetry: (() => void) | undefined
  #folder: AnyFolder | undefined
  /** Told and not yet shown, and those of them without numbers. */
  #lostTold = 0
  #unnumbered = 0
  #held: Held | undefined

  constructor({ channel, symbol, options }: Pick<Line, 'channel' | 'symbol' | 'options'>) {
    this.channel = channel
    this.symbol = symbol
    this.options = options
  }

  /** The server said that items are gone; shown with the next view. */
  lose({ lost = 0, to }: GapMessage): void {
    this.#lostTold += lost
    if (to === undefined) this.#unnumbered += lost
  }

  /** Forgets what was folded: only a snapshot counts from here. */
  await(standing: Standing): void {
    this.standing = standing
    this.#folder = undefined
    this.view = undefined
    this.notify()
  }

  /** What may be offered to the next server, now that the connection is gone: the same for all who ask. Undefined where there is nothing good. */
  hold(): Held | undefined {
    this.#held ??= this.offer ?? this.#whole()
    return this.#held
  }

  /** Takes over what the line before held, to be offered. */
  takeOver(held: Held): void {
    this.offer = held
    this.#lostTold = held.lost
    this.#unnumbered = held.lost
  }

  /** The server goes on from what was offered. `at` is where the view stands; undefined where the server does not say. */
  recover({ folder, view }: Held, at: Position | undefined, now: number): void {
    this.#folder = folder
    this.view = view
    const isThere = at === undefined || this.#isAt(view, at)
    this.standing = isThere ? { kind: 'good', since: now } : { kind: 'recovering', at }
    if (isThere) for (const follower of this.followers) follower.viewed(view, undefined)
  }

  /** True when the message cannot be used because a snapshot has to come first. */
  isTooEarly(message: ViewMessage): boolean {
    const { kind } = this.standing
    return kind !== 'good' && kind !== 'recovering' && !isWhole(message)
  }

  /** Throws ChainBroken or ChecksumMismatch; what followers hold is then the last good view. */
  fold(message: ViewMessage, now: number): void {
    if (this.terms === undefined) return
    this.#folder ??= channelViews(this.channel).folder?.(this.terms) as AnyFolder | undefined
    if (this.#folder !== undefined) this.give(this.#folder.fold(message, now, this.#lostTold), now)
    this.#lostTold = 0
    this.#unnumbered = 0
  }

  give(view: AnyView, now: number): void {
    const { view: before, standing } = this
    this.view = view
    const isBehind = standing.kind === 'recovering' && !this.#isAt(view, standing.at)
    if (standing.kind !== 'good' && !isBehind) this.standing = { kind: 'good', since: now }
    for (const follower of this.followers) follower.viewed(view, before)
  }

  received(message: Omit<Received, 'sharedBy'>): void {
    const shared = { ...message, sharedBy: this.followers.size }
    for (const follower of this.followers) follower.received(shared)
  }

  notify(): void {
    for (const follower of this.followers) follower.changed()
  }

  #whole(): Held | undefined {
    const { view, terms } = this
    const folder = this.#folder
    if (this.isModifying || view === undefined || terms === undefined || folder === undefined) return undefined
    const position = channelViews(this.channel).position(view)
    return position && { position, terms, view, folder, lost: this.#unnumbered }
  }

  /** True when the view has come as far as that, or is of a later epoch. */
  #isAt(view: AnyView, [epoch, seq]: Position): boolean {
    const position = channelViews(this.channel).position(view)
    return position === undefined || position[0] > epoch || (position[0] === epoch && position[1] >= seq)
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
