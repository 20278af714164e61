import { type DecimalFormat, trailingZerosAt, UNKNOWN } from '../engine/decimal.ts'
import type { PaintTheme } from '../engine/messages.ts'
import type { TapeFilter } from '../engine/tape-filter.ts'
import { MISSING, type TapeRing } from '../engine/tape-ring.ts'
import { zoneOffsetMs } from '../engine/zone.ts'
import { type Frame, type Look, type Paint2d, paintSentence, rightText, TextWidths } from './canvas.ts'
import { type ColumnEdges, columnEdges, WidestTexts } from './columns.ts'

export type TapeScene = {
  readonly ring: TapeRing
  readonly filter: TapeFilter
  /** Shown rows above the first one painted: 0 follows the newest. */
  readonly skipped: number
  readonly price: DecimalFormat
  readonly size: DecimalFormat
  readonly decimal: string
  readonly timeZone: string
  readonly look: Look
  readonly sentence: string | undefined
  /** Device pixels from the top. */
  readonly pointerY: number | undefined
}

/** Rows of trades that fit under the labels. */
export function tapeRows(frame: Frame): number {
  return Math.max(0, Math.floor(frame.height / frame.rowHeight) - 1)
}

/**
 * Paints time and sales, newest on top: a tick for the taker's side, price, size, time (with milliseconds under the pointer).
 *
 * Rows are repainted only where something drawn differs; `forget` as for the ladder.
 */
export class TapePainter {
  readonly #rows: DrawnRow[] = []
  readonly #widest = new WidestTexts()
  #edges: ColumnEdges = [0, 0, undefined]
  #price: DecimalFormat | undefined
  #widths: TextWidths | undefined
  #blank = true
  #head = ''
  #sentence: string | undefined

  forget(): void {
    this.#blank = true
    this.#widths = undefined
    this.#widest.forget()
  }

