import { fromLots, fromTicks, type Instrument } from '@depthcast/market'
import { timeText } from '../painters/tape.ts'
import type { TableContent } from './content.ts'
import { type DecimalFormat, UNKNOWN } from './decimal.ts'
import type { TradeDots } from './heatmap-dots.ts'
import type { Grid } from './heatmap-grid.ts'
import type { HeatRing } from './heatmap-ring.ts'

export const NO_TABLE: TableContent = { seq: 0, columns: ['Side', 'Price', 'Size', 'Time'], rows: [] }

type InSight = {
  readonly start: number
  readonly end: number
  readonly instrument: Instrument
  readonly timeZone: string
}

/** The newest book there is, as a ladder, and the trades in sight, newest first. */
export function heatTable(ring: HeatRing, dots: TradeDots, { start, end, instrument, timeZone }: InSight): string[][] {
  const { tickSize, lotSize } = instrument
  const clock = (column: number): string => timeText(ring.time(column) * 1000, true, timeZone)
  let newest = ring.last
  while (newest >= ring.first && ring.isGap(newest)) newest -= 1
  const rows: string[][] = []
  if (newest >= ring.first)
    for (const [ticks, lots] of ring.levels(newest)) {
      const side = ticks >= ring.ask(newest) ? 'Ask' : 'Bid'
      rows.push([side, fromTicks(ticks, tickSize), fromLots(lots, lotSize), clock(newest)])
    }
  for (let column = Math.min(end, ring.last); column >= Math.max(start, ring.first); column -= 1) {
    const missing = dots.missing(column)
    if (missing !== 0) rows.push(['Trades missing', UNKNOWN, missing < 0 ? UNKNOWN : `${missing}`, clock(column)])
    for (const { ticks, lots, side } of dots.of(column))
      rows.push([SIDES[side], fromTicks(ticks, tickSize), fromLots(lots, lotSize), clock(column)])
  }
  return rows
}

const SIDES = { 1: 'Bought', 0: 'Traded', [-1]: 'Sold' } as const

/** What stands at a price at a time, and what was traded there then. */
export function hitText(
  ring: HeatRing,
  dots: TradeDots,
  at: {
    readonly column: number
    readonly ticks: number
    readonly grid: Grid
    readonly price: DecimalFormat
    readonly size: DecimalFormat
    readonly timeZone: string
  },
): string {
  const { column, ticks, grid, price, size, timeZone } = at
  const time = timeText(ring.time(column) * 1000, true, timeZone)
  if (ring.isGap(column)) return `${price.full(ticks)} · gap · ${time}`
  const lots = ring.lots(column, ticks, grid.step)
  const parts = [price.full(ticks), Number.isNaN(lots) ? UNKNOWN : size.full(lots), time]
  const traded = { 1: 0, 0: 0, [-1]: 0 }
  for (const dot of dots.of(column)) if (Math.abs(dot.ticks - ticks) * 2 <= grid.step) traded[dot.side] += dot.lots
  if (traded[1] > 0) parts.push(`▲ ${size.full(traded[1])}`)
  if (traded[-1] > 0) parts.push(`▼ ${size.full(traded[-1])}`)
  if (traded[0] > 0) parts.push(`· ${size.full(traded[0])}`)
  return parts.join(' · ')
}
