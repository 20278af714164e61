import type { DecimalFormat } from '../engine/decimal.ts'
import type { DepthCurve, DepthMark, DepthSide } from '../engine/depth-curve.ts'
import type { PaintTheme } from '../engine/messages.ts'
import { type Frame, type Look, type Paint2d, paintSentence, TextWidths } from './canvas.ts'
import { paintEnd, paintLines, paintNumbers } from './depth-axes.ts'
import { type DepthPlot, depthPlot, xOf } from './depth-plot.ts'

export type DepthScene = {
  /** Undefined while there is none. */
  readonly curve: DepthCurve | undefined
  /** What the pointer is at, on both sides. */
  readonly marks: readonly DepthMark[]
  readonly price: DecimalFormat
  readonly size: DecimalFormat
  /** What the sums are of. */
  readonly unit: string
  /** Writes half ticks. */
  readonly middle: DecimalFormat
  readonly decimal: string
  readonly look: Look
  /** In place of the areas; undefined shows them. */
  readonly sentence: string | undefined
}

export type DepthAt = {
  readonly frame: Frame
  readonly theme: PaintTheme
  readonly widths: TextWidths
  readonly plot: DepthPlot
}

/**
 * Paints what there is to buy and to sell on the way from the middle of a book, in steps: a step is a level, and its height the sum up to it.
 * A side ends where what is known of it does, and says so.
 */
export class DepthPainter {
  #widths: TextWidths | undefined

  forget(): void {
    this.#widths = undefined
  }

  paint(ctx: Paint2d, scene: DepthScene, frame: Frame, theme: PaintTheme): void {
    ctx.font = frame.font
    ctx.fontKerning = 'none'
    ctx.textBaseline = 'alphabetic'
    this.#widths ??= new TextWidths(ctx, frame.font)
    const widths = this.#widths
    const { curve, look, sentence } = scene
    ctx.fillStyle = theme.background
    ctx.fillRect(0, 0, frame.width, frame.height)
    if (sentence !== undefined || curve === undefined) {
      if (sentence !== undefined) paintSentence(ctx, frame, theme, sentence, widths)
    } else {
      const at: DepthAt = { frame, theme, widths, plot: depthPlot(frame, curve) }
      const colours = { up: look.dimmed ? theme.textLow : theme.up, down: look.dimmed ? theme.textLow : theme.down }
      paintLines(ctx, curve, at)
      paintSide(ctx, curve.bids, curve, at, { bar: theme.upBar, edge: colours.up })
      paintSide(ctx, curve.asks, curve, at, { bar: theme.downBar, edge: colours.down })
      for (const side of ['bids', 'asks'] as const) paintEnd(ctx, scene, curve, side, at)
      paintNumbers(ctx, scene, curve, at)
      for (const mark of scene.marks) paintMark(ctx, mark, curve, at)
    }
    if (look.edge === 'none') return
    ctx.fillStyle = look.edge === 'warn' ? theme.warn : theme.error
    ctx.fillRect(0, 0, frame.width, frame.edge)
  }
}

/** One area, and over all of it its edge: a stretch for each step that is apart from the next on the canvas, and the riser to it. */
function paintSide(
  ctx: Paint2d,
  { steps, end }: DepthSide,
  curve: DepthCurve,
  { frame, plot }: DepthAt,
  { bar, edge }: { readonly bar: string; readonly edge: string },
): void {
  const isBid = steps === curve.bids.steps
  const limit = end === undefined ? (isBid ? 0 : plot.width) : Math.round(xOf(end.ticks, curve, plot))
  const stretches = steps.map((step, at) => {
    const next = steps[at + 1]
    const from = Math.round(xOf(step.ticks, curve, plot))
    const to = next === undefined ? limit : Math.round(xOf(next.ticks, curve, plot))
    return { from, left: Math.min(from, to), width: Math.abs(to - from), y: plot.yOf(step.total) }
  })
  ctx.fillStyle = bar
  for (const { left, width, y } of stretches) if (width > 0) ctx.fillRect(left, y, width, plot.bottom - y)
  ctx.fillStyle = edge
  let foot = plot.bottom
  for (const { from, left, width, y } of stretches) {
    if (width > 0) ctx.fillRect(left, y, width, frame.edge)
    const riser = isBid ? Math.max(0, from - frame.edge) : Math.min(from, plot.width - frame.edge)
    ctx.fillRect(riser, y, frame.edge, foot - y)
    foot = Math.min(plot.bottom, y + frame.edge)
  }
}

/** A line down from the step to the price, and a knot on it. */
function paintMark(
  ctx: Paint2d,
  { ticks, total }: DepthMark,
  curve: DepthCurve,
  { frame, theme, plot }: DepthAt,
): void {
  const x = Math.min(plot.width - frame.rule, Math.round(xOf(ticks, curve, plot)))
  const y = plot.yOf(total)
  ctx.fillStyle = theme.textLowOnBar
  ctx.fillRect(x, plot.top, frame.rule, plot.bottom - plot.top)
  ctx.fillStyle = theme.textHigh
  const knot = 3 * frame.edge
  ctx.fillRect(x - Math.floor((knot - frame.rule) / 2), y - Math.floor((knot - frame.edge) / 2), knot, knot)
}
