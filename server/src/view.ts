import type { Gap, InstrumentId, MarketEvent } from '@depthcast/market'
import type { AnyChannel, GapMessage, Granted, SubId, ViewUpdate } from '@depthcast/protocol'
import type { Clock } from './clock.ts'
import type { Listing } from './listing.ts'
import type { Metrics } from './metrics.ts'
import type { RateMs } from './pacer.ts'
import type { Encoding, Frame } from './transport.ts'

/** What makes a view the one it is. Equal keys, one view. */
export type ViewSpec = {
  readonly key: string
  readonly symbol: InstrumentId
  readonly channel: AnyChannel
  readonly params: unknown
  readonly rateMs: RateMs | 'raw'
  readonly granted: Granted
}

/** Where a client stands in a view's chain. */
export type Place =
  /** Holds what was last published; the next update continues it. */
  | { readonly at: 'in-step' }
  /** Holds the view as of this point; `feedLost` items went missing upstream since. */
  | {
      readonly at: 'behind'
      readonly epoch: number
      readonly seq: number
      readonly feedLost: number
      readonly reason: GapMessage['reason']
    }
  /** Holds nothing that counts: newly come, or told that its chain broke. */
  | { readonly at: 'empty' }
  | { readonly at: 'paused' }

/** One client's share in a view. */
export type Subscription = { readonly view: View; readonly subscriber: Subscriber; place: Place }

/** Whoever a view delivers to. */
export type Subscriber = {
  readonly encoding: Encoding
  /** True when a data frame may be pushed now. */
  takes(): boolean
  push(frame: Frame): void
  /** Asks to be caught up when it can take it. */
  owe(subscription: Subscription): void
}

/** What is chained. Status is not: it goes to everyone who watches the instrument, never late, so a view of it has nothing to add. */
type Update = Extract<ViewUpdate, { readonly seq: number }>

const IN_STEP: Place = { at: 'in-step' }
const EMPTY: Place = { at: 'empty' }
const PAUSED: Place = { at: 'paused' }

/** One view of one instrument: folded, numbered and encoded once for everyone who asked for the same. */
export class View {
  readonly id: SubId
  readonly spec: ViewSpec
  readonly listing: Listing
  readonly #state: unknown
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #inStep = new Set<Subscription>()
  readonly #others = new Set<Subscription>()
  /** What was last published, as frames; a newcomer's snapshot is encoded once as well. */
  readonly #snapshots = new Map<Encoding, Frame>()
  #epoch = 0
  #seq = 0

