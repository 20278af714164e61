import type { FeedError, FeedErrorContext } from '@depthcast/feeds'
import type { Log } from './logger.ts'

/** Lines of one code of one source within a minute; what is beyond them is counted. */
const MOST_LINES = 10
const MINUTE_MS = 60_000

/**
 * Logs the errors of sources as samples: a venue that sends something new may do so a thousand times a second, and every line would say the same.
 *
 * The first ten of a code and source in a minute are logged, and how many were not is told by the next one that is. `nowMs` never runs backwards.
 */
export function feedErrorLog(log: Log, nowMs: () => number): (error: FeedError, context: FeedErrorContext) => void {
  const kinds = new Map<string, { since: number; lines: number; unlogged: number }>()
  return (error, { feed }) => {
    const { code, instrument, message: reason } = error
    const key = `${feed} ${code}`
    const now = nowMs()
    const kind = kinds.get(key) ?? { since: now, lines: 0, unlogged: 0 }
    kinds.set(key, kind)
    if (now - kind.since >= MINUTE_MS) {
      kind.since = now
      kind.lines = 0
    }
    if (kind.lines >= MOST_LINES) {
      kind.unlogged++
      return
    }
    kind.lines++
    const { unlogged } = kind
    kind.unlogged = 0
    log.warn({ feed, code, instrument, reason, ...(unlogged > 0 && { unlogged }) }, 'feed.error')
  }
}
