import {
  type TickerView as Figures,
  type Instrument,
  type Ledger,
  type MarketEvent,
  TICKER_FIGURES,
  TICKER_PRICES,
  TICKER_QUANTITIES,
} from '@depthcast/market'
import type { Body, Channel, ClientEnd } from '../channel.ts'
import type { TickerMessage } from '../message.ts'
import { priceToText, quantityToText } from '../text.ts'

/** There is one ticker of an instrument: nothing to choose. */
export type TickerParams = Record<never, never>

export type TickerUpdate = Body<TickerMessage>

/** What the client holds: the last message whole. Prices in ticks, quantities in lots; an absent figure is unknown. */
export type TickerView = { seq: number; latest: TickerUpdate | undefined }

/** What the view last published, and what happened since. */
export type TickerState = {
  readonly ledger: Ledger
  published: TickerUpdate | undefined
  /** Source updates since then. */
  merged: number
  /** Undefined when the venue may have quoted since the book last moved: then any move of the book's counts. */
  touch: Touch | undefined
  /** The ledger's count of book updates when `touch` became undefined. */
  quotedAfter: number
}

/** Best bid, its lots, best ask, its lots: what a ticker may take from the book. */
type Touch = readonly [bid: number, bidQuantity: number, ask: number, askQuantity: number]

/** The client's end, for programs that are not to carry the server's as well. */
export const tickerEnd: ClientEnd<TickerParams, TickerUpdate, TickerView> = {
  params: () => ({}),

  open: () => ({ seq: 0, latest: undefined }),

  apply(view: TickerView, update: TickerUpdate): void {
    view.seq = update.seq
    view.latest = update
  },
}

/**
 * Best prices, last trade and 24 h figures, complete each time, so each message stands alone. `seq` counts the source updates folded, so that it tells what
 * was merged also to who missed messages.
 */
export const ticker: Channel<TickerParams, TickerState, TickerUpdate, TickerView> = {
  ...tickerEnd,
  name: 'ticker',
  whenSlow: 'conflate',
  options: [],

  key: () => '',

  init: (ledger) => ({ ledger, published: undefined, merged: 0, touch: undefined, quotedAfter: ledger.bookUpdates }),

  accept(state: TickerState, event: MarketEvent): boolean {
    if (event.kind === 'status' || !moves(state, event)) return false
    state.merged++
    return true
  },

  diff(state: TickerState): TickerUpdate | undefined {
    if (state.merged === 0 && state.published !== undefined) return undefined
    // Figures taken from a book that is no longer valid go as they came: the message after has none.
    const figures = state.ledger.ticker ?? {}
    return isSame(state.published ?? {}, figures) ? undefined : publish(state, figures)
  },

  snapshot(state: TickerState): TickerUpdate | undefined {
    if (state.published !== undefined) return state.published
    return ticker.diff(state)
  },

  position: () => undefined,

  toText(update: TickerUpdate, instrument: Instrument): TickerUpdate {
    const text: Record<string, string> = {}
    for (const name of TICKER_PRICES) if (update[name] !== undefined) text[name] = priceToText(update[name], instrument)
    for (const name of TICKER_QUANTITIES)
      if (update[name] !== undefined) text[name] = quantityToText(update[name], instrument)
    return { ...update, ...text }
  },
}

/** A book event matters only when it moved the touch, or makes the book the newer of two quotes. */
function moves(state: TickerState, event: MarketEvent): boolean {
  if (event.kind === 'trade') return true
  if (event.kind === 'ticker') {
    state.touch = undefined
    state.quotedAfter = state.ledger.bookUpdates
    return true
  }
  if (event.kind === 'gap' && event.stream === 'trades') return false
  const before = state.touch
  // A gap, or a delta of a broken book: the book is no newer for it, and the quote stands until it is.
  if (before === undefined && state.ledger.bookUpdates === state.quotedAfter) return true
  const touch = touchOf(state.ledger)
  state.touch = touch
  return before === undefined || touch.some((n, i) => !Object.is(n, before[i]))
}

function touchOf({ book, bookValid }: Ledger): Touch {
  if (!bookValid) return [Number.NaN, 0, Number.NaN, 0]
  const bid = book.bestBid()
  const ask = book.bestAsk()
  return [
    bid ?? Number.NaN,
    bid === undefined ? 0 : book.lotsAt('bid', bid),
    ask ?? Number.NaN,
    ask === undefined ? 0 : book.lotsAt('ask', ask),
  ]
}

function isSame(published: Partial<TickerUpdate>, figures: Partial<Figures>): boolean {
  return TICKER_FIGURES.every((name) => published[name] === figures[name])
}

function publish(state: TickerState, figures: Partial<Figures>): TickerUpdate {
  const known: Record<string, number> = {}
  for (const name of TICKER_FIGURES) if (figures[name] !== undefined) known[name] = figures[name]
  const { exchangeTime } = figures
  const merged = Math.max(1, state.merged)
  const seq = (state.published?.seq ?? 0) + merged
  state.merged = 0
  state.published = { type: 'ticker', seq, merged, ...(exchangeTime !== undefined && { exchangeTime }), ...known }
  return state.published
}
