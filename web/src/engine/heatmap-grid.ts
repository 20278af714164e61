import { HEAT_ROWS } from './heatmap-ring.ts'

/** The prices in sight: `rows` rows of `step` ticks each, the uppermost at `top`, a multiple of the step. */
export type Grid = { readonly top: number; readonly rows: number; readonly step: number }

/** Levels a side that are asked for: as far as a column keeps them. */
export const HEAT_DEPTH = HEAT_ROWS / 2

/**
 * How many ticks a row has, so that `span` percent to either side of the mid make at most half of the rows a column keeps: the mid may
 * move a good way before what is in sight was not kept. A power of two, so that what was kept finely is exactly a part of what is coarser.
 */
export function stepFor(mid: number, span: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(rowsOf(mid, span, 1) / MOST_ROWS)))
}

/** True while a step still gives a fair number of rows: a mid that wanders does not change it to and fro. */
export function isFitting(step: number, mid: number, span: number): boolean {
  const rows = rowsOf(mid, span, step)
  return rows <= MOST_ROWS * 1.25 && (step === 1 || rows > MOST_ROWS * 0.4)
}

/** The same grid until the mid has drifted a quarter of its height from the middle, then one around the mid. */
export function gridAround(before: Grid | undefined, mid: number, span: number, step: number): Grid {
  if (before !== undefined && before.step === step) {
    const drift = Math.abs((before.top - mid) / step - before.rows / 2)
    if (drift <= before.rows / 4) return before
  }
  const rows = Math.min(HEAT_ROWS, Math.max(FEWEST_ROWS, Math.ceil(rowsOf(mid, span, step))))
  return { top: (Math.round(mid / step) + Math.floor(rows / 2)) * step, rows, step }
}

/** Where a price stands, in rows from the grid's upper edge: a row's own price is in its middle. */
export function rowAt(grid: Grid, ticks: number): number {
  return (grid.top - ticks) / grid.step + 0.5
}

/** The price of a row, in ticks. */
export function ticksOf(grid: Grid, row: number): number {
  return grid.top - row * grid.step
}

const MOST_ROWS = HEAT_ROWS / 2
const FEWEST_ROWS = 8

function rowsOf(mid: number, span: number, step: number): number {
  return (2 * Math.abs(mid) * span) / 100 / step
}
