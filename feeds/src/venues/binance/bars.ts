import { INTERVAL_NAMES } from '@depthcast/market'
import type { History } from '../../venue.ts'
import { readBars } from '../bars.ts'
import { list, Unreadable } from '../wire.ts'

const MOST_BARS = 1_000

/**
 * `GET /api/v3/klines`: `[[openTime,"open","high","low","close","volume",closeTime,"quote volume",trades,…],…]`, oldest first, the last one still
 * open, none left out. Source: rest-api.md, "Kline/Candlestick data".
 */
export function binanceHistory(httpUrl: string): History {
  return {
    intervals: INTERVAL_NAMES,
    request: ({ venueSymbol }, interval) => ({
      url: `${httpUrl}/api/v3/klines?symbol=${venueSymbol}&interval=${interval}&limit=${MOST_BARS}`,
      weight: 2,
    }),
    read(body, instrument) {
      const written = list(JSON.parse(body), 'klines').map((entry) => {
        const [openMs, open, high, low, close, volume, , , trades] = list(entry, 'a kline')
        if (!Number.isSafeInteger(openMs) || !Number.isSafeInteger(trades)) throw new Unreadable('a kline has no time')
        return { openTime: (openMs as number) * 1000, open, high, low, close, volume, trades: trades as number }
      })
      return { ...readBars(written.slice(0, -1), instrument), openFrom: written.at(-1)?.openTime }
    },
  }
}
