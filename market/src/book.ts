import type { Levels } from './event.ts'
import { HalfBook } from './half-book.ts'
import type { Ticks } from './units.ts'

/** A side of the book. */
export type BookSide = 'bid' | 'ask'

/**
 * An order book by price level, in ticks and lots.
 *
 * It holds what it was told: it may be crossed (`isCrossed` says so) and it has no depth limit. Updating makes no garbage.
 */
export class Book {
  readonly #bids = new HalfBook(1)
  readonly #asks = new HalfBook(-1)
  /** A list of one level, for `set`; made with fractions so that it holds any number in place. */
  readonly #level = [0.5, 0.5]

  get bidCount(): number {
    return this.#bids.count
  }

  get askCount(): number {
    return this.#asks.count
  }

  /**
   * Folds absolute quantities at prices; zero lots removes the level, and a level that is not there is removed by doing nothing. Of several
   * entries for one price the last counts. Throws BookError on a level that cannot be; the entries before it have then been folded.
   */
  apply(bids: Levels, asks: Levels): void {
    this.#bids.fold(bids)
    this.#asks.fold(asks)
  }

  /** Drops everything and takes these levels, in any order; fastest best first. Throws BookError as `apply` does. */
  replace(bids: Levels, asks: Levels): void {
    this.#bids.refill(bids)
    this.#asks.refill(asks)
  }

  /** One level of `apply`, for callers that have no array. */
  set(side: BookSide, ticks: number, lots: number): void {
    this.#level[0] = ticks
    this.#level[1] = lots
    this.#half(side).fold(this.#level)
  }

  clear(): void {
    this.#bids.count = 0
    this.#asks.count = 0
  }

  bestBid(): Ticks | undefined {
    const { count } = this.#bids
    return count === 0 ? undefined : (this.#bids.ticksAt(count - 1) as Ticks)
  }

  bestAsk(): Ticks | undefined {
    const { count } = this.#asks
    return count === 0 ? undefined : (this.#asks.ticksAt(count - 1) as Ticks)
  }

  /** True when the best bid is at or above the best ask: something was lost, or the venue is in an auction. */
  isCrossed(): boolean {
    const bids = this.#bids
    const asks = this.#asks
    return bids.count > 0 && asks.count > 0 && bids.ticksAt(bids.count - 1) >= asks.ticksAt(asks.count - 1)
  }

  /** Lots at a price, 0 where there is no level. */
  lotsAt(side: BookSide, ticks: number): number {
    const half = this.#half(side)
    const index = half.find(ticks)
    return index < 0 ? 0 : half.lots[index]!
  }

  /** The best `depth` bids as flat pairs `[ticks, lots, …]`, best first; all of them without a depth. */
  bids(depth = Number.POSITIVE_INFINITY): number[] {
    return this.#bids.flat(depth)
  }

  /** The best `depth` asks as flat pairs `[ticks, lots, …]`, best first; all of them without a depth. */
  asks(depth = Number.POSITIVE_INFINITY): number[] {
    return this.#asks.flat(depth)
  }

  /** Visits a side's levels, best first, until `visit` returns false. The book must not be changed meanwhile. */
  forEach(side: BookSide, visit: (ticks: number, lots: number) => unknown): void {
    const half = this.#half(side)
    for (let index = half.count - 1; index >= 0; index--) {
      if (visit(half.ticksAt(index), half.lots[index]!) === false) return
    }
  }

  #half(side: BookSide): HalfBook {
    return side === 'bid' ? this.#bids : this.#asks
  }
}
