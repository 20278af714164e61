import { createHash } from 'node:crypto'
import type { Older } from '@depthcast/feeds'
import {
  type Candle,
  fromLots,
  fromTicks,
  INTERVAL_NAMES,
  type Instrument,
  type InstrumentId,
  type Interval,
} from '@depthcast/market'
import { ProtocolError } from '@depthcast/protocol'
import { refuseForbidden } from '../auth/entitlements.ts'
import { candlePage } from '../candle-page.ts'
import type { Clock } from '../clock.ts'
import { type Hub, listingOf } from '../hub.ts'
import { isHeld } from './etag.ts'
import { refuseUnknown, wholeOf } from './parameters.ts'
import type { Route } from './router.ts'

const DEFAULT_LIMIT = 500
const MAX_LIMIT = 1500
/** The year 10000: µs are too large for it, so that whoever sends those is told. */
const LAST_MS = 253_402_300_800_000

/** What the bars of the past come from, beside the hub. */
export type CandleSources = {
  readonly hub: Hub
  readonly clock: Clock
  older(instrument: InstrumentId, interval: Interval): Older | undefined
}

/**
 * `GET /v1/candles/<instrument>?interval=1m&limit=N&before=<ms>`: the newest bars, or the newest that open before a time, ms since 1970; oldest first.
 *
 * `more` says whether there are older ones, `next` is the `before` that gives them: a page may have fewer bars than were asked for and still not be
 * the last. Bars that open before `tradesFrom` are wholly or in part the venue's own, all others are made of the trades that were heard here; without
 * it all are. Times in the answer are µs. 502 where a venue's bars could not be had.
 */
export function candlesRoute({ hub, clock, older }: CandleSources): Route {
  return {
    pattern: '/v1/candles/:instrument',
    access: 'client',
    async handle({ query, identity: { entitlements }, ifNoneMatch }, id) {
      refuseUnknown(query, ['interval', 'limit', 'before'])
      refuseForbidden(entitlements, 'candles', id)
      const { ledger, isSevered } = listingOf(hub, id)
      const interval = INTERVAL_NAMES.find((name) => name === (query.get('interval') ?? '1m'))
      if (interval === undefined)
        throw new ProtocolError('unsupported', `interval must be one of ${INTERVAL_NAMES.join(', ')}`)
      const limit = wholeOf(query, 'limit', { fallback: DEFAULT_LIMIT, min: 1, max: MAX_LIMIT })
      const before = beforeOf(query)
      const { instrument, toldUntil: tradesFrom } = ledger
      const sources = { ledger, older: isSevered ? undefined : older(instrument.id, interval), now: clock.now() }
      const { candles, next } = await candlePage(sources, { interval, before, limit })
      const text = JSON.stringify({
        instrument: instrument.id,
        interval,
        candles: candles.map((candle) => rowOf(candle, instrument)),
        more: next !== undefined,
        ...(next !== undefined && { next: Math.ceil(next / 1000) }),
        tradesFrom,
      })
      const headers = { etag: etagOfText(text) }
      if (isHeld(ifNoneMatch, headers.etag)) return { status: 304, body: '', headers }
      return { body: text, contentType: 'application/json; charset=utf-8', headers }
    },
  }
}

/** Names exactly this text. */
function etagOfText(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
}

/** µs. */
function beforeOf(query: URLSearchParams): number | undefined {
  if (!query.has('before')) return undefined
  return 1000 * wholeOf(query, 'before', { fallback: 0, min: 0, max: LAST_MS, of: 'milliseconds since 1970' })
}

function rowOf(candle: Candle, { tickSize, lotSize }: Instrument) {
  const { openTime, open, high, low, close, volume, trades, final, rev, overflow } = candle
  return {
    openTime,
    open: fromTicks(open, tickSize),
    high: fromTicks(high, tickSize),
    low: fromTicks(low, tickSize),
    close: fromTicks(close, tickSize),
    volume: fromLots(volume, lotSize),
    trades,
    final,
    rev,
    ...(overflow && { overflow }),
  }
}
