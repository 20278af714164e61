import type { Levels } from './event.ts'

/** A level that cannot be: quantity below zero or not whole, price not whole, or half a pair. Recovery: a fresh snapshot (`replace`). */
export class BookError extends Error {
  readonly code = 'BOOK_BAD_LEVEL'

  constructor(message: string) {
    super(message)
    this.name = 'BookError'
  }
}

/**
 * One side of a book: levels in two typed arrays, sorted by key, best last.
 *
 * Keys grow towards the best level: a bid's key is its price in ticks, an ask's the negative of it, so both sides are the same code. Best last
 * because most updates are near the touch: found from the end at once, and few levels to move. Nothing is allocated but when a side outgrows
 * its arrays, which then double. `npm run bench -- book` holds this to its numbers.
 */
export class HalfBook {
  count = 0
  keys = new Float64Array(INITIAL_LEVELS)
  lots = new Float64Array(INITIAL_LEVELS)
  /** 1 for bids, -1 for asks: what turns ticks into a key and back. */
  readonly sign: 1 | -1

  constructor(sign: 1 | -1) {
    this.sign = sign
  }

  /**
   * Folds absolute quantities at prices; 0 removes the level, if there is one. Throws BookError on a level that cannot be, with the ones before
   * it folded.
   */
  fold(levels: Levels): void {
    if (levels.length % 2 !== 0) throw new BookError(`${levels.length} numbers do not make pairs of ticks and lots`)
    for (let at = 0; at < levels.length; at += 2) {
      const ticks = levels[at]!
      const lots = levels[at + 1]!
      if (!(lots >= 0 && lots <= MAX && Math.floor(lots) === lots)) throw refusal(ticks, lots)
      if (!(ticks >= -MAX && ticks <= MAX && Math.floor(ticks) === ticks)) throw refusal(ticks, lots)
      const key = ticks * this.sign + 0
      const { keys, count } = this

      // From the best level a few steps one by one, then by halves.
      let index = count
      const near = count > NEAR_LEVELS ? count - NEAR_LEVELS : 0
      while (index > near && keys[index - 1]! >= key) index--
      if (index === near) {
        let low = 0
        while (low < index) {
          const middle = (low + index) >>> 1
          if (keys[middle]! < key) low = middle + 1
          else index = middle
        }
      }

      if (index < count && keys[index] === key) {
        if (lots !== 0) this.lots[index] = lots
        else this.#close(index)
      } else if (lots !== 0) {
        this.#open(index)
        this.keys[index] = key
        this.lots[index] = lots
      }
    }
  }

  /** Drops everything and takes these levels. Best first is fastest: the list is then gone through from its end, each level the new best. */
  refill(levels: Levels): void {
    this.count = 0
    if (!isBestFirst(levels, this.sign)) {
      this.fold(levels)
      return
    }
    this.#fit(levels.length / 2)
    for (let at = levels.length - 2; at >= 0; at -= 2) {
      const ticks = levels[at]!
      const lots = levels[at + 1]!
      if (!Number.isSafeInteger(ticks) || !Number.isSafeInteger(lots) || lots < 0) throw refusal(ticks, lots)
      if (lots === 0) continue
      this.keys[this.count] = ticks * this.sign + 0
      this.lots[this.count++] = lots
    }
  }

  /** The index of a price, or -1. */
  find(ticks: number): number {
    const { keys, count } = this
    const key = ticks * this.sign
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low < count && keys[low] === key ? low : -1
  }

  /** Price of the level at an index, in ticks. */
  ticksAt(index: number): number {
    return this.keys[index]! * this.sign + 0
  }

  /** The best `depth` levels as flat pairs `[ticks, lots, …]`, best first. */
  flat(depth: number): number[] {
    const levels: number[] = []
    const worst = Math.max(0, this.count - depth)
    for (let index = this.count - 1; index >= worst; index--) levels.push(this.ticksAt(index), this.lots[index]!)
    return levels
  }

  /** Makes room for a level at an index. */
  #open(index: number): void {
    if (this.count === this.keys.length) this.#fit(this.count + 1)
    const { keys, lots, count } = this
    if (count - index > FAR_LEVELS) {
      keys.copyWithin(index + 1, index, count)
      lots.copyWithin(index + 1, index, count)
    } else {
      for (let to = count; to > index; to--) {
        keys[to] = keys[to - 1]!
        lots[to] = lots[to - 1]!
      }
    }
    this.count = count + 1
  }

  #close(index: number): void {
    const { keys, lots } = this
    const count = this.count - 1
    if (count - index > FAR_LEVELS) {
      keys.copyWithin(index, index + 1, count + 1)
      lots.copyWithin(index, index + 1, count + 1)
    } else {
      for (let to = index; to < count; to++) {
        keys[to] = keys[to + 1]!
        lots[to] = lots[to + 1]!
      }
    }
    this.count = count
  }

  /** Makes the arrays hold so many levels, doubling them as often as that takes, at once. */
  #fit(levels: number): void {
    let { length } = this.keys
    if (levels <= length) return
    while (length < levels) length *= 2
    const keys = new Float64Array(length)
    const lots = new Float64Array(length)
    keys.set(this.keys)
    lots.set(this.lots)
    this.keys = keys
    this.lots = lots
  }
}

const MAX = Number.MAX_SAFE_INTEGER
const INITIAL_LEVELS = 256
/** Levels looked at one by one from the best before the search goes by halves. */
const NEAR_LEVELS = 16
/** Beyond this many levels to move the built-in copy is faster than a loop, which has no call to pay for. */
const FAR_LEVELS = 256

function isBestFirst(levels: Levels, sign: 1 | -1): boolean {
  for (let at = 2; at < levels.length; at += 2) {
    if (!(levels[at]! * sign < levels[at - 2]! * sign)) return false
  }
  return levels.length % 2 === 0
}

function refusal(ticks: number, lots: number): BookError {
  return new BookError(`level ${ticks} × ${lots}: both must be whole numbers up to ${MAX}, lots not below zero`)
}
