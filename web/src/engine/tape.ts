import type { Client, Subscription, TradesView } from '@depthcast/client'
import { fromLots, fromTicks, type Instrument } from '@depthcast/market'
import type { Frame } from '../painters/canvas.ts'
import { droppedText, TapePainter, type TapeScene, tapeRows, timeText } from '../painters/tape.ts'
import { type Content, momentOf, type Painting, type TableContent } from './content.ts'
import { type Formats, formatsOf, type NumberStyle, UNKNOWN } from './decimal.ts'
import { sentenceOf } from './kept-book.ts'
import type { Hit, PanelOptions, Point } from './messages.ts'
import { NO_FILTER, TapeFilter, valueText } from './tape-filter.ts'
import { MISSING, TapeRing, type TapeSide } from './tape-ring.ts'

const COLUMNS = ['Time', 'Side', 'Price', 'Size'] as const

/** Time and sales. Scrolled away from the newest it stands still: trades go on into the ring and are counted. */
export class TapeContent implements Content<TradesView> {
  readonly #painter = new TapePainter()
  readonly #ring = new TapeRing()
  #minValue: string
  #style: NumberStyle
  #view: TradesView | undefined
  #filter = NO_FILTER
  #scene: TapeScene | undefined
  #formats: Formats | undefined
  /** Shown rows above the first painted one, and the part of a row the wheel has not made up yet. */
  #skipped = 0
  #pixels = 0
  #unseen = 0
  #lastTradeAt: number | undefined

  constructor({ minValue = '0' }: PanelOptions, style: NumberStyle) {
    this.#minValue = minValue
    this.#style = style
  }

  get seq(): number | undefined {
    return this.#view?.seq
  }

  /** Trades carry no checksum. */
  readonly isBook = false

  get isVerified(): boolean {
    return false
  }

  get contradiction(): string | undefined {
    return undefined
  }

  get unseen(): number {
    return this.#unseen
  }

  open(client: Client, symbol: string, { rateMs }: PanelOptions): Subscription<TradesView> {
    return client.trades(symbol, { rateMs })
  }

