import type { Subscription } from '@depthcast/client'
import type { Changes } from './changes.ts'
import type { Content } from './content.ts'
import type { PanelId, PanelOptions, PanelReport, ViewState } from './messages.ts'
import type { PanelMeters } from './panel-meters.ts'
import type { PanelRecord } from './panel-record.ts'
import { grantedOf, sourceOf } from './source.ts'

/** All that a panel's report is written from. */
export type Reported = {
  readonly panel: PanelId
  readonly symbol: string
  readonly options: PanelOptions
  readonly state: ViewState
  readonly content: Pick<Content<never>, 'seq' | 'isBook' | 'unseen'>
  readonly subscription: Pick<Subscription<unknown>, 'granted' | 'integrity' | 'stats'>
  readonly record: PanelRecord
  readonly meters: PanelMeters
  readonly changes: Changes
  /** The clock that never jumps, ms. */
  readonly now: number
}

/** Writes a panel's report, and counts what its subscription has cost since the one before; a break that has healed since is told once. */
export function reportOf({
  panel,
  symbol,
  options,
  content,
  subscription,
  record,
  meters,
  ...rest
}: Reported): PanelReport {
  const { state, changes, now } = rest
  const { granted, integrity } = subscription
  const stats = subscription.stats()
  meters.count(stats, now)
  return {
    panel,
    symbol,
    state: record.takeUntold() ?? state,
    seq: content.seq ?? 0,
    verifiedAt: record.verifiedAt,
    source: content.isBook ? sourceOf(integrity, record.takenAt) : undefined,
    ...meters.read(now),
    bytes: stats.bytesShare,
    asked: changes.isUnderWay ? undefined : options,
    granted: granted && grantedOf(granted),
    refusal: changes.refusal,
    unseen: content.unseen,
  }
}
