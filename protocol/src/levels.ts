import type { BookSide } from '@depthcast/market'
import { ChainBroken } from './errors.ts'

/**
 * The levels that turn `before` into `after`: new ones, those whose quantity differs, and quantity 0 for those gone.
 *
 * All three are flat pairs, best first. Empty when nothing changed.
 */
export function changedLevels(side: BookSide, before: readonly number[], after: readonly number[]): number[] {
  const changes: number[] = []
  let b = 0
  let a = 0
  while (b < before.length || a < after.length) {
    const order = compare(side, before[b], after[a])
    if (order === 0) {
      if (before[b + 1] !== after[a + 1]) changes.push(after[a]!, after[a + 1]!)
      b += 2
      a += 2
    } else if (order < 0) {
      changes.push(before[b]!, 0)
      b += 2
    } else {
      changes.push(after[a]!, after[a + 1]!)
      a += 2
    }
  }
  return changes
}

/**
 * Folds changes into levels, both flat pairs and best first. Changes `held` itself while only quantities change, else returns a new array.
 *
 * Throws ChainBroken when a change removes a level that is not held, or is out of order: then `held` is of no more use.
 */
export function foldLevels(side: BookSide, held: number[], changes: readonly number[]): number[] {
  let at = 0
  let previous: number | undefined
  for (let c = 0; c < changes.length; c += 2) {
    const price = changes[c]!
    const quantity = changes[c + 1]!
    if (previous !== undefined && compare(side, previous, price) >= 0)
      throw new ChainBroken(`${side} ${price} is out of order after ${previous}`)
    previous = price
    while (at < held.length && compare(side, held[at], price) < 0) at += 2
    if (held[at] !== price || quantity === 0) return rebuild(side, held, at, changes, c)
    held[at + 1] = quantity
    at += 2
  }
  return held
}

/** The levels up to `at` stand, and so do the changes before `c`. */
function rebuild(side: BookSide, held: readonly number[], at: number, changes: readonly number[], c: number): number[] {
  const levels = held.slice(0, at)
  let h = at
  for (let i = c; i < changes.length; i += 2) {
    const price = changes[i]!
    const quantity = changes[i + 1]!
    if (i > c && compare(side, changes[i - 2], price) >= 0)
      throw new ChainBroken(`${side} ${price} is out of order after ${changes[i - 2]}`)
    for (; h < held.length && compare(side, held[h], price) < 0; h += 2) levels.push(held[h]!, held[h + 1]!)
    const isHeld = held[h] === price
    if (isHeld) h += 2
    if (quantity > 0) levels.push(price, quantity)
    else if (!isHeld) throw new ChainBroken(`${side} ${price} is removed and was not held`)
  }
  for (; h < held.length; h += 2) levels.push(held[h]!, held[h + 1]!)
  return levels
}

/** Below 0 when `a` is the better price, 0 when equal; nothing is worse than anything. */
function compare(side: BookSide, a: number | undefined, b: number | undefined): number {
  if (a === undefined) return 1
  if (b === undefined) return -1
  return side === 'bid' ? b - a : a - b
}
