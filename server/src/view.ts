import { type Gap, type MarketEvent, UnitError } from '@depthcast/market'
import type { GapMessage, Granted, Position, SubId } from '@depthcast/protocol'
import { Audience, framesBy } from './audience.ts'
import { Chain } from './chain.ts'
import type { Clock } from './clock.ts'
import type { Lanes } from './flow/lanes.ts'
import type { Listing } from './listing.ts'
import type { Metrics } from './metrics.ts'
import { CONFIRM_MS, type Floor, type Paced, type Pacer, type RateMs, slowerOf } from './pacer.ts'
import { ViewWaits } from './send-waits.ts'
import type { Place, Subscriber, Subscription, ViewSpec } from './subscription.ts'
import { type Update, ViewFrames } from './view-frames.ts'
import { ViewState } from './view-state.ts'

export type ViewContext = {
  readonly clock: Clock
  readonly lanes: Lanes
  readonly metrics: Metrics
  readonly pacer: Pacer
  /** No view publishes faster than this at present. */
  readonly floor: Floor
  /** Hears of what broke in a view, after which the view starts afresh. */
  readonly onFault: (error: unknown) => void
}

const EMPTY: Place = { at: 'empty' }
const PAUSED: Place = { at: 'paused' }

/** One view of one instrument: folded, numbered and encoded once for everyone who asked for the same. */
export class View {
  readonly id: SubId
  readonly spec: ViewSpec
  readonly listing: Listing
  readonly #state: ViewState
  #rateMs: RateMs | 'raw'
  readonly #frames: ViewFrames
  readonly #chain: Chain
  readonly #audience = new Audience()
  /** Each source update that touches the view is a message of its own. */
  readonly #isUnfiltered: boolean
  readonly #pacer: Pacer
  readonly #confirmation: Paced
  readonly #onFault: (error: unknown) => void
  readonly #waits: ViewWaits
  /** Set while the book does not fit in the view's groups: then there is nothing to show. */
  #overflows = false

  /** Throws UnitError where the book as it is now does not fit in the view's groups. */
  constructor(
    id: SubId,
    spec: ViewSpec,
    listing: Listing,
    { clock, lanes, metrics, pacer, floor, onFault }: ViewContext,
  ) {
    const { channel, mode, rateMs } = spec
    this.id = id
    this.spec = spec
    this.listing = listing
    this.#rateMs = slowerOf(rateMs, floor)
    // What is never merged has what it needs to catch up in the channel itself.
    this.#isUnfiltered = mode === 'unfiltered' && channel.whenSlow === 'conflate'
    this.#frames = new ViewFrames({ sub: id, channel, instrument: listing.instrument, clock, metrics })
    this.#pacer = pacer
    this.#waits = new ViewWaits((rate) => listing.waitsAt(rate), clock)
    this.#onFault = onFault
    this.#confirmation = {
      rateMs: rateMs === 'raw' || rateMs < CONFIRM_MS ? CONFIRM_MS : rateMs,
      publish: () => this.#guarded(() => this.#confirm()),
    }
    this.#state = new ViewState(channel, spec.params, listing.ledger)
    const source = { whole: () => (this.#overflows ? undefined : this.#read('whole')), since: this.#state.since }
    this.#chain = new Chain(source, this.#frames, this.#audience, { lanes, metrics, keeps: this.#isUnfiltered })
    // Starts from what is known now, so that its first subscriber need not wait for news.
    const first = this.#state.diff() ?? this.#state.whole()
    if (first !== undefined) this.#chain.begin(first)
  }

  /** At present: its own, or the floor under all rates. */
  get rateMs(): RateMs | 'raw' {
    return this.#rateMs
  }

  get isEmpty(): boolean {
    return this.#audience.isEmpty
  }

  /** What its subscribers have at present. */
  get granted(): Granted {
    const { granted } = this.spec
    return this.#rateMs === granted.rateMs ? granted : { ...granted, rateMs: this.#rateMs }
  }

  /** Why that is less than what its specification says; undefined when it is not. */
  get why(): string | undefined {
    if (this.#rateMs === this.spec.rateMs) return undefined
    return `the gateway is under load: at most one update every ${this.#rateMs} ms`
  }

  /** Where those in step are. */
  get position(): Position {
    return this.#chain.position
  }

  /** What this client holds of the view; undefined when it holds nothing that counts. */
  positionOf({ place }: Subscription): Position | undefined {
    if (place.at === 'in-step') return this.#chain.position
    return place.at === 'behind' ? [place.epoch, place.seq] : undefined
  }

  /** Adds a client, who holds nothing yet; `catchUp` gives it its first image. */
  join(subscriber: Subscriber, paused: boolean): Subscription {
    const subscription: Subscription = { view: this, subscriber, place: EMPTY, slot: -1 }
    this.#audience.join(subscription, paused ? PAUSED : EMPTY)
    return subscription
  }

  leave(subscription: Subscription): void {
    this.#audience.leave(subscription)
  }

  pause(subscription: Subscription): void {
    this.#audience.place(subscription, PAUSED)
  }

  /** Forgets what the client holds, so that `catchUp` gives it a whole image. */
  restart(subscription: Subscription): void {
    this.#audience.place(subscription, EMPTY)
  }

  /**
   * Takes a client back who held the view as of this position. Returns whether its chain goes on from there: then `catchUp` gives it what it
   * missed, if anything. Otherwise it holds nothing, and `catchUp` gives it a whole image. Never throws.
   */
  resume(subscription: Subscription, position: Position): boolean {
    let place: Place | undefined
    this.#guarded(() => {
      if (!this.listing.hasLostSince(this.spec.channel.name, position)) place = this.#chain.placeAt(position)
    })
    this.#audience.place(subscription, place ?? EMPTY)
    return place !== undefined
  }

