import type { Instrument, InstrumentId, Interval, MarketEvent, Micros, PastCandles } from '@depthcast/market'
import type { Tap } from './capture.ts'
import type { FeedError } from './errors.ts'
import type { Older } from './older-bars.ts'
import type { Outside } from './outside.ts'
import type { Check, VenueOptions } from './venue.ts'

/** Where a feed's truth goes. Called synchronously, in order; an instrument is always announced before its first event. */
export type FeedSink = {
  instrument(instrument: Instrument): void
  event(event: MarketEvent): void
  /** Its book was compared with what the venue says of it at this moment, and is right. Told beside the events, at most once a second. */
  verified?(instrument: InstrumentId, at: Micros): void
  /** Bars of the time before trades were heard of, or while they were not. Where it is absent none are fetched. */
  history?(instrument: InstrumentId, past: PastCandles): void
}

/** How one source is doing, for readiness, metrics and people. */
export type FeedHealth = {
  /** A venue, one of its connections (`coinbase/2`), or a recording (`replay:<file>`). */
  readonly name: string
  readonly state: 'starting' | 'connecting' | 'open' | 'waiting' | 'ended' | 'failed'
  /** Why it is not open, in one sentence. */
  readonly reason?: string
  readonly lastFrameAt?: Micros
  readonly frames: number
  readonly errors: number
  readonly reconnects: number
  /** Times the connection was replaced before it ended, without a gap. */
  readonly rolls?: number
  /**
   * Our clock less the venue's, as the fastest event of the last minute shows it, µs: the way here is in it, as nobody can tell the two apart.
   * Absent while unknown: too few events yet, or a clock was just set.
   */
  readonly clockOffset?: number
  /** How much longer than the fastest the events of the last minute took, on average, µs; absent while the offset is. */
  readonly latency?: number
  /** From the opening of the present connection to its first verified book, µs; absent until then. */
  readonly firstVerifiedAfter?: number
  /** Updates of books kept until the snapshot which they continue is there; absent where snapshots come in the stream. */
  readonly bufferedUpdates?: number
  /** Attempts to connect that the venue's limit leaves us at present, over all connections to it. */
  readonly connectsLeft?: number
  /** Verifications since the start, by kind. */
  readonly checks: CheckCounts
}

export type CheckCounts = { readonly [check in Check]?: { readonly passed: number; readonly failed: number } }

/** A running source of market events, of one venue or many. One venue's trouble never reaches another. */
export type Feed = {
  /** Begins; may be called once. */
  start(sink: FeedSink): void
  health(): readonly FeedHealth[]
  /**
   * Sends the book of this instrument whole again, as soon as it has it: the sink could not fold it. May be called from within the sink. Absent
   * where the past cannot be had again.
   */
  resync?(instrument: InstrumentId): void
  /** The venue's bars from before those that were told; undefined where it has none, or tells no more of them. */
  older?(instrument: InstrumentId, interval: Interval): Older | undefined
  /** Ends every socket, timer and request. Nothing reaches the sink afterwards. */
  close(): Promise<void>
}

/** For logs and counters: which source an error came from. */
export type FeedErrorContext = { readonly feed: string }

export type FeedOptions = {
  /** `BTC-USD` for every venue that has it, `coinbase:BTC-USD` for one. Default: each venue's own choice; in a recording, all of it. */
  readonly symbols?: readonly string[]
  /** Recordings only: times the recorded pace, or as fast as this machine goes. Default 1. */
  readonly speed?: number | 'max'
  /** Simulated venues only. */
  readonly seed?: number
  /** Other addresses per venue, e.g. an emulator's. */
  readonly venues?: { readonly [venue: string]: VenueOptions }
  /** Live venues only: hears of everything on their wires, for a recording. */
  readonly tap?: Tap
  /** Told of every error, after it was dealt with. */
  readonly onError?: (error: FeedError, context: FeedErrorContext) => void
  /** What an operator acts on, one event name a line. */
  readonly log?: (event: string, fields: Readonly<Record<string, unknown>>) => void
  /** Where the last frames of a book are written when it fails a check, so that the failure can be replayed. Default: nowhere. */
  readonly dumpDir?: string
  /** Live venues only: the world they run in. Default the machine's clock and network. */
  readonly outside?: Outside
}
