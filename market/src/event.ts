import type { InstrumentId } from './instrument.ts'
import type { Lots, Micros, Ticks } from './units.ts'

/** Flat pairs `[ticks, lots, ticks, lots, …]`; zero lots removes the level. */
export type Levels = readonly number[]

/** The side of the taker, the one who crossed the spread; `unknown` where the venue does not say. */
export type Side = 'buy' | 'sell' | 'unknown'

/**
 * What stands behind a book: a venue checksum, an unbroken sequence, an independent second source, or nothing. Each speaks for what it covers: a checksum
 * for the levels it is taken over, a sequence for all that was sent, a second source for the levels it has.
 */
export type Verification = 'checksum' | 'sequence' | 'oracle' | 'none'

/**
 * How an instrument is doing, as its feed sees it.
 *
 * `connecting` no data yet · `syncing` subscribed, the first snapshot has not landed · `live` exact and moving · `quiet` exact, the feed
 * proves itself alive, nothing changes · `suspect` one doubt, being checked · `stale` the feed is silent or disconnected: the book is old ·
 * `resyncing` a gap or a failed check: the book is not to be trusted until the next snapshot · `degraded` broke too often, or never came: left
 * alone for a while · `halted` the venue stopped trading · `refused` the venue will not serve it · `ended` a recording is over; the last book stands.
 */
export const INSTRUMENT_STATES = [
  'connecting',
  'syncing',
  'live',
  'quiet',
  'suspect',
  'stale',
  'resyncing',
  'degraded',
  'halted',
  'refused',
  'ended',
] as const
export type InstrumentState = (typeof INSTRUMENT_STATES)[number]

/** Why a chain broke. */
export const GAP_REASONS = [
  'sequence',
  'checksum',
  'crossed',
  'oracle',
  'protocol',
  'disconnected',
  'overflow',
  'slow-client',
  'too-old',
  'restart',
] as const
export type GapReason = (typeof GAP_REASONS)[number]

type Stamp = {
  readonly instrument: InstrumentId
  /** The venue's clock; undefined where the frame carries none. */
  readonly exchangeTime: Micros | undefined
  /** Our clock when the frame arrived. */
  readonly receivedAt: Micros
}

/** The venue's own update ids, inclusive, for audit; never used downstream for chaining. */
export type VenueSeq = readonly [first: number, last: number]

/** Replaces the whole book. Best level first on each side. */
export type BookSnapshot = Stamp & {
  readonly kind: 'book-snapshot'
  readonly bids: Levels
  readonly asks: Levels
  readonly verified: Verification
  readonly venueSeq?: VenueSeq
}

/** Absolute quantities at the prices that changed, one event per exchange message, at most one entry a price and side. */
export type BookDelta = Stamp & {
  readonly kind: 'book-delta'
  readonly bids: Levels
  readonly asks: Levels
  readonly verified: Verification
  readonly venueSeq?: VenueSeq
}

export type Trade = Stamp & {
  readonly kind: 'trade'
  /** The venue's id, unique per instrument. */
  readonly tradeId: string
  readonly price: Ticks
  readonly quantity: Lots
  readonly side: Side
  /** Fetched after the fact to fill a hole, so it is older than what came before it. */
  readonly backfilled?: true
}

/** Best bid and ask, last trade and 24 h figures, each where the venue sends it. */
export type Ticker = Stamp & {
  readonly kind: 'ticker'
  readonly bid?: Ticks
  readonly bidQuantity?: Lots
  readonly ask?: Ticks
  readonly askQuantity?: Lots
  readonly last?: Ticks
  readonly open24h?: Ticks
  readonly high24h?: Ticks
  readonly low24h?: Ticks
  readonly volume24h?: Lots
}

/** The figures of a ticker, by what they are counted in. */
export const TICKER_PRICES = ['bid', 'ask', 'last', 'open24h', 'high24h', 'low24h'] as const
export const TICKER_QUANTITIES = ['bidQuantity', 'askQuantity', 'volume24h'] as const
export const TICKER_FIGURES = [...TICKER_PRICES, ...TICKER_QUANTITIES] as const

/** The book can no longer be trusted; a snapshot with a new epoch follows when the feed has one. */
export type Gap = Stamp & {
  readonly kind: 'gap'
  readonly stream: 'book' | 'trades'
  readonly reason: GapReason
  /** What the venue's sequence should have been and was, where there is one. */
  readonly expected?: number
  readonly received?: number
  /** Trades known to be missing; undefined when nobody can know. */
  readonly lost?: number
}

export type Status = Stamp & {
  readonly kind: 'status'
  readonly state: InstrumentState
  /** For people: one short sentence with its numbers. */
  readonly reason?: string
}

/** What a venue's protocol says. */
export type VenueEvent = BookSnapshot | BookDelta | Trade | Ticker | Gap | Status

/**
 * What the feed publishes: a venue event with its place in the instrument's stream of that kind.
 *
 * Streams are `book` (snapshots and deltas), `trades`, `ticker`, and `control` (gaps and status), numbered apart. `seq` is contiguous from 1
 * within an epoch of the stream. `epoch` is bumped by every book snapshot (book stream), and whenever trades may have been missed without a
 * count (trades stream); it grows across restarts too. A different epoch means: drop the old image.
 */
export type MarketEvent = VenueEvent & { readonly epoch: number; readonly seq: number }

/** The stream an event is numbered in. */
export function streamOf(event: VenueEvent): 'book' | 'trades' | 'ticker' | 'control' {
  switch (event.kind) {
    case 'book-snapshot':
    case 'book-delta':
      return 'book'
    case 'trade':
      return 'trades'
    case 'ticker':
      return 'ticker'
    case 'gap':
    case 'status':
      return 'control'
  }
}
