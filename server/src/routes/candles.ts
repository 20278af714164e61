import { fromLots, fromTicks, INTERVAL_NAMES } from '@depthcast/market'
import { ProtocolError } from '@depthcast/protocol'
import { refuseForbidden } from '../auth/entitlements.ts'
import { type Hub, listingOf } from '../hub.ts'
import { refuseUnknown, wholeOf } from './parameters.ts'
import type { Route } from './router.ts'

const DEFAULT_LIMIT = 500
const MAX_LIMIT = 1500

/** `GET /v1/candles/<instrument>?interval=1m&limit=N`: the newest bars, oldest first. Times are µs since 1970. */
export function candlesRoute(hub: Hub): Route {
  return {
    pattern: '/v1/candles/:instrument',
    access: 'client',
    handle({ query, identity: { entitlements } }, id) {
      refuseUnknown(query, ['interval', 'limit'])
      refuseForbidden(entitlements, 'candles', id)
      const { ledger } = listingOf(hub, id)
      const interval = INTERVAL_NAMES.find((name) => name === (query.get('interval') ?? '1m'))
      if (interval === undefined)
        throw new ProtocolError('unsupported', `interval must be one of ${INTERVAL_NAMES.join(', ')}`)
      const limit = wholeOf(query, 'limit', { fallback: DEFAULT_LIMIT, min: 1, max: MAX_LIMIT })
      const { id: instrument, tickSize, lotSize } = ledger.instrument
      const candles = ledger
        .candles(interval)
        .last(limit)
        .map(({ openTime, open, high, low, close, volume, trades, final, rev, overflow }) => ({
          openTime,
          open: fromTicks(open, tickSize),
          high: fromTicks(high, tickSize),
          low: fromTicks(low, tickSize),
          close: fromTicks(close, tickSize),
          volume: fromLots(volume, lotSize),
          trades,
          final,
          rev,
          ...(overflow && { overflow }),
        }))
      return { body: { instrument, interval, candles } }
    },
  }
}
