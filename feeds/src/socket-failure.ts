import { BufferOverflow, type FeedError, TransportError } from './errors.ts'
import { MAX_FRAME_BYTES } from './outside.ts'

/** Why a socket failed, by what it says of itself. A frame too large is told apart: as any other failure it would only come again and again. */
export function socketFailure(venue: string, url: string, cause: Error): FeedError {
  const isTooLarge = 'code' in cause && cause.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
  if (!isTooLarge) return new TransportError({ venue, reason: `${url}: ${cause.message}`, cause })
  return new BufferOverflow({ venue, reason: `${url}: a frame of more than ${MAX_FRAME_BYTES >> 20} MB`, cause })
}
