import type { PaintTheme, ViewState } from '../engine/messages.ts'

/** What the painters need of a 2D context, on either thread. */
export type Paint2d = {
  fillStyle: string | CanvasGradient | CanvasPattern
  font: string
  fontKerning: CanvasFontKerning
  textBaseline: CanvasTextBaseline
  fillRect(x: number, y: number, width: number, height: number): void
  fillText(text: string, x: number, y: number): void
  measureText(text: string): { readonly width: number }
  /** A part of another canvas, as it is. */
  drawImage(
    image: OffscreenCanvas | HTMLCanvasElement,
    ...of: [sx: number, sy: number, sw: number, sh: number, x: number, y: number, width: number, height: number]
  ): void
}

/** A canvas's measures in device pixels: painters never scale, so that every row starts on a whole pixel. */
export type Frame = {
  readonly width: number
  readonly height: number
  readonly dpr: number
  readonly rowHeight: number
  readonly padding: number
  readonly font: string
  /** From a row's top to its baseline. */
  readonly baseline: number
  /** How high digits stand over the baseline. */
  readonly digits: number
  /** Thickness of a rule, and of the edges that carry a side or a state. */
  readonly rule: number
  readonly edge: number
}

/** How far a view's values may be trusted, in looks: `dimmed` values are old, the edge says how bad it is. */
export type Look = { readonly dimmed: boolean; readonly edge: 'none' | 'warn' | 'error' }

export function frameOf(
  theme: PaintTheme,
  size: { readonly width: number; readonly height: number; readonly dpr: number },
): Frame {
  const { dpr } = size
  const rowHeight = Math.max(1, Math.round(theme.rowHeight * dpr))
  const textPx = textSize(theme.rowHeight) * dpr
  return {
    width: Math.max(1, Math.round(size.width * dpr)),
    height: Math.max(1, Math.round(size.height * dpr)),
    dpr,
    rowHeight,
    padding: Math.round(8 * dpr),
    font: `${textPx}px ${theme.font}`,
    baseline: Math.round(rowHeight / 2 + (textPx * DIGITS) / 2),
    digits: Math.ceil(textPx * DIGITS),
    rule: Math.max(1, Math.round(dpr)),
    edge: Math.max(2, Math.round(2 * dpr)),
  }
}

/** Nothing is ever blanked: what is old stays readable, and looks old. */
export function lookOf(state: ViewState): Look {
  switch (state.kind) {
    case 'live':
    case 'quiet':
    case 'delayed':
    case 'halted':
    case 'ended':
      return PLAIN
    case 'loading':
    case 'paused':
      return RESTING
    case 'stale':
    case 'gap':
      return OLD
    case 'invalid':
    case 'refused':
      return WRONG
  }
}

/**
 * Widths of texts in one font as the sum of their characters': with kerning off that is exact, and a price costs no measuring. Made anew when
 * the font changes.
 */
export class TextWidths {
  readonly #ctx: Paint2d
  readonly #font: string
  readonly #ascii = new Float64Array(128).fill(Number.NaN)
  readonly #others = new Map<number, number>()

  constructor(ctx: Paint2d, font: string) {
    this.#ctx = ctx
    this.#font = font
  }

  of(text: string, from = 0, to = text.length): number {
    let width = 0
    for (let at = from; at < to; at += 1) width += this.#ofCode(text.charCodeAt(at))
    return width
  }

  #ofCode(code: number): number {
    const kept = code < 128 ? this.#ascii[code] : this.#others.get(code)
    if (kept !== undefined && !Number.isNaN(kept)) return kept
    this.#ctx.font = this.#font
    const { width } = this.#ctx.measureText(String.fromCharCode(code))
    if (code < 128) this.#ascii[code] = width
    else this.#others.set(code, width)
    return width
  }
}

/** Writes a text in two colours, its end at `right`; the second colour begins at `split`. */
export function rightText(
  ctx: Paint2d,
  widths: TextWidths,
  text: string,
  place: {
    readonly right: number
    readonly baseline: number
    readonly split: number
    readonly first: string
    readonly second: string
  },
): void {
  const { split, baseline } = place
  const start = place.right - widths.of(text)
  if (split > 0) {
    ctx.fillStyle = place.first
    ctx.fillText(split >= text.length ? text : text.slice(0, split), start, baseline)
  }
  if (split < text.length) {
    ctx.fillStyle = place.second
    ctx.fillText(split <= 0 ? text : text.slice(split), start + widths.of(text, 0, split), baseline)
  }
}

/** Nothing but a sentence in the middle of the canvas, over static rules where rows will be. */
export function paintSentence(
  ctx: Paint2d,
  frame: Frame,
  theme: PaintTheme,
  sentence: string,
  widths: TextWidths,
): void {
  ctx.fillStyle = theme.background
  ctx.fillRect(0, 0, frame.width, frame.height)
  ctx.fillStyle = theme.line
  for (let y = frame.rowHeight; y < frame.height; y += frame.rowHeight)
    ctx.fillRect(0, y - frame.rule, frame.width, frame.rule)
  const width = widths.of(sentence)
  const left = Math.max(frame.padding, Math.round((frame.width - width) / 2))
  const top = Math.floor(frame.height / 2 / frame.rowHeight) * frame.rowHeight
  ctx.fillStyle = theme.background
  ctx.fillRect(left - frame.padding, top, width + 2 * frame.padding, frame.rowHeight)
  ctx.fillStyle = theme.textMid
  ctx.fillText(sentence, left, top + frame.baseline)
}

/** How high digits are, of the text's size. */
const DIGITS = 0.7

const PLAIN: Look = { dimmed: false, edge: 'none' }
const RESTING: Look = { dimmed: true, edge: 'none' }
const OLD: Look = { dimmed: true, edge: 'warn' }
const WRONG: Look = { dimmed: true, edge: 'error' }

/** 11 px in compact rows, 12 in normal ones, 14 where fingers are. */
function textSize(rowHeight: number): number {
  if (rowHeight < 18) return 11
  return rowHeight < 26 ? 12 : 14
}
