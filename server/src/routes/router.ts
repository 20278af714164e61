import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProtocolError, type WireError } from '@depthcast/protocol'

/** One request, its path already decoded. */
export type Request = { readonly path: readonly string[]; readonly query: URLSearchParams }

/** What a route answers. A string is sent as it is, anything else as JSON. */
export type Answer = {
  readonly status?: number
  readonly body: unknown
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers GET requests of one path: `/v1/book/:instrument`, where a part that begins with a colon takes anything. */
export type Route = {
  readonly pattern: string
  /** Throws ProtocolError, whose code is the status, for what it cannot give. */
  handle(request: Request, parameter: string): Answer | Promise<Answer>
}

/** Nothing here is for a browser to sniff, frame, or send on. */
const HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }

export type Fallbacks = {
  /** Gets the requests that no route fits. */
  otherwise(request: IncomingMessage, response: ServerResponse): void
  /** Told of what a route threw that is not the client's doing; the client gets a bare 500. */
  failed(error: unknown, address: string): void
}

/** Sends requests to the first route that fits. */
export function router(routes: readonly Route[], { otherwise, failed }: Fallbacks) {
  const patterns = routes.map((route) => ({ route, parts: route.pattern.split('/').slice(1) }))
  return (raw: IncomingMessage, response: ServerResponse): void => {
    const url = parseUrl(raw.url)
    const found = url && patterns.find(({ parts }) => fits(parts, url.path))
    if (url === undefined) refuse(response, new ProtocolError('bad-request', 'the address is not valid'))
    else if (found === undefined) guarded(() => otherwise(raw, response))
    else if (raw.method !== 'GET' && raw.method !== 'HEAD') notAllowed(response)
    else {
      const parameter = url.path[found.parts.findIndex((part) => part.startsWith(':'))] ?? ''
      guarded(async () => send(response, await found.route.handle(url, parameter)))
    }

    /** What one request does wrong ends that request. */
    function guarded(answer: () => void | Promise<void>): void {
      Promise.resolve()
        .then(answer)
        .catch((error: unknown) => {
          if (!(error instanceof ProtocolError)) failed(error, raw.url ?? '/')
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

export function sendError(response: ServerResponse, status: number, { code, slug, message, retryAfterMs }: WireError): void {
  const headers: Record<string, string> =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  send(response, { status, body: { code, slug, message }, headers })
}

function fits(parts: readonly string[], path: readonly string[]): boolean {
  return parts.length === path.length && parts.every((part, index) => part.startsWith(':') || part === path[index])
}

/** The path's parts, decoded, so that `coinbase%3ABTC-USD` is what it means. */
function parseUrl(address = '/'): Request | undefined {
  const [path = '', query = ''] = address.split('?', 2)
  try {
    return { path: path.split('/').slice(1).map(decodeURIComponent), query: new URLSearchParams(query) }
  } catch {
    return undefined
  }
}
