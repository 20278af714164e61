import type { Book, BookSide, Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import { HitLevels } from '../hit-levels.ts'
import type { Levels } from './frames.ts'

/** Tickers and batches pass each other all the time; this many tickers in a row, over this long, do not. */
const TICKERS_ASTRAY = 10
const ASTRAY_FOR_MS = 3_000

/** In words, as an error says it. */
type Oddity = { readonly of: string; readonly ours: string; readonly theirs: string }

/**
 * What makes a fresh book worth asking for before its time, and proves nothing: a match at a level we do not have, and a ticker whose best prices are not
 * ours time after time. Two oddities are more than that, and put the book in doubt: an update from before the last one (none of 9,719 recorded ones was),
 * and a side that an update left empty.
 */
export class Suspicions {
  readonly #hits = new HitLevels()
  #updatedAt: Micros | undefined
  /** Tickers in a row that did not agree with the book. */
  #astray: { readonly since: Micros; count: number } | undefined
  #isRaised = false

  /** Another book, or one about to be held against a fresh one. */
  clear(): void {
    this.#hits.clear()
    this.#updatedAt = undefined
    this.#astray = undefined
    this.#isRaised = false
  }

  get isRaised(): boolean {
    return this.#isRaised
  }

  /** An update, which `book` has taken; gives what is odd about it. */
  updated({ bids, asks, time }: Levels & { readonly time: Micros }, book: Book, now: Micros): Oddity | undefined {
    this.#hits.changed(bids, asks, now)
    const before = this.#updatedAt
    this.#updatedAt = time
    if (before !== undefined && time < before) {
      return { of: 'last update', ours: `of ${before} µs`, theirs: `one of ${time} µs` }
    }
    if (bids.length > 0 && book.bidCount === 0) return { of: 'bid side', ours: 'empty', theirs: 'perhaps not' }
    if (asks.length > 0 && book.askCount === 0) return { of: 'ask side', ours: 'empty', theirs: 'perhaps not' }
    return undefined
  }

  /** A match took from a level of the maker's side. */
  hit(side: BookSide, ticks: number, book: Book, now: Micros): void {
    this.#hits.hit(side, ticks, book.lotsAt(side, ticks), now)
  }

  ticker(agrees: boolean, now: Micros): void {
    if (agrees) this.#astray = undefined
    else if (this.#astray === undefined) this.#astray = { since: now, count: 1 }
    else if (++this.#astray.count >= TICKERS_ASTRAY && now >= after(this.#astray.since, ASTRAY_FOR_MS))
      this.#isRaised = true
  }

  tick(now: Micros): void {
    if (this.#hits.isOneMissing(now)) this.#isRaised = true
  }
}
