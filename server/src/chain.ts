import type { Position } from '@depthcast/protocol'
import type { Audience, Group } from './audience.ts'
import { CatchUps } from './catch-ups.ts'
import type { Lane, Lanes } from './flow/lanes.ts'
import type { Metrics } from './metrics.ts'
import { type Entry, positionOf, RING_BYTES, RING_UPDATES, Ring, type Standing, weightOf } from './ring.ts'
import type { Place, Subscriber, Subscription } from './subscription.ts'
import { type Frames, isWhole, type Update, type ViewFrames } from './view-frames.ts'

type Behind = Extract<Place, { at: 'behind' }>

const IN_STEP: Place = { at: 'in-step' }

/** Where a chain has its updates from. */
export type ChainSource = {
  /** What was last published, whole; undefined while there is nothing to show. */
  whole(): Update | undefined
  /** What someone at this place has missed, as one update; absent where the channel cannot tell. */
  readonly since: ((epoch: number, seq: number) => Update | undefined) | undefined
}

/**
 * The updates of one view, in the order everyone gets them: sends the next ones to those in step, notes where each of the others stands, and
 * leads them from there to where the view is. With `keeps`, one by one from a ring; else with one update or a whole message.
 */
export class Chain {
  readonly #frames: ViewFrames
  readonly #audience: Audience
  readonly #lanes: Lanes
  readonly #metrics: Metrics
  readonly #source: ChainSource
  readonly #ring: Ring | undefined
  readonly #catchUps = new CatchUps()
  /** Made and not sent yet: they leave together. */
  #pending: Entry[] = []
  #pendingBytes = 0
  #made: Standing = { epoch: 0, seq: 0, updates: 0 }
  #sent: Standing = this.#made
  /** False before the first update, and from a break to the next one: who is where the chain ended is not level with anything. */
  #stands = false
  #whole: Frames | undefined

  constructor(
    source: ChainSource,
    frames: ViewFrames,
    audience: Audience,
    { lanes, metrics, keeps }: { readonly lanes: Lanes; readonly metrics: Metrics; readonly keeps: boolean },
  ) {
    this.#source = source
    this.#frames = frames
    this.#audience = audience
    this.#lanes = lanes
    this.#metrics = metrics
    this.#ring = keeps ? new Ring() : undefined
  }

