import type { Bar } from '../engine/messages.ts'
import type { Fold } from './derived.ts'

export type Ohlc = Pick<Bar, 'open' | 'high' | 'low' | 'close'>

/**
 * Heikin-Ashi: the close is the mean of the bar's four prices, the open the middle of the body before. The first body has none before it and
 * begins in its own middle.
 *
 * Source: Valcu, "Using the Heikin-Ashi technique", Technical Analysis of Stocks & Commodities 22:2 (2004).
 */
export function heikinAshi(): Fold<Ohlc> {
  let before: Ohlc | undefined
  let last: Ohlc | undefined
  return (bar, replace) => {
    if (!replace) before = last
    const open = before === undefined ? (bar.open + bar.close) / 2 : (before.open + before.close) / 2
    const close = (bar.open + bar.high + bar.low + bar.close) / 4
    last = { open, high: Math.max(bar.high, open, close), low: Math.min(bar.low, open, close), close }
    return last
  }
}
