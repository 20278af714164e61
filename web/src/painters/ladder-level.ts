import { trailingZerosAt } from '../engine/decimal.ts'
import type { PaintTheme } from '../engine/messages.ts'
import { type Frame, type Paint2d, rightText, type TextWidths } from './canvas.ts'
import type { ColumnEdges } from './columns.ts'

/** A row as it is drawn: a level, or the spread between the sides, whose words stand in `price`. Without a price the row is empty. */
export type LevelRow = {
  kind: 'ask' | 'bid' | 'spread'
  ticks: number
  lots: number
  total: number
  worth: bigint
  top: number
  price: string
  size: string
  sum: string
  /** Length of the bar, device pixels. */
  bar: number
  marks: number
  /** Levels further out than this one that are out of sight. */
  hidden: number
  /** Said where there is no level. */
  note: string
  /** Differs from what is on the canvas. */
  isChanged: boolean
}

export const DIMMED = 1
export const POINTED = 2
/** From here up, the marks of a row hold the length of the dimmed part of its price. */
export const PREFIX = 4

export function emptyRow(): LevelRow {
  const texts = { price: '', size: '', sum: '' }
  return {
    kind: 'ask',
    ticks: Number.NaN,
    lots: 0,
    total: 0,
    worth: 0n,
    top: 0,
    ...texts,
    bar: 0,
    marks: -1,
    hidden: 0,
    note: '',
    isChanged: false,
  }
}

/** True, and the row marked, when anything that is drawn differs. */
export function rewrite(
  row: LevelRow,
  next: Pick<LevelRow, 'kind' | 'price' | 'size' | 'sum' | 'bar' | 'marks' | 'hidden' | 'note'>,
): boolean {
  const isSame =
    row.kind === next.kind &&
    row.price === next.price &&
    row.size === next.size &&
    row.sum === next.sum &&
    row.bar === next.bar &&
    row.marks === next.marks &&
    row.hidden === next.hidden &&
    row.note === next.note
  if (isSame) return false
  Object.assign(row, next)
  row.isChanged = true
  return true
}

type At = {
  readonly frame: Frame
  readonly theme: PaintTheme
  readonly widths: TextWidths
  readonly edges: ColumnEdges
  readonly decimal: string
}

/** Its bar of depth, and over it price, size and the sum from the best level on. */
export function paintLevel(ctx: Paint2d, row: LevelRow, at: At): void {
  const { frame, theme, widths, edges, decimal } = at
  const dimmed = (row.marks & DIMMED) !== 0
  const low = theme.textLowOnBar
  ctx.fillStyle = (row.marks & POINTED) !== 0 ? theme.hover : theme.background
  ctx.fillRect(0, row.top, frame.width, frame.rowHeight)
  if (row.price === '') {
    ctx.fillStyle = theme.textLow
    if (row.note !== '') ctx.fillText(row.note, frame.padding, row.top + frame.baseline)
    return
  }
  ctx.fillStyle = row.kind === 'ask' ? theme.downBar : theme.upBar
  ctx.fillRect(frame.width - row.bar, row.top, row.bar, frame.rowHeight)
  const hint = hintOf(row, at)
  ctx.fillStyle = dimmed ? low : row.kind === 'ask' ? theme.down : theme.up
  paintBarEdge(ctx, row, at, hint)
  const baseline = row.top + frame.baseline
  ctx.fillStyle = dimmed ? low : theme.textMidOnBar
  if (hint !== '') ctx.fillText(hint, frame.padding, baseline)
  const [price, size, sum] = edges
  const prefix = Math.floor(row.marks / PREFIX)
  rightText(ctx, widths, row.price, {
    right: price,
    baseline,
    split: prefix,
    first: dimmed ? low : theme.textMidOnBar,
    second: dimmed ? low : theme.textHigh,
  })
  rightText(ctx, widths, row.size, {
    right: size,
    baseline,
    split: trailingZerosAt(row.size, decimal),
    first: dimmed ? low : theme.textHigh,
    second: low,
  })
  if (sum === undefined) return
  rightText(ctx, widths, row.sum, {
    right: sum,
    baseline,
    split: trailingZerosAt(row.sum, decimal),
    first: dimmed ? low : theme.text,
    second: low,
  })
}

/** The bar's end in full colour. Where it would cross a number it goes behind it: above and below the digits, never through them. */
function paintBarEdge(ctx: Paint2d, row: LevelRow, { frame, widths, edges }: At, hint: string): void {
  const left = frame.width - row.bar
  const right = left + frame.edge
  const [price, size, sum] = edges
  const isBehind = (text: string, end: number | undefined): boolean =>
    end !== undefined && text !== '' && right > end - widths.of(text) - frame.rule && left < end + frame.rule
  const crosses =
    isBehind(row.price, price) ||
    isBehind(row.size, size) ||
    isBehind(row.sum, sum) ||
    isBehind(hint, frame.padding + widths.of(hint))
  if (!crosses) {
    ctx.fillRect(left, row.top, frame.edge, frame.rowHeight)
    return
  }
  const above = frame.baseline - frame.digits - frame.rule
  const below = frame.baseline + 2 * frame.rule
  ctx.fillRect(left, row.top, frame.edge, above)
  ctx.fillRect(left, row.top + below, frame.edge, frame.rowHeight - below)
}

/** How many levels are out of sight beyond this one, in as many words as there is room for before the price. */
function hintOf({ kind, hidden, price }: LevelRow, { frame, widths, edges }: At): string {
  if (hidden === 0) return ''
  const short = `${kind === 'ask' ? '\u2191' : '\u2193'} ${hidden}`
  const room = edges[0] - widths.of(price) - 2 * frame.padding
  const long = `${short} more`
  if (widths.of(long) <= room) return long
  return widths.of(short) <= room ? short : ''
}
