import { type Book, fromTicks, type Instrument } from '@depthcast/market'

/** The best levels as the venue states them for one update id, flat ticks and lots. `depth` says how many levels a side it speaks of. */
export type Best = {
  readonly id: number
  readonly depth: number
  readonly bids: readonly number[]
  readonly asks: readonly number[]
}

/** Levels a side that wait at most, over all statements: ten seconds of `depth20`, or two thousand tops. The oldest go first. */
const MOST_HELD = 2_000

/**
 * Pairs what a second source says with the book: it counts when its update id is exactly the book's.
 *
 * bookTicker speaks of every id, mostly before the batch that holds it, and most of what it says falls inside a batch. `depth20` speaks of the last
 * ids of batches, before or after the batch itself. What is ahead of the book waits here for it; what the book has passed says nothing.
 */
export class Heard {
  #held: Best[] = []
  #levels = 0

  /** What to compare now that `best` has come; undefined when the book is not there yet, or already past it. */
  offer(best: Best, bookId: number | undefined): Best | undefined {
    if (bookId !== undefined && best.id <= bookId) return best.id === bookId ? best : undefined
    this.#held.push(best)
    this.#levels += best.depth
    while (this.#levels > MOST_HELD) this.#levels -= this.#held.shift()?.depth ?? this.#levels
    return undefined
  }

  /** What to compare now that the book has come to `bookId`: at most one statement of each depth. */
  reached(bookId: number): readonly Best[] {
    if (this.#held.length === 0) return []
    const exact = new Map<number, Best>()
    const ahead: Best[] = []
    this.#levels = 0
    for (const best of this.#held) {
      if (best.id === bookId) exact.set(best.depth, best)
      if (best.id <= bookId) continue
      ahead.push(best)
      this.#levels += best.depth
    }
    this.#held = ahead
    return [...exact.values()]
  }

  clear(): void {
    this.#held = []
    this.#levels = 0
  }
}

/** Where a book's best levels are not what they should be, in words for both; undefined where they are. */
export function difference(
  book: Book,
  best: Best,
  instrument: Instrument,
): { readonly ours: string; readonly theirs: string } | undefined {
  for (const side of ['bid', 'ask'] as const) {
    const ours = side === 'bid' ? book.bids(best.depth) : book.asks(best.depth)
    const theirs = side === 'bid' ? best.bids : best.asks
    const length = Math.max(ours.length, theirs.length)
    for (let at = 0; at < length; at += 2) {
      if (ours[at] === theirs[at] && ours[at + 1] === theirs[at + 1]) continue
      const words = (flat: readonly number[]): string => levelInWords(side, at / 2 + 1, flat, instrument)
      return { ours: words(ours), theirs: words(theirs) }
    }
  }
  return undefined
}

function levelInWords(side: 'bid' | 'ask', place: number, flat: readonly number[], instrument: Instrument): string {
  const ticks = flat[place * 2 - 2]
  const level = ticks === undefined ? 'none' : `${fromTicks(ticks, instrument.tickSize)} × ${flat[place * 2 - 1]} lots`
  return `${side} ${place}: ${level}`
}
