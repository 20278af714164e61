import type { Hub } from '../hub.ts'
import { refuseUnknown } from './parameters.ts'
import type { Route } from './router.ts'

/** `GET /v1/instruments`: everything that is listed here, and how it is doing. */
export function instrumentsRoute(hub: Hub): Route {
  return {
    pattern: '/v1/instruments',
    handle({ query }) {
      refuseUnknown(query, [])
      const body = [...hub.listings.values()].map(({ ledger: { instrument, status } }) => ({
        id: instrument.id,
        venue: instrument.venue,
        venueSymbol: instrument.venueSymbol,
        base: instrument.base,
        quote: instrument.quote,
        tickSize: instrument.tickSize.text,
        lotSize: instrument.lotSize.text,
        state: status.state,
      }))
      return { body }
    },
  }
}
