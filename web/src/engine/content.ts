import type { Client, Subscription } from '@depthcast/client'
import type { Frame, Look, Paint2d } from '../painters/canvas.ts'
import type { NumberStyle } from './decimal.ts'
import type { FromEngine, Hit, PaintTheme, PanelOptions, Point, ViewState } from './messages.ts'

/** What every painter is given besides what it shows. */
export type Painting = {
  readonly ctx: Paint2d
  readonly frame: Frame
  readonly theme: PaintTheme
  readonly look: Look
  readonly state: ViewState
  /** Device pixels from the top left; undefined while the pointer is elsewhere. */
  readonly pointer: Point | undefined
}

export type TableContent = Pick<Extract<FromEngine, { kind: 'table' }>, 'seq' | 'columns' | 'rows'>

/**
 * What makes a kind of panel: which view it follows, what it keeps of it, and how that is painted. Everything else (the surface, states,
 * meters, pauses) is the same for all and lives in `Panel`. To add a kind: its file and its line in `contents.ts`.
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
  /** What to ask of the server after the view just taken, where it takes one to know. */
  wish?(): ReturnType<Content<View>['choose']>
  /**
   * When the newest thing in the view just taken happened, ms since 1970 by our clock; undefined unknown. What comes fresh, a snapshot, may be
   * about something long past; what comes as an update happened now.
   */
  happenedAt(view: View, isFresh: boolean): number | undefined
  /** Another instrument: nothing of the former may show. */
  clear(): void
  /** The canvas is empty, or the theme, font or locale is new. */
  forget(style: NumberStyle): void
  paint(painting: Painting): void
  /** Takes device pixels, as in a `Painting`, and gives CSS pixels. */
  hitAt(pointer: Point, frame: Frame): Hit | undefined
  /**
   * The pointer moved by keys: so many places across and down from where it is (device pixels), or its first place where it is nowhere, which
   * `{0, 0}` asks for. Scrolls what it would leave. Undefined, or no such function: there are no places, and keys scroll.
   */
  step?(pointer: Point | undefined, by: Point, frame: Frame): Point | undefined
  /** Moves by device pixels; returns whether there is something to paint. */
  scroll(by: Point, frame: Frame): boolean
  resume(): void
  /** What is on the canvas, in exact decimals without grouping. */
  table(): TableContent
  /** Undefined while nothing is shown. */
  readonly seq: number | undefined
  readonly isVerified: boolean
  /** It shows a book, which something at the venue may stand behind. */
  readonly isBook: boolean
  readonly contradiction: string | undefined
  readonly unseen: number
}

/**
 * When something happened by our clock, given when the venue says it did (µs) and the message that told of it: its age when the server sent it,
 * reckoned back from its arrival. Good to the difference between the venue's and the server's clocks.
 */
export function momentOf(
  exchangeTime: number | undefined,
  { serverTime, receivedAt }: { readonly serverTime: number; readonly receivedAt: number },
): number | undefined {
  return exchangeTime === undefined ? undefined : receivedAt - Math.max(0, serverTime - exchangeTime) / 1000
}