  constructor(
    id: SubId,
    spec: ViewSpec,
    listing: Listing,
    { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics },
  ) {
    this.id = id
    this.spec = spec
    this.listing = listing
    this.#clock = clock
    this.#metrics = metrics
    this.#state = spec.channel.init(listing.ledger, spec.params)
    // Starts from what is known now, so that its first subscriber need not wait for news.
    const first = chained(spec.channel.diff(this.#state) ?? spec.channel.snapshot(this.#state))
    if (first !== undefined) this.#advance(first)
  }

  get rateMs(): RateMs | 'raw' {
    return this.spec.rateMs
  }

  get isEmpty(): boolean {
    return this.#inStep.size === 0 && this.#others.size === 0
  }

  /** Adds a client, who holds nothing yet; `catchUp` gives it its first image. */
  join(subscriber: Subscriber, paused: boolean): Subscription {
    const subscription: Subscription = { view: this, subscriber, place: paused ? PAUSED : EMPTY }
    this.#others.add(subscription)
    return subscription
  }

  leave(subscription: Subscription): void {
    this.#inStep.delete(subscription)
    this.#others.delete(subscription)
  }

  pause(subscription: Subscription): void {
    this.#place(subscription, PAUSED)
  }

  /** Forgets what the client holds, so that `catchUp` gives it a whole image. */
  restart(subscription: Subscription): void {
    this.#place(subscription, EMPTY)
  }

  /** Notes that the ledger moved. Returns whether there is something to publish. */
  accept(event: MarketEvent): boolean {
    return this.spec.channel.name !== 'status' && this.spec.channel.accept(this.#state, event)
  }

  /** Encodes what changed, once for each encoding, and hands it to everyone in step. */
  publish(): void {
    const from = { epoch: this.#epoch, seq: this.#seq }
    const update = chained(this.spec.channel.diff(this.#state))
    if (update === undefined) return
    this.#advance(update)
    const frames = new Map<Encoding, readonly Frame[]>()
    for (const subscription of this.#inStep) {
      const { subscriber } = subscription
      if (!subscriber.takes()) {
        this.#metrics.add('depthcast_slow_marks_total', 1)
        this.#place(subscription, { at: 'behind', ...from, feedLost: 0, reason: 'slow-client' })
        continue
      }
      let ready = frames.get(subscriber.encoding)
      if (ready === undefined) {
        ready = this.#encodeUpdate(update, subscriber.encoding, 'slow-client', 0, 'update')
        frames.set(subscriber.encoding, ready)
        if (isWhole(update)) this.#snapshots.set(subscriber.encoding, ready[ready.length - 1] as Frame)
      }
      for (const frame of ready) subscriber.push(frame)
    }
    this.#oweOthers()
  }

  /** The frames that bring a client level with what was last published; none while there is nothing to show. */
  catchUp(subscription: Subscription): readonly Frame[] {
    const { place, subscriber } = subscription
    if (place.at === 'in-step' || place.at === 'paused') return []
    const frames = place.at === 'behind' ? this.#since(place, subscriber.encoding) : this.#snapshot(subscriber.encoding)
    if (frames === undefined) return []
    this.#place(subscription, IN_STEP)
    return frames
  }

  /** The feed lost its thread: everyone who holds something is told at once, whatever else waits. */
  gap(event: Gap): void {
    const { channel } = this.spec
    if (!concerns(event, channel.name)) return
    const next =
      event.stream === 'book' || (channel.name === 'trades' && event.lost === undefined) ? 'snapshot' : 'continue'
    if (next === 'continue') this.publish()
    else this.#snapshots.clear()
    const frames = new Map<Encoding, Frame>()
    for (const subscription of [...this.#inStep, ...this.#others]) {
      const { place, subscriber } = subscription
      if (place.at === 'empty' || place.at === 'paused') continue
      if (next === 'continue' && place.at === 'behind') {
        // Its turn has not come: told with what it missed, in the order things happened.
        subscription.place = { ...place, feedLost: place.feedLost + (event.lost ?? 0), reason: event.reason }
        continue
      }
      let frame = frames.get(subscriber.encoding)
      if (frame === undefined) {
        frame = this.#encodeGap({ reason: event.reason, from: this.#seq, lost: event.lost, next }, subscriber.encoding)
        frames.set(subscriber.encoding, frame)
      }
      subscriber.push(frame)
      if (next === 'snapshot') this.#place(subscription, EMPTY)
    }
  }

  #since(place: Extract<Place, { at: 'behind' }>, encoding: Encoding): readonly Frame[] | undefined {
    const { channel } = this.spec
    if (channel.since === undefined) return this.#snapshot(encoding)
    if (place.epoch === this.#epoch && place.seq === this.#seq && place.feedLost === 0) return []
    const missed = chained(channel.since(this.#state, place.epoch, place.seq))
    if (missed !== undefined) return this.#encodeUpdate(missed, encoding, place.reason, place.feedLost, 'catch-up')
    const snapshot = this.#snapshot(encoding)
    if (snapshot === undefined) return undefined
    return [
      this.#encodeGap({ reason: place.reason, from: place.seq, lost: undefined, next: 'snapshot' }, encoding),
      ...snapshot,
    ]
  }

  #snapshot(encoding: Encoding): readonly Frame[] | undefined {
    const kept = this.#snapshots.get(encoding)
    if (kept !== undefined) return [kept]
    const update = chained(this.spec.channel.snapshot(this.#state))
    if (update === undefined) return undefined
    // A channel that had published nothing publishes with its first snapshot: those who found nothing before must hear of it too.
    if (this.#advance(update)) this.#oweOthers()
    const frame = this.#encode(update, encoding, 'snapshot')
    this.#snapshots.set(encoding, frame)
    return [frame]
  }

  #oweOthers(): void {
    for (const subscription of this.#others) {
      if (subscription.place.at !== 'paused') subscription.subscriber.owe(subscription)
    }
  }

  #encodeUpdate(
    update: Update,
    encoding: Encoding,
    reason: GapMessage['reason'],
    feedLost: number,
    kind: string,
  ): readonly Frame[] {
    const frame = this.#encode(update, encoding, kind)
    const lost = feedLost + (('lost' in update ? update.lost : undefined) ?? 0)
    if (lost === 0) return [frame]
    const next = isWhole(update) ? 'snapshot' : 'continue'
    const from = ('prev' in update ? update.prev : undefined) ?? 0
    return [this.#encodeGap({ reason, from, to: update.seq, lost, next }, encoding), frame]
  }

  #encode(update: Update, encoding: Encoding, kind: string): Frame {
    const body = encoding.text ? inText(update, this) : update
    this.#metrics.encoded(encoding.name, kind)
    return encoding.encode({ ...body, sub: this.id, serverTime: this.#clock.now() })
  }

  #encodeGap(
    gap: Pick<GapMessage, 'reason' | 'from' | 'next'> & { readonly to?: number; readonly lost: number | undefined },
    encoding: Encoding,
  ): Frame {
    const { lost, ...rest } = gap
    this.#metrics.encoded(encoding.name, 'gap')
    return encoding.encode({ type: 'gap', sub: this.id, ...rest, ...(lost === undefined ? {} : { lost }) })
  }

  /** Notes where the view is with this update. Returns whether that is further than it was. */
  #advance(update: Update): boolean {
    const epoch = 'epoch' in update ? update.epoch : 0
    if (update.seq === this.#seq && epoch === this.#epoch) return false
    this.#snapshots.clear()
    this.#seq = update.seq
    this.#epoch = epoch
    return true
  }

  #place(subscription: Subscription, place: Place): void {
    subscription.place = place
    this.#inStep.delete(subscription)
    this.#others.delete(subscription)
    if (place.at === 'in-step') this.#inStep.add(subscription)
    else this.#others.add(subscription)
  }
}

function chained(update: ViewUpdate | undefined): Update | undefined {
  return update !== undefined && 'seq' in update ? update : undefined
}

function inText(update: Update, { spec, listing }: View): Update {
  return spec.channel.toText(update, listing.instrument) as Update
}

function isWhole(update: Update): boolean {
  return !('prev' in update) || update.prev === undefined
}

/** Bars are made of trades: what is missing there is missing here. */
function concerns(gap: Gap, channel: string): boolean {
  return gap.stream === 'book' ? channel === 'book' : channel === 'trades' || channel === 'candles'
}
