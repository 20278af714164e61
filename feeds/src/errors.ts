import type { Instrument, InstrumentId, VenueId } from '@depthcast/market'

/**
 * What the feed does about an error: `retry` the same thing after a pause, `resync` the one instrument it names, `reconnect` the socket,
 * or `stop` asking until an operator changes something.
 */
export type Recovery = 'retry' | 'resync' | 'reconnect' | 'stop'

export const FEED_ERROR_CODES = [
  'FEED_TRANSPORT',
  'FEED_AUTH',
  'FEED_RATE_LIMITED',
  'FEED_SUBSCRIBE_REFUSED',
  'FEED_PROTOCOL',
  'FEED_SEQUENCE_GAP',
  'FEED_CHECKSUM_MISMATCH',
  'FEED_CROSSED_BOOK',
  'FEED_ORACLE_MISMATCH',
  'FEED_SEED_MISMATCH',
  'FEED_STALE',
  'FEED_UPSTREAM',
  'FEED_OVERFLOW',
  'FEED_CLOCK',
  'FEED_CONFIG',
] as const
export type FeedErrorCode = (typeof FEED_ERROR_CODES)[number]

/** Where it happened; `instrument` when it concerns one, else the whole connection. */
export type ErrorContext = { readonly venue: VenueId; readonly instrument?: InstrumentId; readonly cause?: unknown }

/** Anything that can go wrong between a venue and the sink. `code` for machines, `message` for people, `recovery` for the feed loop. */
export abstract class FeedError extends Error {
  abstract readonly code: FeedErrorCode
  readonly recovery: Recovery
  readonly venue: VenueId | undefined
  readonly instrument: InstrumentId | undefined

  constructor(message: string, recovery: Recovery, context: Partial<ErrorContext> = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = new.target.name
    this.recovery = recovery
    this.venue = context.venue
    this.instrument = context.instrument
  }
}

/** DNS, TCP, TLS, a socket that closed, an HTTP request that never came back. */
export class TransportError extends FeedError {
  readonly code = 'FEED_TRANSPORT'
  constructor(context: ErrorContext & { readonly reason: string }) {
    super(context.reason, 'reconnect', context)
  }
}

/** The venue wants something only the operator can give: a key, another channel. */
export class HandshakeError extends FeedError {
  readonly code = 'FEED_AUTH'
  constructor(context: ErrorContext & { readonly reason: string; readonly hint: string }) {
    super(`${context.reason} (${context.hint})`, 'stop', context)
  }
}

/** HTTP 429 and 418, "too many messages". `retryAfterMs` is the venue's own word where it gave one. */
export class RateLimited extends FeedError {
  readonly code = 'FEED_RATE_LIMITED'
  readonly retryAfterMs: number
  constructor(context: ErrorContext & { readonly reason: string; readonly retryAfterMs: number }) {
    super(`${context.reason}, next try in ${context.retryAfterMs} ms`, 'retry', context)
    this.retryAfterMs = context.retryAfterMs
  }
}

/** The venue will not serve this instrument; the others on its socket go on. */
export class SubscribeRefused extends FeedError {
  readonly code = 'FEED_SUBSCRIBE_REFUSED'
  constructor(context: ErrorContext & { readonly reason: string }) {
    super(context.reason, 'stop', context)
  }
}

/** A frame or reply we cannot read. `sample` is its beginning. It recovers by `resync` where it may have held book levels, else by going on. */
export class VenueProtocolError extends FeedError {
  readonly code = 'FEED_PROTOCOL'
  readonly sample: string
  constructor(
    context: ErrorContext & { readonly reason: string; readonly frame: string; readonly recovery?: 'resync' },
  ) {
    const sample = context.frame.length > 200 ? `${context.frame.slice(0, 200)}…` : context.frame
    super(`${context.reason} in: ${sample}`, context.recovery ?? 'retry', context)
    this.sample = sample
  }
}

type Unread = {
  readonly venue: VenueId
  /** Whose it is, where that could be read. */
  readonly instrument: InstrumentId | undefined
  readonly frame: string
  /** It may have changed that instrument's book, which only a new snapshot mends then. */
  readonly holdsLevels: boolean
  readonly cause: unknown
}

/** A frame that its venue's reader could not read; `cause` is what the reader threw. It costs the book, or only what was in it. */
export function unreadable({ venue, instrument, frame, holdsLevels, cause }: Unread): VenueProtocolError {
  const whose = instrument === undefined ? {} : { instrument, ...(holdsLevels && { recovery: 'resync' as const }) }
  return new VenueProtocolError({ venue, ...whose, reason: saidBy(cause), frame, cause })
}

