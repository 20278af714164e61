import type { BookView, Client, Subscription } from '@depthcast/client'
import { fromLots, fromTicks, type Instrument } from '@depthcast/market'
import type { Frame } from '../painters/canvas.ts'
import { LadderPainter, levelsOf } from '../painters/ladder.ts'
import { ladderWindow } from '../painters/ladder-window.ts'
import { type Content, momentOf, type Painting, type TableContent } from './content.ts'
import { type Formats, formatsOf, type NumberStyle } from './decimal.ts'
import type { Hit, PanelOptions, Point } from './messages.ts'

const COLUMNS = ['Side', 'Price', 'Size', 'Total'] as const

/** A book as a ladder. Views are never changed once given out, so the last good one is simply kept. */
export class LadderContent implements Content<BookView> {
  readonly #painter = new LadderPainter()
  #options: LadderOptions
  #style: NumberStyle
  #formats: Formats | undefined
  #view: BookView | undefined
  #contradiction: string | undefined
  /** Rows the spread stands above the middle, and the part of a row the wheel has not made up yet. */
  #scrolled = 0
  #pixels = 0

  constructor(options: PanelOptions, style: NumberStyle) {
    this.#options = wanted(options)
    this.#style = style
  }

  get seq(): number | undefined {
    return this.#view?.seq
  }

  readonly isBook = true

  get isVerified(): boolean {
    return this.#view?.checksum === 'ok'
  }

  get contradiction(): string | undefined {
    return this.#contradiction
  }

  get unseen(): number {
    return 0
  }

  get instrument(): Instrument | undefined {
    return this.#view?.instrument
  }

  open(client: Client, symbol: string, options: PanelOptions): Subscription<BookView> {
    return client.book(symbol, { ...wanted(options), checksum: true })
  }

  choose(before: PanelOptions, options: PanelOptions): ReturnType<Content<BookView>['choose']> {
    const now = wanted(options)
    this.#options = now
    const { depth, grouping, rateMs } = wanted(before)
    return depth === now.depth && grouping === now.grouping && rateMs === now.rateMs ? undefined : now
  }

  /** A crossed book is never shown: the one before it stays until the books make sense again. */
  take(view: BookView): void {
    const { bestBid, bestAsk, instrument } = view
    const isCrossed = bestBid !== undefined && bestAsk !== undefined && bestBid >= bestAsk
    this.#contradiction = isCrossed
      ? `crossed book, bid ${fromTicks(bestBid, instrument.tickSize)} not below ask ${fromTicks(bestAsk, instrument.tickSize)}`
      : undefined
    if (!isCrossed) this.#view = view
  }

  happenedAt(view: BookView, isFresh: boolean): number | undefined {
    const isSnapshot = view.merged === 0
    return isFresh || isSnapshot ? momentOf(view.exchangeTime, view) : view.receivedAt
  }

  clear(): void {
    this.#view = undefined
    this.#contradiction = undefined
    this.resume()
  }

  forget(style: NumberStyle): void {
    this.#style = style
    this.#formats = undefined
    this.#painter.forget()
  }

  paint({ ctx, frame, theme, look, state, pointer }: Painting): void {
    const view = this.#view
    const { bids = NONE, asks = NONE } = view ?? {}
    const sentence =
      view === undefined ? sentenceOf(state) : bids.length + asks.length === 0 ? 'The book is empty' : undefined
    const { price, size } = this.#formatsOf(view?.instrument)
    const { decimal } = this.#style
    const { depth } = this.#options
    // What was scrolled to may be there no more.
    this.#scrolled = ladderWindow(frame, levelsOf({ bids, asks, depth }), this.#scrolled).scrolled
    this.#painter.paint(
      ctx,
      { bids, asks, depth, scrolled: this.#scrolled, price, size, decimal, look, sentence, pointerY: pointer?.y },
      frame,
      theme,
    )
  }

  hitAt({ y }: Point, frame: Frame): Hit | undefined {
    const row = this.#painter.rowAt(y, frame)
    if (row === undefined || this.#view === undefined) return undefined
    const { instrument } = this.#view
    const { price, size } = this.#formatsOf(instrument)
    return {
      at: { x: 0, y: row.top / frame.dpr },
      price: fromTicks(row.ticks, instrument.tickSize),
      text: `${price.full(row.ticks)} · ${size.full(row.lots)} · Σ ${size.full(row.total)}`,
    }
  }

  scroll({ y }: Point, frame: Frame): boolean {
    const { bids = NONE, asks = NONE } = this.#view ?? {}
    this.#pixels += y
    const rows = Math.trunc(this.#pixels / frame.rowHeight)
    this.#pixels -= rows * frame.rowHeight
    const levels = levelsOf({ bids, asks, depth: this.#options.depth })
    const { scrolled } = ladderWindow(frame, levels, this.#scrolled + rows)
    if (scrolled === this.#scrolled) return false
    this.#scrolled = scrolled
    return true
  }

  /** The spread back in the middle. */
  resume(): void {
    this.#scrolled = 0
    this.#pixels = 0
  }

  table(): TableContent {
    const view = this.#view
    if (view === undefined) return { seq: 0, columns: COLUMNS, rows: [] }
    const asks = rowsOf('Ask', view.asks, view.instrument).reverse()
    return { seq: view.seq, columns: COLUMNS, rows: [...asks, ...rowsOf('Bid', view.bids, view.instrument)] }
  }

  #formatsOf(instrument: Instrument | undefined): Formats {
    if (this.#formats === undefined || this.#formats.instrument !== instrument)
      this.#formats = formatsOf(instrument, this.#style)
    return this.#formats
  }
}

/** What stands where nothing can be shown yet, or ever. */
export function sentenceOf(state: Painting['state']): string {
  switch (state.kind) {
    case 'refused':
      return state.reason
    case 'paused':
      return 'Paused'
    case 'stale':
      return 'Disconnected'
    default:
      return 'Snapshot\u2026'
  }
}

type LadderOptions = Required<Pick<PanelOptions, 'depth' | 'grouping' | 'rateMs'>>

function wanted({ depth = 25, grouping = 1, rateMs }: PanelOptions): LadderOptions {
  return { depth, grouping, rateMs }
}

const NONE: readonly number[] = []

function rowsOf(side: string, levels: readonly number[], { tickSize, lotSize }: Instrument): string[][] {
  const rows: string[][] = []
  let total = 0
  for (let at = 0; at < levels.length; at += 2) {
    const lots = levels[at + 1] ?? 0
    total += lots
    rows.push([side, fromTicks(levels[at] ?? 0, tickSize), fromLots(lots, lotSize), fromLots(total, lotSize)])
  }
  return rows
}
