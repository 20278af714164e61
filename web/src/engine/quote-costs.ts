import type { Subscription, TickerView } from '@depthcast/client'
import { QUOTE_COST_FIELDS } from './quote-messages.ts'

/** What each quote has cost since it was asked for, and what its newest message says of itself; NaN is unknown. */
export function costsOf(tickers: readonly Subscription<TickerView>[]): Float64Array<ArrayBuffer> {
  return Float64Array.from(tickers.flatMap(costOf))
}

function costOf(ticker: Subscription<TickerView>): readonly number[] {
  const { current, granted } = ticker
  const { bytesShare, messages, updates, merged, latencyMs = Number.NaN } = ticker.stats()
  const cost: Record<(typeof QUOTE_COST_FIELDS)[number], number> = {
    bytes: bytesShare,
    messages,
    updates,
    merged,
    seq: current?.seq ?? Number.NaN,
    exchangeTime: (current?.exchangeTime ?? Number.NaN) / 1000,
    serverTime: (current?.serverTime ?? Number.NaN) / 1000,
    receivedAt: current?.receivedAt ?? Number.NaN,
    wayMs: latencyMs,
    rateMs: granted === undefined ? Number.NaN : granted.rateMs === 'raw' ? 0 : granted.rateMs,
  }
  return QUOTE_COST_FIELDS.map((field) => cost[field])
}
