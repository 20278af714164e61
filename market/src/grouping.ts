import type { Book, BookSide } from './book.ts'
import { UnitError } from './units.ts'

/**
 * One side of a book by price groups: flat pairs `[ticks, lots, …]`, best first, prices multiples of `grouping` ticks.
 *
 * Bids round down and asks up, away from the spread, so a group never claims a better price than its levels have. `depth` counts groups.
 * Grouping 1 gives the levels themselves. Throws UnitError: UNIT_NOT_INTEGER when `grouping` is not a whole number from 1 up, UNIT_OVERFLOW
 * when a group's lots or price pass 2^53 - 1 (recovery: a finer grouping).
 */
export function grouped(book: Book, side: BookSide, grouping: number, depth: number | 'all'): number[] {
  if (!Number.isSafeInteger(grouping) || grouping < 1) {
    throw new UnitError('UNIT_NOT_INTEGER', `grouping ${grouping} is not a whole number of ticks from 1 up`)
  }
  const limit = depth === 'all' ? Number.POSITIVE_INFINITY : depth * 2
  const groups: number[] = []
  let current = Number.NaN
  book.forEach(side, (ticks, lots) => {
    const price = side === 'bid' ? floorTo(ticks, grouping) : ceilTo(ticks, grouping)
    if (price !== current) {
      if (groups.length >= limit) return false
      groups.push(safe(price, 'price', price), lots)
      current = price
      return true
    }
    const last = groups.length - 1
    groups[last] = safe(groups[last]! + lots, 'lots', price)
    return true
  })
  return groups
}

/** The largest multiple at or below. The remainder of doubles is exact, a quotient would not be. */
function floorTo(ticks: number, grouping: number): number {
  const remainder = ticks % grouping
  return remainder < 0 ? ticks - remainder - grouping : ticks - remainder
}

function ceilTo(ticks: number, grouping: number): number {
  const remainder = ticks % grouping
  return remainder > 0 ? ticks - remainder + grouping : ticks - remainder
}

function safe(n: number, what: string, price: number): number {
  if (Number.isSafeInteger(n)) return n
  throw new UnitError('UNIT_OVERFLOW', `${what} of the group at ${price} ticks pass ${Number.MAX_SAFE_INTEGER}`)
}
