import type { Instrument, Interval, VenueId } from '@depthcast/market'
import { type FeedError, RateLimited, saidBy, TransportError, VenueProtocolError } from './errors.ts'
import type { History, HttpReply, Span, ToldBars } from './venue.ts'

/** After 429 or 418 without a word on how long. */
const RATE_LIMITED_MS = 60_000

export type BarsAsked = {
  readonly venue: VenueId
  readonly instrument: Instrument
  readonly interval: Interval
  readonly span?: Span
}

/** What a venue answered when it was asked for bars. Throws RateLimited, TransportError for any other refusal, and VenueProtocolError for what cannot be read. */
export function readReply(
  history: History,
  { venue, instrument, interval, span }: BarsAsked,
  reply: HttpReply,
): ToldBars {
  const where = { venue, instrument: instrument.id }
  const reason = `bars of ${interval}: HTTP ${reply.status} ${reply.body.slice(0, 200)}`
  if (reply.status === 429 || reply.status === 418)
    throw new RateLimited({ ...where, reason, retryAfterMs: reply.retryAfterMs ?? RATE_LIMITED_MS })
  if (reply.status !== 200) throw new TransportError({ ...where, reason })
  try {
    return history.read(reply.body, instrument, span)
  } catch (cause) {
    const why = `bars of ${interval}: ${saidBy(cause)}`
    throw new VenueProtocolError({ ...where, reason: why, frame: reply.body, cause })
  }
}

/** What `readReply` throws; anything else is a fault of ours and thrown on. */
export function asFeedError(error: unknown): FeedError {
  if (error instanceof RateLimited || error instanceof TransportError || error instanceof VenueProtocolError)
    return error
  throw error
}