  /** What those in step hold. */
  get position(): Position {
    return [this.#sent.epoch, this.#sent.seq]
  }

  /** Takes the next update; `send` lets it go. Only so many wait for that: more leave before their time rather than never. */
  append(update: Update): void {
    const before = this.#made
    this.#advance(update)
    const frames = this.#frames.update(update, { kind: 'update', reason: 'overflow', feedLost: 0 })
    if (isWhole(update)) this.#whole = frames
    const entry = { before, update, frames }
    this.#pending.push(entry)
    if (this.#ring === undefined) return
    const bytes = weightOf(update)
    this.#ring.add(entry, bytes)
    this.#pendingBytes += bytes
    if (this.#pending.length >= RING_UPDATES / 2 || this.#pendingBytes >= RING_BYTES / 2) this.send()
  }

  /** Begins with what nobody needs to be sent: there was nothing before it. Returns whether it is further than the chain was. */
  begin(update: Update): boolean {
    const { epoch, seq } = positionOf(update)
    if (epoch === this.#made.epoch && seq === this.#made.seq) return false
    this.#advance(update)
    this.#sent = this.#made
    this.#ring?.clear()
    return true
  }

  /** Sends what waits to everyone in step, and lets the others ask for what they miss. Returns whether there was anything. */
  send(): boolean {
    const entries = this.#pending
    if (entries.length === 0) return false
    this.#pending = []
    this.#pendingBytes = 0
    this.#sent = this.#made
    for (const entry of entries) for (const group of this.#audience.inStep) this.#sendTo(group, entry)
    this.#audience.oweOthers()
    return true
  }

  /** Nothing continues what was made so far. */
  end(): void {
    this.#stands = false
    this.#pending = []
    this.#pendingBytes = 0
    this.#sent = this.#made
    this.#ring?.clear()
    this.#forget()
  }

  /** The place of a client who holds this; undefined where nothing leads on from it. */
  placeAt([epoch, seq]: Position): Place | undefined {
    // Epoch 0: numbers that count only here and now. From another epoch a whole message may lead on, but not tell what was lost in between.
    if (!this.#stands || epoch === 0 || epoch !== this.#made.epoch) return undefined
    if (epoch === this.#sent.epoch && seq === this.#sent.seq) return IN_STEP
    if (this.#ring !== undefined) {
      const isNewest = epoch === this.#made.epoch && seq === this.#made.seq
      const updates = isNewest ? this.#made.updates : this.#ring.find({ epoch, seq })
      return updates === undefined ? undefined : behind({ epoch, seq, updates }, 'overflow')
    }
    const place = behind({ epoch, seq, updates: 0 }, 'overflow')
    return this.#missed(place) === undefined ? undefined : place
  }

  /** Leads a client on as far as it takes it. Returns false when some of the way is left. */
  catchUp(subscription: Subscription): boolean {
    const { place } = subscription
    if (place.at === 'in-step' || place.at === 'paused') return true
    if (place.at === 'empty') return this.#start(subscription)
    if (this.#ring !== undefined) return this.#stepThrough(subscription, place, this.#ring)
    const missed = this.#missed(place)
    if (missed === undefined) return this.#startAgain(subscription, place, this.#source.since ? 0 : place.feedLost)
    this.#say(subscription, missed)
    this.#audience.place(subscription, IN_STEP)
    return true
  }

  /** The hot loop: each update of each view comes by here for each of its subscribers. */
  #sendTo({ members, subscribers, lanes, encoding }: Group, entry: Entry): void {
    // Encoded for the first who takes it.
    let framed: ReturnType<Frames> | undefined
    for (let i = lanes.length - 1; i >= 0; i--) {
      if (framed !== undefined && framed.gap === undefined) i = this.#lanes.offerDown(lanes, i, framed.frame)
      if (i < 0) break
      const subscriber = subscribers[i] as Subscriber
      if (!subscriber.takes()) {
        this.#metrics.add('depthcast_slow_marks_total', 1)
        this.#audience.place(members[i] as Subscription, behind(entry.before, 'slow-client'))
        continue
      }
      framed ??= entry.frames(encoding)
      if (framed.gap !== undefined) subscriber.tell(framed.gap)
      else if (this.#lanes.offer(lanes[i] as Lane, framed.frame)) continue
      subscriber.push(framed.frame)
    }
  }

  #stepThrough(subscription: Subscription, from: Behind, ring: Ring): boolean {
    const { subscriber } = subscription
    if (from.feedLost > 0) {
      const { reason, seq, feedLost: lost } = from
      subscriber.tell(this.#frames.gap({ reason, from: seq, lost, next: 'continue' }, subscriber.encoding))
    }
    let { epoch, seq, updates } = from
    while (updates < this.#sent.updates) {
      const entry = ring.at(updates)
      const place = behind({ epoch, seq, updates }, 'slow-client')
      if (entry === undefined) return this.#startAgain(subscription, place, this.#made.updates - updates)
      if (!subscriber.takes()) {
        subscription.place = place
        return false
      }
      this.#say(subscription, entry.frames)
      updates++
      ;({ epoch, seq } = positionOf(entry.update))
    }
    const isLevel = updates === this.#sent.updates
    this.#audience.place(subscription, isLevel ? IN_STEP : behind({ epoch, seq, updates }, 'slow-client'))
    return true
  }

  /** What one missed who stands here, as one update; undefined where only a whole message helps. */
  #missed(place: Behind): Frames | undefined {
    const { since } = this.#source
    if (since === undefined) return undefined
    return this.#catchUps.from(place, () => {
      const { epoch, seq, reason, feedLost } = place
      const missed = since(epoch, seq)
      return missed && this.#frames.update(missed, { kind: 'catch-up', reason, feedLost })
    })
  }

  /** A whole message, said to be one where something is lost for good or the client expects to be led on. */
  #startAgain(subscription: Subscription, place: Behind, lost: number): boolean {
    const whole = this.#wholeNow()
    if (whole === undefined) return true
    if (lost === 0 && this.#source.since === undefined) return this.#start(subscription)
    const { reason, seq: from } = place
    const to = this.#ring === undefined ? {} : { to: this.#made.seq }
    const told = this.#catchUps.from(place, () =>
      this.#frames.afresh({ reason, from, ...to, ...(lost > 0 && { lost }), next: 'snapshot' }, whole),
    )
    if (told !== undefined) this.#say(subscription, told)
    this.#levelWithMade(subscription)
    return true
  }

  #start(subscription: Subscription): boolean {
    const whole = this.#wholeNow()
    if (whole === undefined) return true
    subscription.subscriber.push(whole(subscription.subscriber.encoding).frame)
    this.#levelWithMade(subscription)
    return true
  }

  /** A whole message is of what was made last: what waits to be sent is in it. */
  #levelWithMade(subscription: Subscription): void {
    this.#audience.place(subscription, this.#pending.length === 0 ? IN_STEP : behind(this.#made, 'slow-client'))
  }

  #say({ subscriber }: Subscription, frames: Frames): void {
    const { gap, lost, frame } = frames(subscriber.encoding)
    if (lost > 0) this.#metrics.add('depthcast_lost_total', lost)
    if (gap !== undefined) subscriber.tell(gap)
    subscriber.push(frame)
  }

  #wholeNow(): Frames | undefined {
    if (this.#whole !== undefined) return this.#whole
    const update = this.#source.whole()
    if (update === undefined) return undefined
    // A channel that had published nothing publishes with its first snapshot: those who found nothing before must hear of it too.
    if (this.begin(update)) this.#audience.oweOthers()
    this.#whole = this.#frames.update(update, { kind: 'snapshot', reason: 'overflow', feedLost: 0 })
    return this.#whole
  }

  #advance(update: Update): void {
    if ('merged' in update && update.merged > 1) this.#metrics.add('depthcast_merged_total', update.merged - 1)
    this.#forget()
    this.#made = { ...positionOf(update), updates: this.#made.updates + 1 }
    this.#stands = true
  }

  #forget(): void {
    this.#whole = undefined
    this.#catchUps.clear()
  }
}

function behind({ epoch, seq, updates }: Standing, reason: Behind['reason']): Place & Behind {
  return { at: 'behind', epoch, seq, updates, feedLost: 0, reason }
}
