import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Cancel, Clock } from './clock.ts'
import type { Config } from './config.ts'
import { httpServer, secureAnswers } from './http-server.ts'
import type { Log } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { type Certificate, keepCertificate, readCertificate } from './tls.ts'

export type Address = { readonly host: string; readonly port: number; readonly url: string }

/** What the network sees of the gateway: its address, over TLS where there is a certificate. */
export type Front = {
  /** Routes and doors listen here. */
  readonly server: Server
  /** Puts on every answer the headers that keep it safe. To be called once routes and doors listen. */
  secure(): void
  /** Rejects with the system's error (`EADDRINUSE`, …) when the address cannot be had. */
  listen(): Promise<Address>
  /** Takes no more connections; resolves when the last one is gone. */
  close(): Promise<void>
}

type Surroundings = { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics }

/** Throws ConfigError, in one line, for a certificate that cannot be used. */
export function front(config: Config, { clock, log, metrics }: Surroundings): Front {
  const { limits, origins, tls } = config
  const certificate = tls === undefined ? undefined : readCertificate(tls)
  const server = httpServer({ limits, certificate, metrics })
  let stopRenewal: Cancel = () => {}
  return {
    server,
    secure: () => secureAnswers(server, { origins, certificate }),
    async listen() {
      const address = await listen(server, config)
      renew()
      return address
    },
    close() {
      stopRenewal()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      return closed
    },
  }

  function renew(): void {
    if (tls === undefined || certificate === undefined) return
    const onTaken = ({ expiresAt }: Certificate) => metrics.set('depthcast_tls_expires_at_seconds', expiresAt)
    onTaken(certificate)
    stopRenewal = keepCertificate(server as SecureServer, tls, { clock, log, onTaken })
  }
}

function listen(server: Server, { host, port, tls }: Config): Promise<Address> {
  const scheme = tls === undefined ? 'http' : 'https'
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const bound = server.address() as AddressInfo
      const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
      resolve({ host: bound.address, port: bound.port, url: `${scheme}://${name}:${bound.port}` })
    })
  })
}
