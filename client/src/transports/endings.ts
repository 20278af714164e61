import { afterClose, type WireError } from '@depthcast/protocol'
import { ClientError, isWorthRetrying } from '../errors.ts'
import { wireError } from '../incoming.ts'
import type { LinkEnd } from './transport.ts'

/** What follows when the connection could not be opened, or was refused in the handshake (then `data` is the server's error). */
export function endOfAttempt(error: Error & { readonly data?: unknown }): LinkEnd {
  const refusal = wireError(error.data)
  if (refusal !== undefined)
    return { error: new ClientError(refusal), next: isWorthRetrying(refusal.code) ? 'backoff' : 'stop' }
  return {
    error: new ClientError('connect-failed', `could not connect: ${error.message}`, { cause: error }),
    next: 'backoff',
  }
}

/**
 * What follows when an open connection closed for `reason`, in Socket.IO's words, with the WebSocket's close code where there was one.
 *
 * Source: design of protocol 1: `socket.disconnect()` on the server is used for terminal errors only.
 */
export function endOfConnection(
  reason: string,
  closeCode: number | undefined,
  lastError: WireError | undefined,
): LinkEnd {
  const code = closeCode === undefined || closeCode === 1005 ? '' : ` (close code ${closeCode})`
  const error =
    lastError === undefined
      ? new ClientError('connection-lost', `the connection closed: ${reason}${code}`)
      : new ClientError(lastError)
  if (reason === 'io server disconnect') return { error, next: 'stop' }
  return { error, next: closeCode === undefined ? 'backoff' : afterClose(closeCode) }
}

type Closing = { readonly isOpened: boolean; readonly code: number; readonly reason: string }

/** What follows when a WebSocket closed. The error told last is the reason where the server itself closed, by one of the protocol's codes. */
export function endOfWebSocket({ isOpened, code, reason }: Closing, lastError: WireError | undefined): LinkEnd {
  if (!isOpened)
    return { error: new ClientError('connect-failed', `could not connect (close code ${code})`), next: 'backoff' }
  const words = `the connection closed: ${reason === '' ? 'without a word' : reason} (close code ${code})`
  const isToldWhy = lastError !== undefined && code >= 4000 && code < 4300
  return {
    error: isToldWhy ? new ClientError(lastError) : new ClientError('connection-lost', words),
    next: afterClose(code),
  }
}
