import { INTERVALS } from '@depthcast/market'
import type { History } from '../../venue.ts'
import { plainDecimal, readBars, readSpan } from '../bars.ts'
import { parseLexemes } from '../lexemes.ts'
import { list, Unreadable } from '../wire.ts'

const MOST_BARS = 300

/**
 * `GET /products/{id}/candles`: `[[time,low,high,open,close,volume],…]`, newest first, at most 300 of them, JSON numbers. Where nobody traded there is
 * none, so whether the newest is still open is for the clock to say; nor are trades counted. There are none of a second and of four hours. Of a span
 * `start` and `end` have to be named both, and some that are older may come with it.
 *
 * Source: docs.cdp.coinbase.com/exchange, REST, get product candles.
 */
export function coinbaseHistory(httpUrl: string): History {
  return {
    intervals: ['1m', '5m', '15m', '1h', '1d'],
    barsPerSpan: MOST_BARS,
    request({ venueSymbol }, interval, span) {
      const url = `${httpUrl}/products/${venueSymbol}/candles?granularity=${INTERVALS[interval] / INTERVALS['1s']}`
      // Whether `end` itself is asked for is not said: within the last bar it makes no difference.
      const times = span && `&start=${iso(span.from)}&end=${iso(span.to - INTERVALS['1s'])}`
      return { url: `${url}${times ?? ''}` }
    },
    read(body, instrument, span) {
      const written = list(parseLexemes(body), 'candles').map((entry) => {
        const [time, low, high, open, close, volume] = list(entry, 'a candle').map((text) => plainDecimal(String(text)))
        const openTime = Number(time) * 1_000_000
        if (!Number.isSafeInteger(openTime)) throw new Unreadable('a candle has no time')
        return { openTime, open, high, low, close, volume, trades: 0 }
      })
      const oldestFirst = written.toReversed()
      return span === undefined ? readBars(oldestFirst, instrument) : readSpan(oldestFirst, instrument, span)
    },
  }
}

function iso(time: number): string {
  return new Date(time / 1000).toISOString()
}
