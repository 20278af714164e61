import { reachOf } from './depth-curve.ts'

/** Levels a side that are asked for: as many steps as a panel has room to show apart. */
export const DEPTH_LEVELS = 300
/** Of the levels there are, so many should reach to the end of the span: the rest is for a middle that moves. */
const FILLED = 0.85
/** With fewer than this share of them in the span the steps are coarser than they need to be. */
const COARSE = 0.25

/**
 * How many ticks a level must have for the levels that are given to reach the end of a span: 1, 2 or 5 times a power of ten. What is asked for
 * already stays for as long as it does, since every change costs a snapshot.
 */
export function depthGrouping({
  middle2,
  spanPercent,
  levels,
  asked,
}: {
  readonly middle2: number
  readonly spanPercent: number
  /** A side, as granted. */
  readonly levels: number
  readonly asked: number | undefined
}): number {
  const reach = reachOf(middle2, spanPercent)
  const isFine = (grouping: number): boolean => grouping === 1 || reach / grouping >= levels * COARSE
  if (asked !== undefined && reach / asked <= levels && isFine(asked)) return asked
  return niceFrom(reach / (levels * FILLED))
}

/** The least of 1, 2, 5, 10, 20, 50, … that is not below a value. */
export function niceFrom(value: number): number {
  if (value <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5].find((digit) => digit * power >= value) ?? 10) * power
}
