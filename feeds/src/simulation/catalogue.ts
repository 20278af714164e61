import { type Step, step, toLots, toTicks } from '@depthcast/market'
import type { Preset } from './exchange.ts'
import { Random } from './random.ts'

/** How one simulated instrument trades. */
export type Listing = {
  readonly symbol: string
  readonly base: string
  readonly quote: string
  readonly tickSize: Step
  readonly lotSize: Step
  /** Where its price starts, in ticks. */
  readonly ticks: number
  /** Deviation of a day's log return; a day of a stock counts its whole risk as if it traded round the clock at the pace of its session. */
  readonly dailyVolatility: number
  /** Prices gather on multiples of so many ticks. */
  readonly spacing: number
  /** Quotes reach so many spacings from the touch. */
  readonly reach: number
  /** The usual spread, in ticks. */
  readonly spread: number
  /** A usual order, in lots. */
  readonly lots: number
  /** Long-run mean of the order events: orders that rest, are taken back, are filled. Those that answer a touch that has gone come on top. */
  readonly eventsPerSecond: number
}

/**
 * Fast and slow, cheap and dear, and grids that are not powers of ten: 0.25 and 5. `size` is a usual order in the base currency, `daily` is the
 * volatility in percent, the rest as in Listing. The slow ones are quiet at times.
 */
const CRYPTO = table(`
  symbol    tick     lot         price    size   events  daily  spacing  reach  spread
  BTC-USD   0.01     0.00000001  96500    0.1    100     1.8    100      500    2
  ETH-USD   0.01     0.00000001  3420     1.5    60      2.4    5        450    2
  SOL-USD   0.01     0.001       192.5    20     30      3.0    1        350    1
  XRP-USD   0.0001   0.000001    2.35     1000   24      3.0    1        350    2
  DOGE-USD  0.00001  0.1         0.2184   8000   16      3.5    1        350    2
  ADA-USD   0.0001   0.01        0.7815   1500   9       3.2    1        300    1
  AVAX-USD  0.01     0.01        38.4     40     6       3.2    1        250    1
  LINK-USD  0.001    0.01        17.62    60     6       3.0    2        300    3
  LTC-USD   0.01     0.00000001  103.1    8      4       2.8    2        300    3
  BTC-EUR   5        0.0001      91640    0.05   12      1.8    1        300    1
  ETH-BTC   0.00001  0.0001      0.03544  0.8    1.5     1.4    1        250    2
  PAXG-USD  0.25     0.001       2655.5   0.4    0.12    0.7    1        250    3
`)

/** AAPL as it was on 21 June 2012, when the hour was recorded that the `equity` bands are taken from; the others after it. */
const EQUITY = table(`
  symbol    tick     lot  price   size  events  daily  spacing  reach  spread
  AAPL-USD  0.01     1    585.3   100   25.6    3.4    1        250    24
  MSFT-USD  0.01     1    430.2   100   22      2.6    1        200    8
  NVDA-USD  0.01     1    138.6   100   40      4.0    1        150    2
  AMZN-USD  0.01     1    205.7   100   18      3.0    1        150    4
  GOOG-USD  0.01     1    178.1   100   14      2.8    1        150    4
  TSLA-USD  0.01     1    342.5   100   35      5.0    1        250    8
  INTC-USD  0.01     1    24.1    100   12      3.4    1        100    1
  SPY-USD   0.01     1    598.4   100   60      1.6    1        150    2
`)

/** What one of a currency is worth in dollars, where it is no market of its own above. */
const DOLLARS: Readonly<Record<string, number>> = {
  USD: 1,
  USDT: 1,
  USDC: 1,
  DAI: 1,
  EUR: 1.053,
  GBP: 1.264,
  BTC: 96_500,
  ETH: 3420,
  BNB: 655,
  SOL: 192.5,
  XRP: 2.35,
  DOGE: 0.2184,
  ADA: 0.7815,
  AVAX: 38.4,
  LINK: 17.62,
  LTC: 103.1,
  DOT: 7.12,
  MATIC: 0.49,
  POL: 0.49,
  UNI: 13.4,
  ATOM: 7.9,
  BCH: 462,
  TRX: 0.248,
  XLM: 0.43,
  SHIB: 0.0000248,
  PEPE: 0.0000196,
  NEAR: 5.61,
  APT: 11.3,
  ARB: 0.87,
  OP: 2.04,
  FIL: 5.8,
  ICP: 11.2,
  ETC: 30.6,
  XMR: 194,
  AAVE: 284,
  SUI: 4.1,
  PAXG: 2655.5,
}

