import type { ChannelName, ViewMessage } from '@depthcast/protocol'
import { bookFolder } from './book.ts'
import { candlesFolder, mergeCandles, rebaseCandles } from './candles.ts'
import { tickerFolder } from './ticker.ts'
import { mergeTrades, rebaseTrades, tradesFolder } from './trades.ts'
import type { AnyView, Folder, Merge, Rebase, Views, ViewTerms } from './view.ts'

/** How the client handles a channel. To add one: its file here and its row below. */
type ChannelViews<View> = {
  /** The messages that carry it. */
  readonly types: readonly ViewMessage['type'][]
  /** Undefined where the messages do not belong to a sub but to a symbol: the status channel. */
  readonly folder: ((terms: ViewTerms) => Folder<never, View>) | undefined
  readonly merge: Merge<View>
  readonly rebase: Rebase<View>
}

const newest = <View>(_older: View, newer: View): View => newer
const asItIs = <View>(view: View): View => view

const CHANNEL_VIEWS: { readonly [Name in ChannelName]: ChannelViews<Views[Name]> } = {
  book: { types: ['snapshot', 'update'], folder: bookFolder, merge: newest, rebase: asItIs },
  trades: { types: ['trades'], folder: tradesFolder, merge: mergeTrades, rebase: rebaseTrades },
  ticker: { types: ['ticker'], folder: tickerFolder, merge: newest, rebase: asItIs },
  candles: { types: ['candle'], folder: candlesFolder, merge: mergeCandles, rebase: rebaseCandles },
  status: { types: [], folder: undefined, merge: newest, rebase: asItIs },
}

export function channelViews(name: ChannelName): ChannelViews<AnyView> {
  return CHANNEL_VIEWS[name] as ChannelViews<AnyView>
}

/** True when the message stands alone: it needs nothing that was held before. */
export function isWhole(message: ViewMessage): boolean {
  switch (message.type) {
    case 'snapshot':
    case 'ticker':
      return true
    case 'update':
      return false
    case 'trades':
    case 'candle':
      return message.prev === undefined
  }
}