  paint(ctx: Paint2d, scene: TapeScene, frame: Frame, theme: PaintTheme): void {
    ctx.font = frame.font
    ctx.fontKerning = 'none'
    ctx.textBaseline = 'alphabetic'
    this.#widths ??= new TextWidths(ctx, frame.font)
    const fits = tapeRows(frame)
    // Another instrument has other widths.
    if (this.#price !== scene.price) this.#widest.forget()
    this.#price = scene.price
    const isWider = this.#seeWidths(scene, frame, this.#widths)
    if (this.#blank || isWider || this.#sentence !== scene.sentence) this.#clear(ctx, frame, theme, fits)
    this.#sentence = scene.sentence
    this.#paintHead(ctx, scene, frame, theme)
    if (scene.sentence !== undefined) return
    let index = scene.ring.indexAfter(scene.skipped, scene.filter)
    for (let at = 0; at < fits; at += 1) {
      while (index < scene.ring.size && !scene.ring.isShown(index, scene.filter)) index += 1
      this.#paintRow(ctx, { at, index }, scene, { frame, theme })
      index += 1
    }
  }

  /** The ring's index of the trade painted at a point, as of the last paint; undefined where there is none. */
  indexAt(y: number, scene: TapeScene, frame: Frame): number | undefined {
    const at = Math.floor(y / frame.rowHeight) - 1
    if (scene.sentence !== undefined || at < 0 || at >= tapeRows(frame)) return undefined
    const index = scene.ring.indexAfter(scene.skipped + at, scene.filter)
    return index < scene.ring.size && scene.ring.side(index) !== MISSING ? index : undefined
  }

  /** True when the columns have to move for what is in sight. */
  #seeWidths(scene: TapeScene, frame: Frame, widths: TextWidths): boolean {
    const { ring, filter } = scene
    let index = ring.indexAfter(scene.skipped, filter)
    for (let left = tapeRows(frame); left > 0 && index < ring.size; index += 1) {
      if (!ring.isShown(index, filter)) continue
      left -= 1
      if (ring.side(index) === MISSING) continue
      this.#widest.see(0, widths.of(scene.price.full(ring.ticks(index))))
      this.#widest.see(1, widths.of(scene.size.compact(ring.lots(index))))
    }
    this.#widest.see(2, widths.of('00:00:00.000'))
    const edges = columnEdges(frame, SHARES, this.#widest.widths, widths.of(`${TICK} `))
    if (edges.every((edge, at) => edge === this.#edges[at])) return false
    this.#edges = edges
    return true
  }

  #clear(ctx: Paint2d, frame: Frame, theme: PaintTheme, fits: number): void {
    ctx.fillStyle = theme.background
    ctx.fillRect(0, 0, frame.width, frame.height)
    while (this.#rows.length < fits) this.#rows.push({ ticks: 0, lots: 0, side: 0, time: -1, marks: -1 })
    for (const row of this.#rows) row.marks = -1
    this.#blank = false
    this.#head = ''
  }

  #paintHead(ctx: Paint2d, scene: TapeScene, frame: Frame, theme: PaintTheme): void {
    const { look, sentence } = scene
    const head = `${look.edge} ${sentence ?? ''}`
    if (head === this.#head || this.#widths === undefined) return
    this.#head = head
    const widths = this.#widths
    if (sentence === undefined) {
      ctx.fillStyle = theme.background
      ctx.fillRect(0, 0, frame.width, frame.rowHeight)
      const label = (text: string, right: number | undefined) =>
        right !== undefined &&
        rightText(ctx, widths, text, {
          right,
          baseline: frame.baseline,
          split: text.length,
          first: theme.textMid,
          second: theme.textMid,
        })
      const [price, size, time] = this.#edges
      label('Price', price)
      label('Size', size)
      label('Time', time)
    } else paintSentence(ctx, frame, theme, sentence, widths)
    if (look.edge === 'none') return
    ctx.fillStyle = look.edge === 'warn' ? theme.warn : theme.error
    ctx.fillRect(0, 0, frame.width, frame.edge)
  }

  #paintRow(ctx: Paint2d, { at, index }: { at: number; index: number }, scene: TapeScene, style: Style): void {
    const row = this.#rows[at]
    if (row === undefined) return
    const { ring, look, pointerY } = scene
    const { rowHeight } = style.frame
    const top = rowHeight * (at + 1)
    const exists = index < ring.size
    // Under the oldest row it keeps the tape says how many there were before.
    const isEnd = index === ring.size && ring.dropped > 0
    const pointed = pointerY !== undefined && pointerY >= top && pointerY < top + rowHeight
    const marks = (exists ? EXISTS : isEnd ? ENDS : 0) | (look.dimmed ? DIMMED : 0) | (pointed ? POINTED : 0)
    const ticks = exists ? ring.ticks(index) : 0
    const lots = exists ? ring.lots(index) : isEnd ? ring.dropped : 0
    const side = exists ? ring.side(index) : 0
    const time = exists ? ring.time(index) : 0
    if (row.marks === marks && row.ticks === ticks && row.lots === lots && row.side === side && row.time === time)
      return
    row.marks = marks
    row.ticks = ticks
    row.lots = lots
    row.side = side
    row.time = time
    this.#drawRow(ctx, row, top, scene, style)
  }

  #drawRow(ctx: Paint2d, row: DrawnRow, top: number, scene: TapeScene, { frame, theme }: Style): void {
    const widths = this.#widths
    const pointed = (row.marks & POINTED) !== 0
    ctx.fillStyle = pointed ? theme.hover : theme.background
    ctx.fillRect(0, top, frame.width, frame.rowHeight)
    const baseline = top + frame.baseline
    if ((row.marks & ENDS) !== 0) {
      ctx.fillStyle = theme.textMid
      ctx.fillText(droppedText(row.lots), frame.padding, baseline)
    }
    if (widths === undefined || (row.marks & EXISTS) === 0) return
    if (row.side === MISSING) {
      ctx.fillStyle = theme.warn
      ctx.fillText(missingText(row.lots), frame.padding, baseline)
      return
    }
    const dimmed = (row.marks & DIMMED) !== 0
    const low = theme.textLow
    const colour = dimmed ? low : row.side === 1 ? theme.up : row.side === -1 ? theme.down : theme.text
    const [priceEnd, sizeEnd, timeEnd] = this.#edges
    ctx.fillStyle = colour
    const tick = theme.sidesByShape ? HOLLOW_TICK : TICK
    ctx.fillText(row.side === 1 ? tick : row.side === -1 ? '\u25bc' : '\u00b7', frame.padding, baseline)
    const price = scene.price.full(row.ticks)
    rightText(ctx, widths, price, {
      right: priceEnd,
      baseline,
      split: price.length,
      first: colour,
      second: colour,
    })
    const size = scene.size.compact(row.lots)
    const split = trailingZerosAt(size, scene.decimal)
    rightText(ctx, widths, size, {
      right: sizeEnd,
      baseline,
      split,
      first: dimmed ? low : theme.textHigh,
      second: low,
    })
    if (timeEnd === undefined) return
    const time = timeText(row.time, pointed, scene.timeZone)
    rightText(ctx, widths, time, {
      right: timeEnd,
      baseline,
      split: time.length,
      first: dimmed ? low : theme.textMid,
      second: low,
    })
  }
}

/** `12:04:07` by the clocks of a zone, with `.213` when asked for; a dash where the venue gives no time. */
export function timeText(micros: number, withMs: boolean, timeZone: string): string {
  if (micros <= 0) return UNKNOWN
  const utc = Math.floor(micros / 1000)
  const ms = utc + zoneOffsetMs(utc, timeZone)
  const second = Math.floor(ms / 1000) % 86_400
  const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
  return withMs ? `${clock}.${String(ms % 1000).padStart(3, '0')}` : clock
}

const TICK = '\u25b2'
/** Where colours do not tell buys from sells. */
const HOLLOW_TICK = '\u25b3'
/** Where the first two columns end, of the width. */
const SHARES = [0.38, 0.66] as const
const EXISTS = 1
const DIMMED = 2
const POINTED = 4
const ENDS = 8

type Style = { readonly frame: Frame; readonly theme: PaintTheme }
type DrawnRow = { ticks: number; lots: number; side: number; time: number; marks: number }

function missingText(count: number): string {
  if (count < 0) return `${UNKNOWN} trades may be missing here`
  return `${UNKNOWN} ${count} ${count === 1 ? 'trade' : 'trades'} missing here`
}

/** What a tape says of rows it no longer has. */
export function droppedText(count: number): string {
  return `${UNKNOWN} ${count} older ${count === 1 ? 'row' : 'rows'} not kept`
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n)
}
