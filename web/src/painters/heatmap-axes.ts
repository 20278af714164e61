import type { PaintTheme } from '../engine/messages.ts'
import { zoneLabel, zoneOffsetMs } from '../engine/zone.ts'
import type { Frame, Paint2d, TextWidths } from './canvas.ts'
import { type HeatLayout, type HeatmapScene, heightOf } from './heatmap-layout.ts'
import { timeText } from './tape.ts'

type Style = {
  readonly frame: Frame
  readonly theme: PaintTheme
  readonly layout: HeatLayout
  readonly widths: TextWidths
}

/** Round prices down the right side, and the last trade's on top of them. */
export function paintPrices(ctx: Paint2d, scene: HeatmapScene, style: Style): void {
  const { frame, theme, layout, widths } = style
  const { grid, dots, price } = scene
  ctx.fillStyle = theme.background
  ctx.fillRect(layout.width, 0, frame.width - layout.width, layout.height)
  const right = frame.width - frame.padding
  const write = (ticks: number, y: number, colour: string): void => {
    const text = price.full(ticks)
    ctx.fillStyle = colour
    ctx.fillText(text, right - widths.of(text), Math.round(y + frame.digits / 2))
  }
  const lastY = heightOf(dots.lastTicks, grid, layout)
  for (const ticks of pricesBeside(lastY, scene, style)) {
    const y = heightOf(ticks, grid, layout)
    ctx.fillStyle = theme.line
    ctx.fillRect(layout.width, Math.round(y), Math.round(frame.padding / 2), frame.rule)
    write(ticks, y, theme.textLow)
  }
  if (!isWhole(lastY, style)) return
  ctx.fillStyle = theme.hover
  ctx.fillRect(layout.width, Math.round(lastY - frame.rowHeight / 2), frame.width - layout.width, frame.rowHeight)
  write(dots.lastTicks, lastY, scene.look.dimmed ? theme.textLow : theme.textHigh)
}

/**
 * Round prices with room between them and beside the last trade's, which stands at `lastY`. One price tells no distance: where two do not come
 * of it they stand closer, and at last they are those of the outermost rows, however they are written.
 */
function pricesBeside(lastY: number, { grid }: HeatmapScene, style: Style): readonly number[] {
  const { frame, layout } = style
  const lowest = grid.top - grid.rows * grid.step
  const hasLast = isWhole(lastY, style)
  const isFree = (ticks: number): boolean => {
    const y = heightOf(ticks, grid, layout)
    return isWhole(y, style) && !(hasLast && Math.abs(y - lastY) < frame.rowHeight)
  }
  const least = hasLast ? 1 : 2
  for (const everyRows of PRICE_EVERY_ROWS) {
    const step = roundStep((grid.rows * grid.step * everyRows * frame.rowHeight) / layout.height)
    const from = Math.ceil(lowest / step)
    const round = Array.from({ length: Math.floor(grid.top / step) - from + 1 }, (_, at) => (from + at) * step)
    const free = round.filter(isFree)
    if (free.length >= least) return free
  }
  const edgeRow = (y: number, towards: (row: number) => number): number =>
    grid.top - towards((y * grid.rows) / layout.height - 0.5) * grid.step
  const [high, low] = [
    edgeRow(frame.rowHeight / 2, Math.ceil),
    edgeRow(layout.height - frame.rowHeight / 2, Math.floor),
  ]
  const isApart = heightOf(low, grid, layout) - heightOf(high, grid, layout) >= frame.rowHeight
  return [...(isApart ? [high] : []), low].filter(isFree)
}

/** None of a text at this height is cut. */
function isWhole(y: number, { frame, layout }: Style): boolean {
  return y >= frame.rowHeight / 2 && y <= layout.height - frame.rowHeight / 2
}

/** Round times along the bottom, where their columns begin, and the zone they are told in. */
export function paintTimes(ctx: Paint2d, scene: HeatmapScene, style: Style): void {
  const { frame, theme, layout, widths } = style
  const { ring, end, timeZone, columnMs } = scene
  ctx.fillStyle = theme.background
  ctx.fillRect(0, layout.height, frame.width, frame.height - layout.height)
  const local = (column: number): number => {
    const time = ring.time(column)
    return time + zoneOffsetMs(time, timeZone)
  }
  const baseline = layout.height + frame.baseline
  const everyMs = timeStep((TIME_EVERY_PX * frame.dpr * columnMs) / layout.columnWidth)
  let free = 0
  let before = Number.NaN
  for (let column = Math.max(ring.first, end - layout.columns + 1); column <= end; column += 1) {
    const mark = Math.floor(local(column) / everyMs)
    const isNew = mark !== before
    const isFirst = Number.isNaN(before)
    before = mark
    if (!isNew || isFirst) continue
    const text = timeText(ring.time(column) * 1000, false, timeZone)
    const x = layout.left + (column - (end - layout.columns + 1)) * layout.columnWidth
    const start = Math.round(x - widths.of(text) / 2)
    if (start < free || start + widths.of(text) > layout.width) continue
    ctx.fillStyle = theme.line
    ctx.fillRect(x, layout.height, frame.rule, Math.round(frame.padding / 2))
    ctx.fillStyle = theme.textLow
    ctx.fillText(text, start, baseline)
    free = start + widths.of(text) + frame.padding
  }
  const zone = zoneLabel(ring.time(end), timeZone)
  ctx.fillStyle = theme.textLow
  ctx.fillText(zone, frame.width - frame.padding - widths.of(zone), baseline)
}

/** The least of 1, 2, 5, 10, 20, … that is no less. */
export function roundStep(least: number): number {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, least))))
  return ([1, 2, 5].find((step) => step * power >= least) ?? 10) * power
}

/** Rows of text from one price to the next, the better first. */
const PRICE_EVERY_ROWS = [2.5, 1.5, 1]
/** CSS pixels from one time to the next. */
const TIME_EVERY_PX = 88
const TIME_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]

function timeStep(leastMs: number): number {
  return (TIME_STEPS_S.find((seconds) => seconds * 1000 >= leastMs) ?? 3600) * 1000
}
