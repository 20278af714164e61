import type { InstrumentId } from '@depthcast/market'
import type { ChannelName, Granted, Mode, Position, SubId, WireError } from './wire.ts'

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
   * waited so long for the client to take it, or lies unread so long. At least the granted rate.
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
