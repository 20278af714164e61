/** Grows only when a message changes its meaning; fields may be added within a version. */
export const PROTOCOL_VERSION = 1

export const CHANNEL_NAMES = ['book', 'trades', 'ticker', 'candles', 'status'] as const
export type ChannelName = (typeof CHANNEL_NAMES)[number]

/** A view's id: small, per gateway process, the same for every subscriber of that view. */
export type SubId = number

/** Flat integer pairs in msgpack, `["price","quantity"]` decimal strings in JSON. */
export type WireLevels = readonly number[] | readonly (readonly [price: string, quantity: string])[]
/** Integer ticks or lots in msgpack, a decimal string in JSON. */
export type WireNumber = number | string

/**
 * What happens to what changed between two messages of a view. `merge`: it becomes one message, the newest state. `unfiltered`: every source
 * update that touches the view is a message of its own, and all of an interval leave together.
 */
export const MODES = ['merge', 'unfiltered'] as const
export type Mode = (typeof MODES)[number]

/** Where a client stands in a view's chain: what it has folded last. */
export type Position = readonly [epoch: number, seq: number]

/** What the server settled on; always complete for the channel. */
export type Granted = {
  readonly depth?: number | 'all'
  readonly grouping?: number
  readonly rateMs: number | 'raw'
  readonly mode: Mode
  readonly checksum?: boolean
  readonly interval?: string
  readonly maxAgeMs?: number
}

export type WireError = {
  readonly code: number
  readonly slug: string
  readonly message: string
  readonly retryAfterMs?: number
}
