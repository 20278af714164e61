import type { BookView, Client, Subscription } from '@depthcast/client'
import { fromLots, fromTicks, type Instrument } from '@depthcast/market'
import type { Frame } from '../painters/canvas.ts'
import { LadderPainter, levelsOf } from '../painters/ladder.ts'
import { ladderWindow } from '../painters/ladder-window.ts'
import { BookContent } from './book-content.ts'
import type { Content, Painting, TableContent } from './content.ts'
import { type Formats, formatsOf, type NumberStyle } from './decimal.ts'
import { bookSentence } from './kept-book.ts'
import { ladderStep } from './ladder-step.ts'
import type { Hit, PanelOptions, Point } from './messages.ts'
import { QuoteAmount } from './quote-amount.ts'

const COLUMNS = ['Side', 'Price', 'Size', 'Total'] as const
/** What sizes are worth stands beside the sizes themselves, which are what the server sent. */
const QUOTE_COLUMNS = [...COLUMNS, 'Quote size', 'Quote total'] as const

/** A book as a ladder. */
export class LadderContent extends BookContent implements Content<BookView> {
  readonly unseen = 0
  readonly #painter = new LadderPainter()
  #options: LadderOptions
  #style: NumberStyle
  #formats: LadderFormats | undefined
  /** Rows the spread stands above the middle, and the part of a row the wheel has not made up yet. */
  #scrolled = 0
  #pixels = 0

  constructor(options: PanelOptions, style: NumberStyle) {
    super()
    this.#options = wanted(options)
    this.#style = style
  }

  open(client: Client, symbol: string, options: PanelOptions): Subscription<BookView> {
    const { depth, grouping, rateMs } = wanted(options)
    return this.follow(client.book(symbol, { depth, grouping, rateMs, checksum: true }))
  }

  choose(before: PanelOptions, options: PanelOptions): ReturnType<Content<BookView>['choose']> {
    this.#options = wanted(options)
    const { depth, grouping, rateMs } = this.#options
    const was = wanted(before)
    const isSame = depth === was.depth && grouping === was.grouping && rateMs === was.rateMs
    return isSame ? undefined : { depth, grouping, rateMs }
  }

  take(view: BookView): void {
    this.keep(view)
  }

  clear(): void {
    this.book.clear()
    this.resume()
  }

  forget(style: NumberStyle): void {
    this.#style = style
    this.#formats = undefined
    this.#painter.forget()
  }

  paint({ ctx, frame, theme, look, state, pointer }: Painting): void {
    const { view } = this.book
    const { bids = NONE, asks = NONE } = view ?? {}
    const { price, size, worth } = this.#formatsOf(view?.instrument)
    const { decimal } = this.#style
    const { depth, unit } = this.#options
    // What was scrolled to may be there no more.
    this.#scrolled = ladderWindow(frame, this.#levels(), this.#scrolled).scrolled
    this.#painter.paint(
      ctx,
      {
        ...{ bids, asks, depth, scrolled: this.#scrolled, price, size, decimal, look },
        worth: unit === 'quote' ? worth : undefined,
        granted: this.granted.depth ?? 'all',
        isGrouped: (this.granted.grouping ?? 1) > 1,
        sentence: bookSentence(view, state),
        pointerY: pointer?.y,
      },
      frame,
      theme,
    )
  }

  hitAt({ y }: Point, frame: Frame): Hit | undefined {
    const row = this.#painter.rowAt(y, frame)
    const { view } = this.book
    if (row === undefined || view === undefined) return undefined
    const { ticks, lots, total } = row
    const { price, size, worth } = this.#formatsOf(view.instrument)
    const [level, sum] =
      this.#options.unit === 'quote' && worth !== undefined
        ? [worth.full(worth.of(ticks, lots)), worth.full(row.worth)]
        : [size.full(lots), size.full(total)]
    return {
      at: { x: 0, y: row.top / frame.dpr },
      price: fromTicks(ticks, view.instrument.tickSize),
      text: `${row.side === 'ask' ? 'Ask' : 'Bid'} ${price.full(ticks)} · ${level} · Σ ${sum}`,
    }
  }

  step(pointer: Point | undefined, by: Point, frame: Frame): Point | undefined {
    const next = ladderStep({ pointer, by, frame, levels: this.#levels(), scrolled: this.#scrolled })
    if (next === undefined) return undefined
    this.#scrolled = next.scrolled
    return { x: pointer?.x ?? 0, y: next.y }
  }

  scroll({ y }: Point, frame: Frame): boolean {
    this.#pixels += y
    const rows = Math.trunc(this.#pixels / frame.rowHeight)
    this.#pixels -= rows * frame.rowHeight
    const { scrolled } = ladderWindow(frame, this.#levels(), this.#scrolled + rows)
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
    const { view } = this.book
    const inQuote = this.#options.unit === 'quote'
    const columns = inQuote ? QUOTE_COLUMNS : COLUMNS
    if (view === undefined) return { seq: 0, columns, rows: [] }
    const { worth } = this.#formatsOf(view.instrument)
    const of = { instrument: view.instrument, worth: inQuote ? worth : undefined }
    return {
      seq: view.seq,
      columns,
      rows: [...rowsOf('Ask', view.asks, of).reverse(), ...rowsOf('Bid', view.bids, of)],
    }
  }

  #levels(): ReturnType<typeof levelsOf> {
    const { bids = NONE, asks = NONE } = this.book.view ?? {}
    return levelsOf({ bids, asks, depth: this.#options.depth })
  }

  #formatsOf(instrument: Instrument | undefined): LadderFormats {
    if (this.#formats === undefined || this.#formats.instrument !== instrument) {
      const worth = instrument && new QuoteAmount(instrument, this.#style)
      this.#formats = { ...formatsOf(instrument, this.#style), worth }
    }
    return this.#formats
  }
}

type LadderOptions = Required<Pick<PanelOptions, 'depth' | 'grouping' | 'rateMs' | 'unit'>>
type LadderFormats = Formats & { readonly worth: QuoteAmount | undefined }

function wanted({ depth = 25, grouping = 1, rateMs, unit = 'base' }: PanelOptions): LadderOptions {
  return { depth, grouping, rateMs, unit }
}

const NONE: readonly number[] = []

/** The rows of one side, best first, in exact decimals; with what they are worth where that is shown. */
export function rowsOf(
  side: string,
  levels: readonly number[],
  { instrument, worth }: { readonly instrument: Instrument; readonly worth: QuoteAmount | undefined },
): string[][] {
  const { tickSize, lotSize } = instrument
  const rows: string[][] = []
  let total = 0
  let sum = 0n
  for (let at = 0; at < levels.length; at += 2) {
    const ticks = levels[at] ?? 0
    const lots = levels[at + 1] ?? 0
    total += lots
    const row = [side, fromTicks(ticks, tickSize), fromLots(lots, lotSize), fromLots(total, lotSize)]
    if (worth !== undefined) {
      const own = worth.of(ticks, lots)
      sum += own
      row.push(worth.exact(own), worth.exact(sum))
    }
    rows.push(row)
  }
  return rows
}
