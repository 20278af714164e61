export type Side = 'bid' | 'ask'

/** An order that rests, or did: `lots` is what is left of it, 0 once it is taken or cancelled. Only its book changes it. */
export type Order = {
  readonly id: number
  readonly level: Level
  lots: number
  before: Order | undefined
  after: Order | undefined
}

/** What rests at one price: orders in the order they came, and their sum. Only its book changes it. */
export type Level = {
  readonly side: Side
  readonly ticks: number
  lots: number
  first: Order | undefined
  last: Order | undefined
}

/**
 * One side of an order book: every resting order by price, then time. Levels lie best last, so what happens near the touch moves little.
 *
 * Prices are ticks and sizes lots, both positive integers.
 */
export class BookSide {
  readonly #side: Side
  /** Ranks prices so that a greater rank is a better price: 1 for bids, -1 for asks. */
  readonly #sign: 1 | -1
  readonly #levels: Level[] = []

  constructor(side: Side) {
    this.#side = side
    this.#sign = side === 'bid' ? 1 : -1
  }

  get levels(): number {
    return this.#levels.length
  }

  get best(): Level | undefined {
    return this.#levels[this.#levels.length - 1]
  }

  /** The nth best level, from 0. */
  level(rank: number): Level | undefined {
    return this.#levels[this.#levels.length - 1 - rank]
  }

  /** An order behind all others at its price. */
  add(id: number, ticks: number, lots: number): Order {
    const level = this.#levelAt(ticks)
    const order: Order = { id, level, lots, before: level.last, after: undefined }
    if (level.last === undefined) level.first = order
    else level.last.after = order
    level.last = order
    level.lots += lots
    return order
  }

  /** Takes so many lots off a resting order, which leaves with its last one; the level leaves with its last order. */
  reduce(order: Order, lots: number): void {
    const { level, before, after } = order
    order.lots -= lots
    level.lots -= lots
    if (order.lots > 0) return
    if (before === undefined) level.first = after
    else before.after = after
    if (after === undefined) level.last = before
    else after.before = before
    order.before = undefined
    order.after = undefined
    if (level.first === undefined) this.#remove(level)
  }

  /** Flat pairs `[ticks, lots, …]`, best first, of at most so many levels. */
  flat(depth: number): number[] {
    const pairs: number[] = []
    const end = Math.max(0, this.#levels.length - depth)
    for (let at = this.#levels.length - 1; at >= end; at--) {
      const level = this.#levels[at]!
      pairs.push(level.ticks, level.lots)
    }
    return pairs
  }

  #levelAt(ticks: number): Level {
    const position = this.#position(ticks)
    const found = this.#levels[position]
    if (found?.ticks === ticks) return found
    const level: Level = { side: this.#side, ticks, lots: 0, first: undefined, last: undefined }
    this.#levels.splice(position, 0, level)
    return level
  }

  #remove(level: Level): void {
    if (this.best === level) this.#levels.pop()
    else this.#levels.splice(this.#position(level.ticks), 1)
  }

  /** Where a price stands, or would stand. */
  #position(ticks: number): number {
    let low = 0
    let high = this.#levels.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#levels[middle]!.ticks - ticks) * this.#sign < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
