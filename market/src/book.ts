import type { Levels } from './event.ts'
import { Ladder } from './ladder.ts'
import type { Ticks } from './units.ts'

/** A side of the book. */
export type BookSide = 'bid' | 'ask'

/** A level that cannot be: quantity below zero or not whole, price not whole, or half a pair. Recovery: a fresh snapshot (`replace`). */
export class BookError extends Error {
  readonly code = 'BOOK_BAD_LEVEL'

  constructor(message: string) {
    super(message)
    this.name = 'BookError'
  }
}

/**
 * An order book by price level, in ticks and lots.
 *
 * It holds what it was told: it may be crossed (`isCrossed` says so) and it has no depth limit. Updating makes no garbage.
 */
export class Book {
  readonly #bids = new Ladder()
  readonly #asks = new Ladder()

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
    fold(this.#bids, 1, bids)
    fold(this.#asks, -1, asks)
  }

  /** Drops everything and takes these levels, in any order; fastest best first. Throws BookError as `apply` does. */
  replace(bids: Levels, asks: Levels): void {
    refill(this.#bids, 1, bids)
    refill(this.#asks, -1, asks)
  }

  /** One level of `apply`, for callers that have no array. */
  set(side: BookSide, ticks: number, lots: number): void {
    check(ticks, lots)
    if (side === 'bid') this.#bids.set(ticks + 0, lots)
    else this.#asks.set(0 - ticks, lots)
  }

  clear(): void {
    this.#bids.count = 0
    this.#asks.count = 0
  }

  bestBid(): Ticks | undefined {
    const { keys, count } = this.#bids
    return count === 0 ? undefined : (keys[count - 1] as Ticks)
  }

  bestAsk(): Ticks | undefined {
    const { keys, count } = this.#asks
    return count === 0 ? undefined : ((0 - keys[count - 1]!) as Ticks)
  }

  /** True when the best bid is at or above the best ask: something was lost, or the venue is in an auction. */
  isCrossed(): boolean {
    const bids = this.#bids
    const asks = this.#asks
    return bids.count > 0 && asks.count > 0 && bids.keys[bids.count - 1]! >= 0 - asks.keys[asks.count - 1]!
  }

  /** Lots at a price, 0 where there is no level. */
  lotsAt(side: BookSide, ticks: number): number {
    const ladder = side === 'bid' ? this.#bids : this.#asks
    const key = side === 'bid' ? ticks : 0 - ticks
    const index = ladder.search(key)
    return index < ladder.count && ladder.keys[index] === key ? ladder.lots[index]! : 0
  }

  /** The best `depth` bids as flat pairs `[ticks, lots, …]`, best first; all of them without a depth. */
  bids(depth = Number.POSITIVE_INFINITY): number[] {
    return flat(this.#bids, 1, depth)
  }

  /** The best `depth` asks as flat pairs `[ticks, lots, …]`, best first; all of them without a depth. */
  asks(depth = Number.POSITIVE_INFINITY): number[] {
    return flat(this.#asks, -1, depth)
  }

  /** Visits a side's levels, best first, until `visit` returns false. The book must not be changed meanwhile. */
  forEach(side: BookSide, visit: (ticks: number, lots: number) => unknown): void {
    const ladder = side === 'bid' ? this.#bids : this.#asks
    const sign = side === 'bid' ? 1 : -1
    for (let index = ladder.count - 1; index >= 0; index--) {
      if (visit(ladder.keys[index]! * sign + 0, ladder.lots[index]!) === false) return
    }
  }
}

/** 1 for bids, -1 for asks: what turns ticks into a ladder's key and back. */
type Sign = 1 | -1

function fold(ladder: Ladder, sign: Sign, levels: Levels): void {
  checkPairs(levels)
  for (let at = 0; at < levels.length; at += 2) {
    const ticks = levels[at]!
    const lots = levels[at + 1]!
    check(ticks, lots)
    ladder.set(ticks * sign + 0, lots)
  }
}

/** From worst to best, so that every level goes to the end; a list that is not sorted is folded in its own order instead. */
function refill(ladder: Ladder, sign: Sign, levels: Levels): void {
  checkPairs(levels)
  ladder.count = 0
  let worse = Number.NEGATIVE_INFINITY
  for (let at = levels.length - 2; at >= 0; at -= 2) {
    const key = levels[at]! * sign + 0
    if (key <= worse) {
      ladder.count = 0
      fold(ladder, sign, levels)
      return
    }
    check(levels[at]!, levels[at + 1]!)
    ladder.set(key, levels[at + 1]!)
    worse = key
  }
}

function flat(ladder: Ladder, sign: Sign, depth: number): number[] {
  const levels: number[] = []
  const worst = Math.max(0, ladder.count - depth)
  for (let index = ladder.count - 1; index >= worst; index--) {
    levels.push(ladder.keys[index]! * sign + 0, ladder.lots[index]!)
  }
  return levels
}

function check(ticks: number, lots: number): void {
  if (!(lots >= 0) || !Number.isSafeInteger(lots) || !Number.isSafeInteger(ticks)) {
    throw new BookError(
      `level ${ticks} × ${lots}: both must be whole numbers up to ${Number.MAX_SAFE_INTEGER}, lots not below zero`,
    )
  }
}

function checkPairs(levels: Levels): void {
  if (levels.length % 2 !== 0) throw new BookError(`${levels.length} numbers do not make pairs of ticks and lots`)
}
