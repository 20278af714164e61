import type { BookView } from '@depthcast/client'

/** Columns kept, and price rows in each: 8.4 MB when full, taken in blocks as time passes. */
export const HEAT_COLUMNS = 4096
export const HEAT_ROWS = 256

/** One look at a book: levels flat `[ticks, lots, …]`, best first, `grouping` ticks each. */
export type BookSample = Pick<BookView, 'bids' | 'asks'> & {
  readonly grouping: number
}

/**
 * What a book was over time, one column after another, numbered from 0; the oldest make room for the newest.
 *
 * A column holds what was last told of the book before its time ended, in exact lots on `HEAT_ROWS` rows around the mid of its moment. Where
 * nothing was told the book stood still, as long as the stream was whole; where it broke there are columns of nothing, never more than
 * `LONGEST_GAP`, so that a night away does not push out the evening. Times are ms.
 */
export class HeatRing {
  readonly #columns: number
  readonly #rows: number
  readonly #blocks: (Float64Array | undefined)[] = []
  readonly #times: Float64Array
  readonly #bases: Float64Array
  readonly #steps: Float64Array
  readonly #bids: Float64Array
  readonly #asks: Float64Array
  /** Beyond these prices nothing is known: the levels were no more, or the book that the server has, which need not be all of the venue's. */
  readonly #lows: Float64Array
  readonly #highs: Float64Array
  readonly #marks: Uint8Array
  readonly #revisions: Uint32Array
  #last = -1
  /** The newest column that a sample was written to: those after it were opened by trades. */
  #sampled = -1
  #isBroken = false
  #revision = 0

  constructor(columns = HEAT_COLUMNS, rows = HEAT_ROWS) {
    this.#columns = columns
    this.#rows = rows
    const numbers = () => new Float64Array(columns)
    this.#times = numbers()
    this.#bases = numbers()
    this.#steps = numbers()
    this.#bids = numbers()
    this.#asks = numbers()
    this.#lows = numbers()
    this.#highs = numbers()
    this.#marks = new Uint8Array(columns)
    this.#revisions = new Uint32Array(columns)
  }

  /** The newest column; -1 while there is none. */
  get last(): number {
    return this.#last
  }

