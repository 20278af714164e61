import type { FeedHealth } from '@depthcast/feeds'
import type { Clock } from '../clock.ts'
import type { Hub } from '../hub.ts'
import type { Listing } from '../listing.ts'
import type { Metrics } from '../metrics.ts'
import type { Answer, Route } from './router.ts'

export type HealthSources = {
  readonly hub: Hub
  readonly clock: Clock
  feeds(): readonly FeedHealth[]
  isDraining(): boolean
}

/**
 * `GET /livez`: this process answers; where it does not, start it again. Never told by what goes on outside: a venue that is down is no better
 * after a restart. `GET /readyz`, and `/healthz` the same: clients should be sent here; 503 with the reasons while they should not.
 *
 * Ready is: some instrument is listed, some source is open (or a recording that has ended), not every instrument is refused, and we are not going
 * away. One source of several that waits or has failed takes nothing away, nor does a book that is stale: what is shown says so itself.
 */
export function healthRoutes({ hub, clock, feeds, isDraining }: HealthSources): readonly Route[] {
  const startedAt = clock.now()
  const uptime = (): number => Math.round((clock.now() - startedAt) / 1e6)
  const ready = (): Answer => {
    const sources = feeds()
    const reasons = [
      ...(isDraining() ? ['the gateway is going away'] : []),
      ...troubleOfInstruments([...hub.listings.values()]),
      ...(sources.some(({ state }) => state === 'open' || state === 'ended') ? [] : sources.map(troubleOf)),
    ]
    const isReady = reasons.length === 0
    const body = { live: true, ready: isReady, reasons, uptime: uptime(), feeds: sources }
    return { status: isReady ? 200 : 503, body }
  }
  return [
    { pattern: '/livez', access: 'open', handle: () => ({ status: 200, body: { live: true, uptime: uptime() } }) },
    { pattern: '/readyz', access: 'open', handle: ready },
    { pattern: '/healthz', access: 'open', handle: ready },
  ]
}

function troubleOfInstruments(listings: readonly Listing[]): readonly string[] {
  if (listings.length === 0) return ['no instrument is known yet']
  const isRefused = listings.every(({ ledger }) => ledger.status.state === 'refused')
  return isRefused ? ['every instrument is refused by its venue'] : []
}

function troubleOf({ name, state, reason }: FeedHealth): string {
  return `feed ${name} ${state}${reason === undefined ? '' : `: ${reason}`}`
}

/** `GET /metrics`: the Prometheus text format. */
export function metricsRoute(metrics: Metrics): Route {
  return {
    pattern: '/metrics',
    access: 'scraper',
    async handle() {
      const { contentType, text } = await metrics.expose()
      return { body: text, contentType }
    },
  }
}
