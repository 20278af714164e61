import { randomBytes } from 'node:crypto'
import type { Feed } from '@depthcast/feeds'
import { guards } from './auth/guards.ts'
import { booksHealth } from './book-health.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { openSends } from './flow/open-sends.ts'
import { type Address, front } from './front.ts'
import { Governor } from './governor.ts'
import { Hub } from './hub.ts'
import { LoadWatch } from './load-report.ts'
import type { Log } from './logger.ts'
import { LoopDelay } from './loop-delay.ts'
import { Metrics } from './metrics.ts'
import { sessionsRoute } from './routes/admin.ts'
import { bookRoute } from './routes/book.ts'
import { candlesRoute } from './routes/candles.ts'
import { instrumentsRoute } from './routes/instruments.ts'
import { healthRoutes, metricsRoute } from './routes/operations.ts'
import { router } from './routes/router.ts'
import { dashboard } from './routes/static.ts'
import { feedsRoute, serverRoute } from './routes/status.ts'
import { tradesRoute } from './routes/trades.ts'
import { WaitingRoom } from './routes/waiting-room.ts'
import { Sessions } from './sessions.ts'
import { openDoors } from './transports/entrance.ts'
import { version } from './version.ts'

export type App = {
  /** Starts the feed and listens. Rejects with the system's error (`EADDRINUSE`, …) when the address cannot be had. */
  listen(): Promise<Address>
  /** Drains: tells clients to come back, closes their connections and the feed. Bounded in time; safe to call again. */
  close(): Promise<void>
  readonly metrics: Metrics
  readonly hub: Hub
}

export type AppParts = { readonly feed: Feed; readonly log: Log; readonly clock?: Clock }

/** How long clients have to take what is buffered for them and answer the close. */
const DRAIN_MS = 1500

/**
 * Puts a gateway together: the feed into the hub, views out through the doors, reads over HTTP. Nothing runs until `listen`.
 *
 * Throws ConfigError, in one line, for a file of keys or certificates that cannot be used.
 */
export function createApp(config: Config, { feed, log, clock = systemClock() }: AppParts): App {
  const metrics = new Metrics()
  const sends = openSends(config.ioUring, { log, metrics })
  const hub = new Hub({
    clock,
    metrics,
    log,
    sends,
    maxViews: config.limits.views,
    onDistrust: (instrument) => feed.resync?.(instrument),
  })
  const loop = new LoopDelay()
  const late = loop.reader()
  const load = { lateMs: () => late().p99Ms, bytes: () => metrics.value('depthcast_bytes_total') }
  const { targets } = config
  const governor = new Governor({ clock, log, targets, load, apply: (floor) => hub.setFloor(floor) })
  let isDraining = false
  const { limits, heartbeatMs } = config
  const surroundings = { clock, log, metrics }
  const { gatekeeper, turnstile, resumeSecret } = guards(config, surroundings)
  const street = front(config, surroundings)
  const sessions = new Sessions({
    ...surroundings,
    hub,
    limits,
    heartbeatMs,
    gatekeeper,
    node: randomBytes(4).toString('hex'),
    ...(resumeSecret !== undefined && { resumeSecret }),
  })
  metrics.watchFeeds(() => feed.health())
  metrics.watchBooks(() => booksHealth(hub.listings.values(), clock.now()))
  metrics.watchClients(() => sessions.backlog())
  metrics.watchLoop(loop.reader())
  const room = new WaitingRoom({ clock, metrics, limits })
  const watch = new LoadWatch({ clock, metrics, version: version(), loop: loop.reader() })
  const feeds = () => feed.health()
  const routes = [
    ...healthRoutes({ hub, clock, feeds, isDraining: () => isDraining }),
    metricsRoute(metrics),
    feedsRoute({ hub, clock, feeds }),
    serverRoute(watch),
    sessionsRoute(sessions),
    instrumentsRoute(hub),
    bookRoute(hub, { maxDepth: limits.maxDepth, room }),
    tradesRoute(hub),
    candlesRoute({ hub, clock, older: (instrument, interval) => feed.older?.(instrument, interval) }),
  ]
  const { server } = street
  const doors = openDoors(
    server,
    sessions,
    router(routes, {
      turnstile,
      otherwise: dashboard(config.webDir),
      failed: (err, path) => log.error({ err, path: path.slice(0, 200) }, 'http.failed'),
    }),
  )
  street.secure()
  let closing: Promise<void> | undefined

  return {
    metrics,
    hub,
    async listen() {
      const address = await street.listen()
      sessions.start()
      loop.start()
      governor.start()
      feed.start(hub)
      return address
    },
    close() {
      closing ??= close()
      return closing
    },
  }

  async function close(): Promise<void> {
    isDraining = true
    sessions.shutdown()
    room.close()
    await Promise.race([street.close(), after(DRAIN_MS)])
    doors.close()
    server.closeAllConnections()
    sessions.close()
    governor.stop()
    loop.close()
    hub.close()
    sends?.close()
    await Promise.race([feed.close(), after(DRAIN_MS)])
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
