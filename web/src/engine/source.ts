import type { Integrity } from '@depthcast/client'
import type { PanelReport } from './messages.ts'

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
