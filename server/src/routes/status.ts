import type { FeedHealth } from '@depthcast/feeds'
import type { Micros } from '@depthcast/market'
import { maySee } from '../auth/entitlements.ts'
import type { Clock } from '../clock.ts'
import type { Hub } from '../hub.ts'
import type { Listing } from '../listing.ts'
import type { LoadWatch } from '../load-report.ts'
import { refuseUnknown } from './parameters.ts'
import type { Route } from './router.ts'

/**
 * `GET /v1/feeds`: every source, as `/healthz` has them for everyone, and every instrument that this client may see: its state, what stands
 * behind its book and since when, how old it is, and how often it had to begin anew. `at` is our clock, what ages are to be counted from.
 */
export function feedsRoute(sources: {
  readonly hub: Hub
  readonly clock: Clock
  feeds(): readonly FeedHealth[]
}): Route {
  const { hub, clock, feeds } = sources
  return {
    pattern: '/v1/feeds',
    access: 'client',
    handle({ query, identity: { entitlements } }) {
      refuseUnknown(query, [])
      const seen = [...hub.listings.values()].filter(({ instrument }) => maySee(entitlements, instrument.id))
      return {
        body: {
          at: clock.now(),
          feeds: feeds(),
          instruments: seen.map((listing) => instrumentHealth(listing, clock.now())),
        },
      }
    },
  }
}

/** `GET /v1/server`: how the gateway itself is doing. Who may see `/metrics` may see this, as it is the same to know. */
export function serverRoute(load: Pick<LoadWatch, 'report'>): Route {
  return {
    pattern: '/v1/server',
    access: 'scraper',
    handle({ query }) {
      refuseUnknown(query, [])
      return { body: load.report() }
    },
  }
}

function instrumentHealth({ ledger, heardAt, resyncs, waits }: Listing, now: Micros) {
  const { instrument, status, verified, verifiedAt, bookValid, bookEpoch, bookSeq } = ledger
  const { state, since, reason } = status
  return {
    id: instrument.id,
    venue: instrument.venue,
    state,
    since,
    reason,
    /** False while its book is the last image, not the truth. */
    isValid: bookValid,
    verified,
    verifiedAt,
    epoch: bookEpoch,
    seq: bookSeq,
    heardAt,
    resyncs,
    /** Of each rate at which something was sent of late: how long what was received waited until then. */
    waits: [...waits].flatMap(([rateMs, each]) => {
      const read = each.read(now)
      return read === undefined ? [] : [{ rateMs, ...read }]
    }),
  }
}
