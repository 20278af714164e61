import type { FeedHealth } from '@depthcast/feeds'
import type { Clock } from '../clock.ts'
import type { Hub } from '../hub.ts'
import type { Metrics } from '../metrics.ts'
import type { Route } from './router.ts'

export type HealthSources = {
  readonly hub: Hub
  readonly clock: Clock
  feeds(): readonly FeedHealth[]
  isDraining(): boolean
}

/**
 * `GET /healthz`: `live` that this process answers; `ready` that clients should be sent here. 503 with the reasons while it is not ready.
 *
 * Ready is: some instrument is listed, no source has failed for good, and we are not going away. A source that waits to reconnect, or a
 * recording that ended, is named in `feeds` and takes nothing away: what is shown says so itself. While nothing is listed, sources that wait
 * are the reasons.
 */
export function healthRoute({ hub, clock, feeds, isDraining }: HealthSources): Route {
  const startedAt = clock.now()
  return {
    pattern: '/healthz',
    access: 'open',
    handle() {
      const sources = feeds()
      const hasInstruments = hub.listings.size > 0
      const reasons = [
        ...(isDraining() ? ['the gateway is going away'] : []),
        ...(hasInstruments ? [] : ['no instrument is known yet']),
        ...sources
          .filter(({ state }) => state === 'failed' || (!hasInstruments && state === 'waiting'))
          .map(({ name, state, reason }) => `feed ${name} ${state}: ${reason ?? 'no reason given'}`),
      ]
      const ready = reasons.length === 0
      const uptime = Math.round((clock.now() - startedAt) / 1e6)
      return { status: ready ? 200 : 503, body: { live: true, ready, reasons, uptime, feeds: sources } }
    },
  }
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
