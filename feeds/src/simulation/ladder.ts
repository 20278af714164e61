/** A resting order taken, wholly or in part. */
export type Fill = { readonly ticks: number; readonly lots: number }

/** What rests at one price: orders in the order they came, and their sum. */
export type PriceLevel = { readonly ticks: number; readonly orders: number[]; lots: number }

/**
 * One side of a simulated book: every resting order by price, then time. Levels lie best last, so what happens near the touch moves little.
 *
 * Prices are ticks and sizes lots, both positive integers.
 */
export class Ladder {
  readonly #levels: PriceLevel[] = []
  /** Ranks prices so that a greater rank is a better price: 1 for bids, -1 for asks. */
  readonly #sign: 1 | -1
  #orders = 0

  constructor(side: 'bid' | 'ask') {
    this.#sign = side === 'bid' ? 1 : -1
  }

  get levels(): number {
    return this.#levels.length
  }

  get orders(): number {
    return this.#orders
  }

  best(): PriceLevel | undefined {
    return this.#levels.at(-1)
  }

  worst(): PriceLevel | undefined {
    return this.#levels[0]
  }

  lotsAt(ticks: number): number {
    const level = this.#levels[this.#position(ticks)]
    return level?.ticks === ticks ? level.lots : 0
  }

  add(ticks: number, lots: number): void {
    const position = this.#position(ticks)
    const level = this.#levels[position]
    if (level?.ticks === ticks) {
      level.orders.push(lots)
      level.lots += lots
    } else {
      this.#levels.splice(position, 0, { ticks, orders: [lots], lots })
    }
    this.#orders += 1
  }

  /** How many orders rest at prices from `low` to `high`, both inclusive. */
  ordersBetween(low: number, high: number): number {
    let count = 0
    for (const level of this.#between(low, high)) count += level.orders.length
    return count
  }

  /** Takes out the nth order (from 0) between the two prices and gives its price; undefined when there is none. */
  cancelBetween(low: number, high: number, nth: number): number | undefined {
    let left = nth
    for (const level of this.#between(low, high)) {
      if (left < level.orders.length) {
        this.#cancel(level, left)
        return level.ticks
      }
      left -= level.orders.length
    }
    return undefined
  }

  /** Takes out every order at a price. */
  cancelLevel(ticks: number): void {
    const position = this.#position(ticks)
    const level = this.#levels[position]
    if (level?.ticks !== ticks) return
    this.#orders -= level.orders.length
    this.#levels.splice(position, 1)
  }

  /** Fills a taker: best price first, first come first served, up to `lots`, at no worse price than `limit`, leaving `keep` levels. */
  take(lots: number, limit: number, keep: number): Fill[] {
    const fills: Fill[] = []
    let wanted = lots
    while (wanted > 0 && this.#levels.length > keep) {
      const level = this.#levels.at(-1)
      const order = level?.orders[0]
      if (level === undefined || order === undefined || (level.ticks - limit) * this.#sign < 0) break
      const filled = Math.min(wanted, order)
      fills.push({ ticks: level.ticks, lots: filled })
      wanted -= filled
      if (filled === order) this.#cancel(level, 0)
      else {
        level.orders[0] = order - filled
        level.lots -= filled
      }
    }
    return fills
  }

  /** Flat pairs, best first. */
  flat(): number[] {
    const pairs: number[] = []
    for (let i = this.#levels.length - 1; i >= 0; i -= 1) {
      const level = this.#levels[i]
      if (level !== undefined) pairs.push(level.ticks, level.lots)
    }
    return pairs
  }

  *#between(low: number, high: number): Generator<PriceLevel> {
    const from = this.#position(this.#sign === 1 ? low : high)
    for (let i = from; i < this.#levels.length; i += 1) {
      const level = this.#levels[i]
      if (level === undefined || level.ticks < low || level.ticks > high) return
      yield level
    }
  }

  #cancel(level: PriceLevel, index: number): void {
    const [lots] = level.orders.splice(index, 1)
    level.lots -= lots ?? 0
    this.#orders -= 1
    if (level.orders.length === 0) this.#levels.splice(this.#position(level.ticks), 1)
  }

  /** Where a price stands, or would stand. */
  #position(ticks: number): number {
    let low = 0
    let high = this.#levels.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const level = this.#levels[middle]
      if (level !== undefined && (level.ticks - ticks) * this.#sign < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
