import type { Micros } from '@depthcast/market'
import type { Tap } from './capture.ts'
import type { HttpReply, HttpRequest } from './venue.ts'

/** Hears of what came back, by the clock it brings. */
export type HttpRecording = { readonly tap: Tap; readonly now: () => Micros }

const TIMEOUT_MS = 15_000
const LEAST_RETRY_MS = 1_000

/**
 * Fetches once. Never throws: what did not come back at all is a reply with status 0 whose body says why.
 *
 * A Retry-After header, in seconds or as a date, is told in ms from now.
 */
export async function request(
  request: HttpRequest,
  cancelled: AbortSignal,
  recording?: HttpRecording,
): Promise<HttpReply> {
  const askedAt = recording?.now()
  const reply = await fetched(request, cancelled)
  if (recording !== undefined && askedAt !== undefined && !cancelled.aborted) {
    const { url, status, body, headers } = reply
    recording.tap({ kind: 'http', at: recording.now(), url, status, body, headers, askedAt })
  }
  return reply
}

async function fetched(
  { id, url }: HttpRequest,
  cancelled: AbortSignal,
): Promise<HttpReply & { readonly headers: Record<string, string> }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([cancelled, AbortSignal.timeout(TIMEOUT_MS)]) })
    const retryAfterMs = retryAfter(response.headers.get('retry-after'), Date.now())
    const body = await response.text()
    const headers = Object.fromEntries(response.headers)
    return { id, url, status: response.status, body, headers, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  } catch (error) {
    return { id, url, status: 0, body: reasonOf(error), headers: {} }
  }
}

/**
 * Seconds or an HTTP date, as ms from `nowMs`; undefined when absent or unreadable. A second at least: some proxies say 0, and who believes them asks
 * as fast as the network goes.
 */
export function retryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header)) return Math.max(LEAST_RETRY_MS, Number(header) * 1000)
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(LEAST_RETRY_MS, date - nowMs)
}

/** `fetch failed` hides what failed in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