/** The words of whatever was thrown. */
export function saidBy(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

/** Whoever hears of the book could not fold it: a fault behind us, which only a new snapshot mends. */
export function notFolded({ venue, id: instrument }: Instrument): VenueProtocolError {
  const reason = 'the book could not be folded where it goes'
  return new VenueProtocolError({ venue, instrument, recovery: 'resync', reason, frame: 'no frame' })
}

/** The book can no longer be trusted; only a new snapshot helps. */
export abstract class IntegrityError extends FeedError {
  constructor(message: string, context: ErrorContext) {
    super(message, 'resync', context)
  }
}

type Counted = ErrorContext & { readonly expected: number; readonly received: number }

export class SequenceGap extends IntegrityError {
  readonly code = 'FEED_SEQUENCE_GAP'
  readonly expected: number
  readonly received: number
  constructor(context: Counted) {
    super(
      `${context.instrument ?? context.venue}: expected sequence ${context.expected}, received ${context.received}`,
      context,
    )
    this.expected = context.expected
    this.received = context.received
  }
}

export class ChecksumMismatch extends IntegrityError {
  readonly code = 'FEED_CHECKSUM_MISMATCH'
  readonly expected: number
  readonly received: number
  constructor(context: Counted) {
    super(
      `${context.instrument ?? context.venue}: our book's checksum is ${context.expected}, the venue's ${context.received}`,
      context,
    )
    this.expected = context.expected
    this.received = context.received
  }
}

/** Best bid at or above best ask after a whole exchange message: a delete was lost, whichever side it was on. */
export class CrossedBook extends IntegrityError {
  readonly code = 'FEED_CROSSED_BOOK'
  constructor(context: ErrorContext & { readonly bid: string; readonly ask: string }) {
    super(
      `${context.instrument ?? context.venue}: best bid ${context.bid} is not below best ask ${context.ask}`,
      context,
    )
  }
}

/** What the venue says of its book beside the book is not what ours says; `of` is what was compared, by default the top of book. */
export class OracleMismatch extends IntegrityError {
  readonly code = 'FEED_ORACLE_MISMATCH'
  constructor(context: ErrorContext & { readonly of?: string; readonly ours: string; readonly theirs: string }) {
    super(
      `${context.instrument ?? context.venue}: our ${context.of ?? 'top of book'} is ${context.ours}, the venue's ${context.theirs}`,
      context,
    )
  }
}

/** A snapshot that cannot be joined to the stream it should continue. */
export class SeedMismatch extends IntegrityError {
  readonly code = 'FEED_SEED_MISMATCH'
  constructor(context: ErrorContext & { readonly reason: string }) {
    super(`${context.instrument ?? context.venue}: ${context.reason}`, context)
  }
}

/** Nothing came for longer than a living venue can be silent. */
export class StaleFeed extends FeedError {
  readonly code = 'FEED_STALE'
  constructor(context: ErrorContext & { readonly silentMs: number; readonly limitMs: number }) {
    super(
      `${context.instrument ?? context.venue}: nothing for ${context.silentMs} ms, at most ${context.limitMs} ms is normal`,
      'reconnect',
      context,
    )
  }
}

/** The venue says it is going away: maintenance, a planned restart, the end of a connection's allowed life. */
export class UpstreamNotice extends FeedError {
  readonly code = 'FEED_UPSTREAM'
  constructor(context: ErrorContext & { readonly reason: string }) {
    super(context.reason, 'reconnect', context)
  }
}

/** More arrived than we keep; the book is dropped to a resync rather than the memory to the venue. */
export class BufferOverflow extends FeedError {
  readonly code = 'FEED_OVERFLOW'
  constructor(context: ErrorContext & { readonly reason: string }) {
    super(context.reason, 'resync', context)
  }
}

/** A venue's clock went backwards or far off; latencies are unknown until it settles. */
export class ClockError extends FeedError {
  readonly code = 'FEED_CLOCK'
  constructor(context: ErrorContext & { readonly reason: string }) {
    super(context.reason, 'retry', context)
  }
}

/** What the operator asked for cannot be: the message names what can. Thrown before anything starts. */
export class FeedConfigError extends FeedError {
  readonly code = 'FEED_CONFIG'
  constructor(message: string, cause?: unknown) {
    super(message, 'stop', cause === undefined ? {} : { cause })
  }
}
