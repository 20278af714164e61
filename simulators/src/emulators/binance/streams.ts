import { INTERVALS, type Interval, type Zone } from './klines.ts'

/** One stream of a symbol, named as in `<symbol>@<name>`. */
export type Stream =
  | { readonly kind: 'diff'; readonly everyMs: 100 | 1000 }
  | { readonly kind: 'partial'; readonly levels: 5 | 10 | 20; readonly everyMs: 100 | 1000 }
  | { readonly kind: 'kline'; readonly interval: Interval; readonly zone: Zone }
  | { readonly kind: 'bookTicker' | 'trade' | 'aggTrade' | 'avgPrice' }
  | AllStream

/** What there is of all symbols too, as a list of those that changed: `!<name>@arr`. */
export type AllStream =
  | { readonly kind: 'miniTicker' | 'ticker' }
  | { readonly kind: 'rolling'; readonly window: Window }

/** Figures of so long a time, in minutes. */
export const WINDOWS = { '1h': 60, '4h': 240, '1d': 1440 } as const
export type Window = keyof typeof WINDOWS

const PLAIN = ['bookTicker', 'trade', 'aggTrade', 'miniTicker', 'ticker', 'avgPrice'] as const
const SPEEDS = { '': 1000, '@1000ms': 1000, '@100ms': 100 } as const
const LEVELS = { '5': 5, '10': 10, '20': 20 } as const
/** Beside UTC there is one other time zone. */
const ZONES: Readonly<Record<string, Zone>> = { '': 0, '@+08:00': 8 * 3_600_000_000 }

/**
 * Reads `btcusdt@depth20@100ms`. Undefined for a name that is none: Binance takes it, acknowledges it, and never sends anything for it. Symbols
 * are in lower case; any other spelling is such a name.
 */
export function parseStream(text: string): { readonly symbol: string; readonly stream: Stream } | undefined {
  const parts = /^([a-z0-9]+)@(.+)$/.exec(text)
  const [, symbol = '', name = ''] = parts ?? []
  const stream = parts === null ? undefined : streamNamed(name)
  return stream && { symbol: symbol.toUpperCase(), stream }
}

/** Reads `!miniTicker@arr`, `!ticker@arr` and `!ticker_1h@arr`; undefined for any other name. Source: web-socket-streams.md. */
export function parseAllStream(text: string): AllStream | undefined {
  const name = /^!(.+)@arr$/.exec(text)?.[1]
  if (name === 'miniTicker' || name === 'ticker') return { kind: name }
  return name === undefined ? undefined : rollingNamed(name)
}

function streamNamed(name: string): Stream | undefined {
  const plain = PLAIN.find((one) => one === name)
  if (plain !== undefined) return { kind: plain }
  return klineNamed(name) ?? rollingNamed(name) ?? depthNamed(name)
}

function klineNamed(name: string): Stream | undefined {
  const [, text, zoneText = ''] = /^kline_(\w+)(@.+)?$/.exec(name) ?? []
  const interval = INTERVALS.find((one) => one === text)
  const zone = ZONES[zoneText]
  return interval === undefined || zone === undefined ? undefined : { kind: 'kline', interval, zone }
}

function rollingNamed(name: string): AllStream | undefined {
  const window = /^ticker_(1h|4h|1d)$/.exec(name)?.[1] as Window | undefined
  return window && { kind: 'rolling', window }
}

function depthNamed(name: string): Stream | undefined {
  const depth = /^depth(5|10|20)?(@1000ms|@100ms)?$/.exec(name)
  if (depth === null) return undefined
  const everyMs = SPEEDS[(depth[2] ?? '') as keyof typeof SPEEDS]
  const levels = depth[1] as keyof typeof LEVELS | undefined
  return levels === undefined ? { kind: 'diff', everyMs } : { kind: 'partial', levels: LEVELS[levels], everyMs }
}
