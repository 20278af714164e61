import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProtocolError, type WireError } from '@depthcast/protocol'
import type { Identity } from '../auth/identity.ts'
import { queryOf } from './parameters.ts'

/** One request, its path already decoded, and who makes it. */
export type Request = {
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly identity: Identity
  /** Where it comes from. */
  readonly address: string
  /** The `If-None-Match` header: what the client has already. */
  readonly ifNoneMatch: string | undefined
  /** Calls back when the connection is gone, at once where it is, or the answer is out. */
  onGone(listener: () => void): void
}

/** Who may ask: everyone; whoever may connect; operators alone; or operators where not everyone may connect. */
export type Access = 'open' | 'client' | 'operator' | 'scraper'

/** What a route answers. A string is sent as it is, anything else as JSON; a 304 goes without a body. */
export type Answer = {
  readonly status?: number
  readonly body: unknown
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers GET requests of one path: `/v1/book/:instrument`, where a part that begins with a colon takes anything. */
export type Route = {
  readonly pattern: string
  readonly access: Access
  /** Throws ProtocolError, whose code is the status, for what it cannot give. */
  handle(request: Request, parameter: string): Answer | Promise<Answer>
}

/** Nothing here is for a browser to keep. */
const HEADERS = { 'cache-control': 'no-store' }

export type Surroundings = {
  /** Says who asks, and what a browser may do with the answer. */
  readonly turnstile: Turnstile
  /** Gets the requests that no route fits. */
  otherwise(request: IncomingMessage, response: ServerResponse): void
  /** Told of what a route threw that is not the client's doing, and of the path without its query; the client gets a bare 500. */
  failed(error: unknown, path: string): void
}

export type Turnstile = {
  /** Sets the headers that the answer needs, whatever it will be. Rejects with ProtocolError 401, 403 or 404 for one who may not pass. */
  pass(request: IncomingMessage, response: ServerResponse, access: Access): Promise<Identity>
  /** Answers a browser that asks whether it may ask. */
  preflight(request: IncomingMessage, response: ServerResponse): void
}

/** Sends requests to the first route that fits. */
export function router(routes: readonly Route[], { turnstile, otherwise, failed }: Surroundings) {
  const patterns = routes.map((route) => ({ route, parts: route.pattern.split('/').slice(1) }))
  return (raw: IncomingMessage, response: ServerResponse): void => {
    const url = parseUrl(raw.url)
    const found = url && patterns.find(({ parts }) => fits(parts, url.path))
    if (url === undefined) refuse(response, new ProtocolError('bad-request', 'the address is not valid'))
    else if (found === undefined) guarded(() => otherwise(raw, response))
    else if (raw.method === 'OPTIONS') guarded(() => turnstile.preflight(raw, response))
    else if (raw.method !== 'GET' && raw.method !== 'HEAD') notAllowed(response)
    else {
      const parameter = url.path[found.parts.findIndex((part) => part.startsWith(':'))] ?? ''
      const { route } = found
      guarded(async () => {
        const identity = await turnstile.pass(raw, response, route.access)
        const ifNoneMatch = raw.headers['if-none-match']
        const address = raw.socket.remoteAddress ?? ''
        const onGone = (listener: () => void): void => {
          if (response.destroyed) listener()
          else response.once('close', listener)
        }
        send(response, await route.handle({ ...url, identity, address, ifNoneMatch, onGone }, parameter))
      })
    }

    /** What one request does wrong ends that request. */
    function guarded(answer: () => void | Promise<void>): void {
      Promise.resolve()
        .then(answer)
        .catch((error: unknown) => {
          if (!(error instanceof ProtocolError)) failed(error, raw.url?.split('?', 1)[0] ?? '/')
          if (response.headersSent) response.destroy()
          else refuse(response, error)
        })
    }
  }
}

/** Answers with an error as JSON; its code is the status where HTTP has it. */
export function refuse(response: ServerResponse, error: unknown): void {
  const wire =
    error instanceof ProtocolError
      ? error.toWire()
      : new ProtocolError('internal', 'the server failed on this request').toWire()
  sendError(response, wire.code, wire)
}

export function send(response: ServerResponse, { status = 200, body, contentType, headers }: Answer): void {
  if (status === 304) return void response.writeHead(304, { ...HEADERS, ...headers }).end()
  const content = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, {
    ...HEADERS,
    'content-type': contentType ?? 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(content),
    ...headers,
  })
  response.end(response.req.method === 'HEAD' ? undefined : content)
}

export function notAllowed(response: ServerResponse, allow = 'GET, HEAD'): void {
  const message = `only ${allow.replace(', ', ' and ')} ${allow.includes(',') ? 'are' : 'is'} allowed here`
  send(response, { status: 405, body: { code: 405, slug: 'method-not-allowed', message }, headers: { allow } })
}

export function sendError(
  response: ServerResponse,
  status: number,
  { code, slug, message, retryAfterMs }: WireError,
): void {
  const headers: Record<string, string> =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  send(response, { status, body: { code, slug, message }, headers })
}

function fits(parts: readonly string[], path: readonly string[]): boolean {
  return parts.length === path.length && parts.every((part, index) => part.startsWith(':') || part === path[index])
}

/** The path's parts, decoded, so that `coinbase%3ABTC-USD` is what it means. */
function parseUrl(address = '/'): Pick<Request, 'path' | 'query'> | undefined {
  const [path = ''] = address.split('?', 1)
  try {
    return { path: path.split('/').slice(1).map(decodeURIComponent), query: queryOf(address) }
  } catch {
    return undefined
  }
}
