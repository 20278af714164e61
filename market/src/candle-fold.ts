import type { CandleFigures } from './candle.ts'
import type { Lots, Micros, Ticks } from './units.ts'

/**
 * One bar of the shorter ones within it, oldest first. Its trades are 0 where not all of them are counted. Undefined where there are none, and where
 * their volume would pass 2^53 - 1 lots.
 */
export function foldCandles(openTime: Micros, parts: readonly CandleFigures[]): CandleFigures | undefined {
  const [oldest, newest] = [parts[0], parts.at(-1)]
  const volume = parts.reduce((sum, part) => sum + part.volume, 0) as Lots
  if (oldest === undefined || newest === undefined || !Number.isSafeInteger(volume)) return undefined
  const isCounted = parts.every(({ trades }) => trades > 0)
  return {
    openTime,
    open: oldest.open,
    high: Math.max(...parts.map(({ high }) => high)) as Ticks,
    low: Math.min(...parts.map(({ low }) => low)) as Ticks,
    close: newest.close,
    volume,
    trades: isCounted ? parts.reduce((sum, { trades }) => sum + trades, 0) : 0,
  }
}