/** The symbols of each preset that trade when nobody names any, in the order they are shown. */
export const KNOWN: Readonly<Record<Preset, readonly string[]>> = {
  crypto: [...CRYPTO.keys()],
  equity: [...EQUITY.keys()],
}

/**
 * How a symbol trades: as listed above, or made up from its name, the same every time. Throws RangeError for what is not `BASE-QUOTE` in capitals
 * and digits.
 */
export function listingOf(symbol: string, preset: Preset): Listing {
  const [, base, quote] = /^([A-Z0-9]{1,12})-([A-Z0-9]{1,12})$/.exec(symbol) ?? []
  if (base === undefined || quote === undefined || base === quote) {
    throw new RangeError(`symbol '${symbol}' is not BASE-QUOTE in capitals, e.g. BTC-USD`)
  }
  const known = (preset === 'crypto' ? CRYPTO : EQUITY).get(symbol)
  return known ?? (preset === 'crypto' ? coin(symbol, base, quote) : stock(symbol))
}

function coin(symbol: string, base: string, quote: string): Listing {
  const twin = isDollar(quote) ? CRYPTO.get(`${base}-USD`) : undefined
  if (twin !== undefined) return { ...twin, symbol, quote }
  const random = new Random(1, `${symbol} listing`)
  const dollars = DOLLARS[base] ?? 10 ** (4 * random.uniform() - 2)
  const price = dollars / (DOLLARS[quote] ?? 1)
  const decimals = Math.min(12, Math.max(0, 5 - Math.floor(Math.log10(price))))
  // A usual order is worth 2000 dollars, and a thousand lots or more.
  const lotDecimals = Math.min(8, Math.max(0, Math.ceil(Math.log10(dollars))))
  return listing(symbol, {
    tick: decimal(-decimals),
    lot: decimal(-lotDecimals),
    price: price.toFixed(decimals),
    size: (2000 / dollars).toFixed(lotDecimals),
    numbers: [
      4 + 26 * random.uniform(),
      isDollar(base) ? 0.2 : 2 + 2 * random.uniform(),
      Math.max(1, Math.round(price * 1e-4 * 10 ** decimals)),
      300,
      1 + random.below(3),
    ],
  })
}

function stock(symbol: string): Listing {
  const random = new Random(1, `${symbol} listing`)
  const price = 10 * 50 ** random.uniform()
  return listing(symbol, {
    tick: '0.01',
    lot: '1',
    price: price.toFixed(2),
    size: '100',
    numbers: [6 + 24 * random.uniform(), 2.4 + 2 * random.uniform(), 1, 150, Math.max(1, Math.round(price / 30))],
  })
}

function isDollar(currency: string): boolean {
  return DOLLARS[currency] === 1
}

/** A power of ten as a plain decimal. */
function decimal(exponent: number): string {
  return (10 ** exponent).toFixed(Math.max(0, -exponent))
}

type Row = {
  readonly tick: string
  readonly lot: string
  readonly price: string
  readonly size: string
  /** events, daily, spacing, reach, spread */
  readonly numbers: readonly number[]
}

function listing(symbol: string, { tick, lot, price, size, numbers }: Row): Listing {
  const [base = '', quote = ''] = symbol.split('-')
  const [eventsPerSecond = 0, daily = 0, spacing = 0, reach = 0, spread = 0] = numbers
  const tickSize = step(tick)
  const lotSize = step(lot)
  return {
    symbol,
    base,
    quote,
    tickSize,
    lotSize,
    ticks: toTicks(price, tickSize),
    dailyVolatility: daily / 100,
    spacing,
    reach,
    spread,
    lots: Math.max(1, toLots(size, lotSize)),
    eventsPerSecond,
  }
}

function table(text: string): ReadonlyMap<string, Listing> {
  const rows = text.trim().split('\n').slice(1)
  return new Map(
    rows.map((row) => {
      const [symbol = '', tick = '', lot = '', price = '', size = '', ...numbers] = row.trim().split(/ +/)
      return [symbol, listing(symbol, { tick, lot, price, size, numbers: numbers.map(Number) })]
    }),
  )
}
