import type { TradeDots } from './heatmap-dots.ts'
import { type Grid, ticksOf } from './heatmap-grid.ts'
import type { HeatRing } from './heatmap-ring.ts'

/** The sizes that have the full colour, and the full dot, among those in sight. */
export class HeatScales {
  readonly #book = new SteadyScale()
  readonly #trade = new SteadyScale()
  /** What was in sight when they were last measured, as a text. */
  #measured = ''

  get book(): number {
    return this.#book.value
  }

  get trade(): number {
    return this.#trade.value
  }

  /** Something else is shown. */
  forget(): void {
    this.#measured = ''
  }

  /** Looks at the sizes in sight again: now and then as time goes on, and at once when other prices or times came in sight. */
  measure(
    ring: HeatRing,
    dots: TradeDots,
    grid: Grid,
    { start, end }: { readonly start: number; readonly end: number },
  ): void {
    const key = `${grid.top} ${grid.step} ${grid.rows} ${Math.floor(end / EVERY_COLUMNS)} ${end - start}`
    if (key === this.#measured && ring.last >= EVERY_COLUMNS) return
    this.#measured = key
    const from = Math.max(ring.first, start)
    const to = Math.min(ring.last, end)
    this.#book.measure((see) => {
      for (let column = from; column <= to; column += 1)
        for (let row = 0; row < grid.rows; row += 1) see(ring.lots(column, ticksOf(grid, row), grid.step))
    })
    this.#trade.measure((see) => {
      for (let column = from; column <= to; column += 1) for (const { lots } of dots.of(column)) see(lots)
    })
  }
}

/**
 * The size that has the full colour: half as much again as nearly all in sight are below, so that a single giant does not blacken the rest, and
 * still stands out among equals.
 *
 * It holds still while the truth stays near it; a scale that followed each column would make the whole picture flicker.
 */
export class SteadyScale {
  readonly #counts = new Uint32Array(BUCKETS)
  #total = 0
  #value = 1

  get value(): number {
    return this.#value
  }

  /** Looks again: `feed` gives each size there is, in lots. Returns whether the scale is another now. */
  measure(feed: (see: (lots: number) => void) => void): boolean {
    this.#counts.fill(0)
    this.#total = 0
    feed((lots) => {
      if (!(lots > 0)) return
      const bucket = Math.min(BUCKETS - 1, Math.floor(Math.log2(lots) * AN_OCTAVE))
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
      this.#total += 1
    })
    const next = this.#quantile()
    if (next === undefined) return false
    const change = next / this.#value
    if (change < STEADY && change > 1 / STEADY) return false
    this.#value = next
    return true
  }

  #quantile(): number | undefined {
    if (this.#total === 0) return undefined
    let left = Math.ceil(this.#total * NEARLY_ALL)
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.#counts[bucket] ?? 0
      if (left <= 0) return 1.5 * 2 ** ((bucket + 1) / AN_OCTAVE)
    }
    return undefined
  }
}

/** Columns from one look to the next. */
const EVERY_COLUMNS = 16
const NEARLY_ALL = 0.97
const STEADY = 1.3
/** Sizes are counted by their magnitude, from 1 to 2^53 lots. */
const AN_OCTAVE = 8
const BUCKETS = 53 * AN_OCTAVE
