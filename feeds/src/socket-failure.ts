import { BufferOverflow, type FeedError, TransportError } from './errors.ts'
import { MAX_FRAME_BYTES } from './outside.ts'

/** An address as it is told to people: without its query, which at Binance names every stream of every symbol. */
export function placeOf(url: string): string {
  return url.replace(/[?#].*$/s, '')
}

/** Why a socket failed, by what it says of itself. A frame too large is told apart: as any other failure it would only come again and again. */
export function socketFailure(venue: string, url: string, cause: Error): FeedError {
  const isTooLarge = 'code' in cause && cause.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
  if (!isTooLarge) return new TransportError({ venue, reason: `${placeOf(url)}: ${cause.message}`, cause })
  return new BufferOverflow({
    venue,
    reason: `${placeOf(url)}: a frame of more than ${MAX_FRAME_BYTES >> 20} MB`,
    cause,
  })
}
