import { INTERVALS } from '@depthcast/market'
import type { History } from '../../venue.ts'
import { readBars } from '../bars.ts'
import { list, object, Unreadable } from '../wire.ts'
import { altName } from './directory.ts'

/**
 * `GET /0/public/OHLC`: `{"error":[],"result":{"XXBTZUSD":[[time,"open","high","low","close","vwap","volume",count],…],"last":…}}`, oldest first, the
 * last one still open, none left out; the last 720 of them, and older ones cannot be had, whatever `since` says. There are none of a second.
 *
 * Source: https://docs.kraken.com/api/docs/rest-api/get-ohlc-data.
 */
export function krakenHistory(httpUrl: string): History {
  return {
    intervals: ['1m', '5m', '15m', '1h', '4h', '1d'],
    request: ({ venueSymbol }, interval) => ({
      url: `${httpUrl}/0/public/OHLC?pair=${altName(venueSymbol)}&interval=${INTERVALS[interval] / INTERVALS['1m']}`,
    }),
    read(body, instrument) {
      const { error, result } = object(JSON.parse(body), 'reply')
      if (list(error, 'error').length > 0) throw new Unreadable(`refused: ${list(error, 'error').join(', ')}`)
      const rows = Object.values(object(result, 'result')).find((value) => Array.isArray(value))
      const written = list(rows, 'OHLC').map((entry) => {
        const [time, open, high, low, close, , volume, trades] = list(entry, 'a bar')
        if (!Number.isSafeInteger(time) || !Number.isSafeInteger(trades)) throw new Unreadable('a bar has no time')
        return { openTime: (time as number) * 1_000_000, open, high, low, close, volume, trades: trades as number }
      })
      return { ...readBars(written.slice(0, -1), instrument), openFrom: written.at(-1)?.openTime }
    },
  }
}
