import type { Order } from './book-side.ts'

/** When resting orders are to be taken back, soonest first; of one time, the older order first. A binary heap. */
export class Expiries {
  readonly #times: number[] = []
  readonly #orders: Order[] = []

  /** µs; Infinity when nothing is to expire. */
  get nextAt(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  push(at: number, order: Order): void {
    let hole = this.#times.length
    this.#times.push(at)
    this.#orders.push(order)
    while (hole > 0) {
      const parent = (hole - 1) >>> 1
      if (!this.#isSooner(at, order, parent)) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#times[hole] = at
    this.#orders[hole] = order
  }

  /** Takes out what `nextAt` speaks of. */
  pop(): Order | undefined {
    const soonest = this.#orders[0]
    const at = this.#times.pop()
    const order = this.#orders.pop()
    const size = this.#times.length
    if (at === undefined || order === undefined || size === 0) return soonest
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= size) break
      if (child + 1 < size && this.#isSooner(this.#times[child + 1]!, this.#orders[child + 1]!, child)) child++
      if (this.#isSooner(at, order, child)) break
      this.#move(child, hole)
      hole = child
    }
    this.#times[hole] = at
    this.#orders[hole] = order
    return soonest
  }

  #isSooner(at: number, order: Order, place: number): boolean {
    const other = this.#times[place]!
    return at < other || (at === other && order.id < this.#orders[place]!.id)
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from]!
    this.#orders[to] = this.#orders[from]!
  }
}
