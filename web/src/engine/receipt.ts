import { BookView, type ClientStats, type Subscription } from '@depthcast/client'
import { checksum, fromLots, fromTicks, VIEW_CHECKSUM_LEVELS } from '@depthcast/market'
import type { Receipt, ViewState } from './messages.ts'
import type { PanelRecord } from './panel-record.ts'
import { clockOf, grantedOf, sourceOf } from './source.ts'

/** What a panel knows of what it shows. */
export type Proof = {
  readonly symbol: string
  readonly state: ViewState
  /** What is on the screen; undefined while nothing is. */
  readonly shown: unknown
  readonly record: Pick<PanelRecord, 'takenAt' | 'verifiedAt' | 'stamps' | 'chain' | 'lastBreak'>
  readonly subscription: Pick<Subscription<unknown>, 'granted' | 'integrity' | 'stats'>
  readonly client: ClientStats
  readonly pictures: number
  /** ms since 1970. */
  readonly now: number
}

/** Writes a panel's receipt. A book's checksum is reckoned anew, from the very levels that are shown; undefined while nothing is. */
export function receiptOf(proof: Proof): Receipt | undefined {
  const { symbol, state, shown, record, subscription, client, pictures, now } = proof
  if (shown === undefined) return undefined
  const { granted, integrity } = subscription
  const { epoch = 0, seq = 0 } = shown as { readonly epoch?: number; readonly seq?: number }
  const { bytes, bytesShare, sharedBy, messages, updates, merged } = subscription.stats()
  return {
    takenAt: now,
    symbol,
    state,
    granted: granted && grantedOf(granted),
    epoch,
    seq,
    chain: record.chain,
    verifiedAt: record.verifiedAt,
    source: shown instanceof BookView ? sourceOf(integrity, record.takenAt) : undefined,
    book: shown instanceof BookView ? bookOf(shown) : undefined,
    exchangeTimeUs: record.stamps.exchangeTime,
    serverTimeUs: record.stamps.serverTime,
    receivedAt: record.takenAt,
    clock: clockOf(client),
    bytes,
    bytesShare,
    sharedBy,
    messages,
    updates,
    merged,
    pictures,
    lastBreak: record.lastBreak,
  }
}

function bookOf({ instrument, bids, asks }: BookView): NonNullable<Receipt['book']> {
  const { tickSize, lotSize } = instrument
  return {
    tick: fromTicks(1, tickSize),
    lot: fromLots(1, lotSize),
    bids,
    asks,
    checksum: checksum(bids, asks, VIEW_CHECKSUM_LEVELS),
  }
}
