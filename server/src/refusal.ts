import { UnitError } from '@depthcast/market'
import { ProtocolError, type WireError } from '@depthcast/protocol'

/** What a client is told of an error: its own mistake in full, ours without a word about our insides. */
export function refusal(error: unknown): WireError {
  if (error instanceof ProtocolError) return error.toWire()
  if (error instanceof UnitError)
    return new ProtocolError('unsupported', `${error.message}; choose a finer grouping`).toWire()
  return new ProtocolError('internal', 'the server failed on this request').toWire()
}
