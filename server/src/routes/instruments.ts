import { maySee } from '../auth/entitlements.ts'
import type { Hub } from '../hub.ts'
import { refuseUnknown } from './parameters.ts'
import type { Route } from './router.ts'

/** `GET /v1/instruments`: everything that is listed here and that this client may see, and how it is doing. */
export function instrumentsRoute(hub: Hub): Route {
  return {
    pattern: '/v1/instruments',
    access: 'client',
    handle({ query, identity: { entitlements } }) {
      refuseUnknown(query, [])
      const seen = [...hub.listings.values()].filter(({ instrument }) => maySee(entitlements, instrument.id))
      const body = seen.map(({ ledger: { instrument, status, verified, verifiedAt } }) => ({
        id: instrument.id,
        venue: instrument.venue,
        venueSymbol: instrument.venueSymbol,
        base: instrument.base,
        quote: instrument.quote,
        tickSize: instrument.tickSize.text,
        lotSize: instrument.lotSize.text,
        state: status.state,
        verified,
        verifiedAt,
      }))
      return { body }
    },
  }
}
