import type { Subscription } from './subscription.ts'

/**
 * What a session still owes: marks, never messages, so that a stalled client costs the same after a second and after an
 * hour. The oldest mark is settled first.
 */
export class Outbox {
  /** When each mark was made, µs since 1970. There only while there are any: most sessions have none most of the time. */
  #owed: Map<Subscription, number> | undefined

  get size(): number {
    return this.#owed?.size ?? 0
  }

  /** Each with the time of its mark, oldest first. */
  get marks(): Iterable<readonly [Subscription, number]> {
    return this.#owed ?? []
  }

  has(subscription: Subscription): boolean {
    return this.#owed?.has(subscription) ?? false
  }

  /** When its mark was made; undefined where there is none. */
  since(subscription: Subscription): number | undefined {
    return this.#owed?.get(subscription)
  }

  /** A mark that is there already stays where it is. */
  mark(subscription: Subscription, now: number): void {
    this.#owed ??= new Map()
    if (!this.#owed.has(subscription)) this.#owed.set(subscription, now)
  }

  clear(subscription: Subscription): void {
    this.#owed?.delete(subscription)
    if (this.#owed?.size === 0) this.#owed = undefined
  }

  /** Takes the oldest mark out. */
  take(): readonly [Subscription, number] | undefined {
    for (const mark of this.#owed ?? []) {
      this.clear(mark[0])
      return mark
    }
    return undefined
  }
}
