import type { DepthCurve } from '../engine/depth-curve.ts'
import { niceFrom } from '../engine/depth-view.ts'
import type { Frame } from './canvas.ts'

/** Where the areas stand, device pixels: under the row of the middle and over the row of the prices. */
export type DepthPlot = {
  readonly width: number
  readonly top: number
  readonly bottom: number
  /** Lots from one line across to the next, and on the uppermost. */
  readonly lotsALine: number
  readonly most: number
  readonly yOf: (lots: number) => number
}

/** Rows from one line across to the next, at least. */
const ROWS_A_LINE = 3

export function depthPlot(frame: Frame, { bids, asks }: DepthCurve): DepthPlot {
  const greatest = Math.max(bids.steps.at(-1)?.total ?? 0, asks.steps.at(-1)?.total ?? 0, 1)
  const top = frame.rowHeight
  const bottom = Math.max(top + 1, frame.height - frame.rowHeight)
  const lines = Math.max(1, Math.floor((bottom - top) / (ROWS_A_LINE * frame.rowHeight)))
  const lotsALine = niceFrom(greatest / lines)
  const most = Math.ceil(greatest / lotsALine) * lotsALine
  const yOf = (lots: number): number => Math.round(bottom - ((bottom - top) * lots) / most)
  return { width: frame.width, top, bottom, lotsALine, most, yOf }
}

/** Where a price stands: the lowest at the left edge, the highest at the right. With fractions, so that `ticksAt` gives the very price. */
export function xOf(ticks: number, { lowest, highest }: DepthCurve, { width }: Pick<DepthPlot, 'width'>): number {
  return highest === lowest ? width / 2 : ((ticks - lowest) / (highest - lowest)) * width
}

/** The price nearest to a place. */
export function ticksAt(x: number, { lowest, highest }: DepthCurve, { width }: Pick<DepthPlot, 'width'>): number {
  const share = Math.min(1, Math.max(0, x / width))
  return Math.round(lowest + share * (highest - lowest))
}
