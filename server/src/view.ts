import { type Gap, type MarketEvent, UnitError } from '@depthcast/market'
import type { GapMessage, Granted, Position, SubId } from '@depthcast/protocol'
import { Audience, framesBy } from './audience.ts'
import type { Clock } from './clock.ts'
import type { Listing } from './listing.ts'
import type { Metrics } from './metrics.ts'
import { CONFIRM_MS, type Paced, type Pacer, type RateMs } from './pacer.ts'
import type { Place, Subscriber, Subscription, ViewSpec } from './subscription.ts'
import type { Encoding, Frame } from './transport.ts'
import { chained, isWhole, type Update, ViewFrames } from './view-frames.ts'

export type ViewContext = {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly pacer: Pacer
  /** Hears of what broke in a view, after which the view starts afresh. */
  readonly onFault: (error: unknown) => void
}

const IN_STEP: Place = { at: 'in-step' }
const EMPTY: Place = { at: 'empty' }
const PAUSED: Place = { at: 'paused' }

/** One view of one instrument: folded, numbered and encoded once for everyone who asked for the same. */
export class View {
  readonly id: SubId
  readonly spec: ViewSpec
  readonly listing: Listing
  #state: unknown
  readonly #frames: ViewFrames
  readonly #metrics: Metrics
  readonly #audience = new Audience()
  /** What was last published, as frames; a newcomer's snapshot is encoded once as well. */
  readonly #snapshots = new Map<Encoding, Frame>()
  readonly #pacer: Pacer
  readonly #confirmation: Paced
  readonly #onFault: (error: unknown) => void
  #epoch = 0
  #seq = 0
  /** Set while the book does not fit in the view's groups: then there is nothing to show. */
  #overflows = false

