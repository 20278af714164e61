/**
 * One side of a book: levels in two typed arrays, sorted by `key`, best last.
 *
 * Keys grow towards the best level: a bid's key is its price in ticks, an ask's the negative of it, so both sides are the same code. Best last
 * because most updates are near the touch: they are found from the end at once and move few levels. Nothing is allocated but when a side
 * outgrows its arrays, which then double.
 */
export class Ladder {
  count = 0
  keys = new Float64Array(INITIAL_LEVELS)
  lots = new Float64Array(INITIAL_LEVELS)

  /** Sets the quantity at a key; 0 removes the level, and nothing happens when there is none. */
  set(key: number, lots: number): void {
    const index = this.search(key)
    const found = index < this.count && this.keys[index] === key
    if (lots === 0) {
      if (found) this.#remove(index)
    } else if (found) {
      this.lots[index] = lots
    } else {
      this.#insert(index, key, lots)
    }
  }

  /** The index of the first key at or above the given one; `count` when all are below. */
  search(key: number): number {
    const keys = this.keys
    let high = this.count
    const near = Math.max(0, high - NEAR_LEVELS)
    while (high > near) {
      if (keys[high - 1]! < key) return high
      high--
    }
    let low = 0
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }

  #insert(index: number, key: number, lots: number): void {
    if (this.count === this.keys.length) this.#grow()
    if (index < this.count) {
      this.keys.copyWithin(index + 1, index, this.count)
      this.lots.copyWithin(index + 1, index, this.count)
    }
    this.keys[index] = key
    this.lots[index] = lots
    this.count++
  }

  #remove(index: number): void {
    this.keys.copyWithin(index, index + 1, this.count)
    this.lots.copyWithin(index, index + 1, this.count)
    this.count--
  }

  #grow(): void {
    const keys = new Float64Array(this.keys.length * 2)
    const lots = new Float64Array(this.lots.length * 2)
    keys.set(this.keys)
    lots.set(this.lots)
    this.keys = keys
    this.lots = lots
  }
}

const INITIAL_LEVELS = 256
/** Levels looked at one by one from the best before the search goes binary. */
const NEAR_LEVELS = 12
