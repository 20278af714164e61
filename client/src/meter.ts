import type { Received } from './line.ts'
import type { SubscriptionStats } from './stats.ts'

/** Counts what one subscription received. */
export class Meter {
  #bytes = 0
  #bytesShare = 0
  #sharedBy = 0
  #messages = 0
  #merged = 0
  #updates = 0
  #lastMessageAt: number | undefined
  #latencyMs: number | undefined

  /** `ageMs` is how old the message was when it came, where that is known. */
  received({ bytes, merged, sharedBy }: Received, now: number, ageMs: number | undefined): void {
    this.#bytes += bytes
    this.#bytesShare += bytes / sharedBy
    this.#sharedBy = sharedBy
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
      bytesShare: this.#bytesShare,
      sharedBy: this.#sharedBy,
      messages: this.#messages,
      merged: this.#merged,
      updates: this.#updates,
      lastMessageAt: this.#lastMessageAt,
      latencyMs: this.#latencyMs,
    }
  }
}
