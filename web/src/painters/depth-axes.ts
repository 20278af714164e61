import { trailingZerosAt } from '../engine/decimal.ts'
import type { DepthCurve } from '../engine/depth-curve.ts'
import type { Paint2d } from './canvas.ts'
import type { DepthAt, DepthScene } from './depth.ts'
import { xOf } from './depth-plot.ts'

/** Lines across and at the middle: the areas stand before them. */
export function paintLines(ctx: Paint2d, curve: DepthCurve, { frame, theme, plot }: DepthAt): void {
  ctx.fillStyle = theme.line
  for (let lots = 0; lots <= plot.most; lots += plot.lotsALine) ctx.fillRect(0, plot.yOf(lots), plot.width, frame.rule)
  const middle = Math.round(xOf(curve.middle2 / 2, curve, plot))
  ctx.fillRect(middle, plot.top, frame.rule, plot.bottom - plot.top)
}

/** The sums at the lines, the prices below, and the middle above where it is. */
export function paintNumbers(
  ctx: Paint2d,
  { price, size, unit, middle, decimal, look }: DepthScene,
  curve: DepthCurve,
  { frame, theme, widths, plot }: DepthAt,
): void {
  const { lowest, highest, middle2, bids } = curve
  const isOpen = bids.end !== undefined || bids.steps.length === 0
  const edge = isOpen ? Number.NaN : plot.yOf(bids.steps.at(-1)?.total ?? 0)
  for (let lots = plot.lotsALine; lots <= plot.most; lots += plot.lotsALine) {
    const y = plot.yOf(lots)
    const text = size.compact(lots)
    // A sum that is on the edge of the area goes under its line.
    const isStruck = edge > y - frame.rowHeight && edge <= y
    // The uppermost would stand in the row of the middle.
    if (y - frame.rowHeight < plot.top - frame.rule) continue
    ctx.fillStyle = theme.textLowOnBar
    ctx.fillText(
      text.slice(0, trailingZerosAt(text, decimal)),
      frame.padding,
      isStruck ? y + frame.baseline : y - 2 * frame.rule,
    )
  }
  ctx.fillStyle = look.dimmed ? theme.textLow : theme.textHigh
  const isWhole = middle2 % 2 === 0
  // Groups stand at their worst price: between them the middle is only near.
  const near = curve.grouping > 1 ? '\u2248 ' : ''
  const mid = `mid ${near}${isWhole ? price.full(middle2 / 2) : middle.full(middle2)}`
  const midLeft = within(Math.round(xOf(middle2 / 2, curve, plot) - widths.of(mid) / 2), Math.ceil(widths.of(mid)))
  ctx.fillText(mid, midLeft, frame.baseline)
  ctx.fillStyle = theme.textLow
  // Over the sums, like the name of a column.
  if (2 * frame.padding + widths.of(unit) <= midLeft) ctx.fillText(unit, frame.padding, frame.baseline)
  const taken: [left: number, right: number][] = []
  // The ends first: those between them are left out where there is no room.
  for (const share of [0, 1, 0.5, 0.25, 0.75]) {
    const ticks = Math.round(lowest + share * (highest - lowest))
    const text = price.full(ticks)
    const width = Math.ceil(widths.of(text))
    const left = within(Math.round(xOf(ticks, curve, plot) - width / 2), width)
    const isFree = taken.every(([from, to]) => left + width + frame.padding <= from || left >= to + frame.padding)
    if (!isFree) continue
    taken.push([left, left + width])
    ctx.fillText(text, left, plot.bottom + frame.baseline)
  }

  function within(left: number, width: number): number {
    return Math.max(frame.padding, Math.min(plot.width - frame.padding - width, left))
  }
}

/** Where what is known of a side ends before the span does: a broken line and a hatched edge, and from which price on nothing is known. */
export function paintEnd(
  ctx: Paint2d,
  { price }: DepthScene,
  curve: DepthCurve,
  side: 'bids' | 'asks',
  { frame, theme, widths, plot }: DepthAt,
): void {
  const { steps, end } = curve[side]
  if (end === undefined) return
  const x = Math.min(plot.width - frame.rule, Math.round(xOf(end.ticks, curve, plot)))
  const outwards = side === 'bids' ? -1 : 1
  paintHatch(ctx, { x, outwards }, { frame, theme, plot })
  const dash = 4 * frame.rule
  ctx.fillStyle = theme.textMid
  for (let y = plot.top; y < plot.bottom; y += 2 * dash) ctx.fillRect(x, y, frame.rule, Math.min(dash, plot.bottom - y))
  const short = `${end.of} ends`
  // Over the area, where there is no room beyond it, and where it is not so high.
  const isLow = plot.yOf(steps.at(-1)?.total ?? 0) > plot.top + frame.rowHeight
  const places = [
    { text: `${short} ${price.full(end.ticks)}`, towards: outwards },
    { text: short, towards: outwards },
    ...(isLow ? [{ text: short, towards: -outwards }] : []),
  ]
  for (const { text, towards } of places) {
    const width = Math.ceil(widths.of(text))
    const left = towards < 0 ? x - frame.padding - width : x + frame.padding
    if (left < frame.padding || left + width > plot.width - frame.padding) continue
    // In the uppermost row, where no sum stands.
    ctx.fillStyle = theme.background
    ctx.fillRect(left - 2 * frame.rule, plot.top + frame.rule, width + 4 * frame.rule, frame.rowHeight - frame.rule)
    ctx.fillStyle = theme.textMid
    ctx.fillText(text, left, plot.top + frame.baseline)
    return
  }
}

/** As in the heatmap, slanted lines are what nobody knows; further out they would only be more of the same. */
function paintHatch(
  ctx: Paint2d,
  { x, outwards }: { readonly x: number; readonly outwards: -1 | 1 },
  { frame, theme, plot }: Pick<DepthAt, 'frame' | 'theme' | 'plot'>,
): void {
  const width = Math.round(HATCH_PX * frame.dpr)
  const from = Math.max(0, outwards < 0 ? x - width : x + frame.rule)
  const to = Math.min(plot.width, outwards < 0 ? x : x + frame.rule + width)
  const period = 6 * frame.rule
  ctx.fillStyle = theme.line
  for (let y = plot.top; y < plot.bottom; y += frame.rule)
    for (let at = from + (((((y - from) / frame.rule) % 6) + 6) % 6) * frame.rule; at < to; at += period)
      ctx.fillRect(at, y, Math.min(frame.rule, to - at), frame.rule)
}

/** CSS pixels. */
const HATCH_PX = 18
