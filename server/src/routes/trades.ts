import { fromLots, fromTicks } from '@depthcast/market'
import { refuseForbidden } from '../auth/entitlements.ts'
import { type Hub, listingOf } from '../hub.ts'
import { refuseUnknown, wholeOf } from './parameters.ts'
import type { Route } from './router.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/** `GET /v1/trades/<instrument>?limit=N`: the newest trades, oldest first; `seq` is the newest one's. */
export function tradesRoute(hub: Hub): Route {
  return {
    pattern: '/v1/trades/:instrument',
    access: 'client',
    handle({ query, identity: { entitlements } }, id) {
      refuseUnknown(query, ['limit'])
      refuseForbidden(entitlements, 'trades', id)
      const { ledger } = listingOf(hub, id)
      const limit = wholeOf(query, 'limit', { fallback: DEFAULT_LIMIT, min: 1, max: MAX_LIMIT })
      const { instrument, tradesEpoch: epoch, tradesSeq: seq, status } = ledger
      const trades = ledger.lastTrades(limit).map((trade) => ({
        seq: trade.seq,
        id: trade.tradeId,
        price: fromTicks(trade.price, instrument.tickSize),
        quantity: fromLots(trade.quantity, instrument.lotSize),
        side: trade.side,
        exchangeTime: trade.exchangeTime,
      }))
      return { body: { instrument: instrument.id, epoch, seq, state: status.state, trades } }
    },
  }
}
