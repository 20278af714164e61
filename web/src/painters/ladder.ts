import { type DecimalFormat, lastDigitsAt, trailingZerosAt } from '../engine/decimal.ts'
import type { PaintTheme } from '../engine/messages.ts'
import { type Frame, type Look, type Paint2d, paintSentence, rightText, TextWidths } from './canvas.ts'
import { type Footing, footingOf, paintFooting, paintLabels, paintSpread, spreadText } from './ladder-rows.ts'

/** What a ladder shows. Levels are flat pairs of ticks and lots, best first. */
export type LadderScene = {
  readonly bids: readonly number[]
  readonly asks: readonly number[]
  /** Levels a side at most; fewer where the canvas is too low. */
  readonly depth: number
  readonly price: DecimalFormat
  readonly size: DecimalFormat
  readonly decimal: string
  readonly look: Look
  /** In place of a ladder; undefined shows the levels. */
  readonly sentence: string | undefined
  /** Device pixels from the top. */
  readonly pointerY: number | undefined
}

/** One level as it stands on the canvas; `total` is the sum of lots from the best level to it. */
export type LadderRow = { side: 'ask' | 'bid'; ticks: number; lots: number; total: number; top: number }

/**
 * Paints a ladder: labels, asks with the best at the bottom, the spread, bids with the best on top, and the balance of both.
 *
 * It remembers what is on the canvas and repaints only the rows whose drawn strings, bar or colours differ. `forget` when the canvas was
 * resized, or the theme, font or locale changed. Colours and measures are the theme's and the frame's; nothing is read from the page.
 */
export class LadderPainter {
  readonly #rows: DrawnRow[] = []
  #widths: TextWidths | undefined
  #drawn = 0
  #blank = true
  #sentence: string | undefined
  #labels = ''
  #spread = ''
  #footing = ''

  forget(): void {
    this.#blank = true
    this.#widths = undefined
  }