  /** Tells one client that what it holds does not count any more; `catchUp` will give it a whole image. Never throws. */
  expire(subscription: Subscription, reason: GapMessage['reason']): void {
    const { subscriber } = subscription
    const held = this.positionOf(subscription)
    if (held === undefined) return
    this.#guarded(() =>
      subscriber.tell(this.#frames.gap({ reason, from: held[1], next: 'snapshot' }, subscriber.encoding)),
    )
    this.#audience.place(subscription, EMPTY)
  }

  /** Raises or lowers the floor under its rate, and tells everyone on it where that changes what they have. Never throws. */
  limit(floor: Floor): void {
    const { rateMs, channel } = this.spec
    const next = slowerOf(rateMs, floor)
    if (next === this.#rateMs || channel.name === 'status') return
    this.#pacer.change(this, () => {
      this.#rateMs = next
    })
    this.#guarded(() => {
      const { granted, why = 'the load is over: updates come as they were granted' } = this
      this.#audience.tellAll(framesBy((encoding) => this.#frames.config({ granted, why }, encoding)))
    })
  }

  /** Notes that the ledger moved, and publishes what that makes of the view when its rate is due. Never throws. */
  accept(event: MarketEvent): void {
    try {
      this.#accept(event)
    } catch (error) {
      this.#startAfresh(error)
    }
  }

  #accept(event: MarketEvent): void {
    if (this.spec.channel.name === 'status') return
    if (!this.#state.accept(event)) {
      if (this.#state.confirms) this.#pacer.mark(this.#confirmation)
      return
    }
    this.#waits.moved(event)
    if (this.#rateMs === 'raw') this.#publish()
    else if (!this.#isUnfiltered || this.#take()) this.#pacer.mark(this)
  }

  /** Nobody is left on it: nothing more is published. */
  end(): void {
    this.#pacer.drop(this)
    this.#pacer.drop(this.#confirmation)
  }

  /** Encodes what changed, once for each encoding, and hands it to everyone in step. Never throws. */
  publish(): void {
    this.#guarded(() => this.#publish())
  }

  #publish(): void {
    if (!this.#isUnfiltered || this.#rateMs === 'raw') this.#take()
    this.#waits.published(this.#chain.send(), this.#rateMs)
  }

  /** Takes what changed as the next update. Returns whether there is one. */
  #take(): boolean {
    const hadOverflowed = this.#overflows
    const update = this.#read('diff')
    if (update !== undefined) this.#chain.append(update)
    else if (hadOverflowed) this.#audience.oweOthers()
    else if (this.#state.confirms) this.#pacer.mark(this.#confirmation)
    return update !== undefined
  }

  #confirm(): void {
    const update = this.#state.confirm()
    if (update === undefined) {
      this.#audience.oweOthers()
      return
    }
    this.#chain.append(update)
    if (this.#isUnfiltered && this.#rateMs !== 'raw') this.#pacer.mark(this)
    else this.#chain.send()
  }

  /** What changed, or all there is; nothing, and everyone is told, while the book does not fit. */
  #read(what: 'diff' | 'whole'): Update | undefined {
    try {
      const update = this.#state[what]()
      if (what === 'diff') this.#overflows = false
      return update
    } catch (error) {
      this.#overflow(error)
      return undefined
    }
  }

  #overflow(error: unknown): void {
    if (!(error instanceof UnitError)) throw error
    this.#chain.send()
    if (!this.#overflows) this.#tellOver('overflow')
    this.#overflows = true
  }

  /** Brings a client level with what was last published, as far as it takes it: see `Chain`. Never throws. */
  catchUp(subscription: Subscription): boolean {
    try {
      return this.#chain.catchUp(subscription)
    } catch (error) {
      this.#startAfresh(error)
      return true
    }
  }

  /** The feed lost its thread: everyone who holds something is told at once, whatever else waits. Never throws. */
  gap(event: Gap): void {
    this.#guarded(() => this.#gap(event))
  }

  #gap(event: Gap): void {
    const next = this.#state.after(event)
    if (next === undefined) return
    const { reason, lost } = event
    // What came before the loss is not lost.
    if (event.stream === 'trades' || this.#isUnfiltered) this.#publish()
    if (next === 'snapshot') this.#tellOver(reason, lost)
    else {
      const [, from] = this.#chain.position
      const known = lost === undefined ? {} : { lost }
      const frames = framesBy((encoding) => this.#frames.gap({ reason, from, ...known, next }, encoding))
      this.#audience.tellLost(lost ?? 0, reason, frames)
    }
  }

  #tellOver(reason: GapMessage['reason'], lost?: number): void {
    const [, from] = this.#chain.position
    const known = lost === undefined ? {} : { lost }
    this.#chain.end()
    this.#audience.tellOver(
      framesBy((encoding) => this.#frames.gap({ reason, from, ...known, next: 'snapshot' }, encoding)),
    )
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#startAfresh(error)
    }
  }

  /**
   * Something of ours broke in this view: nobody goes on from what they hold, and the other views never notice. Tried again with the next event,
   * or within a second.
   */
  #startAfresh(error: unknown): void {
    this.#onFault(error)
    try {
      this.#state.renew()
      this.#tellOver('restart')
    } catch (again) {
      this.#onFault(again)
      this.#chain.end()
      this.#audience.forget()
    }
    this.#pacer.mark(this.#confirmation)
  }
}
