import type { BookSide, Instrument } from '@depthcast/market'
import { Book, fromLots, fromTicks } from '@depthcast/market'
import type { Levels } from './frames.ts'

/** As many levels a side as the `order_book` channel has; fewer are the whole side. */
const LEVELS = 100

/** In words, for people: what differs first. */
export type Difference = { readonly ours: string; readonly theirs: string }

/**
 * Compares our book with a repetition of its top; undefined when they agree.
 *
 * `since` are the differences of a later moment than the top's that our book has taken already: they are put on the top too. Amounts are absolute, so
 * one that began before the top's moment changes nothing by being put on it again. Beyond its last level on a side the top says nothing.
 */
export function compareTop(
  instrument: Instrument,
  ours: Book,
  top: Levels,
  since: readonly Levels[],
): Difference | undefined {
  const theirs = new Book()
  theirs.replace(top.bids, top.asks)
  for (const { bids, asks } of since) theirs.apply(bids, asks)
  for (const side of ['bid', 'ask'] as const) {
    const ticks = differing(ours, theirs, side, lastKnown(side === 'bid' ? top.bids : top.asks, side))
    if (ticks === undefined) continue
    const words = (book: Book): string =>
      `${fromLots(book.lotsAt(side, ticks), instrument.lotSize)} at ${side} ${fromTicks(ticks, instrument.tickSize)}`
    return { ours: words(ours), theirs: words(theirs) }
  }
  return undefined
}

function lastKnown(flat: readonly number[], side: BookSide): number {
  if (flat.length / 2 >= LEVELS) return flat.at(-2)!
  return side === 'bid' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

/** The price of the first level, best first, that is not the same in both. */
function differing(ours: Book, theirs: Book, side: BookSide, last: number): number | undefined {
  let found: number | undefined
  const look = (ticks: number): boolean => {
    if (side === 'bid' ? ticks < last : ticks > last) return false
    if (ours.lotsAt(side, ticks) === theirs.lotsAt(side, ticks)) return true
    found = ticks
    return false
  }
  ours.forEach(side, look)
  if (found === undefined) theirs.forEach(side, look)
  return found
}
