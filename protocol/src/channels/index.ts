import type { Channel } from '../channel.ts'
import { CHANNEL_NAMES, type ChannelName } from '../wire.ts'
import { type BookUpdate, book } from './book.ts'
import { type CandlesUpdate, candles } from './candles.ts'
import { type StatusUpdate, status } from './status.ts'
import { type TickerUpdate, ticker } from './ticker.ts'
import { type TradesUpdate, trades } from './trades.ts'

/** Every kind of stream there is. To add one: its file, its line here, its name in CHANNEL_NAMES. */
export const CHANNELS = { book, trades, ticker, candles, status } as const satisfies Record<ChannelName, unknown>

export type ViewUpdate = BookUpdate | TradesUpdate | TickerUpdate | CandlesUpdate | StatusUpdate

/** A channel whose params, state and view only it knows: what the server's hub works with. */
export type AnyChannel = Channel<unknown, unknown, ViewUpdate, unknown>

/** The channel of that name. */
export function channel(name: ChannelName): AnyChannel {
  return CHANNELS[name]
}

export function isChannelName(name: unknown): name is ChannelName {
  return CHANNEL_NAMES.some((known) => known === name)
}
