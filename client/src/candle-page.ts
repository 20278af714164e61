import type { Interval } from '@depthcast/market'
import { ClientError } from './errors.ts'

/** A bar as plain requests tell it: decimal strings, `openTime` µs since 1970. `trades` is 0 where its venue does not count them. */
export type PastCandle = {
  readonly openTime: number
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
  readonly volume: string
  readonly trades: number
  readonly final: boolean
  readonly rev: number
  readonly overflow?: true
}

/** A page of bars, oldest first. */
export type CandlePage = {
  readonly instrument: string
  readonly interval: Interval
  readonly candles: readonly PastCandle[]
  /** There are older ones: a page with few bars, or none, is not the last for that. */
  readonly more: boolean
  /** The `before` of the page before this one, ms since 1970; absent where there is none. */
  readonly next?: number
  /** Bars that open before this time are wholly or in part the venue's own, µs since 1970; absent where all are made of trades the server heard. */
  readonly tradesFrom?: number
}

export type CandlePageOptions = {
  /** `1m` unless given. */
  readonly interval?: Interval
  /** Bars that open before this time, ms since 1970; the newest unless given. */
  readonly before?: number
  /** At most so many, 500 unless given; the server has the last word. */
  readonly limit?: number
}

/** Rejects with ClientError: the server's code where it refused, with `retryAfterMs` where it said so, `http` where it cannot be reached. */
export async function fetchCandlePage(
  url: URL,
  symbol: string,
  { token, ...options }: CandlePageOptions & { readonly token?: string | undefined },
): Promise<CandlePage> {
  const address = new URL(`${url.pathname.replace(/\/$/, '')}/v1/candles/${encodeURIComponent(symbol)}`, url)
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) address.searchParams.set(name, String(value))
  }
  let response: Response
  let body: unknown
  try {
    response = await fetch(address, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
    body = await response.json()
  } catch (cause) {
    throw new ClientError('http', `could not fetch ${address.href}`, { cause })
  }
  if (!response.ok) throw refusal(response, body)
  return body as CandlePage
}

function refusal({ status, url, headers }: Response, body: unknown): ClientError {
  const { code, slug, message } = (body ?? {}) as Partial<Record<string, unknown>>
  if (typeof code !== 'number' || typeof slug !== 'string') return new ClientError('http', `${url} answered ${status}`)
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const pause = Number.isFinite(seconds) ? { retryAfterMs: 1000 * seconds } : {}
  return new ClientError({ code, slug, message: String(message), ...pause })
}
