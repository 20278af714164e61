import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import sirv from 'sirv'
import { send } from './router.ts'

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

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/**
 * The built dashboard, with what the build compressed beforehand. Files under `assets/` carry a hash in their name and never change;
 * everything else is asked for again. Without a build there is a page that says how to make one.
 */
export function dashboard(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
  let files: ReturnType<typeof sirv> | undefined
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    if (request.method !== 'GET' && request.method !== 'HEAD') return missing(request, response)
    if (files === undefined && existsSync(join(folder, 'index.html'))) files = serve(folder)
    if (files !== undefined) files(request, response, () => missing(request, response))
    else if (request.url === '/' || request.url === '/index.html')
      send(response, { status: 503, body: UNBUILT, contentType: 'text/html; charset=utf-8' })
    else missing(request, response)
  }
}

function serve(folder: string): ReturnType<typeof sirv> {
  return sirv(folder, {
    etag: true,
    brotli: true,
    gzip: true,
    setHeaders(response, path) {
      response.setHeader(
        'cache-control',
        path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      )
    },
  })
}

function missing({ method = 'GET', url = '/' }: IncomingMessage, response: ServerResponse): void {
  send(response, {
    status: 404,
    body: { code: 404, slug: 'not-found', message: `nothing at ${method} ${url.slice(0, 200)}` },
  })
}

const UNBUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Depthcast</title>
<p>The gateway runs, the dashboard is not built yet: run <code>npm run build</code>, then reload this page.</p></html>
`
