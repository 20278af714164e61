import type { Book } from './book.ts'
import { TICKER_FIGURES, type Ticker, type Trade } from './event.ts'
import type { Lots, Micros, Ticks } from './units.ts'

/** What is known of an instrument's ticker now: each figure the newest there is; times are those of the newest event in it. */
export type TickerView = Omit<Ticker, 'kind' | 'instrument'>

/**
 * The newest figures of ticker events and trades. Best bid and ask come from the book or from the last ticker event that carried them,
 * whichever is newer: some venues quote with each change, others only with each trade. While the newer one is a book that is not to be trusted
 * there is no quote at all, rather than an old one.
 */
export class TickerFold {
  #figures: Figures = {}
  #exchangeTime: Micros | undefined
  #receivedAt: Micros | undefined
  /** When the venue last quoted; undefined while it never has. */
  #quotedAt: Micros | undefined

  ticker(event: Ticker): void {
    const { kind: _kind, instrument: _instrument, exchangeTime, receivedAt, ...figures } = event
    for (const name of TICKER_FIGURES) if (figures[name] !== undefined) this.#figures[name] = figures[name] as never
    if (figures.bid !== undefined || figures.ask !== undefined) this.#quotedAt = receivedAt
    this.#stamp(exchangeTime, receivedAt)
  }

  trade({ price, exchangeTime, receivedAt }: Trade): void {
    this.#figures.last = price
    this.#stamp(exchangeTime, receivedAt)
  }

  /** Undefined while nothing is known. */
  view(book: BookTouch | undefined): TickerView | undefined {
    const isBookNewer = book !== undefined && (this.#quotedAt === undefined || book.receivedAt >= this.#quotedAt)
    const touch = isBookNewer && book.isValid ? quotes(book.book) : undefined
    const times = this.#times(touch === undefined ? undefined : book)
    if (times === undefined) return undefined
    if (!isBookNewer) return { ...times, ...this.#figures }
    const { bid: _bid, bidQuantity: _bidQuantity, ask: _ask, askQuantity: _askQuantity, ...others } = this.#figures
    return { ...times, ...others, ...touch }
  }

  #times(book: BookTouch | undefined): Times | undefined {
    if (book !== undefined && (this.#receivedAt === undefined || book.receivedAt >= this.#receivedAt)) {
      return { exchangeTime: book.exchangeTime, receivedAt: book.receivedAt }
    }
    return this.#receivedAt === undefined
      ? undefined
      : { exchangeTime: this.#exchangeTime, receivedAt: this.#receivedAt }
  }

  #stamp(exchangeTime: Micros | undefined, receivedAt: Micros): void {
    this.#exchangeTime = exchangeTime
    this.#receivedAt = receivedAt
  }
}

type Times = { readonly exchangeTime: Micros | undefined; readonly receivedAt: Micros }
/** A book, when it last changed, and whether it may be quoted. */
export type BookTouch = Times & { readonly book: Book; readonly isValid: boolean }

type Figures = { -readonly [Name in (typeof TICKER_FIGURES)[number]]?: NonNullable<Ticker[Name]> }

function quotes(book: Book): Figures | undefined {
  const bid = book.bestBid()
  const ask = book.bestAsk()
  if (bid === undefined && ask === undefined) return undefined
  const figures: { bid?: Ticks; bidQuantity?: Lots; ask?: Ticks; askQuantity?: Lots } = {}
  if (bid !== undefined) {
    figures.bid = bid
    figures.bidQuantity = book.lotsAt('bid', bid) as Lots
  }
  if (ask !== undefined) {
    figures.ask = ask
    figures.askQuantity = book.lotsAt('ask', ask) as Lots
  }
  return figures
}
