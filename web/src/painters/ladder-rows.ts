import { UNKNOWN } from '../engine/decimal.ts'
import type { PaintTheme } from '../engine/messages.ts'
import { type Frame, type Paint2d, rightText, type TextWidths } from './canvas.ts'
import type { ColumnEdges } from './columns.ts'
import type { LadderScene } from './ladder.ts'

type At = { readonly frame: Frame; readonly theme: PaintTheme; readonly widths: TextWidths }

/** How the shown quantity is divided, in whole percent that add up to 100; undefined while there is none. */
export type Footing = { readonly bids: number | undefined; readonly asks: number | undefined }

export function footingOf(bidLots: number, askLots: number): Footing {
  const all = bidLots + askLots
  if (all === 0) return { bids: undefined, asks: undefined }
  const bids = Math.round((bidLots / all) * 100)
  return { bids, asks: 100 - bids }
}

/**
 * `0.5 · 0.08 bp`: the distance of the best prices and what it is of their middle; a dash while a side is empty. Grouped levels stand at the
 * worst of their prices, so that theirs is the most it can be.
 */
export function spreadText({ bids, asks, price, decimal, isGrouped }: LadderScene): string {
  const [bid] = bids
  const [ask] = asks
  if (bid === undefined || ask === undefined) return UNKNOWN
  const middle = (bid + ask) / 2
  const distance = `${isGrouped ? '\u2264 ' : ''}${price.full(ask - bid)}`
  if (!(middle > 0)) return distance
  return `${distance} \u00b7 ${basisPoints(((ask - bid) / middle) * 10_000).replace('.', decimal)} bp`
}

/** Two decimals; where those would all but vanish, two that say something: `0.0021`. */
function basisPoints(value: number): string {
  const places = value > 0 && value < 0.01 ? 1 - Math.floor(Math.log10(value)) : 2
  return value.toFixed(Math.min(8, places))
}

export function paintLabels(ctx: Paint2d, { frame, theme, widths, edges }: At & { readonly edges: ColumnEdges }): void {
  ctx.fillStyle = theme.background
  ctx.fillRect(0, 0, frame.width, frame.rowHeight)
  edges.forEach((edge, column) => {
    if (edge !== undefined) label(ctx, widths, LABELS[column] ?? '', edge, frame, theme)
  })
}

export function paintSpread(
  ctx: Paint2d,
  text: string,
  at: At & { readonly top: number; readonly dimmed: boolean },
): void {
  const { frame, theme, widths, top, dimmed } = at
  ctx.fillStyle = theme.background
  ctx.fillRect(0, top, frame.width, frame.rowHeight)
  const width = Math.ceil(widths.of(text))
  const left = Math.round((frame.width - width) / 2)
  const middle = top + Math.round((frame.rowHeight - frame.rule) / 2)
  const gap = frame.padding
  ctx.fillStyle = theme.line
  ctx.fillRect(gap, middle, Math.max(0, left - 2 * gap), frame.rule)
  ctx.fillRect(left + width + gap, middle, Math.max(0, frame.width - left - width - 2 * gap), frame.rule)
  ctx.fillStyle = dimmed ? theme.textLow : theme.text
  ctx.fillText(text, left, top + frame.baseline)
}

/** `Bids 54 %` and `46 % Asks` with the bar between them, on the last row that fits. */
export function paintFooting(ctx: Paint2d, { bids, asks }: Footing, at: At & { readonly dimmed: boolean }): void {
  const { frame, theme, widths, dimmed } = at
  const top = frame.height - frame.rowHeight
  ctx.fillStyle = theme.background
  ctx.fillRect(0, top, frame.width, frame.rowHeight)
  ctx.fillStyle = theme.line
  ctx.fillRect(0, top, frame.width, frame.rule)
  const left = bids === undefined ? UNKNOWN : `Bids ${bids}%`
  const right = asks === undefined ? UNKNOWN : `${asks}% Asks`
  const baseline = top + frame.baseline
  const reserved = Math.ceil(Math.max(widths.of('Bids 100%'), widths.of('100% Asks'))) + 2 * frame.padding
  ctx.fillStyle = dimmed ? theme.textLow : theme.text
  ctx.fillText(left, frame.padding, baseline)
  rightText(ctx, widths, right, {
    right: frame.width - frame.padding,
    baseline,
    split: right.length,
    first: dimmed ? theme.textLow : theme.text,
    second: theme.textLow,
  })
  const width = frame.width - 2 * reserved
  if (bids === undefined || width <= 0) return
  const height = 2 * frame.edge
  const y = top + Math.round((frame.rowHeight - height) / 2)
  const bidWidth = Math.round((width * bids) / 100)
  // What is old has no colours.
  ctx.fillStyle = dimmed ? theme.textLow : theme.up
  ctx.fillRect(reserved, y, bidWidth, height)
  ctx.fillStyle = dimmed ? theme.line : theme.down
  ctx.fillRect(reserved + bidWidth, y, width - bidWidth, height)
}

const LABELS = ['Price', 'Size', 'Total'] as const

function label(ctx: Paint2d, widths: TextWidths, text: string, right: number, frame: Frame, theme: PaintTheme): void {
  rightText(ctx, widths, text, {
    right,
    baseline: frame.baseline,
    split: text.length,
    first: theme.textMid,
    second: theme.textMid,
  })
}