  choose(before: PanelOptions, { minValue = '0', rateMs }: PanelOptions): ReturnType<Content<TradesView>['choose']> {
    if (minValue !== this.#minValue) {
      this.#minValue = minValue
      if (this.#view !== undefined) this.#filter = new TapeFilter(minValue, this.#view.instrument)
      // Another selection has other rows: what was scrolled to is not among them any more.
      this.resume()
    }
    return rateMs === before.rateMs ? undefined : { rateMs }
  }

  take(view: TradesView): void {
    const isFirst = this.#view === undefined
    this.#view = view
    if (isFirst) this.#filter = new TapeFilter(this.#minValue, view.instrument)
    if (view.isBroken) this.#push(0, -1, MISSING, 0)
    if (view.lost > 0) this.#push(0, view.lost, MISSING, 0)
    for (const { price, quantity, side, exchangeTime } of view.added) {
      this.#push(price, quantity, side === 'buy' ? 1 : side === 'sell' ? -1 : 0, exchangeTime ?? 0)
    }
  }

  happenedAt(view: TradesView, isFresh: boolean): number | undefined {
    if (isFresh) this.#lastTradeAt = momentOf(view.recent.at(-1)?.exchangeTime, view)
    else if (view.added.length > 0) this.#lastTradeAt = view.receivedAt
    return this.#lastTradeAt
  }

  clear(): void {
    this.#ring.clear()
    this.#view = undefined
    this.#formats = undefined
    this.resume()
  }

  forget(style: NumberStyle): void {
    this.#style = style
    this.#formats = undefined
    this.#painter.forget()
  }

  paint({ ctx, frame, theme, look, state, pointer }: Painting): void {
    // What was scrolled to may have made room in the ring for something newer. To count all rows is dear, and needless at the newest.
    if (this.#skipped > 0) this.#skipped = Math.min(this.#skipped, this.#mostSkipped(frame))
    this.#scene = { ...this.#base(), look, sentence: this.#sentence(state), pointerY: pointer?.y }
    this.#painter.paint(ctx, this.#scene, frame, theme)
  }

  hitAt({ y }: Point, frame: Frame): Hit | undefined {
    const index = this.#scene && this.#painter.indexAt(y, this.#scene, frame)
    if (index === undefined || this.#scene === undefined || this.#view === undefined) return undefined
    const ticks = this.#ring.ticks(index)
    return {
      at: { x: 0, y: (Math.floor(y / frame.rowHeight) * frame.rowHeight) / frame.dpr },
      price: fromTicks(ticks, this.#view.instrument.tickSize),
      text: `${this.#scene.price.full(ticks)} · ${this.#scene.size.full(this.#ring.lots(index))}`,
    }
  }

  /** From trade to trade; past the last one in sight the tape scrolls. */
  step(pointer: Point | undefined, by: Point, frame: Frame): Point | undefined {
    if (this.#scene === undefined || this.#scene.sentence !== undefined) return undefined
    const rows = Math.min(tapeRows(frame), this.#ring.shown(this.#filter) - this.#skipped)
    const wanted = pointer === undefined ? 0 : Math.floor(pointer.y / frame.rowHeight) - 1 + by.y
    const beyond = Math.min(0, wanted) + Math.max(0, wanted - (rows - 1))
    const went = beyond === 0 ? 0 : this.#skip(beyond, frame)
    const row = Math.min(rows - 1, Math.max(0, wanted - went))
    return { x: pointer?.x ?? 0, y: (row + 1.5) * frame.rowHeight }
  }

  scroll({ y }: Point, frame: Frame): boolean {
    this.#pixels += y
    const rows = Math.trunc(this.#pixels / frame.rowHeight)
    this.#pixels -= rows * frame.rowHeight
    return this.#skip(rows, frame) !== 0
  }

  resume(): void {
    this.#skipped = 0
    this.#pixels = 0
    this.#unseen = 0
  }

  table(): TableContent {
    const view = this.#view
    if (view === undefined) return { seq: 0, columns: COLUMNS, rows: [] }
    const rows: string[][] = []
    for (let index = 0; index < this.#ring.size; index += 1) {
      if (this.#ring.isShown(index, this.#filter)) rows.push(this.#tableRow(index, view.instrument))
    }
    const { dropped } = this.#ring
    if (dropped > 0) rows.push(['', droppedText(dropped), UNKNOWN, UNKNOWN])
    return { seq: view.seq, columns: COLUMNS, rows }
  }

  /** Rows to skip so that the last one stands at the bottom: the last trade, or what is said under it. */
  #mostSkipped(frame: Frame): number {
    const said = this.#ring.dropped > 0 ? 1 : 0
    return Math.max(0, this.#ring.shown(this.#filter) + said - tapeRows(frame))
  }

  /** Goes so many rows down into the past. Returns how many it went. */
  #skip(rows: number, frame: Frame): number {
    const next = Math.min(this.#mostSkipped(frame), Math.max(0, this.#skipped + rows))
    const went = next - this.#skipped
    this.#skipped = next
    this.#unseen = Math.min(this.#unseen, next)
    return went
  }

  #tableRow(index: number, { tickSize, lotSize }: Instrument): string[] {
    const side = this.#ring.side(index)
    const lots = this.#ring.lots(index)
    if (side === MISSING) return ['', lots < 0 ? 'Missing' : `${lots} missing`, UNKNOWN, UNKNOWN]
    const time = timeText(this.#ring.time(index), true, this.#style.timeZone)
    return [time, SIDES[side], fromTicks(this.#ring.ticks(index), tickSize), fromLots(lots, lotSize)]
  }

  #push(ticks: number, lots: number, side: TapeSide, time: number): void {
    this.#ring.push(ticks, lots, side, time)
    if (this.#skipped === 0 || !this.#ring.isShown(0, this.#filter)) return
    this.#skipped += 1
    this.#unseen += 1
  }

  #sentence(state: Painting['state']): string | undefined {
    if (this.#view === undefined) return sentenceOf(state)
    if (this.#ring.indexAfter(0, this.#filter) < this.#ring.size) return undefined
    if (this.#filter.isAll) return 'No trades yet'
    return `No trades \u2265 ${valueText(this.#minValue, this.#style)} in view. Lower filter`
  }

  #base(): Pick<TapeScene, 'ring' | 'filter' | 'skipped' | 'price' | 'size' | 'decimal' | 'timeZone'> {
    const instrument = this.#view?.instrument
    if (this.#formats === undefined || this.#formats.instrument !== instrument)
      this.#formats = formatsOf(instrument, this.#style)
    const { price, size } = this.#formats
    return {
      ring: this.#ring,
      filter: this.#filter,
      skipped: this.#skipped,
      price,
      size,
      decimal: this.#style.decimal,
      timeZone: this.#style.timeZone,
    }
  }
}

const SIDES = { 1: 'Buy', 0: 'Unknown', [-1]: 'Sell' } as const
