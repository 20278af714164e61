import type { Levels as Flat, Micros } from '@depthcast/market'
import { after } from '../book-policy.ts'

/** A match and the update it belongs to come in any order, at most a batch and some jitter apart. */
const APART_MS = 1_000
const REMEMBERED_MS = 2_000

/**
 * Watches that matches hit levels we have: volume traded where our book has none means that an update was lost.
 *
 * The order of the channels is open: the update that takes the level away may come before its match, the one that brings it, after. A maker who
 * came and was hit within one batch may never have been told at all, so a missing level is a reason to look, no proof.
 */
export class HitLevels {
  /** Levels lately removed, oldest first. Keys are ticks, negative for asks. */
  readonly #removed: { readonly key: number; readonly at: Micros }[] = []
  readonly #missing = new Map<number, Micros>()

  clear(): void {
    this.#removed.length = 0
    this.#missing.clear()
  }

  /** An update has come. */
  changed(bids: Flat, asks: Flat, now: Micros): void {
    while (this.#removed.length > 0 && now >= after(this.#removed[0]!.at, REMEMBERED_MS)) this.#removed.shift()
    this.#touched(bids, 1, now)
    this.#touched(asks, -1, now)
  }

  /** A match took from a level of the maker's side, `lots` being what our book has there. */
  hit(side: 'bid' | 'ask', ticks: number, lots: number, now: Micros): void {
    const key = side === 'bid' ? ticks : -ticks
    if (lots > 0 || this.#missing.has(key)) return
    const wasThere = this.#removed.some((removed) => removed.key === key && now < after(removed.at, APART_MS))
    if (!wasThere) this.#missing.set(key, now)
  }

  /** True once when a level that was hit has not come up for so long that nothing is on its way. */
  isOneMissing(now: Micros): boolean {
    const overdue = [...this.#missing.values()].some((at) => now >= after(at, APART_MS))
    if (overdue) this.#missing.clear()
    return overdue
  }

  #touched(levels: Flat, sign: 1 | -1, now: Micros): void {
    for (let at = 0; at < levels.length; at += 2) {
      const key = levels[at]! * sign
      if (this.#missing.size > 0) this.#missing.delete(key)
      if (levels[at + 1] === 0) this.#removed.push({ key, at: now })
    }
  }
}
