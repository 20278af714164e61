import type { InstrumentId, InstrumentState, Verification } from '@depthcast/market'
import type { StatusMessage } from '@depthcast/protocol'

/** How an instrument is doing, as its feed sees it. */
export type StatusView = {
  readonly symbol: InstrumentId
  readonly state: InstrumentState
  /** µs since 1970. */
  readonly since: number
  /** For people. */
  readonly reason: string | undefined
  /** What stands behind the book. */
  readonly verified: Verification
  /**
   * When that last spoke for the book, for what it covers, µs since 1970; undefined while nothing does. Where it is a checksum or a sequence, every
   * book message does so too.
   */
  readonly verifiedAt: number | undefined
  readonly receivedAt: number
}

export function statusView(message: StatusMessage, receivedAt: number): StatusView {
  const { symbol, state, since, reason, verified, verifiedAt } = message
  return { symbol, state, since, reason, verified, verifiedAt, receivedAt }
}
