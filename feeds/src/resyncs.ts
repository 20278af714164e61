import type { Micros } from '@depthcast/market'
import { after, type BookPolicy } from './book-policy.ts'

/** Counts a book's resyncs within a rolling time: one that is resynced over and over is not mended by it. */
export class Resyncs {
  readonly #policy: BookPolicy['resyncs']
  readonly #at: Micros[] = []

  constructor(policy: BookPolicy['resyncs']) {
    this.#policy = policy
  }

  /** One more. Until when the book should be left alone, which is until the first of too many is forgotten, and why; undefined while it need not. */
  add(now: Micros): { readonly until: Micros; readonly reason: string } | undefined {
    const { max, perMs } = this.#policy
    while (this.#at.length > 0 && now >= after(this.#at[0]!, perMs)) this.#at.shift()
    this.#at.push(now)
    if (this.#at.length <= max) return undefined
    return {
      until: after(this.#at[0]!, perMs),
      reason: `resynced ${this.#at.length} times in ${perMs / 60_000} minutes`,
    }
  }
}
