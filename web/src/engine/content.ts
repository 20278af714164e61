import type { Client, Subscription } from '@depthcast/client'
import type { Instrument } from '@depthcast/market'
import type { Frame, Look, Paint2d } from '../painters/canvas.ts'
import type { NumberStyle } from './decimal.ts'
import type { FromEngine, PaintTheme, PanelKind, PanelOptions, ViewState } from './messages.ts'

/** What every painter is given besides what it shows. */
export type Painting = {
  readonly ctx: Paint2d
  readonly frame: Frame
  readonly theme: PaintTheme
  readonly look: Look
  readonly state: ViewState
  /** Device pixels from the top; undefined while the pointer is elsewhere. */
  readonly pointerY: number | undefined
}

export type Hit = Pick<Extract<FromEngine, { kind: 'hit' }>, 'price' | 'quantity' | 'total'> & { readonly top: number }
export type TableContent = Pick<Extract<FromEngine, { kind: 'table' }>, 'seq' | 'columns' | 'rows'>

/**
 * What makes a kind of panel: which view it follows, what it keeps of it, and how that is painted. Everything else (the surface, states,
 * meters, pauses) is the same for all and lives in `Panel`. To add a kind: its file and its line in `CONTENTS`.
 */
export type Content<View> = {
  open(client: Client, symbol: string, options: PanelOptions): Subscription<View>
  /** Takes new options on. Returns what to ask of the server, or undefined when nothing changes there. */
  choose(
    before: PanelOptions,
    options: PanelOptions,
  ): { depth?: number; grouping?: number; rateMs?: number } | undefined
  /** A new view, as soon as it came. */
  take(view: View): void
  /** Another instrument: nothing of the former may show. */
  clear(): void
  /** The canvas is empty, or the theme, font or locale is new. */
  forget(style: NumberStyle): void
  paint(painting: Painting): void
  hitAt(y: number, frame: Frame): Hit | undefined
  /** Moves by device pixels; returns whether there is something to paint. */
  scroll(pixels: number, frame: Frame): boolean
  resume(): void
  /** What is on the canvas, in exact decimals without grouping. */
  table(): TableContent
  /** Undefined while nothing is shown. */
  readonly seq: number | undefined
  readonly isVerified: boolean
  readonly contradiction: string | undefined
  readonly unseen: number
  readonly instrument: Instrument | undefined
}

/** A panel only hands its views on, so it need not know what they are. */
export type ContentOf = {
  readonly [Kind in PanelKind]: (options: PanelOptions, style: NumberStyle) => Content<unknown>
}
