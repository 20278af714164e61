import { checksum, grouped, UnitError, VIEW_CHECKSUM_LEVELS } from '@depthcast/market'
import { levelsToText, ProtocolError } from '@depthcast/protocol'
import { refuseForbidden, shallower } from '../auth/entitlements.ts'
import { type Hub, listingOf } from '../hub.ts'
import { refuseUnknown, wholeOf } from './parameters.ts'
import type { Route } from './router.ts'

const MAX_DEPTH = 1_000_000
const DEFAULT_DEPTH = 25

/**
 * `GET /v1/book/<instrument>?depth=N|all&grouping=N`: the book now, as decimal strings, best first, `maxDepth` levels a side at most.
 *
 * `checksum` is the wire's: over the integer ticks and lots of the levels given here. 503 while there is no book to be trusted: after a gap,
 * or before the first snapshot.
 */
export function bookRoute(hub: Hub, maxDepth: number | 'all'): Route {
  return {
    pattern: '/v1/book/:instrument',
    access: 'client',
    handle({ query, identity: { entitlements } }, id) {
      refuseUnknown(query, ['depth', 'grouping'])
      refuseForbidden(entitlements, 'book', id)
      const { ledger } = listingOf(hub, id)
      const depth = depthOf(query, shallower(maxDepth, entitlements.maxDepth))
      const grouping = wholeOf(query, 'grouping', { fallback: 1, min: 1, max: Number.MAX_SAFE_INTEGER })
      const { instrument, status, bookEpoch: epoch, bookSeq: seq, bookExchangeTime: exchangeTime } = ledger
      if (!ledger.bookValid) {
        throw new ProtocolError(
          'not-ready',
          `the book of ${instrument.id} is ${status.state}: none to be trusted yet`,
          { retryAfterMs: 1000 },
        )
      }
      const [bids, asks] = [side('bid'), side('ask')]
      const body = {
        instrument: instrument.id,
        epoch,
        seq,
        state: status.state,
        exchangeTime,
        bids: levelsToText(bids, instrument),
        asks: levelsToText(asks, instrument),
        checksum: checksum(bids, asks, VIEW_CHECKSUM_LEVELS),
      }
      return { body }

      function side(name: 'bid' | 'ask'): number[] {
        try {
          return grouped(ledger.book, name, grouping, depth)
        } catch (error) {
          if (error instanceof UnitError)
            throw new ProtocolError('unsupported', `grouping ${grouping} is too coarse: ${error.message}`, {
              cause: error,
            })
          throw error
        }
      }
    },
  }
}

function depthOf(query: URLSearchParams, maxDepth: number | 'all'): number | 'all' {
  if (maxDepth !== 'all')
    return wholeOf(query, 'depth', { fallback: Math.min(DEFAULT_DEPTH, maxDepth), min: 1, max: maxDepth })
  if (query.get('depth') === 'all') return 'all'
  return wholeOf(query, 'depth', { fallback: DEFAULT_DEPTH, min: 1, max: MAX_DEPTH, or: 'all' })
}
