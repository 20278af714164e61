import type { GapReason, InstrumentId, InstrumentState, Verification } from '@depthcast/market'

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

/** What a client may choose. Absent fields get the server's defaults; what was granted is echoed. */
export type ViewOptions = {
  /** Levels a side, 1 and up, or `all`. Book only. */
  readonly depth?: number | 'all'
  /** How many ticks make one price level, 1 and up. Book only. */
  readonly grouping?: number
  /** Least milliseconds between two updates of the view, or `raw` for each source update. */
  readonly rateMs?: number | 'raw'
  readonly mode?: Mode
  /** False leaves the checksum out of book updates. */
  readonly checksum?: boolean
  /** `1s`, `1m`, … Candles only. */
  readonly interval?: string
}

/** What belongs to one client's share in a view, and not to the view. */
export type ShareOptions = {
  /**
   * Milliseconds. What the client holds is never older than this without its being told: a `gap` with reason `too-old` when an update has
   * waited so long for the client to take it. At least the granted rate.
   */
  readonly maxAgeMs?: number
}

export type Subscribe = ViewOptions &
  ShareOptions & {
    readonly channel: ChannelName
    readonly symbols: readonly string[]
    /** What the client still holds of each symbol, in their order; null for nothing. Answered by `recovered`. */
    readonly since?: readonly (Position | null)[]
  }
export type Modify = ViewOptions & ShareOptions & { readonly sub: SubId; readonly paused?: boolean }
export type Unsubscribe = { readonly sub: SubId | readonly SubId[] }
export type List = Record<string, never>
export type Ping = { readonly t: number }
/** How many messages the client has received on this connection, answers to requests left out. Not answered itself. */
export type Ack = { readonly n: number }
/** Asks for the session's resume token. */
export type Resume = Record<string, never>

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

/** One symbol's part of a subscribe ack; one bad symbol fails alone. */
export type SubscribeResult =
  | {
      readonly sub: SubId
      readonly symbol: InstrumentId
      /** Price of one tick and quantity of one lot, decimal strings: what turns the integers into prices. */
      readonly tick: string
      readonly lot: string
      readonly granted: Granted
      /** Why what was granted differs from what was asked for. */
      readonly why?: string
      /**
       * The answer to `since`. True: the chain goes on from there, with one catch-up, or nothing where nothing was missed. False: a fresh whole
       * message follows.
       */
      readonly recovered?: boolean
      /** With `recovered: true`, where the view stands: a client that is not there yet is behind until the catch-up has come. */
      readonly at?: Position
    }
  | { readonly symbol: string; readonly error: WireError }

export type SubscribeAck = { readonly results: readonly SubscribeResult[] } | { readonly error: WireError }
/** Changing axes moves the client to another view, so the ack names the sub that counts from now on; `was` is over. */
export type ModifyAck =
  | {
      readonly sub: SubId
      readonly was: SubId
      readonly granted: Granted
      readonly paused: boolean
      readonly why?: string
    }
  | { readonly error: WireError }
export type UnsubscribeAck = { readonly subs: readonly SubId[] } | { readonly error: WireError }
export type ListAck =
  | {
      readonly subs: readonly {
        readonly sub: SubId
        readonly channel: ChannelName
        readonly symbol: InstrumentId
        readonly granted: Granted
        readonly paused: boolean
      }[]
    }
  | { readonly error: WireError }
export type PingAck = { readonly t: number; readonly serverTime: number }
/**
 * What brings this session's views back on a new connection, at any gateway with the same secret: `<ticket>~<positions>`. The ticket is signed
 * and opaque; the positions, `<sub>.<epoch>.<seq>` with commas, are those of what was sent so far, and a client may put its own in their place.
 */
export type ResumeAck = { readonly resume: string } | { readonly error: WireError }
/** A view of the former connection, brought back: the subscribe result it would get now, and the `was` it had. */
export type ResumedView = {
  readonly channel: ChannelName
  readonly was: SubId
  readonly paused: boolean
} & SubscribeResult

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
