import { type Book, fromTicks, type Instrument, type Micros } from '@depthcast/market'
import { after } from './book-policy.ts'
import { CrossedBook } from './errors.ts'

/** After trading resumed, what uncrosses the book may be told this much later, on another channel. */
const UNCROSSED_WITHIN_MS = 1_000

/**
 * Whether a book that is crossed is a broken one: it is, while the venue trades. While it does not, as in an auction, orders gather that nobody
 * matches, and what the venue says of them is right.
 */
export class Crossing {
  readonly #instrument: Instrument
  readonly #book: Book
  #isHalted = false
  #resumedAt: Micros | undefined

  constructor(instrument: Instrument, book: Book) {
    this.#instrument = instrument
    this.#book = book
  }

  get isFault(): boolean {
    return !this.#isHalted && this.#book.isCrossed()
  }

  halted(): void {
    this.#isHalted = true
    this.#resumedAt = undefined
  }

  resumed(now: Micros): void {
    if (this.#isHalted) this.#resumedAt ??= now
  }

  /**
   * What became of a halt that the venue has ended: `over`, or `broken` as the book is still crossed after its time; undefined while it goes on.
   * A book that nobody trusts anyway is waited for no longer.
   */
  settle(isTrusted: boolean, now: Micros): 'over' | 'broken' | undefined {
    if (this.#resumedAt === undefined) return undefined
    const isCrossed = isTrusted && this.#book.isCrossed()
    if (isCrossed && now < after(this.#resumedAt, UNCROSSED_WITHIN_MS)) return undefined
    this.#isHalted = false
    this.#resumedAt = undefined
    return isCrossed ? 'broken' : 'over'
  }

  error(): CrossedBook {
    const { venue, id: instrument, tickSize } = this.#instrument
    const price = (ticks: number | undefined): string => (ticks === undefined ? 'none' : fromTicks(ticks, tickSize))
    return new CrossedBook({ venue, instrument, bid: price(this.#book.bestBid()), ask: price(this.#book.bestAsk()) })
  }
}
