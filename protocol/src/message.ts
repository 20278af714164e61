import type { GapReason, InstrumentId, InstrumentState, Verification } from '@depthcast/market'
import type { ResumedView } from './request.ts'
import type { Granted, SubId, WireError, WireLevels, WireNumber } from './wire.ts'

/** Limits a session works under, each named again in the refusal that enforces it. */
export type Limits = {
  readonly subscriptions: number
  readonly symbolsPerRequest: number
  readonly messagesPerSecond: number
  readonly messageBytes: number
  /** Levels a side of a book view. */
  readonly maxDepth: number | 'all'
  readonly minRateMs: number
  /** Symbols a client may subscribe to a second, over all its requests. */
  readonly symbolsPerSecond: number
  /** Distinct views the whole server publishes. */
  readonly views: number
  /** Clients at once: in all, from one address, with one key. */
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly connectionsPerKey: number
  /** Milliseconds from connecting to the end of the handshake. */
  readonly handshakeMs: number
  /** Bytes of view messages a second to one client; 0 for no cap. */
  readonly bytesPerSecond: number
  /** Bytes of view messages that may be on their way, sent and not yet acknowledged. */
  readonly windowBytes: number
}

export type Welcome = {
  readonly type: 'welcome'
  readonly protocol: number
  readonly session: string
  readonly node: string
  readonly serverTime: number
  readonly limits: Limits
  readonly heartbeatMs: number
  readonly features: readonly string[]
  /** Present when the client came with a resume token: each view it names, in its order. */
  readonly resumed?: readonly ResumedView[]
}

/** The part of every view message that places it in the view's chain. Times are µs since 1970. */
type Chained = {
  readonly sub: SubId
  readonly seq: number
  readonly exchangeTime?: number
  readonly serverTime: number
}

/** A whole view of a book: drop what was held. Best first on each side. */
export type BookSnapshotMessage = Chained & {
  readonly type: 'snapshot'
  readonly epoch: number
  readonly bids: WireLevels
  readonly asks: WireLevels
  readonly checksum?: number
}

/** What changed since `prev` of the same epoch, which must be the `seq` held. Quantity 0 removes the level. Best first on each side. */
export type BookUpdateMessage = Chained & {
  readonly type: 'update'
  readonly epoch: number
  readonly prev: number
  /** Source updates folded into this one, 1 and up. */
  readonly merged: number
  readonly bids: WireLevels
  readonly asks: WireLevels
  readonly checksum?: number
}

/** `[id, price, quantity, side, exchangeTime µs]`; side 1 the taker bought, -1 sold, 0 unknown; exchangeTime 0 when unknown. */
export type WireTrade = readonly [
  id: string,
  price: WireNumber,
  quantity: WireNumber,
  side: 1 | -1 | 0,
  exchangeTime: number,
]

/**
 * Trades oldest first. `seq` is that of the last one; they are numbered without holes, so the first is `seq - trades.length + 1`.
 * Without `prev` it is a snapshot: the most recent trades, drop what was held.
 */
export type TradesMessage = Chained & {
  readonly type: 'trades'
  readonly epoch: number
  readonly prev?: number
  /** Trades after `prev` that are gone for good, oldest first; a `gap` with the same number goes before. Absent when none are. */
  readonly lost?: number
  readonly trades: readonly WireTrade[]
}

/** Complete each time; an absent field is unknown. */
export type TickerMessage = Chained & {
  readonly type: 'ticker'
  readonly merged: number
  readonly bid?: WireNumber
  readonly bidQuantity?: WireNumber
  readonly ask?: WireNumber
  readonly askQuantity?: WireNumber
  readonly last?: WireNumber
  readonly open24h?: WireNumber
  readonly high24h?: WireNumber
  readonly low24h?: WireNumber
  readonly volume24h?: WireNumber
}

/** One bar. `rev` grows with every change of the bar; `final` says its interval is over (a late trade may still revise it). */
export type WireCandle = {
  /** Start of the bar, µs since 1970. */
  readonly openTime: number
  readonly open: WireNumber
  readonly high: WireNumber
  readonly low: WireNumber
  readonly close: WireNumber
  readonly volume: WireNumber
  readonly trades: number
  readonly rev: number
  readonly final: boolean
  /** The volume would have passed 2^53 − 1 lots: the bar stopped at its last exact values and misses trades. Absent otherwise. */
  readonly overflow?: true
}

/** Bars oldest first. Without `prev` it is a snapshot: recent bars, drop what was held; else the bars that changed. */
export type CandleMessage = Chained & {
  readonly type: 'candle'
  /** Counts of changes can be compared within one epoch only: it is this gateway's, not the source's. */
  readonly epoch: number
  readonly prev?: number
  readonly candles: readonly WireCandle[]
}

/** Never conflated, never paused: sent to every session for each instrument it has a view of, and to subscribers of the status channel. */
export type StatusMessage = {
  readonly type: 'status'
  readonly symbol: InstrumentId
  readonly state: InstrumentState
  /** µs since 1970. */
  readonly since: number
  readonly reason?: string
  readonly verified: Verification
  /**
   * When that last spoke for the book, for what it covers, µs since 1970; absent while `verified` is `none`. A checksum and a sequence do so with
   * every book message too, so a newer one of those counts.
   */
  readonly verifiedAt?: number
}

/** The chain of this view is broken; a snapshot follows when the server has one. Always before that snapshot. */
export type GapMessage = {
  readonly type: 'gap'
  readonly sub: SubId
  readonly reason: GapReason
  /** The last `seq` the view had, and the one it would go on with where known. */
  readonly from: number
  readonly to?: number
  /** Items of the view that will never come; undefined when nobody can know. */
  readonly lost?: number
  /** What comes next on this sub. */
  readonly next: 'snapshot' | 'continue'
}

/**
 * The server changed what it had granted. With `was` the client has been moved to another view: `was` is over, and a whole message of `sub`
 * follows. Without it the chain goes on.
 */
export type ConfigMessage = {
  readonly type: 'config'
  readonly sub: SubId
  readonly was?: SubId
  readonly granted: Granted
  readonly why: string
}
/**
 * Proof of life; `n` counts up by one a session. `listed` is how many instruments the gateway has: where it is another than before, there are
 * others, too.
 */
export type HeartbeatMessage = {
  readonly type: 'heartbeat'
  readonly serverTime: number
  readonly n: number
  readonly listed: number
}
/** The gateway is going away at `at` (µs since 1970): come back in `reconnectInMs`. */
export type ShutdownMessage = {
  readonly type: 'shutdown'
  readonly at: number
  readonly reconnectInMs: number
  /** The session's resume token. */
  readonly resume?: string
}
export type ErrorMessage = WireError & { readonly type: 'error'; readonly re?: string }

export type ViewMessage = BookSnapshotMessage | BookUpdateMessage | TradesMessage | TickerMessage | CandleMessage
export type ServerMessage =
  | Welcome
  | ViewMessage
  | StatusMessage
  | GapMessage
  | ConfigMessage
  | HeartbeatMessage
  | ShutdownMessage
  | ErrorMessage
