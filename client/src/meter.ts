import type { Received } from './line.ts'
import type { SubscriptionStats } from './stats.ts'

/** Counts what one subscription received. */
export class Meter {
  #bytes = 0
  #messages = 0
  #merged = 0
  #updates = 0
  #lastMessageAt: number | undefined
  #latencyMs: number | undefined

  /** `ageMs` is how old the message was when it came, where that is known. */
  received({ bytes, merged }: Received, now: number, ageMs: number | undefined): void {
    this.#bytes += bytes
    this.#messages++
    this.#merged += merged
    this.#lastMessageAt = now
    this.#latencyMs = ageMs ?? this.#latencyMs
  }

  viewed(): void {
    this.#updates++
  }

  stats(): SubscriptionStats {
    return {
      bytes: this.#bytes,
      messages: this.#messages,
      merged: this.#merged,
      updates: this.#updates,
      lastMessageAt: this.#lastMessageAt,
      latencyMs: this.#latencyMs,
    }
  }
}
