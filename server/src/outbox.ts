import type { Subscription } from './subscription.ts'

/**
 * Which views a session still owes its client: marks, never messages, so that a stalled client costs the same after a second and after an
 * hour. The oldest mark is settled first.
 */
export class Outbox {
  readonly #owed = new Set<Subscription>()

  get size(): number {
    return this.#owed.size
  }

  mark(subscription: Subscription): void {
    this.#owed.add(subscription)
  }

  clear(subscription: Subscription): void {
    this.#owed.delete(subscription)
  }

  /** Takes the oldest mark out. */
  take(): Subscription | undefined {
    for (const subscription of this.#owed) {
      this.#owed.delete(subscription)
      return subscription
    }
    return undefined
  }
}
