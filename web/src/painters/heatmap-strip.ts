import type { Dot, TradeDots } from '../engine/heatmap-dots.ts'
import { type Grid, rowAt, ticksOf } from '../engine/heatmap-grid.ts'
import type { HeatRing } from '../engine/heatmap-ring.ts'
import { blended, type HeatColours, shadeOf } from './heatmap-colours.ts'

/** Pixels of one or more columns side by side, 32 bits each. */
export type Strip = { readonly pixels: Uint32Array; readonly width: number; readonly height: number }

/** What the columns show, all in device pixels. */
export type HeatPicture = {
  readonly ring: HeatRing
  readonly dots: TradeDots
  readonly grid: Grid
  readonly columnWidth: number
  /** The sizes in lots that have the full colour, and the full dot. */
  readonly bookScale: number
  readonly tradeScale: number
  readonly colours: HeatColours
  readonly rule: number
  readonly edge: number
  readonly largestDot: number
}

/** A dot may cover this many columns to either side of its own. */
export const DOT_REACH = 4

/**
 * Draws one column into a strip, `left` pixels from its edge: sizes as colours, the best bid's and ask's edges, trades as dots with those of
 * the columns beside it that reach into it. Hatched is what nobody knows; a warning tops a column in which the stream broke.
 *
 * The same pixels come out wherever and whenever a column is drawn, so it can be drawn alone, and only when it changed.
 */
export function drawColumn(strip: Strip, left: number, column: number, picture: HeatPicture): void {
  const { ring, grid, colours } = picture
  if (column < ring.first || column > ring.last) {
    fill(strip, left, picture.columnWidth, { from: 0, to: strip.height }, colours.background)
    return
  }
  for (let row = 0; row < grid.rows; row += 1) {
    const band = bandOf(row, grid, strip)
    const lots = ring.lots(column, ticksOf(grid, row), grid.step)
    if (Number.isNaN(lots)) hatch(strip, left, band, column, picture)
    else fill(strip, left, picture.columnWidth, band, shadeOf(lots, picture.bookScale, colours.ramp))
  }
  if (!ring.isGap(column)) drawBest(strip, left, column, picture)
  if (ring.isBroken(column)) fill(strip, left, picture.columnWidth, { from: 0, to: picture.edge }, colours.warn)
  if (picture.dots.missing(column) !== 0) {
    const from = strip.height - picture.edge
    fill(strip, left, picture.columnWidth, { from, to: strip.height }, colours.warn)
  }
  for (let at = column - DOT_REACH; at <= column + DOT_REACH; at += 1) {
    if (at < ring.first || at > ring.last) continue
    const centre = (at - column + 0.5) * picture.columnWidth
    for (const dot of picture.dots.of(at)) drawDot(strip, left, centre, dot, picture)
  }
}

/** The radius of a trade's dot: its area goes by its size. */
function radiusOf(lots: number, { tradeScale, largestDot, rule }: HeatPicture): number {
  return Math.max(1.5 * rule, largestDot * Math.sqrt(Math.min(1, lots / tradeScale)))
}

/** The pixels of a row, from the top; neither overlaps nor leaves a pixel out. */
export function bandOf(row: number, { rows }: Grid, { height }: Pick<Strip, 'height'>): Band {
  return { from: Math.round((row * height) / rows), to: Math.round(((row + 1) * height) / rows) }
}

type Band = { readonly from: number; readonly to: number }

function fill({ pixels, width, height }: Strip, left: number, columnWidth: number, { from, to }: Band, colour: number) {
  for (let y = Math.max(0, from); y < Math.min(height, to); y += 1)
    pixels.fill(colour, y * width + left, y * width + left + columnWidth)
}

/** Slanted lines that go on from column to column. */
function hatch(strip: Strip, left: number, { from, to }: Band, column: number, picture: HeatPicture): void {
  const { columnWidth, colours, rule } = picture
  const period = 6 * rule
  for (let y = from; y < to; y += 1)
    for (let x = 0; x < columnWidth; x += 1) {
      const isLine = (column * columnWidth + x + y) % period < rule
      strip.pixels[y * strip.width + left + x] = isLine ? colours.line : colours.background
    }
}

/** The best bid's upper edge and the best ask's lower one: what lies between them is the spread. */
function drawBest(strip: Strip, left: number, column: number, picture: HeatPicture): void {
  const { ring, grid, colours, columnWidth, rule } = picture
  const bid = Math.floor(ring.bid(column) / grid.step) * grid.step
  const ask = Math.ceil(ring.ask(column) / grid.step) * grid.step
  const edge = (ticks: number): number => Math.round((rowAt(grid, ticks) * strip.height) / grid.rows)
  const bidTop = edge(bid + grid.step / 2)
  const askBottom = edge(ask - grid.step / 2)
  if (!Number.isNaN(bidTop)) fill(strip, left, columnWidth, { from: bidTop, to: bidTop + rule }, colours.up)
  if (!Number.isNaN(askBottom)) fill(strip, left, columnWidth, { from: askBottom - rule, to: askBottom }, colours.down)
}

/** Bought at the ask is a ring, sold at the bid is full: the colour is not alone. A rim of the background parts it from the heat. */
function drawDot(strip: Strip, left: number, centre: number, dot: Dot, picture: HeatPicture): void {
  const { grid, colours, columnWidth, rule } = picture
  const middle = (rowAt(grid, dot.ticks) * strip.height) / grid.rows
  const radius = radiusOf(dot.lots, picture)
  const hole = dot.side === 1 ? radius - 2 * rule : 0
  const colour = dot.side === 1 ? colours.up : dot.side === -1 ? colours.down : colours.text
  const reach = radius + rule
  const from = Math.max(0, Math.floor(middle - reach))
  const to = Math.min(strip.height, Math.ceil(middle + reach))
  for (let y = from; y < to; y += 1)
    for (let x = 0; x < columnWidth; x += 1) {
      const distance = Math.hypot(x + 0.5 - centre, y + 0.5 - middle)
      if (distance > reach + 0.5) continue
      const at = y * strip.width + left + x
      const rimmed = blended(strip.pixels[at] ?? 0, colours.background, reach + 0.5 - distance)
      const inside = Math.min(1, radius + 0.5 - distance)
      const share = hole <= 0 ? inside : Math.min(inside, distance - hole + 0.5)
      strip.pixels[at] = blended(rimmed, colour, share)
    }
}
