import { INTERVAL_NAMES } from '@depthcast/market'
import type { History } from '../../venue.ts'
import { readBars, readSpan } from '../bars.ts'
import { list, Unreadable } from '../wire.ts'

const MOST_BARS = 1_000

/**
 * `GET /api/v3/klines`: `[[openTime,"open","high","low","close","volume",closeTime,"quote volume",trades,…],…]`, oldest first, the last one still
 * open, none left out. `startTime` and `endTime` are of openings, both inclusive. Source: rest-api.md, "Kline/Candlestick data".
 */
export function binanceHistory(httpUrl: string): History {
  return {
    intervals: INTERVAL_NAMES,
    barsPerSpan: MOST_BARS,
    request({ venueSymbol }, interval, span) {
      const url = `${httpUrl}/api/v3/klines?symbol=${venueSymbol}&interval=${interval}&limit=${MOST_BARS}`
      const times = span && `&startTime=${span.from / 1000}&endTime=${span.to / 1000 - 1}`
      return { url: `${url}${times ?? ''}`, weight: 2 }
    },
    read(body, instrument, span) {
      const written = list(JSON.parse(body), 'klines').map((entry) => {
        const [openMs, open, high, low, close, volume, , , trades] = list(entry, 'a kline')
        if (!Number.isSafeInteger(openMs) || !Number.isSafeInteger(trades)) throw new Unreadable('a kline has no time')
        return { openTime: (openMs as number) * 1000, open, high, low, close, volume, trades: trades as number }
      })
      if (span !== undefined) return readSpan(written, instrument, span)
      return { ...readBars(written.slice(0, -1), instrument), openFrom: written.at(-1)?.openTime }
    },
  }
}
