import type { PanelReport } from '../engine/messages.ts'
import type { FeedsReport } from './ops-wire.ts'

/** What is typical of the ways before the gateway's send, by its own word; ms. A message does not say it of itself. */
export type Typical = {
  /** From the gateway's receipt of the newest event to its send, of all messages of this instrument at this rate in the last `overMs`. */
  readonly wait: { readonly p50: number; readonly p99: number; readonly overMs: number } | undefined
  /** How much longer than the fastest of the last minute events were under way from the venue, on average; how long that one was nobody knows. */
  readonly beyondFastest: number | undefined
}

export function typicalOf(
  { symbol, granted }: Pick<PanelReport, 'symbol' | 'granted'>,
  feeds: FeedsReport | undefined,
): Typical | undefined {
  const instrument = feeds?.instruments.find(({ id }) => id === symbol)
  if (feeds === undefined || instrument === undefined) return undefined
  const wait = instrument.waits?.find(({ rateMs }) => rateMs === granted?.rateMs)
  // A venue may have several connections, `coinbase/2`: the slowest may be this instrument's.
  const sources = feeds.feeds.filter(({ name }) => name.split('/')[0] === instrument.venue)
  const latencies = sources.flatMap(({ latency }) => (latency === undefined ? [] : [latency / 1000]))
  return {
    wait: wait && { p50: wait.p50Ms, p99: wait.p99Ms, overMs: wait.overMs },
    beyondFastest: latencies.length === 0 ? undefined : Math.max(...latencies),
  }
}
