import { BookSide, type Order, type Side } from './book-side.ts'

/** Hears what happens to a book, one order at a time; the book is as it stands right after it. */
export type Witness = {
  rested(order: Order): void
  /** `lots` of the order were taken back, all it had left or a part. */
  cancelled(order: Order, lots: number): void
  filled(order: Order, lots: number, takerId: number): void
}

/**
 * Matches orders by price, then time: the best price first, at one price whoever came first, each at the price of the order that rested. Never
 * crossed. Order ids count from 1.
 */
export class MatchingEngine {
  readonly bids = new BookSide('bid')
  readonly asks = new BookSide('ask')
  readonly #witness: Witness
  readonly #keep: number
  #lastId = 0

  /** So many levels a side (`keep`) no taker gets at: a market that is never to be empty. */
  constructor(witness: Witness, keep = 0) {
    this.#witness = witness
    this.#keep = keep
  }

  side(side: Side): BookSide {
    return side === 'bid' ? this.bids : this.asks
  }

  /**
   * A limit order to buy (`bid`) or sell (`ask`): takes what it crosses, and rests with what is left. Undefined where nothing rests: all of it
   * was filled, or what it crosses may not be taken and the rest of it goes back.
   */
  submit(side: Side, ticks: number, lots: number): Order | undefined {
    const id = ++this.#lastId
    const left = this.#match(id, side, ticks, lots)
    if (left === 0 || this.#crosses(side, ticks)) return undefined
    const order = this.side(side).add(id, ticks, left)
    this.#witness.rested(order)
    return order
  }

  /** Immediate or cancel: takes what rests at this price or better. Gives the lots that were not filled. */
  take(side: Side, ticks: number, lots: number): number {
    return this.#match(++this.#lastId, side, ticks, lots)
  }

  /** Takes back all or a part of a resting order. Throws RangeError where it has not as much left. */
  cancel(order: Order, lots: number = order.lots): void {
    if (lots < 1 || lots > order.lots) {
      throw new RangeError(`cannot cancel ${lots} lots of order ${order.id}, which has ${order.lots}`)
    }
    this.side(order.level.side).reduce(order, lots)
    this.#witness.cancelled(order, lots)
  }

  #match(takerId: number, side: Side, limit: number, lots: number): number {
    const resting = side === 'bid' ? this.asks : this.bids
    let left = lots
    while (left > 0 && resting.levels > this.#keep) {
      const best = resting.best
      if (best === undefined || (side === 'bid' ? best.ticks > limit : best.ticks < limit)) break
      const order = best.first!
      const filled = Math.min(left, order.lots)
      left -= filled
      resting.reduce(order, filled)
      this.#witness.filled(order, filled, takerId)
    }
    return left
  }

  #crosses(side: Side, ticks: number): boolean {
    if (side === 'bid') return ticks >= (this.asks.best?.ticks ?? Number.POSITIVE_INFINITY)
    return ticks <= (this.bids.best?.ticks ?? Number.NEGATIVE_INFINITY)
  }
}
