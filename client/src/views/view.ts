import type { Instrument } from '@depthcast/market'
import type { ChannelName, Granted, ViewMessage } from '@depthcast/protocol'
import type { BookView } from './book.ts'
import type { CandlesView } from './candles.ts'
import type { StatusView } from './status.ts'
import type { TickerView } from './ticker.ts'
import type { TradesView } from './trades.ts'

/** What a subscription of each channel gives. Views are never changed once given out, so they may be kept. */
export type Views = {
  readonly book: BookView
  readonly trades: TradesView
  readonly ticker: TickerView
  readonly candles: CandlesView
  readonly status: StatusView
}
export type AnyView = Views[ChannelName]

/** What a view is of, known from the server's answer. */
export type ViewTerms = { readonly instrument: Instrument; readonly granted: Granted }

/**
 * Turns the messages of one view into views on this side.
 *
 * `fold` returns the view after the message; views given out before stay as they are. Throws ChainBroken or ChecksumMismatch. Recovery: a new
 * folder and a snapshot. `lostTold` is how many items the server said are gone since the last message folded.
 */
export type Folder<Message, View> = { fold(message: Message, receivedAt: number, lostTold: number): View }

export type AnyFolder = Folder<ViewMessage, AnyView>

/** The newest of two views for who has seen neither: nothing that happened only in the older one may be lost. */
export type Merge<View> = (older: View, newer: View) => View

/**
 * The view as news for who had `before`, from another line or from before a resync: what it already had is not news, and what it missed in
 * between is told.
 */
export type Rebase<View> = (view: View, before: View | undefined) => View
