import type { Lane } from './flow/lanes.ts'
import type { Place, Subscriber, Subscription } from './subscription.ts'
import type { Encoding, Frame } from './transport.ts'

const EMPTY: Place = { at: 'empty' }

/**
 * Those in step who share an encoding, in no order: subscriptions, and at the same places whose they are, and their lanes. Plain arrays: this is what every update of
 * every view goes through, and with thousands of clients each object that it need not touch counts.
 */
export type Group = {
  readonly encoding: Encoding
  readonly members: readonly Subscription[]
  readonly subscribers: readonly Subscriber[]
  readonly lanes: readonly Lane[]
}

/** Everyone on one view, and where each stands in its chain. */
export class Audience {
  readonly #groups: OwnGroup[] = []
  readonly #others = new Set<Subscription>()
  #size = 0

  get isEmpty(): boolean {
    return this.#size === 0
  }

  /**
   * Those whom the next update continues, by encoding. Placing the member at `i` elsewhere puts the last one in its stead: to place them while
   * going through, go backwards.
   */
  get inStep(): readonly Group[] {
    return this.#groups
  }

  join(subscription: Subscription, place: Place): void {
    this.#size++
    subscription.place = place
    this.#put(subscription)
  }

  place(subscription: Subscription, place: Place): void {
    this.#take(subscription)
    subscription.place = place
    this.#put(subscription)
  }

  leave(subscription: Subscription): void {
    if (this.#take(subscription)) this.#size--
  }

  /** Lets everyone who waits for something ask for it. */
  oweOthers(): void {
    for (const subscription of this.#others) {
      if (subscription.place.at !== 'paused') subscription.subscriber.owe(subscription)
    }
  }

  /** One frame for each encoding to everyone, whatever they hold. */
  tellAll(frame: (encoding: Encoding) => Frame): void {
    for (const { subscriber } of this.#everyone()) subscriber.tell(frame(subscriber.encoding))
  }

  /** Tells everyone who holds something that it is over: one frame for each encoding, whatever else waits. */
  tellOver(frame: (encoding: Encoding) => Frame): void {
    for (const subscription of this.#holders()) {
      subscription.subscriber.tell(frame(subscription.subscriber.encoding))
      this.place(subscription, EMPTY)
    }
  }

  /** Tells everyone who holds something that `lost` items of it will never come. */
  tellLost(
    lost: number,
    reason: Extract<Place, { at: 'behind' }>['reason'],
    frame: (encoding: Encoding) => Frame,
  ): void {
    for (const subscription of this.#holders()) {
      const { place, subscriber } = subscription
      // One who is behind has its turn later: told with what it missed, in the order things happened.
      if (place.at === 'behind') subscription.place = { ...place, feedLost: place.feedLost + lost, reason }
      else subscriber.tell(frame(subscriber.encoding))
    }
  }

  /** Nobody holds anything any more, told or not. */
  forget(): void {
    for (const subscription of this.#holders()) this.place(subscription, EMPTY)
  }

  #everyone(): readonly Subscription[] {
    return [...this.#groups.flatMap(({ members }) => members), ...this.#others]
  }

  #holders(): readonly Subscription[] {
    return this.#everyone().filter(({ place }) => place.at !== 'empty' && place.at !== 'paused')
  }

  #put(subscription: Subscription): void {
    if (subscription.place.at !== 'in-step') {
      this.#others.add(subscription)
      return
    }
    const { encoding } = subscription.subscriber
    let group = this.#groups.find((each) => each.encoding === encoding)
    if (group === undefined) {
      group = { encoding, members: [], subscribers: [], lanes: [] }
      this.#groups.push(group)
    }
    subscription.slot = group.members.push(subscription) - 1
    group.subscribers.push(subscription.subscriber)
    group.lanes.push(subscription.subscriber.lane)
  }

  /** Returns whether it was here. */
  #take(subscription: Subscription): boolean {
    const { slot } = subscription
    if (slot < 0) return this.#others.delete(subscription)
    const { encoding } = subscription.subscriber
    const group = this.#groups.find((each) => each.encoding === encoding)
    const last = group?.members.pop()
    group?.subscribers.pop()
    group?.lanes.pop()
    if (group !== undefined && last !== undefined && last !== subscription) {
      group.members[slot] = last
      group.subscribers[slot] = last.subscriber
      group.lanes[slot] = last.subscriber.lane
      last.slot = slot
    }
    subscription.slot = -1
    return true
  }
}

type OwnGroup = {
  readonly encoding: Encoding
  readonly members: Subscription[]
  readonly subscribers: Subscriber[]
  readonly lanes: Lane[]
}

/** Makes something once for each encoding, when it is first asked for. There are never more than a few encodings. */
export function framesBy<Made>(make: (encoding: Encoding) => Made): (encoding: Encoding) => Made {
  const made: { readonly encoding: Encoding; readonly one: Made }[] = []
  return (encoding) => {
    for (const each of made) if (each.encoding === encoding) return each.one
    const one = make(encoding)
    made.push({ encoding, one })
    return one
  }
}
