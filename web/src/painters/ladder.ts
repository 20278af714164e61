import { type DecimalFormat, lastDigitsAt } from '../engine/decimal.ts'
import type { PaintTheme } from '../engine/messages.ts'
import type { QuoteAmount } from '../engine/quote-amount.ts'
import { type Frame, type Look, type Paint2d, paintSentence, TextWidths } from './canvas.ts'
import { type ColumnEdges, columnEdges, WidestTexts } from './columns.ts'
import { DIMMED, emptyRow, type LevelRow, POINTED, PREFIX, paintLevel, rewrite } from './ladder-level.ts'
import { footingOf, paintFooting, paintLabels, paintSpread, spreadText } from './ladder-rows.ts'
import { type LadderWindow, ladderWindow } from './ladder-window.ts'

/** What a ladder shows. Levels are flat pairs of ticks and lots, best first. */
export type LadderScene = {
  readonly bids: readonly number[]
  readonly asks: readonly number[]
  /** Levels a side at most; what does not fit is scrolled to. */
  readonly depth: number
  /** Levels a side that the book may have at most: with fewer it has no more. */
  readonly granted: number | 'all'
  /** Rows the spread stands above the middle. */
  readonly scrolled: number
  readonly price: DecimalFormat
  readonly size: DecimalFormat
  /** Sizes are shown as what they are worth; undefined shows them as they are. */
  readonly worth: QuoteAmount | undefined
  /** Levels hold several prices: the best of each side may be better than it says. */
  readonly isGrouped: boolean
  readonly decimal: string
  readonly look: Look
  /** In place of a ladder; undefined shows the levels. */
  readonly sentence: string | undefined
  /** Device pixels from the top. */
  readonly pointerY: number | undefined
}

/** One level as it stands on the canvas; `total` and `worth` are the sums of lots, and of ticks × lots, from the best level to it. */
export type LadderRow = { side: 'ask' | 'bid'; ticks: number; lots: number; total: number; worth: bigint; top: number }

/** How many levels of each side there are to show. */
export function levelsOf({ asks, bids, depth }: Pick<LadderScene, 'asks' | 'bids' | 'depth'>): {
  readonly asks: number
  readonly bids: number
} {
  return { asks: Math.min(depth, asks.length / 2), bids: Math.min(depth, bids.length / 2) }
}

/**
 * Paints a ladder: labels, asks with the best at the bottom, the spread, bids with the best on top, and the balance of both.
 *
 * It remembers what is on the canvas and repaints only the rows whose drawn strings, bar or colours differ. `forget` when the canvas was
 * resized, or the theme, font or locale changed. Colours and measures are the theme's and the frame's; nothing is read from the page.
 */
export class LadderPainter {
  readonly #rows: LevelRow[] = []
  readonly #widest = new WidestTexts()
  #edges: ColumnEdges = [0, 0, undefined]
  #widths: TextWidths | undefined
  #drawn = 0
  #blank = true
  #price: DecimalFormat | undefined
  #sentence: string | undefined
  #labels = ''
  #footing = ''

  forget(): void {
    this.#blank = true
    this.#widths = undefined
    this.#widest.forget()
  }