  /** Throws UnitError where the book as it is now does not fit in the view's groups. */
  constructor(id: SubId, spec: ViewSpec, listing: Listing, { clock, metrics, pacer, onFault }: ViewContext) {
    this.id = id
    this.spec = spec
    this.listing = listing
    this.#frames = new ViewFrames({ sub: id, channel: spec.channel, instrument: listing.instrument, clock, metrics })
    this.#metrics = metrics
    this.#pacer = pacer
    this.#onFault = onFault
    const { rateMs } = spec
    this.#confirmation = {
      rateMs: rateMs === 'raw' || rateMs < CONFIRM_MS ? CONFIRM_MS : rateMs,
      publish: () => this.#guarded(() => this.#confirm()),
    }
    this.#state = spec.channel.init(listing.ledger, spec.params)
    // Starts from what is known now, so that its first subscriber need not wait for news.
    const first = chained(spec.channel.diff(this.#state) ?? spec.channel.snapshot(this.#state))
    if (first !== undefined) this.#advance(first)
  }

  get rateMs(): RateMs | 'raw' {
    return this.spec.rateMs
  }

  get isEmpty(): boolean {
    return this.#audience.isEmpty
  }

  /** What its subscribers have at present. */
  get granted(): Granted {
    return this.spec.granted
  }

  /** Why that is less than what its specification says; undefined when it is not. */
  get why(): string | undefined {
    return undefined
  }

  /** What this client holds of the view; undefined when it holds nothing that counts. */
  positionOf({ place }: Subscription): Position | undefined {
    if (place.at === 'in-step') return [this.#epoch, this.#seq]
    return place.at === 'behind' ? [place.epoch, place.seq] : undefined
  }

  /**
   * Takes a client back who held the view as of this position. Returns whether its chain goes on from there: then `catchUp` gives it what it
   * missed, if anything. Otherwise it holds nothing, and `catchUp` gives it a whole image.
   */
  resume(subscription: Subscription, [epoch, seq]: Position): boolean {
    const isLevel = epoch === this.#epoch && seq === this.#seq && epoch !== 0
    this.#audience.place(subscription, isLevel ? IN_STEP : EMPTY)
    return isLevel
  }

  /** Tells one client that what it holds does not count any more; `catchUp` will give it a whole image. Never throws. */
  expire(subscription: Subscription, reason: GapMessage['reason']): void {
    const { place, subscriber } = subscription
    if (place.at === 'empty' || place.at === 'paused') return
    const from = place.at === 'behind' ? place.seq : this.#seq
    this.#guarded(() =>
      subscriber.tell(this.#frames.gap({ reason, from, lost: undefined, next: 'snapshot' }, subscriber.encoding)),
    )
    this.#audience.place(subscription, EMPTY)
  }

  /** Adds a client, who holds nothing yet; `catchUp` gives it its first image. */
  join(subscriber: Subscriber, paused: boolean): Subscription {
    const subscription: Subscription = { view: this, subscriber, place: EMPTY, slot: -1 }
    this.#audience.place(subscription, paused ? PAUSED : EMPTY)
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

  /** Notes that the ledger moved, and publishes what that makes of the view when its rate is due. Never throws. */
  accept(event: MarketEvent): void {
    try {
      this.#accept(event)
    } catch (error) {
      this.#startAfresh(error)
    }
  }

  #accept(event: MarketEvent): void {
    const { channel, rateMs } = this.spec
    if (channel.name === 'status') return
    if (!channel.accept(this.#state, event)) {
      if (channel.confirm !== undefined) this.#pacer.mark(this.#confirmation)
    } else if (rateMs === 'raw') this.#publish()
    else this.#pacer.mark(this)
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
    const from = { epoch: this.#epoch, seq: this.#seq }
    const hadOverflowed = this.#overflows
    const update = this.#diff()
    if (update !== undefined) this.#deliver(update, from)
    else if (hadOverflowed) this.#audience.oweOthers()
    else if (this.spec.channel.confirm !== undefined) this.#pacer.mark(this.#confirmation)
  }

  #confirm(): void {
    const from = { epoch: this.#epoch, seq: this.#seq }
    const update = chained(this.spec.channel.confirm?.(this.#state))
    if (update !== undefined) this.#deliver(update, from)
    else this.#audience.oweOthers()
  }

  /** What changed; nothing, and everyone is told, while the book does not fit. */
  #diff(): Update | undefined {
    try {
      const update = chained(this.spec.channel.diff(this.#state))
      this.#overflows = false
      return update
    } catch (error) {
      this.#overflow(error)
      return undefined
    }
  }

  #overflow(error: unknown): void {
    if (!(error instanceof UnitError)) throw error
    this.#snapshots.clear()
    if (!this.#overflows) this.#tellOver('overflow')
    this.#overflows = true
  }

  #deliver(update: Update, from: { readonly epoch: number; readonly seq: number }): void {
    this.#advance(update)
    const frames = framesBy((encoding) => {
      const made = this.#frames.update(update, encoding, 'overflow', 0, 'update')
      if (isWhole(update)) this.#snapshots.set(encoding, made[made.length - 1] as Frame)
      return made
    })
    for (const subscription of this.#audience.inStep) {
      const { subscriber } = subscription
      if (subscriber.takes()) for (const frame of frames(subscriber.encoding)) subscriber.push(frame)
      else {
        this.#metrics.add('depthcast_slow_marks_total', 1)
        this.#audience.place(subscription, { at: 'behind', ...from, updates: 0, feedLost: 0, reason: 'slow-client' })
      }
    }
    this.#audience.oweOthers()
  }

  /**
   * Brings a client level with what was last published, as far as it takes it. Returns false when it could not take all of it: then the rest is
   * still owed. Nothing is owed while there is nothing to show. Never throws.
   */
  catchUp(subscription: Subscription): boolean {
    try {
      for (const frame of this.#catchUp(subscription)) subscription.subscriber.push(frame)
    } catch (error) {
      this.#startAfresh(error)
    }
    return true
  }

  #catchUp(subscription: Subscription): readonly Frame[] {
    const { place, subscriber } = subscription
    if (place.at === 'in-step' || place.at === 'paused') return []
    const frames = place.at === 'behind' ? this.#since(place, subscriber.encoding) : this.#snapshot(subscriber.encoding)
    if (frames === undefined) return []
    this.#audience.place(subscription, IN_STEP)
    return frames
  }

  /** The feed lost its thread: everyone who holds something is told at once, whatever else waits. Never throws. */
  gap(event: Gap): void {
    this.#guarded(() => this.#gap(event))
  }

  #gap(event: Gap): void {
    const { channel } = this.spec
    if (!concerns(event, channel.name)) return
    const next =
      event.stream === 'book' || (channel.name === 'trades' && event.lost === undefined) ? 'snapshot' : 'continue'
    const { reason, lost } = event
    // What came before the loss is not lost.
    if (event.stream === 'trades') this.#publish()
    if (next === 'snapshot') {
      this.#snapshots.clear()
      this.#tellOver(reason, lost)
      return
    }
    const from = this.#seq
    this.#audience.tellLost(lost ?? 0, reason, (encoding) => this.#frames.gap({ reason, from, lost, next }, encoding))
  }

  #tellOver(reason: GapMessage['reason'], lost?: number): void {
    const from = this.#seq
    this.#audience.tellOver((encoding) => this.#frames.gap({ reason, from, lost, next: 'snapshot' }, encoding))
  }

  #since(place: Extract<Place, { at: 'behind' }>, encoding: Encoding): readonly Frame[] | undefined {
    const { channel } = this.spec
    if (channel.since === undefined) return this.#snapshot(encoding)
    if (place.epoch === this.#epoch && place.seq === this.#seq && place.feedLost === 0) return []
    const missed = chained(channel.since(this.#state, place.epoch, place.seq))
    if (missed !== undefined) return this.#frames.update(missed, encoding, place.reason, place.feedLost, 'catch-up')
    const snapshot = this.#snapshot(encoding)
    if (snapshot === undefined) return undefined
    return [
      this.#frames.gap({ reason: place.reason, from: place.seq, lost: undefined, next: 'snapshot' }, encoding),
      ...snapshot,
    ]
  }

  #snapshot(encoding: Encoding): readonly Frame[] | undefined {
    if (this.#overflows) return undefined
    const kept = this.#snapshots.get(encoding)
    if (kept !== undefined) return [kept]
    const update = this.#whole()
    if (update === undefined) return undefined
    // A channel that had published nothing publishes with its first snapshot: those who found nothing before must hear of it too.
    if (this.#advance(update)) this.#audience.oweOthers()
    const frame = this.#frames.message(update, encoding, 'snapshot')
    this.#snapshots.set(encoding, frame)
    return [frame]
  }

  #whole(): Update | undefined {
    try {
      return chained(this.spec.channel.snapshot(this.#state))
    } catch (error) {
      this.#overflow(error)
      return undefined
    }
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
    this.#snapshots.clear()
    try {
      this.#state = this.spec.channel.init(this.listing.ledger, this.spec.params)
      this.#tellOver('restart')
    } catch (again) {
      this.#onFault(again)
      this.#audience.forget()
    }
    this.#pacer.mark(this.#confirmation)
  }

  /** Notes where the view is with this update. Returns whether that is further than it was. */
  #advance(update: Update): boolean {
    const epoch = 'epoch' in update ? update.epoch : 0
    this.#snapshots.clear()
    if (update.seq === this.#seq && epoch === this.#epoch) return false
    this.#seq = update.seq
    this.#epoch = epoch
    return true
  }
}

/** Bars are made of trades: what is missing there is missing here. */
function concerns(gap: Gap, channel: string): boolean {
  return gap.stream === 'book' ? channel === 'book' : channel === 'trades' || channel === 'candles'
}
