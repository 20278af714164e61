import type { Book, BookSide, Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Levels } from './frames.ts'
import { HitLevels } from './hit-levels.ts'

/** Tickers and batches pass each other all the time; this many tickers in a row, over this long, do not. */
const TICKERS_ASTRAY = 10
const ASTRAY_FOR_MS = 3_000

/**
 * What makes a fresh book worth asking for before its time, and proves nothing: a match at a level we do not have, an update from before the last one
 * (none of 9,719 recorded ones was), a side that an update left empty, and a ticker whose best prices are not ours time after time.
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

  /** An update, which `book` has taken. */
  updated({ bids, asks, time }: Levels & { readonly time: Micros }, book: Book, now: Micros): void {
    this.#hits.changed(bids, asks, now)
    const isLate = this.#updatedAt !== undefined && time < this.#updatedAt
    const isEmptied = (bids.length > 0 && book.bidCount === 0) || (asks.length > 0 && book.askCount === 0)
    if (isLate || isEmptied) this.#isRaised = true
    this.#updatedAt = time
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