  paint(ctx: Paint2d, scene: LadderScene, frame: Frame, theme: PaintTheme): void {
    ctx.font = frame.font
    ctx.fontKerning = 'none'
    ctx.textBaseline = 'alphabetic'
    this.#widths ??= new TextWidths(ctx, frame.font)
    const widths = this.#widths
    const window = ladderWindow(frame, levelsOf(scene), scene.scrolled)
    // Another instrument has other widths.
    if (this.#price !== scene.price) this.#widest.forget()
    this.#price = scene.price
    if (this.#blank || this.#sentence !== scene.sentence || this.#drawn !== window.rows)
      this.#clear(ctx, frame, theme, window.rows)
    this.#sentence = scene.sentence
    if (scene.sentence !== undefined) {
      this.#paintSentence(ctx, scene.sentence, scene.look, { frame, theme, widths })
      return
    }
    const isWider = this.#write(scene, window, frame)
    if (isWider || this.#labels === '') this.#placeColumns(frame)
    this.#paintFixed(ctx, scene, { frame, theme, widths })
    for (let at = 0; at < window.rows; at += 1) {
      const row = this.#rows[at]
      if (row === undefined || !row.isChanged) continue
      row.isChanged = false
      if (row.kind === 'spread')
        paintSpread(ctx, row.price, { frame, theme, widths, top: row.top, dimmed: scene.look.dimmed })
      else paintLevel(ctx, row, { frame, theme, widths, edges: this.#edges, decimal: scene.decimal })
    }
  }

  /** The level under a point, as drawn; undefined between the sides and where there is none. */
  rowAt(y: number, frame: Frame): LadderRow | undefined {
    if (this.#sentence !== undefined) return undefined
    const row = this.#rows.find((row, at) => at < this.#drawn && y >= row.top && y < row.top + frame.rowHeight)
    if (row === undefined || row.price === '' || row.kind === 'spread') return undefined
    const { kind, ticks, lots, total, worth, top } = row
    return { side: kind, ticks, lots, total, worth, top }
  }

  #clear(ctx: Paint2d, frame: Frame, theme: PaintTheme, rows: number): void {
    ctx.fillStyle = theme.background
    ctx.fillRect(0, 0, frame.width, frame.height)
    while (this.#rows.length < rows) this.#rows.push(emptyRow())
    for (const row of this.#rows) Object.assign(row, emptyRow())
    this.#drawn = rows
    this.#blank = false
    this.#labels = ''
    this.#footing = ''
  }

  #paintSentence(
    ctx: Paint2d,
    sentence: string,
    look: Look,
    at: { frame: Frame; theme: PaintTheme; widths: TextWidths },
  ): void {
    const key = `${sentence} ${look.edge}`
    if (this.#labels === key) return
    this.#labels = key
    paintSentence(ctx, at.frame, at.theme, sentence, at.widths)
    paintEdge(ctx, look, at.frame, at.theme)
  }

  #paintFixed(ctx: Paint2d, scene: LadderScene, at: { frame: Frame; theme: PaintTheme; widths: TextWidths }): void {
    const { look, depth } = scene
    const labels = `${look.edge} ${this.#edges}`
    if (labels !== this.#labels) {
      this.#labels = labels
      paintLabels(ctx, { ...at, edges: this.#edges })
      paintEdge(ctx, look, at.frame, at.theme)
    }
    const footing = footingOf(totalOf(scene, 'bid', depth), totalOf(scene, 'ask', depth))
    const key = `${footing.bids} ${footing.asks} ${look.dimmed}`
    if (key === this.#footing) return
    this.#footing = key
    paintFooting(ctx, footing, { ...at, dimmed: look.dimmed })
  }

  /** Writes every row and marks those that changed. True when a text is wider than any before: the columns have to make room. */
  #write(scene: LadderScene, window: LadderWindow, frame: Frame): boolean {
    const ends = { asks: Math.min(window.asks, scene.depth), bids: Math.min(window.bids, scene.depth) }
    const greatest = Math.max(totalOf(scene, 'ask', ends.asks), totalOf(scene, 'bid', ends.bids))
    const at: SideFrame = { frame, window, greatest, prefix: sharedPrefix(scene, ends) }
    const asksWider = this.#writeSide(scene, 'ask', at)
    const bidsWider = this.#writeSide(scene, 'bid', at)
    const spread = this.#rows[window.spread]
    if (spread !== undefined && window.spread < window.rows) {
      const top = frame.rowHeight * (1 + window.spread)
      const marks = scene.look.dimmed ? DIMMED : 0
      rewrite(spread, {
        kind: 'spread',
        price: spreadText(scene),
        size: '',
        sum: '',
        bar: 0,
        marks,
        hidden: 0,
        note: '',
      })
      spread.top = top
    }
    return asksWider || bidsWider
  }

  /** One pass over a side, best level first: this runs for every frame. */
  #writeSide(scene: LadderScene, kind: 'ask' | 'bid', { frame, window, greatest, prefix }: SideFrame): boolean {
    const { worth } = scene
    const levels = kind === 'ask' ? scene.asks : scene.bids
    const common = (scene.look.dimmed ? DIMMED : 0) | (prefix * PREFIX)
    const end = kind === 'ask' ? window.asks : window.bids
    const outermost = kind === 'ask' ? 0 : window.rows - 1
    const count = Math.min(scene.depth, levels.length / 2)
    let isWider = false
    let total = 0
    let sumWorth = 0n
    for (let level = 0; level < end; level += 1) {
      const exists = level < count
      const lots = exists ? (levels[level * 2 + 1] ?? 0) : 0
      const ticks = exists ? (levels[level * 2] ?? Number.NaN) : Number.NaN
      const levelWorth = exists && worth !== undefined ? worth.of(ticks, lots) : 0n
      total += lots
      sumWorth += levelWorth
      const at = kind === 'ask' ? window.spread - 1 - level : window.spread + 1 + level
      const row = at < window.rows ? this.#rows[at] : undefined
      if (row === undefined) continue
      row.top = frame.rowHeight * (1 + at)
      row.ticks = ticks
      row.lots = lots
      row.total = total
      row.worth = sumWorth
      const price = exists ? scene.price.full(ticks) : ''
      const size = !exists ? '' : (worth?.compact(levelWorth) ?? scene.size.compact(lots))
      const sum = !exists ? '' : (worth?.compact(sumWorth) ?? scene.size.compact(total))
      const measured = worth === undefined ? total : Number(sumWorth)
      const bar = exists && greatest > 0 ? Math.round((frame.width * measured) / greatest) : 0
      const marks = common | (isIn(scene.pointerY, row.top, frame.rowHeight) ? POINTED : 0)
      const hidden = at !== outermost ? 0 : kind === 'ask' ? window.above : window.below
      const note = level === count ? endNote(count, scene) : ''
      if (rewrite(row, { kind, price, size, sum, bar, marks, hidden, note })) isWider = this.#see(row) || isWider
    }
    return isWider
  }

  #see({ price, size, sum }: LevelRow): boolean {
    const widths = this.#widths
    if (widths === undefined) return false
    const first = this.#widest.see(0, widths.of(price))
    const second = this.#widest.see(1, widths.of(size))
    return this.#widest.see(2, widths.of(sum)) || second || first
  }

  #placeColumns(frame: Frame): void {
    const edges = columnEdges(frame, SHARES, this.#widest.widths)
    if (edges.every((edge, at) => edge === this.#edges[at])) return
    this.#edges = edges
    for (const row of this.#rows) row.isChanged = true
  }
}

/** Where the first two columns end, of the width. */
const SHARES = [0.37, 0.68] as const
const BRIGHT_DIGITS = 2

type SideFrame = {
  readonly frame: Frame
  readonly window: LadderWindow
  /** The larger side in sight, in lots or in what they are worth: the longest bar. */
  readonly greatest: number
  /** Characters all prices begin with. */
  readonly prefix: number
}

/**
 * How many characters all shown prices begin with alike, the last two digits never among them: the digits that tell levels apart are the
 * bright ones. Prices are in order, so the two outermost decide for all between.
 */
function sharedPrefix(
  { asks, bids, price }: LadderScene,
  ends: { readonly asks: number; readonly bids: number },
): number {
  const highest = asks[Math.min(ends.asks * 2, asks.length) - 2] ?? bids[0]
  const lowest = bids[Math.min(ends.bids * 2, bids.length) - 2] ?? asks[0]
  if (highest === undefined || lowest === undefined) return 0
  const high = price.full(highest)
  const low = price.full(lowest)
  if (high.length !== low.length) return 0
  const end = lastDigitsAt(high, BRIGHT_DIGITS)
  let at = 0
  while (at < end && high.charCodeAt(at) === low.charCodeAt(at)) at += 1
  return at
}

/**
 * What stands under the last level of a side. A book that ends need not be all of the venue's, which tells of so many levels only: that there
 * are no more orders nobody here knows.
 */
function endNote(levels: number, { depth, granted }: LadderScene): string {
  if (levels === 0) return ''
  const most = granted === 'all' ? depth : Math.min(depth, granted)
  return `${levels < most ? 'book' : 'view'} ends \u00b7 ${levels} ${levels === 1 ? 'level' : 'levels'}`
}

function isIn(y: number | undefined, top: number, height: number): boolean {
  return y !== undefined && y >= top && y < top + height
}

/** Of the best so many levels, in what sizes are shown in; good enough for a length. */
function totalOf({ asks, bids, worth }: LadderScene, side: 'ask' | 'bid', count: number): number {
  const levels = side === 'ask' ? asks : bids
  let total = 0
  for (let at = 1; at < levels.length && at < count * 2; at += 2)
    total += (levels[at] ?? 0) * (worth === undefined ? 1 : (levels[at - 1] ?? 0))
  return total
}

function paintEdge(ctx: Paint2d, look: Look, frame: Frame, theme: PaintTheme): void {
  if (look.edge === 'none') return
  ctx.fillStyle = look.edge === 'warn' ? theme.warn : theme.error
  ctx.fillRect(0, 0, frame.width, frame.edge)
}
