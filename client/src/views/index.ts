import type { ChannelName, Position, ViewMessage } from '@depthcast/protocol'
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
  /** Where it stands, so that it can be gone on from; undefined where each message is whole. */
  readonly position: (view: View) => Position | undefined
}

const newest = <View>(_older: View, newer: View): View => newer
const asItIs = <View>(view: View): View => view

const placeOf = ({ epoch, seq }: { readonly epoch: number; readonly seq: number }): Position => [epoch, seq]
const nowhere = (): undefined => undefined

const CHANNEL_VIEWS: { readonly [Name in ChannelName]: ChannelViews<Views[Name]> } = {
  book: { types: ['snapshot', 'update'], folder: bookFolder, merge: newest, rebase: asItIs, position: placeOf },
  trades: { types: ['trades'], folder: tradesFolder, merge: mergeTrades, rebase: rebaseTrades, position: placeOf },
  ticker: { types: ['ticker'], folder: tickerFolder, merge: newest, rebase: asItIs, position: nowhere },
  candles: { types: ['candle'], folder: candlesFolder, merge: mergeCandles, rebase: rebaseCandles, position: placeOf },
  status: { types: [], folder: undefined, merge: newest, rebase: asItIs, position: nowhere },
}

export function channelViews(name: ChannelName): ChannelViews<AnyView> {
  return CHANNEL_VIEWS[name] as ChannelViews<AnyView>
}

const VIEW_TYPES: ReadonlySet<string> = new Set(Object.values(CHANNEL_VIEWS).flatMap(({ types }) => types))

/** True for the types of message that carry views. */
export function isViewType(type: string): boolean {
  return VIEW_TYPES.has(type)
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
