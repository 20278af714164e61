import type { Bar } from '../engine/messages.ts'
import { credentials } from '../state/token.ts'

/** Bars of an instrument as the gateway has them, or why there are none. `next` is the time before which there are older ones, ms; undefined where there are none. */
export type History =
  | { readonly kind: 'loaded'; readonly bars: readonly Bar[]; readonly next?: number | undefined }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number }

/** The newest bars, or the newest that begin before a time, ms. */
export async function fetchCandles(
  instrument: string,
  interval: string,
  limit: number,
  { before, fetcher = fetch }: { readonly before?: number | undefined; readonly fetcher?: typeof fetch } = {},
): Promise<History> {
  try {
    const end = before === undefined ? '' : `&before=${before}`
    const reply = await fetcher(
      `/v1/candles/${encodeURIComponent(instrument)}?interval=${interval}&limit=${limit}${end}`,
      credentials(),
    )
    if (!reply.ok) return { kind: 'failed', reason: `no history (${reply.status})`, ...pauseOf(reply) }
    const page = (await reply.json()) as { readonly next?: unknown }
    const next = Number(page?.next)
    return { kind: 'loaded', bars: readCandles(page), next: Number.isSafeInteger(next) ? next : undefined }
  } catch {
    return { kind: 'failed', reason: 'no history: the gateway does not answer' }
  }
}

function pauseOf({ headers }: Response): { readonly retryAfterMs?: number } {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? { retryAfterMs: 1000 * seconds } : {}
}
/** Reads the reply; a bar that is not whole is left out rather than drawn wrong. */
export function readCandles(reply: unknown): Bar[] {
  const candles = typeof reply === 'object' && reply !== null && 'candles' in reply ? reply.candles : reply
  return Array.isArray(candles) ? candles.map(readCandle).filter((bar) => bar !== undefined) : []
}

function readCandle(candle: Partial<Record<keyof RawCandle, unknown>>): Bar | undefined {
  const bar: Bar = {
    time: Number(candle.openTime) / 1000,
    open: Number(candle.open),
    high: Number(candle.high),
    low: Number(candle.low),
    close: Number(candle.close),
    volume: Number(candle.volume),
    rev: Number(candle.rev ?? 0),
    final: candle.final === true,
  }
  const isWhole = [bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.rev].every(Number.isFinite)
  return isWhole && bar.time > 0 ? bar : undefined
}

/** As the gateway sends it: µs since 1970, decimal strings. */
type RawCandle = {
  openTime: number
  open: string
  high: string
  low: string
  close: string
  volume: string
  trades: number
  rev: number
  final: boolean
}
