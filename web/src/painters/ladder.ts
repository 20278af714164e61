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
    this.#paintSide(ctx, scene, 'ask', { frame, theme, count, greatest })
    this.#paintSide(ctx, scene, 'bid', { frame, theme, count, greatest })
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

  #paintSide(ctx: Paint2d, scene: LadderScene, side: 'ask' | 'bid', at: SideFrame): void {
    const { frame, count, greatest } = at
    const levels = side === 'ask' ? scene.asks : scene.bids
    let total = 0
    let nearer = ''
    for (let level = 0; level < count; level += 1) {
      const row = this.#rows[side === 'ask' ? count - 1 - level : count + level]
      if (row === undefined) return
      row.side = side
      row.top = frame.rowHeight * (side === 'ask' ? count - level : count + 2 + level)
      const ticks = levels[level * 2] ?? Number.NaN
      const lots = levels[level * 2 + 1] ?? 0
      total += lots
      const price = Number.isNaN(ticks) ? '' : scene.price.full(ticks)
      const marks =
        (scene.look.dimmed ? DIMMED : 0) |
        (sharePrefix(price, nearer) ? SHARED : 0) |
        (scene.pointerY !== undefined && scene.pointerY >= row.top && scene.pointerY < row.top + frame.rowHeight
          ? POINTED
          : 0)
      nearer = price
      this.#paintRow(ctx, row, {
        scene,
        at,
        price,
        ticks,
        lots,
        total,
        bar: greatest > 0 ? Math.round((frame.width * total) / greatest) : 0,
        marks,
      })
    }
  }

  #paintRow(ctx: Paint2d, row: DrawnRow, now: RowNow): void {
    const { scene, at, price, ticks, lots, total, bar, marks } = now
    const known = !Number.isNaN(ticks)
    row.ticks = ticks
    row.lots = lots
    row.total = total
    const width = known ? bar : 0
    const size = known ? scene.size.compact(lots) : ''
    const sum = known ? scene.size.compact(total) : ''
    if (row.price === price && row.size === size && row.sum === sum && row.bar === width && row.marks === marks) return
    row.price = price
    row.size = size
    row.sum = sum
    row.bar = width
    row.marks = marks
    this.#drawRow(ctx, row, scene, at)
  }

  #drawRow(ctx: Paint2d, row: DrawnRow, scene: LadderScene, { frame, theme }: SideFrame): void {
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
    const shared = dimmed ? low : (row.marks & SHARED) !== 0 ? theme.textMid : theme.textHigh
    const widths = this.#widths
    rightText(ctx, widths, row.price, {
      right: columns.price,
      baseline,
      split: lastDigitsAt(row.price, BRIGHT_DIGITS),
      first: shared,
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
const SHARED = 2
const POINTED = 4

type SideFrame = {
  readonly frame: Frame
  readonly theme: PaintTheme
  readonly count: number
  readonly greatest: number
}
type DrawnRow = LadderRow & { price: string; size: string; sum: string; bar: number; marks: number }
type RowNow = {
  readonly scene: LadderScene
  readonly at: SideFrame
  readonly price: string
  readonly ticks: number
  readonly lots: number
  readonly total: number
  readonly bar: number
  readonly marks: number
}

function emptyRow(): DrawnRow {
  return { side: 'ask', ticks: Number.NaN, lots: 0, total: 0, top: 0, price: '', size: '', sum: '', bar: 0, marks: -1 }
}

function columnsOf({ width, padding }: Frame): Columns {
  return { price: Math.round(width * 0.37), size: Math.round(width * 0.68), total: width - padding }
}

/** Whether two prices differ in nothing but the digits that are always bright. Compares in place: this runs for every row of every frame. */
function sharePrefix(price: string, nearer: string): boolean {
  if (price === '' || price.length !== nearer.length) return false
  const end = lastDigitsAt(price, BRIGHT_DIGITS)
  for (let at = 0; at < end; at += 1) if (price.charCodeAt(at) !== nearer.charCodeAt(at)) return false
  return true
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