  /** The oldest column still kept. */
  get first(): number {
    return Math.max(0, this.#last + 1 - this.#columns)
  }

  clear(): void {
    this.#last = -1
    this.#sampled = -1
    this.#isBroken = false
    this.#blocks.length = 0
  }

  /** From now on nobody knows what the book is, until the next sample. */
  breakOff(): void {
    if (this.#last >= 0) this.#isBroken = true
  }

  /** The book as it is known at `time`; what lies between it and the sample before is filled in. */
  sample(time: number, book: BookSample, columnMs: number): void {
    const start = startOf(time, columnMs)
    if (this.#last < 0) this.#push(start, HELD)
    else if (this.#isBroken && start < this.time(this.#last)) this.#push(start, HELD)
    else this.advance(time, columnMs)
    const mark = this.#isBroken ? HELD | BROKEN : HELD
    this.#isBroken = false
    this.#write(this.#last, book, mark)
    // Trades may have opened columns before their book came. Columns of a sample's own are only later than it where a clock went back.
    for (let column = this.#last - 1; column >= this.first && this.time(column) >= start; column -= 1)
      if (column > this.#sampled || this.time(column) === start) this.#write(column, book, mark)
    this.#sampled = this.#last
  }

  /** Time went on: columns up to the one of `time` hold what the book was, or nothing where that is not known. */
  advance(time: number, columnMs: number): void {
    if (this.#last < 0) return
    const start = startOf(time, columnMs)
    const most = this.#isBroken ? LONGEST_GAP : this.#columns - 1
    const next = startOf(this.time(this.#last), columnMs) + columnMs
    for (let at = Math.max(next, start - most * columnMs); at <= start; at += columnMs) {
      if (this.#isBroken) this.#push(at, BROKEN)
      else this.#repeat(at)
    }
  }

  /** The column of a time; undefined where none is kept. Looks from the newest back. */
  columnAt(time: number): number | undefined {
    for (let column = this.#last; column >= this.first; column -= 1) if (this.time(column) <= time) return column
    return undefined
  }

  time(column: number): number {
    return this.#times[column % this.#columns] ?? 0
  }

  /** Ticks a row of a column. */
  step(column: number): number {
    return this.#steps[column % this.#columns] ?? 1
  }

  /** Nothing is known of the book in this column. */
  isGap(column: number): boolean {
    return ((this.#marks[column % this.#columns] ?? 0) & HELD) === 0
  }

  /** The stream broke in this column or just before it. */
  isBroken(column: number): boolean {
    return ((this.#marks[column % this.#columns] ?? 0) & BROKEN) !== 0
  }

  /** The best bid's group, in ticks; NaN where there is none. */
  bid(column: number): number {
    return this.#bids[column % this.#columns] ?? Number.NaN
  }

  ask(column: number): number {
    return this.#asks[column % this.#columns] ?? Number.NaN
  }

  /** In ticks; NaN where nothing is known, or nothing there. */
  mid(column: number): number {
    return this.isGap(column) ? Number.NaN : middle(this.bid(column), this.ask(column))
  }

  /**
   * The lots of the group of `step` ticks at a price, grouped as the server does: bids round down, asks up. NaN where that is not known: in a
   * gap, beyond what was asked for or kept, or where the column's own groups do not make up such ones.
   */
  lots(column: number, ticks: number, step: number): number {
    if (this.isGap(column)) return Number.NaN
    const own = this.step(column)
    if (own === step) return this.#cell(column, ticks)
    if (step % own !== 0) return Number.NaN
    let sum = 0
    for (let at = ticks - step + own; at < ticks + step; at += own) {
      const isIn = (at >= ticks && at <= this.bid(column)) || (at <= ticks && at >= this.ask(column))
      if (isIn) sum += this.#cell(column, at)
    }
    return sum
  }

  /** The levels a column keeps, the highest price first, as `[ticks, lots]`. */
  *levels(column: number): Generator<readonly [ticks: number, lots: number]> {
    if (this.isGap(column)) return
    const slot = column % this.#columns
    const cells = this.#cells(slot)
    for (let row = this.#rows - 1; row >= 0; row -= 1) {
      const lots = cells[row] ?? 0
      if (lots > 0) yield [(this.#bases[slot] ?? 0) + row * this.step(column), lots]
    }
  }

  /** Another number whenever what a column shows may be something else. */
  revision(column: number): number {
    return this.#revisions[column % this.#columns] ?? 0
  }

  /** What is painted on a column and on those `reach` beside it has changed. */
  touch(column: number, reach: number): void {
    for (let at = Math.max(this.first, column - reach); at <= Math.min(this.#last, column + reach); at += 1)
      this.#revise(at % this.#columns)
  }

  #cell(column: number, ticks: number): number {
    const slot = column % this.#columns
    if (ticks < (this.#lows[slot] ?? 0) || ticks > (this.#highs[slot] ?? 0)) return Number.NaN
    const row = (ticks - (this.#bases[slot] ?? 0)) / (this.#steps[slot] ?? 1)
    return this.#cells(slot)[row] ?? Number.NaN
  }

  #push(time: number, mark: number): void {
    const step = this.#last < 0 ? 1 : this.step(this.#last)
    this.#last += 1
    const slot = this.#last % this.#columns
    this.#times[slot] = time
    this.#marks[slot] = mark
    // Of nothing too: the picture's rows go by its newest column.
    this.#steps[slot] = step
    this.#revise(slot)
  }

  /** The book stood still for one more column. */
  #repeat(time: number): void {
    const from = this.#last % this.#columns
    const mark = (this.#marks[from] ?? 0) & HELD
    this.#push(time, mark)
    const slot = this.#last % this.#columns
    for (const numbers of [this.#bases, this.#steps, this.#bids, this.#asks, this.#lows, this.#highs])
      numbers[slot] = numbers[from] ?? 0
    this.#cells(slot).set(this.#cells(from))
  }

  #write(column: number, { bids, asks, grouping }: BookSample, mark: number): void {
    const slot = column % this.#columns
    const [bid = Number.NaN] = bids
    const [ask = Number.NaN] = asks
    const mid = middle(bid, ask)
    const base = Number.isNaN(mid) ? 0 : (Math.round(mid / grouping) - this.#rows / 2) * grouping
    this.#bases[slot] = base
    this.#steps[slot] = grouping
    this.#bids[slot] = bid
    this.#asks[slot] = ask
    this.#lows[slot] = bids.at(-2) ?? Number.NEGATIVE_INFINITY
    this.#highs[slot] = asks.at(-2) ?? Number.POSITIVE_INFINITY
    this.#marks[slot] = mark
    const cells = this.#cells(slot).fill(0)
    for (const levels of [bids, asks])
      for (let at = 0; at < levels.length; at += 2) {
        const row = ((levels[at] ?? 0) - base) / grouping
        if (row >= 0 && row < this.#rows) cells[row] = levels[at + 1] ?? 0
      }
    this.#revise(slot)
  }

  #revise(slot: number): void {
    this.#revision += 1
    this.#revisions[slot] = this.#revision
  }

  #cells(slot: number): Float64Array {
    const at = Math.floor(slot / BLOCK)
    let block = this.#blocks[at]
    if (block === undefined) {
      block = new Float64Array(Math.min(BLOCK, this.#columns - at * BLOCK) * this.#rows)
      this.#blocks[at] = block
    }
    const from = (slot % BLOCK) * this.#rows
    return block.subarray(from, from + this.#rows)
  }
}

/** Columns of nothing that stand for a break, however long it was. */
export const LONGEST_GAP = 32

const HELD = 1
const BROKEN = 2
/** Columns. */
const BLOCK = 256

function startOf(time: number, columnMs: number): number {
  return Math.floor(time / columnMs) * columnMs
}

function middle(bid: number, ask: number): number {
  if (Number.isNaN(bid)) return ask
  return Number.isNaN(ask) ? bid : (bid + ask) / 2
}
