import type { HttpReply, HttpRequest } from './venue.ts'

const TIMEOUT_MS = 15_000

/**
 * Fetches once. Never throws: what did not come back at all is a reply with status 0 whose body says why.
 *
 * A Retry-After header, in seconds or as a date, is told in ms from now.
 */
export async function request(request: HttpRequest, cancelled: AbortSignal): Promise<HttpReply> {
  const { id, url } = request
  try {
    const response = await fetch(url, { signal: AbortSignal.any([cancelled, AbortSignal.timeout(TIMEOUT_MS)]) })
    const retryAfterMs = retryAfter(response.headers.get('retry-after'), Date.now())
    const body = await response.text()
    return { id, url, status: response.status, body, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  } catch (error) {
    return { id, url, status: 0, body: reasonOf(error) }
  }
}

/** Seconds or an HTTP date, as ms from `nowMs`; undefined when absent or unreadable. */
export function retryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/** `fetch failed` hides what failed in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
