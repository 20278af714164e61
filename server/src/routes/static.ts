import type { IncomingMessage, ServerResponse } from 'node:http'
import { isHeld } from './etag.ts'
import { Files, type StaticFile, type Variant } from './files.ts'
import { notAllowed, send } from './router.ts'

/** Scripts, styles, workers and fonts of ours alone, nothing inline but what is named. WebSockets to wherever the page is. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  // The one inline style there is: the chart library's, for its logo.
  "style-src 'self' 'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self' ws: wss:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * The built dashboard, with what the build compressed beforehand. Files under `assets/` carry a hash in their name and never change;
 * everything else is asked for again. Without a build there is a page that says how to make one.
 */
export function dashboard(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
  const files = new Files(folder)
  return (request, response) => {
    response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY)
    const path = request.url?.split('?', 1)[0] ?? '/'
    const file = files.at(path)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (file !== undefined && !isRead) notAllowed(response)
    else if (!isRead) missing(request, response)
    else if (file !== undefined) give(file, path, request, response)
    else if (path === '/' || path === '/index.html')
      send(response, { status: 503, body: UNBUILT, contentType: 'text/html; charset=utf-8' })
    else missing(request, response)
  }
}

/** The smallest variant that the client can read. A range is not promised, so it is answered whole. */
function give(
  { contentType, variants }: StaticFile,
  path: string,
  { headers, method }: IncomingMessage,
  response: ServerResponse,
): void {
  const { bytes, etag, encoding } = variants.find((one) => reads(headers['accept-encoding'], one.encoding))!
  response.setHeader('cache-control', path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
  response.setHeader('etag', etag)
  response.setHeader('vary', 'accept-encoding')
  if (isHeld(headers['if-none-match'], etag)) return void response.writeHead(304).end()
  if (encoding !== undefined) response.setHeader('content-encoding', encoding)
  response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.length })
  response.end(method === 'HEAD' ? undefined : bytes)
}

function reads(acceptEncoding: string | string[] = '', encoding: Variant['encoding']): boolean {
  if (encoding === undefined) return true
  return String(acceptEncoding)
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .some((part) => (part === encoding || part.startsWith(`${encoding};`)) && !/;\s*q=0(\.0*)?$/.test(part))
}

function missing({ method = 'GET', url = '/' }: IncomingMessage, response: ServerResponse): void {
  send(response, {
    status: 404,
    body: { code: 404, slug: 'not-found', message: `nothing at ${method} ${url.split('?', 1)[0]?.slice(0, 200)}` },
  })
}

const UNBUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Depthcast</title>
<p>The gateway runs, the dashboard is not built yet: run <code>npm run build</code>, then reload this page.</p></html>
`
