import type { TapeFilter } from './tape-filter.ts'

/** What stands in a row of the tape instead of a trade's side: trades that are missing. */
export const MISSING = 2
export type TapeSide = 1 | -1 | 0 | typeof MISSING

/** Rows the tape keeps; the oldest make room for the newest. */
const TAPE_ROWS = 5000

/**
 * The last trades in flat arrays, newest at index 0, so that a busy tape leaves no garbage behind. A row is a trade, or a note that trades
 * are missing there, with their number in `lots` (-1 when nobody knows).
 */
export class TapeRing {
  readonly #capacity: number
  readonly #ticks: Float64Array
  readonly #lots: Float64Array
  readonly #times: Float64Array
  readonly #sides: Int8Array
  #pushed = 0

  constructor(capacity = TAPE_ROWS) {
    this.#capacity = capacity
    this.#ticks = new Float64Array(capacity)
    this.#lots = new Float64Array(capacity)
    this.#times = new Float64Array(capacity)
    this.#sides = new Int8Array(capacity)
  }

  get size(): number {
    return Math.min(this.#pushed, this.#capacity)
  }

  /** Rows that made room for newer ones. */
  get dropped(): number {
    return Math.max(0, this.#pushed - this.#capacity)
  }

  /** `time` is µs since 1970, 0 unknown. */
  push(ticks: number, lots: number, side: TapeSide, time: number): void {
    const at = this.#pushed % this.#capacity
    this.#ticks[at] = ticks
    this.#lots[at] = lots
    this.#sides[at] = side
    this.#times[at] = time
    this.#pushed += 1
  }

  clear(): void {
    this.#pushed = 0
  }

  ticks(index: number): number {
    return this.#ticks[this.#slot(index)] ?? 0
  }

  lots(index: number): number {
    return this.#lots[this.#slot(index)] ?? 0
  }

  side(index: number): TapeSide {
    return (this.#sides[this.#slot(index)] ?? 0) as TapeSide
  }

  time(index: number): number {
    return this.#times[this.#slot(index)] ?? 0
  }

  /** A row is shown when the filter lets it pass; what is missing always is. */
  isShown(index: number, filter: TapeFilter): boolean {
    return filter.isAll || this.side(index) === MISSING || filter.passes(this.ticks(index), this.lots(index))
  }

  /** How many rows the filter leaves. */
  shown(filter: TapeFilter): number {
    if (filter.isAll) return this.size
    let count = 0
    for (let index = 0; index < this.size; index += 1) if (this.isShown(index, filter)) count += 1
    return count
  }

  /** The index of the row with `skip` shown rows above it, or `size` when there are not so many. */
  indexAfter(skip: number, filter: TapeFilter): number {
    let left = skip
    for (let index = 0; index < this.size; index += 1) {
      if (!this.isShown(index, filter)) continue
      if (left === 0) return index
      left -= 1
    }
    return this.size
  }

  #slot(index: number): number {
    return (this.#pushed - 1 - index) % this.#capacity
  }
}
