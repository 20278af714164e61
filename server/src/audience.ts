import type { Place, Subscription } from './subscription.ts'
import type { Encoding, Frame } from './transport.ts'

const EMPTY: Place = { at: 'empty' }

/** Everyone on one view, and where each stands in its chain. */
export class Audience {
  readonly #inStep = new Set<Subscription>()
  readonly #others = new Set<Subscription>()

  get isEmpty(): boolean {
    return this.#inStep.size === 0 && this.#others.size === 0
  }

  /** Those whom the next update continues. They may be placed elsewhere while they are gone through. */
  get inStep(): Iterable<Subscription> {
    return this.#inStep
  }

  place(subscription: Subscription, place: Place): void {
    subscription.place = place
    this.leave(subscription)
    if (place.at === 'in-step') this.#inStep.add(subscription)
    else this.#others.add(subscription)
  }

  leave(subscription: Subscription): void {
    this.#inStep.delete(subscription)
    this.#others.delete(subscription)
  }

  /** Lets everyone who waits for something ask for it. */
  oweOthers(): void {
    for (const subscription of this.#others) {
      if (subscription.place.at !== 'paused') subscription.subscriber.owe(subscription)
    }
  }

  /** Tells everyone who holds something that it is over: one frame for each encoding, whatever else waits. */
  tellOver(frame: (encoding: Encoding) => Frame): void {
    const frames = framesBy(frame)
    for (const subscription of this.#holders()) {
      subscription.subscriber.tell(frames(subscription.subscriber.encoding))
      this.place(subscription, EMPTY)
    }
  }

  /** Tells everyone who holds something that `lost` items of it will never come. */
  tellLost(
    lost: number,
    reason: Extract<Place, { at: 'behind' }>['reason'],
    frame: (encoding: Encoding) => Frame,
  ): void {
    const frames = framesBy(frame)
    for (const subscription of this.#holders()) {
      const { place, subscriber } = subscription
      // One who is behind has its turn later: told with what it missed, in the order things happened.
      if (place.at === 'behind') subscription.place = { ...place, feedLost: place.feedLost + lost, reason }
      else subscriber.tell(frames(subscriber.encoding))
    }
  }

  /** Nobody holds anything any more, told or not. */
  forget(): void {
    for (const subscription of this.#holders()) this.place(subscription, EMPTY)
  }

  #holders(): readonly Subscription[] {
    return [...this.#inStep, ...this.#others].filter(({ place }) => place.at !== 'empty' && place.at !== 'paused')
  }
}

/** Makes a frame once for each encoding. */
export function framesBy<Made>(make: (encoding: Encoding) => Made): (encoding: Encoding) => Made {
  const made = new Map<Encoding, Made>()
  return (encoding) => {
    let one = made.get(encoding)
    if (one === undefined) {
      one = make(encoding)
      made.set(encoding, one)
    }
    return one
  }
}
