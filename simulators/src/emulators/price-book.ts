/** One side of a book by price, best first, as totals of the exchange's order events. */
export class BookHalf {
  readonly #sign: 1 | -1
  /** Ticks, negated on the bid side, so that both are ascending. */
  readonly #keys: number[] = []
  readonly #lots: number[] = []

  constructor(side: 'bid' | 'ask', levels: readonly number[] = []) {
    this.#sign = side === 'bid' ? -1 : 1
    for (let at = 0; at < levels.length; at += 2) this.set(levels[at]!, levels[at + 1]!)
  }

  get length(): number {
    return this.#keys.length
  }

  /** Takes a level's new total over; 0 removes it. Gives the place where the level is or was, counted from the best, or -1 where nothing was removed. */
  set(ticks: number, lots: number): { readonly at: number; readonly isNew: boolean } {
    const key = this.#sign * ticks
    const at = this.#place(key)
    const exists = this.#keys[at] === key
    if (lots === 0) {
      if (!exists) return { at: -1, isNew: false }
      this.#keys.splice(at, 1)
      this.#lots.splice(at, 1)
    } else if (exists) this.#lots[at] = lots
    else {
      this.#keys.splice(at, 0, key)
      this.#lots.splice(at, 0, lots)
    }
    return { at, isNew: lots > 0 && !exists }
  }

  /** The level at this place; undefined beyond the last. */
  level(at: number): { readonly ticks: number; readonly lots: number } | undefined {
    const key = this.#keys[at]
    return key === undefined ? undefined : { ticks: this.#sign * key, lots: this.#lots[at]! }
  }

  /** `[ticks, lots, …]`, best first. */
  levels(depth = this.#keys.length): number[] {
    const out: number[] = []
    for (let at = 0; at < Math.min(depth, this.#keys.length); at++) {
      out.push(this.#sign * this.#keys[at]!, this.#lots[at]!)
    }
    return out
  }

  #place(key: number): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#keys[middle]! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
