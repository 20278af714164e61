import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Feed } from '@depthcast/feeds'
import { gatekeeper } from './auth/gatekeeper.ts'
import { OperatorToken } from './auth/operator.ts'
import { readSecret } from './auth/secret.ts'
import { turnstile } from './auth/turnstile.ts'
import { type Cancel, type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { Governor, loopDelay } from './governor.ts'
import { httpServer, secureAnswers } from './http-server.ts'
import { Hub } from './hub.ts'
import type { Log } from './logger.ts'
import { Metrics } from './metrics.ts'
import { sessionsRoute } from './routes/admin.ts'
import { bookRoute } from './routes/book.ts'
import { candlesRoute } from './routes/candles.ts'
import { instrumentsRoute } from './routes/instruments.ts'
import { healthRoute, metricsRoute } from './routes/operations.ts'
import { router } from './routes/router.ts'
import { dashboard } from './routes/static.ts'
import { tradesRoute } from './routes/trades.ts'
import { WaitingRoom } from './routes/waiting-room.ts'
import { Sessions } from './sessions.ts'
import { type Certificate, keepCertificate, readCertificate } from './tls.ts'
import { openDoors } from './transports/entrance.ts'

export type App = {
  /** Starts the feed and listens. Rejects with the system's error (`EADDRINUSE`, …) when the address cannot be had. */
  listen(): Promise<Address>
  /** Drains: tells clients to come back, closes their connections and the feed. Bounded in time; safe to call again. */
  close(): Promise<void>
  readonly metrics: Metrics
  readonly hub: Hub
}

export type Address = { readonly host: string; readonly port: number; readonly url: string }

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
  const hub = new Hub({
    clock,
    metrics,
    log,
    maxViews: config.limits.views,
    onDistrust: (instrument) => feed.resync?.(instrument),
  })
  const loop = loopDelay()
  const load = { lateMs: () => loop.lateMs(), bytes: () => metrics.value('depthcast_bytes_total') }
  const { targets } = config
  const governor = new Governor({ clock, log, targets, load, apply: (floor) => hub.setFloor(floor) })
  let isDraining = false
  const { limits, heartbeatMs, origins, auth: modes, jwtIssuer: issuer, jwtAudience: audience } = config
  const surroundings = { clock, log, metrics }
  const keeper = gatekeeper({ modes, origins, issuer, audience }, surroundings)
  const operator =
    config.adminTokenFile === undefined ? undefined : new OperatorToken(config.adminTokenFile, surroundings)
  const certificate = config.tls === undefined ? undefined : readCertificate(config.tls)
  const node = randomBytes(4).toString('hex')
  const resumeSecret =
    config.resumeSecretFile === undefined ? {} : { resumeSecret: readSecret(config.resumeSecretFile) }
  const context = { hub, clock, metrics, log, limits, heartbeatMs, node }
  const sessions = new Sessions({ ...context, ...resumeSecret, gatekeeper: keeper })
  metrics.watchFeeds(() => feed.health())
  metrics.watchClients(() => sessions.backlog())
  const room = new WaitingRoom({ clock, metrics, most: limits.connections })
  const routes = [
    healthRoute({ hub, clock, feeds: () => feed.health(), isDraining: () => isDraining }),
    metricsRoute(metrics),
    sessionsRoute(sessions),
    instrumentsRoute(hub),
    bookRoute(hub, { maxDepth: limits.maxDepth, room }),
    tradesRoute(hub),
    candlesRoute(hub),
  ]
  const server = httpServer({ limits, certificate, metrics })
  const doors = openDoors(
    server,
    sessions,
    router(routes, {
      turnstile: turnstile({ gatekeeper: keeper, operator, isOpen: modes.length === 0 }),
      otherwise: dashboard(config.webDir),
      failed: (err, path) => log.error({ err, path: path.slice(0, 200) }, 'http.failed'),
    }),
  )
  secureAnswers(server, { origins, certificate })
  let stopRenewal: Cancel = () => {}
  let closing: Promise<void> | undefined

  return {
    metrics,
    hub,
    async listen() {
      const address = await listen(server, config)
      renew()
      sessions.start()
      governor.start()
      feed.start(hub)
      return address
    },
    close() {
      closing ??= close()
      return closing
    },
  }

  function renew(): void {
    const { tls } = config
    if (tls === undefined || certificate === undefined) return
    const onTaken = ({ expiresAt }: Certificate) => metrics.set('depthcast_tls_expires_at_seconds', expiresAt)
    onTaken(certificate)
    stopRenewal = keepCertificate(server as SecureServer, tls, { clock, log, onTaken })
  }

  async function close(): Promise<void> {
    isDraining = true
    stopRenewal()
    sessions.shutdown()
    room.close()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    await Promise.race([closed, after(DRAIN_MS)])
    doors.close()
    server.closeAllConnections()
    sessions.close()
    governor.stop()
    loop.close()
    hub.close()
    metrics.close()
    await Promise.race([feed.close(), after(DRAIN_MS)])
  }
}

function listen(server: Server, { host, port, tls }: Config): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const bound = server.address() as AddressInfo
      const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
      resolve({
        host: bound.address,
        port: bound.port,
        url: `${tls === undefined ? 'http' : 'https'}://${name}:${bound.port}`,
      })
    })
  })
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
