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
  readonly verified: Verification
  readonly receivedAt: number
}

export function statusView({ symbol, state, since, reason, verified }: StatusMessage, receivedAt: number): StatusView {
  return { symbol, state, since, reason, verified, receivedAt }
}
