/** From here on what is late is said to be. */
export const DELAYED_AFTER_MS = 1000

/**
 * Without any message for this long the server may be gone, ms: three times the longest pause of late, but never longer than a
 * heartbeat that is half a beat late, and never less than a second.
 */
export function silenceLimitMs(longestPauseMs: number | undefined, heartbeatMs: number | undefined): number {
  const usual = 3 * (longestPauseMs ?? Number.POSITIVE_INFINITY)
  const beat = 1.5 * (heartbeatMs ?? Number.POSITIVE_INFINITY)
  const limit = Math.min(usual, beat)
  return Number.isFinite(limit) ? Math.max(DELAYED_AFTER_MS, limit) : DELAYED_AFTER_MS
}
