import { type ConnectionPlan, type FeedError, HandshakeError, RateLimited, TransportError } from '@depthcast/feeds'
import type { HttpAnswer } from '../emulators/emulator.ts'
import type { Host } from '../emulators/host.ts'

export function questionFor(url: string, now: number): Parameters<Host['http']>[0] {
  const { pathname, searchParams } = new URL(url)
  return { now, method: 'GET', path: pathname, query: searchParams, address: '127.0.0.1' }
}

/** As a live connection reads the status of a handshake that failed. */
export function refusal({ venue, url }: ConnectionPlan, { status, headers }: HttpAnswer): FeedError {
  const reason = `${url} answered the handshake with HTTP ${status}`
  if (status === 429 || status === 418) {
    const seconds = Number(headers?.['retry-after'] ?? 60)
    return new RateLimited({ venue, reason, retryAfterMs: seconds * 1000 })
  }
  if (status === 401 || status === 403 || status === 451) {
    return new HandshakeError({ venue, reason, hint: 'the venue refuses this address or wants a key' })
  }
  return new TransportError({ venue, reason })
}
