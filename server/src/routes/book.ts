import { refuseForbidden, shallower } from '../auth/entitlements.ts'
import { type Hub, listingOf } from '../hub.ts'
import { type Page, Pages } from './book-page.ts'
import { isHeld } from './etag.ts'
import { refuseUnknown, wholeOf } from './parameters.ts'
import type { Answer, Route } from './router.ts'
import type { WaitingRoom } from './waiting-room.ts'

const MAX_DEPTH = 1_000_000
const DEFAULT_DEPTH = 25
/** As long as the proxies on the way usually let a request wait. */
const MAX_WAIT_MS = 60_000

/**
 * `GET /v1/book/<instrument>?depth=N|all&grouping=N`: the book now, as decimal strings, best first, `maxDepth` levels a side at most.
 *
 * `checksum` is the wire's: over the integer ticks and lots of the levels given here. 503 while there is no book to be trusted: after a gap,
 * or before the first snapshot.
 *
 * The `ETag` names the state of the book that was given; sent back as `If-None-Match` it makes the answer 304 as long as that is the state.
 * With `wait=<ms>` the 304 comes only after that time, and anything else as soon as it is there.
 */
export function bookRoute(
  hub: Hub,
  { maxDepth, room }: { readonly maxDepth: number | 'all'; readonly room: WaitingRoom },
): Route {
  const pages = new Pages()
  return {
    pattern: '/v1/book/:instrument',
    access: 'client',
    handle({ query, identity, address, ifNoneMatch, onGone }, id) {
      const { entitlements } = identity
      refuseUnknown(query, ['depth', 'grouping', 'wait'])
      refuseForbidden(entitlements, 'book', id)
      const listing = listingOf(hub, id)
      const depth = depthOf(query, shallower(maxDepth, entitlements.maxDepth))
      const grouping = wholeOf(query, 'grouping', { fallback: 1, min: 1, max: Number.MAX_SAFE_INTEGER })
      const forMs = wholeOf(query, 'wait', { fallback: 0, min: 0, max: MAX_WAIT_MS })
      const page = pages.read(listing, { depth, grouping })
      const { etag } = page
      if (!isHeld(ifNoneMatch, etag)) return given(page)
      const otherwise: Answer = { status: 304, body: '', headers: { etag } }
      if (forMs === 0) return otherwise
      const look = (): Answer | undefined => {
        const now = pages.read(listing, { depth, grouping })
        return now.etag === etag ? undefined : given(now)
      }
      return room.wait(listing, { look, forMs, otherwise, who: { address, identity }, onGone })
    },
  }
}

function given({ etag, text }: Page): Answer {
  return { body: text, contentType: 'application/json; charset=utf-8', headers: { etag } }
}

function depthOf(query: URLSearchParams, maxDepth: number | 'all'): number | 'all' {
  if (maxDepth !== 'all')
    return wholeOf(query, 'depth', { fallback: Math.min(DEFAULT_DEPTH, maxDepth), min: 1, max: maxDepth })
  if (query.get('depth') === 'all') return 'all'
  return wholeOf(query, 'depth', { fallback: DEFAULT_DEPTH, min: 1, max: MAX_DEPTH, or: 'all' })
}
