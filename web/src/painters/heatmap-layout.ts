import type { DecimalFormat } from '../engine/decimal.ts'
import type { TradeDots } from '../engine/heatmap-dots.ts'
import { type Grid, rowAt } from '../engine/heatmap-grid.ts'
import { HEAT_COLUMNS, type HeatRing } from '../engine/heatmap-ring.ts'
import type { Point } from '../engine/messages.ts'
import type { Frame, Look } from './canvas.ts'

export type HeatmapScene = {
  readonly ring: HeatRing
  readonly dots: TradeDots
  readonly grid: Grid
  /** The column at the right edge. */
  readonly end: number
  readonly columnMs: number
  readonly bookScale: number
  readonly tradeScale: number
  readonly price: DecimalFormat
  readonly timeZone: string
  readonly look: Look
  readonly sentence: string | undefined
  /** Device pixels from the top left. */
  readonly pointer: Point | undefined
  /** Something that is wrong with a part of it, e.g. that there are no trades. */
  readonly note: string | undefined
}

/** Where things are, device pixels: the plot in the upper left corner, prices right of it, times below. */
export type HeatLayout = {
  readonly width: number
  readonly height: number
  readonly columnWidth: number
  /** Whole columns that fit; what is left over is at the left. */
  readonly columns: number
  readonly left: number
}

/** `widest` is the width of the widest price. */
export function heatLayout(frame: Frame, widest: number): HeatLayout {
  const columnWidth = Math.max(1, Math.round(2 * frame.dpr))
  const width = Math.max(columnWidth, frame.width - Math.ceil(widest) - frame.padding)
  const height = Math.max(1, frame.height - frame.rowHeight)
  const columns = Math.min(HEAT_COLUMNS, Math.floor(width / columnWidth))
  return { width, height, columnWidth, columns, left: width - columns * columnWidth }
}

/** Where a price stands on the plot, device pixels from the top. */
export function heightOf(ticks: number, grid: Grid, { height }: Pick<HeatLayout, 'height'>): number {
  return (rowAt(grid, ticks) * height) / grid.rows
}
