import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { isAllowedOrigin, type Origins } from './auth/origins.ts'
import type { GatewayLimits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { Certificate } from './tls.ts'

export type HttpRules = {
  readonly limits: Pick<GatewayLimits, 'connections' | 'handshakeMs'>
  readonly origins: Origins
  readonly certificate: Certificate | undefined
  readonly metrics: Metrics
}

/** The request line and headers of a request together. */
const MAX_HEADER_BYTES = 16_384
/** Connections beyond those of clients: who is still shaking hands, and plain requests. What comes on top is closed unheard. */
const PLAIN_CONNECTIONS = 1000
/** How long a connection may stay open between two plain requests. */
const KEEP_ALIVE_MS = 5000

/**
 * The server behind every door and route: HTTP, or HTTPS with a certificate. A connection that does not say its whole request within
 * `handshakeMs`, or says nothing, is closed; headers that are too big are answered with 431.
 */
export function httpServer({ limits, certificate, metrics }: Omit<HttpRules, 'origins'>): Server {
  const { connections, handshakeMs } = limits
  const options = {
    requestTimeout: handshakeMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1000, handshakeMs / 4)),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // RFC 9110, section 7.8: an upgrade that nobody here speaks is passed over. curl offers HTTP/2 so.
    shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
  }
  const server =
    certificate === undefined
      ? createServer(options)
      : createSecureServer({ ...options, ...certificate.options, handshakeTimeout: handshakeMs })
  server.maxConnections = connections + PLAIN_CONNECTIONS
  server.on('drop', () => metrics.add('depthcast_sockets_dropped_total', 1))
  return server
}

/**
 * Puts the headers that every answer has on it, whoever answers. To be called once everything else listens: it has to hear requests first.
 * Pages of other hosts that may use the gateway are told so; without that a browser keeps the answer from them.
 */
export function secureAnswers(
  server: Server,
  { origins, certificate }: Pick<HttpRules, 'origins' | 'certificate'>,
): void {
  const headers = Object.entries(certificate === undefined ? HEADERS : { ...HEADERS, ...TLS_HEADERS })
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { origin, host } = request.headers
    const url = pathOf(request.url)
    request.url = url
    for (const [name, value] of headers) response.setHeader(name, value)
    if (!url.startsWith('/v1/')) return
    response.setHeader('vary', 'origin')
    if (origin === undefined || !isAllowedOrigin(origins, origin, host)) return
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-expose-headers', 'etag, retry-after')
  })
}

/** Proxies may send the whole address. RFC 9112, section 3.2.2: it is to be taken for what it is. */
function pathOf(address = '/'): string {
  return address.startsWith('/') ? address : address.replace(/^https?:\/\/[^/?]*/i, '') || '/'
}

/** Nothing is to be sniffed, framed, or sent on, and what is no page may load nothing. The dashboard has a policy of its own. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** A browser that has once seen it comes back over TLS only, for a year. */
const TLS_HEADERS = { 'strict-transport-security': 'max-age=31536000' }
