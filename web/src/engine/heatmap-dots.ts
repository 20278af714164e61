/** Dots kept, 0.7 MB; what is older than the oldest of them has none any more. */
const DOTS = 32_768

export type Dot = { readonly ticks: number; readonly lots: number; readonly side: 1 | -1 | 0; readonly trades: number }

/** Trades by the column they fell into: those of one price and side in one column are one dot. */
export class TradeDots {
  readonly #capacity: number
  readonly #columns: Float64Array
  readonly #ticks: Float64Array
  readonly #lots: Float64Array
  readonly #sides: Int8Array
  readonly #trades: Uint32Array
  /** The dot added to the same column before, counted from 1 over all there ever were; 0 none. */
  readonly #before: Float64Array
  /** The newest dot of a column, by the column's slot. */
  readonly #newest: Float64Array
  readonly #missing = new Map<number, number>()
  #count = 0
  #lastTicks = Number.NaN

  /** `columns` as many as the ring beside it keeps. */
  constructor(columns: number, capacity = DOTS) {
    this.#capacity = capacity
    const numbers = () => new Float64Array(capacity)
    this.#columns = numbers()
    this.#ticks = numbers()
    this.#lots = numbers()
    this.#before = numbers()
    this.#sides = new Int8Array(capacity)
    this.#trades = new Uint32Array(capacity)
    this.#newest = new Float64Array(columns)
  }

  /** The price of the trade added last; NaN before any. */
  get lastTicks(): number {
    return this.#lastTicks
  }

  clear(): void {
    this.#count = 0
    this.#newest.fill(0)
    this.#missing.clear()
    this.#lastTicks = Number.NaN
  }

  add(column: number, ticks: number, lots: number, side: 1 | -1 | 0): void {
    this.#lastTicks = ticks
    for (let dot = this.#newestOf(column); dot > 0; dot = this.#beforeOf(dot, column)) {
      const at = dot % this.#capacity
      if (this.#ticks[at] !== ticks || this.#sides[at] !== side) continue
      this.#lots[at] = (this.#lots[at] ?? 0) + lots
      this.#trades[at] = (this.#trades[at] ?? 0) + 1
      return
    }
    const before = this.#newestOf(column)
    this.#count += 1
    const at = this.#count % this.#capacity
    this.#columns[at] = column
    this.#ticks[at] = ticks
    this.#lots[at] = lots
    this.#sides[at] = side
    this.#trades[at] = 1
    this.#before[at] = before
    this.#newest[column % this.#newest.length] = this.#count
  }

  /** `count` trades that fell into a column are gone; -1 nobody knows how many. */
  miss(column: number, count: number): void {
    const before = this.#missing.get(column) ?? 0
    this.#missing.set(column, count < 0 || before < 0 ? -1 : before + count)
    // A map that only grew would be a leak; the oldest entries are of columns long gone.
    if (this.#missing.size > MISSES) for (const oldest of this.#missing.keys()) return void this.#missing.delete(oldest)
  }

  missing(column: number): number {
    return this.#missing.get(column) ?? 0
  }

  /** The dots of a column, newest first. */
  *of(column: number): Generator<Dot> {
    for (let dot = this.#newestOf(column); dot > 0; dot = this.#beforeOf(dot, column)) {
      const at = dot % this.#capacity
      yield {
        ticks: this.#ticks[at] ?? 0,
        lots: this.#lots[at] ?? 0,
        side: (this.#sides[at] ?? 0) as Dot['side'],
        trades: this.#trades[at] ?? 0,
      }
    }
  }

  #newestOf(column: number): number {
    return this.#ifKept(this.#newest[column % this.#newest.length] ?? 0, column)
  }

  #beforeOf(dot: number, column: number): number {
    return this.#ifKept(this.#before[dot % this.#capacity] ?? 0, column)
  }

  /** A dot may have made room for a newer one, and a column's slot may still name one of the column before. */
  #ifKept(dot: number, column: number): number {
    const isKept = dot > 0 && dot > this.#count - this.#capacity
    return isKept && this.#columns[dot % this.#capacity] === column ? dot : 0
  }
}

/** Columns remembered for what is missing there. */
const MISSES = 256
