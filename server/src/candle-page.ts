import { FeedError, type Older, RateLimited } from '@depthcast/feeds'
import { type Candle, INTERVALS, type Interval, type Ledger } from '@depthcast/market'
import { ProtocolError } from '@depthcast/protocol'

/** Bars that open before a time, µs; the newest there are where it is undefined. */
export type CandlesAsked = { readonly interval: Interval; readonly before: number | undefined; readonly limit: number }

/** Oldest first. `next` is the time before which the page before this one ends, µs; undefined where nothing older is to be had. */
export type CandlePage = { readonly candles: readonly Candle[]; readonly next: number | undefined }

/** When to ask again for a history that could not be had, where its venue did not say. */
const RETRY_MS = 5_000

/**
 * A page of an instrument's bars: those that are held, and where they end, what their venue has before them. Only a page whose end is named waits for
 * the venue; the newest one is what is here now.
 *
 * Without an `older` there is nothing but what is held. Rejects with ProtocolError 502 where the venue has more, and it could not be had: such a page
 * would look like the beginning of time.
 */
export async function candlePage(
  { ledger, older, now }: { readonly ledger: Ledger; readonly older: Older | undefined; readonly now: number },
  { interval, before, limit }: CandlesAsked,
): Promise<CandlePage> {
  const builder = ledger.candles(interval)
  const { oldest } = builder
  // Where nobody can fill a hole, what was heard on both sides of it is all there is.
  const from = older === undefined ? Number.NEGATIVE_INFINITY : ledger.wholeFrom(interval)
  const held = builder.within({ from, before: before ?? Number.POSITIVE_INFINITY, n: limit })
  const first = held[0]?.openTime
  if (older === undefined) {
    const isMore = first !== undefined && oldest !== undefined && oldest.openTime < first
    return { candles: held, next: isMore ? first : undefined }
  }
  if (before === undefined || held.length === limit) return { candles: held, next: first ?? Math.min(from, now) }
  const end = Math.min(before, from)
  const page = await venuePage(older, end, limit - held.length).catch((error: unknown) => {
    throw asUnavailable(error, ledger)
  })
  // A bar that has only just ended may not be settled at the venue; nobody would ever ask for it again.
  const over = now - (now % INTERVALS[interval])
  if (page.to < Math.min(end, over))
    throw unavailable(ledger, 'its venue has not settled the newest of them yet', RETRY_MS)
  return { candles: [...page.candles, ...held], next: page.isStart ? undefined : page.from }
}

async function venuePage(older: Older, before: number, limit: number) {
  const { bars, ...page } = await older.page(before, limit)
  return { ...page, candles: bars.map((bar): Candle => ({ ...bar, rev: 1, final: true })) }
}

/** What went wrong at the venue is for the log; a client is told what it means. */
function asUnavailable(error: unknown, ledger: Ledger): unknown {
  if (!(error instanceof FeedError)) return error
  const isBusy = error instanceof RateLimited
  const why = isBusy ? 'its venue lets this gateway ask no more for a while' : 'its venue does not give them at present'
  return unavailable(ledger, why, isBusy ? error.retryAfterMs : RETRY_MS, error)
}

function unavailable({ instrument }: Ledger, why: string, retryAfterMs: number, cause?: unknown): ProtocolError {
  const message = `older bars of ${instrument.id} cannot be had: ${why}`
  return new ProtocolError('history-unavailable', message, { retryAfterMs, cause })
}
