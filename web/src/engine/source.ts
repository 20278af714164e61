import type { ClientStats, Integrity } from '@depthcast/client'
import type { ClockReading, PanelReport } from './messages.ts'

/**
 * What stands behind a book at its venue, and when that last said so, ms since 1970; `takenAt` is when its newest message came.
 *
 * A checksum and a sequence are verified with every message before it leaves the gateway, so the newest message says so too.
 */
export function sourceOf(integrity: Integrity | undefined, takenAt: number): PanelReport['source'] {
  if (integrity === undefined) return undefined
  const { verified, verifiedAt = 0 } = integrity
  const isInEach = verified === 'checksum' || verified === 'sequence'
  return { verified, at: Math.max(verifiedAt / 1000, isInEach ? takenAt : 0) }
}

/** What the server gave of what a panel can ask for. */
export function grantedOf({ depth, grouping, rateMs }: Granted): NonNullable<PanelReport['granted']> {
  return { rateMs, ...(depth !== undefined && { depth }), ...(grouping !== undefined && { grouping }) }
}

/** The middle of the quickest ping is off by at most half of what it took. */
export function clockOf({
  clockOffsetMs,
  rttMs,
}: Pick<ClientStats, 'clockOffsetMs' | 'rttMs'>): ClockReading | undefined {
  return clockOffsetMs === undefined || rttMs === undefined
    ? undefined
    : { offsetMs: clockOffsetMs, errorMs: rttMs / 2 }
}

/** How old a message was when it came, ms, at least: less what the clocks may be off. Undefined unknown. */
export function lateMs(latencyMs: number | undefined, { rttMs = 0 }: Pick<ClientStats, 'rttMs'>): number | undefined {
  return latencyMs === undefined ? undefined : latencyMs - rttMs / 2
}

type Granted = { readonly depth?: number | 'all'; readonly grouping?: number; readonly rateMs: number | 'raw' }