  paint(ctx: Paint2d, scene: LadderScene, frame: Frame, theme: PaintTheme): void {
    ctx.font = frame.font
    ctx.fontKerning = 'none'
    ctx.textBaseline = 'alphabetic'
    this.#widths ??= new TextWidths(ctx, frame.font)
    const fits = Math.max(0, Math.floor((frame.height - FIXED_ROWS * frame.rowHeight) / 2 / frame.rowHeight))
    const count = Math.min(scene.depth, fits)
    if (this.#blank || this.#sentence !== scene.sentence || this.#drawn !== count * 2)
      this.#clear(ctx, frame, theme, count * 2)
    this.#sentence = scene.sentence
    if (scene.sentence !== undefined) {
      this.#paintSentence(ctx, scene.sentence, scene.look, { frame, theme })
      return
    }
    this.#paintFixed(ctx, scene, { frame, theme, count })
    const greatest = Math.max(totalOf(scene.asks, count), totalOf(scene.bids, count))
    const at: SideFrame = { frame, theme, count, greatest, prefix: sharedPrefix(scene, count) }
    this.#paintSide(ctx, scene, 'ask', at)
    this.#paintSide(ctx, scene, 'bid', at)
  }

  /** The level under a point, as drawn; undefined between the sides and where there is none. */
  rowAt(y: number, frame: Frame): LadderRow | undefined {
    if (this.#sentence !== undefined) return undefined
    return this.#rows.find(
      (row, at) => at < this.#drawn && !Number.isNaN(row.ticks) && y >= row.top && y < row.top + frame.rowHeight,
    )
  }

  #clear(ctx: Paint2d, frame: Frame, theme: PaintTheme, rows: number): void {
    ctx.fillStyle = theme.background
    ctx.fillRect(0, 0, frame.width, frame.height)
    while (this.#rows.length < rows) this.#rows.push(emptyRow())
    for (const row of this.#rows) Object.assign(row, emptyRow())
    this.#drawn = rows
    this.#blank = false
    this.#labels = ''
    this.#spread = ''
    this.#footing = ''
  }

  #paintSentence(
    ctx: Paint2d,
    sentence: string,
    look: Look,
    { frame, theme }: { frame: Frame; theme: PaintTheme },
  ): void {
    const key = `${sentence} ${look.edge}`
    if (this.#labels === key || this.#widths === undefined) return
    this.#labels = key
    paintSentence(ctx, frame, theme, sentence, this.#widths)
    paintEdge(ctx, look, frame, theme)
  }

  #paintFixed(
    ctx: Paint2d,
    scene: LadderScene,
    { frame, theme, count }: { frame: Frame; theme: PaintTheme; count: number },
  ): void {
    if (this.#widths === undefined) return
    const { look } = scene
    const widths = this.#widths
    const labels = `${look.edge}`
    if (labels !== this.#labels) {
      this.#labels = labels
      paintLabels(ctx, { frame, theme, widths, columns: columnsOf(frame) })
      paintEdge(ctx, look, frame, theme)
    }
    const spread = spreadText(scene)
    if (`${spread}${look.dimmed}` !== this.#spread) {
      this.#spread = `${spread}${look.dimmed}`
      paintSpread(ctx, spread, { frame, theme, widths, top: frame.rowHeight * (1 + count), dimmed: look.dimmed })
    }
    const footing: Footing = footingOf(totalOf(scene.bids, count), totalOf(scene.asks, count))
    const footingKey = `${footing.bids} ${footing.asks} ${look.dimmed}`
    if (footingKey !== this.#footing) {
      this.#footing = footingKey
      paintFooting(ctx, footing, { frame, theme, widths, dimmed: look.dimmed })
    }
  }

  /** One pass over a side, best level first. Makes nothing but texts: this runs for every frame. */
  #paintSide(ctx: Paint2d, scene: LadderScene, side: 'ask' | 'bid', at: SideFrame): void {
    const { frame, count, greatest } = at
    const levels = side === 'ask' ? scene.asks : scene.bids
    const common = (scene.look.dimmed ? DIMMED : 0) | (at.prefix * PREFIX)
    let total = 0
    for (let level = 0; level < count; level += 1) {
      const row = this.#rows[side === 'ask' ? count - 1 - level : count + level]
      if (row === undefined) return
      const exists = level * 2 < levels.length
      row.side = side
      row.top = frame.rowHeight * (side === 'ask' ? count - level : count + 2 + level)
      row.ticks = exists ? (levels[level * 2] ?? Number.NaN) : Number.NaN
      row.lots = exists ? (levels[level * 2 + 1] ?? 0) : 0
      total += row.lots
      row.total = total
      const price = exists ? scene.price.full(row.ticks) : ''
      const size = exists ? scene.size.compact(row.lots) : ''
      const sum = exists ? scene.size.compact(total) : ''
      const bar = exists && greatest > 0 ? Math.round((frame.width * total) / greatest) : 0
      const marks = common | (isIn(scene.pointerY, row.top, frame.rowHeight) ? POINTED : 0)
      if (row.price === price && row.size === size && row.sum === sum && row.bar === bar && row.marks === marks)
        continue
      row.price = price
      row.size = size
      row.sum = sum
      row.bar = bar
      row.marks = marks
      this.#drawRow(ctx, row, scene, at)
    }
  }

  #drawRow(ctx: Paint2d, row: DrawnRow, scene: LadderScene, { frame, theme, prefix }: SideFrame): void {
    if (this.#widths === undefined) return
    const dimmed = (row.marks & DIMMED) !== 0
    ctx.fillStyle = (row.marks & POINTED) !== 0 ? theme.hover : theme.background
    ctx.fillRect(0, row.top, frame.width, frame.rowHeight)
    if (row.price === '') return
    const left = frame.width - row.bar
    ctx.fillStyle = row.side === 'ask' ? theme.downBar : theme.upBar
    ctx.fillRect(left, row.top, row.bar, frame.rowHeight)
    ctx.fillStyle = dimmed ? theme.textLow : row.side === 'ask' ? theme.down : theme.up
    ctx.fillRect(left, row.top, frame.edge, frame.rowHeight)
    const columns = columnsOf(frame)
    const baseline = row.top + frame.baseline
    const low = theme.textLow
    const widths = this.#widths
    rightText(ctx, widths, row.price, {
      right: columns.price,
      baseline,
      split: prefix,
      first: dimmed ? low : theme.textMid,
      second: dimmed ? low : theme.textHigh,
    })
    rightText(ctx, widths, row.size, {
      right: columns.size,
      baseline,
      split: trailingZerosAt(row.size, scene.decimal),
      first: dimmed ? low : theme.textHigh,
      second: low,
    })
    rightText(ctx, widths, row.sum, {
      right: columns.total,
      baseline,
      split: trailingZerosAt(row.sum, scene.decimal),
      first: dimmed ? low : theme.text,
      second: low,
    })
  }
}

/** Right edges of the three columns. */
export type Columns = { readonly price: number; readonly size: number; readonly total: number }

/** Labels, spread and balance. */
const FIXED_ROWS = 3
const BRIGHT_DIGITS = 2
const DIMMED = 1
const POINTED = 2
/** From here up, the marks of a row hold the length of the dimmed part of its price. */
const PREFIX = 4

type SideFrame = {
  readonly frame: Frame
  readonly theme: PaintTheme
  readonly count: number
  /** Lots of the larger side: the longest bar. */
  readonly greatest: number
  /** Characters all prices begin with. */
  readonly prefix: number
}

type DrawnRow = LadderRow & { price: string; size: string; sum: string; bar: number; marks: number }

function emptyRow(): DrawnRow {
  return { side: 'ask', ticks: Number.NaN, lots: 0, total: 0, top: 0, price: '', size: '', sum: '', bar: 0, marks: -1 }
}

function columnsOf({ width, padding }: Frame): Columns {
  return { price: Math.round(width * 0.37), size: Math.round(width * 0.68), total: width - padding }
}

/**
 * How many characters all shown prices begin with alike, the last two digits never among them: the digits that tell levels apart are the
 * bright ones. Prices are in order, so the two outermost decide for all between.
 */
function sharedPrefix({ asks, bids, price }: LadderScene, count: number): number {
  const highest = asks[Math.min(count * 2, asks.length) - 2] ?? bids[0]
  const lowest = bids[Math.min(count * 2, bids.length) - 2] ?? asks[0]
  if (highest === undefined || lowest === undefined) return 0
  const high = price.full(highest)
  const low = price.full(lowest)
  if (high.length !== low.length) return 0
  const end = lastDigitsAt(high, BRIGHT_DIGITS)
  let at = 0
  while (at < end && high.charCodeAt(at) === low.charCodeAt(at)) at += 1
  return at
}

function isIn(y: number | undefined, top: number, height: number): boolean {
  return y !== undefined && y >= top && y < top + height
}

function totalOf(levels: readonly number[], count: number): number {
  let total = 0
  for (let at = 1; at < levels.length && at < count * 2; at += 2) total += levels[at] ?? 0
  return total
}

function paintEdge(ctx: Paint2d, look: Look, frame: Frame, theme: PaintTheme): void {
  if (look.edge === 'none') return
  ctx.fillStyle = look.edge === 'warn' ? theme.warn : theme.error
  ctx.fillRect(0, 0, frame.width, frame.edge)
}
