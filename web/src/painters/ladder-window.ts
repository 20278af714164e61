import type { Frame } from './canvas.ts'

/** Which part of a book stands between a ladder's labels and its balance. */
export type LadderWindow = {
  /** Rows there are. */
  readonly rows: number
  /** The row of the spread, counted from the first; outside of the rows when it is scrolled away. */
  readonly spread: number
  /** Rows the spread was moved up from the middle; what was asked for, as far as there are levels. */
  readonly scrolled: number
  /** Levels, from the best, that reach to the first and to the last row. */
  readonly asks: number
  readonly bids: number
  /** Levels above the first and below the last row. */
  readonly above: number
  readonly below: number
}

/**
 * Lays a book of so many levels a side out with the spread in the middle, moved up by `scrolled` rows (down where negative) as far as there is
 * anything to see.
 */
export function ladderWindow(
  frame: Frame,
  levels: { readonly asks: number; readonly bids: number },
  scrolled: number,
): LadderWindow {
  const rows = Math.max(0, Math.floor(frame.height / frame.rowHeight) - FIXED_ROWS)
  const middle = Math.floor((rows - 1) / 2)
  const least = Math.min(0, middle - levels.asks)
  const most = Math.max(0, levels.bids - (rows - 1 - middle))
  const moved = Math.min(most, Math.max(least, scrolled))
  const spread = middle - moved
  const asks = Math.max(0, spread)
  const bids = Math.max(0, rows - 1 - spread)
  // The spread itself is no level: scrolled away it is among the rows that are out of sight.
  const above = spread >= 0 ? levels.asks - spread : levels.asks - spread - 1
  const below = spread < rows ? levels.bids - bids : levels.bids + (spread - rows)
  return { rows, spread, scrolled: moved, asks, bids, above: Math.max(0, above), below: Math.max(0, below) }
}

/** Labels and balance. */
const FIXED_ROWS = 2
