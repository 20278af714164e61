import type { HeatRing } from './heatmap-ring.ts'

/** Which columns are in sight: the newest until it is scrolled, then always the same ones, for as long as they are kept. */
export class HeatWindow {
  readonly #ring: HeatRing
  #columns = 1
  /** The column at the right edge; undefined follows the newest. */
  #end: number | undefined
  /** The part of a column the wheel has not made up yet. */
  #rest = 0
  /** The newest column anybody could have seen. */
  #seen = -1

  constructor(ring: HeatRing) {
    this.#ring = ring
  }

  get end(): number {
    return this.#end ?? this.#ring.last
  }

  get start(): number {
    return this.end - this.#columns + 1
  }

  /** Columns that came since it was scrolled away. */
  get unseen(): number {
    return this.#end === undefined ? 0 : this.#ring.last - this.#seen
  }

  /** So many columns fit. */
  fit(columns: number): void {
    this.#columns = columns
    if (this.#end !== undefined) this.#end = Math.min(this.#ring.last, Math.max(this.#end, this.#earliest))
  }

  /** Moves so many columns into the past. Returns whether it moved. */
  scroll(columns: number): boolean {
    this.#rest += columns
    const whole = Math.trunc(this.#rest)
    this.#rest -= whole
    const { last } = this.#ring
    const before = this.end
    const end = Math.max(before - whole, Math.min(before, this.#earliest))
    if (end >= last) {
      this.resume()
      return before !== last
    }
    if (this.#end === undefined) this.#seen = last
    this.#end = end
    this.#seen = Math.max(this.#seen, end)
    return end !== before
  }

  resume(): void {
    this.#end = undefined
    this.#rest = 0
  }

  /** The mid of the newest book in sight, in ticks; NaN where there is none. */
  mid(): number {
    for (let column = this.end; column >= Math.max(this.#ring.first, this.start); column -= 1) {
      const mid = this.#ring.mid(column)
      if (!Number.isNaN(mid)) return mid
    }
    return Number.NaN
  }

  /** With it at the right edge the oldest column kept is at the left one. */
  get #earliest(): number {
    return Math.min(this.#ring.last, this.#ring.first + this.#columns - 1)
  }
}
