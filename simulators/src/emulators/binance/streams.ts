import { INTERVALS, type Interval } from './klines.ts'

/** One stream of a symbol, named as in `<symbol>@<name>`. */
export type Stream =
  | { readonly kind: 'diff'; readonly everyMs: 100 | 1000 }
  | { readonly kind: 'partial'; readonly levels: 5 | 10 | 20; readonly everyMs: 100 | 1000 }
  | { readonly kind: 'kline'; readonly interval: Interval }
  | { readonly kind: 'bookTicker' | 'trade' | 'aggTrade' | 'miniTicker' | 'ticker' | 'avgPrice' }

const PLAIN = ['bookTicker', 'trade', 'aggTrade', 'miniTicker', 'ticker', 'avgPrice'] as const
const SPEEDS = { '': 1000, '@1000ms': 1000, '@100ms': 100 } as const
const LEVELS = { '5': 5, '10': 10, '20': 20 } as const

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

function streamNamed(name: string): Stream | undefined {
  const plain = PLAIN.find((one) => one === name)
  if (plain !== undefined) return { kind: plain }
  const kline = /^kline_(.+)$/.exec(name)
  if (kline !== null) {
    const interval = INTERVALS.find((one) => one === kline[1])
    return interval && { kind: 'kline', interval }
  }
  const depth = /^depth(5|10|20)?(@1000ms|@100ms)?$/.exec(name)
  if (depth === null) return undefined
  const everyMs = SPEEDS[(depth[2] ?? '') as keyof typeof SPEEDS]
  const levels = depth[1] as keyof typeof LEVELS | undefined
  return levels === undefined ? { kind: 'diff', everyMs } : { kind: 'partial', levels: LEVELS[levels], everyMs }
}
