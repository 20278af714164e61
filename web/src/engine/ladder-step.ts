import type { Frame } from '../painters/canvas.ts'
import { ladderWindow } from '../painters/ladder-window.ts'
import type { Point } from './messages.ts'

/** Labels stand over the first level. */
const LABEL_ROWS = 1

/**
 * Where keys put the pointer on a ladder: the best bid first, then level by level over the spread, and the ladder scrolls where the next
 * level is out of sight. `y` is the middle of the row, device pixels. Undefined where there is no level, or nothing to go up or down by.
 */
export function ladderStep({
  pointer,
  by,
  frame,
  levels,
  scrolled,
}: {
  readonly pointer: Point | undefined
  readonly by: Point
  readonly frame: Frame
  readonly levels: { readonly asks: number; readonly bids: number }
  readonly scrolled: number
}): { readonly y: number; readonly scrolled: number } | undefined {
  if (levels.asks + levels.bids === 0 || (pointer !== undefined && by.y === 0)) return undefined
  const now = ladderWindow(frame, levels, scrolled)
  if (pointer === undefined) {
    const best = now.spread + (levels.bids > 0 ? 1 : -1)
    return { y: middleOf(within(now, levels, best), frame), scrolled: now.scrolled }
  }
  const from = Math.floor(pointer.y / frame.rowHeight) - LABEL_ROWS
  const wanted = from + by.y
  const beyond = Math.min(0, wanted) + Math.max(0, wanted - (now.rows - 1))
  const then = ladderWindow(frame, levels, now.scrolled + beyond)
  const row = wanted - (then.scrolled - now.scrolled)
  // The spread is no level.
  const passed = row === then.spread ? row + Math.sign(by.y) : row
  return { y: middleOf(within(then, levels, passed), frame), scrolled: then.scrolled }
}

/** The row itself, or the nearest one with a level in it. */
function within(
  { rows, spread }: { readonly rows: number; readonly spread: number },
  levels: { readonly asks: number; readonly bids: number },
  row: number,
): number {
  const first = levels.asks > 0 ? spread - levels.asks : spread + 1
  const last = levels.bids > 0 ? spread + levels.bids : spread - 1
  const near = Math.min(last, rows - 1, Math.max(first, 0, row))
  if (near !== spread) return near
  return near < Math.min(last, rows - 1) ? near + 1 : near - 1
}

function middleOf(row: number, { rowHeight }: Frame): number {
  return (LABEL_ROWS + row + 0.5) * rowHeight
}
