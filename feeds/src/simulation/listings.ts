import { type Instrument, instrumentId, step, toLots, toTicks } from '@depthcast/market'

/** How one simulated instrument trades. */
export type Listing = {
  readonly instrument: Instrument
  /** Where its price starts, in ticks. */
  readonly ticks: number
  /** Deviation of a day's log return. */
  readonly dailyVolatility: number
  /** Prices gather on multiples of so many ticks. */
  readonly spacing: number
  /** Quotes reach so many spacings from the touch. */
  readonly reach: number
  /** The usual spread, in ticks. */
  readonly spread: number
  /** A usual order, in lots. */
  readonly lots: number
  /** Long-run mean of what happens to the book. */
  readonly updatesPerSecond: number
}

const VENUE = 'simulated'

/**
 * Fast and slow, cheap and dear, and grids that are not powers of ten: 0.25 and 5. `size` is a usual order in the base currency, `updates`
 * are per second, `daily` is the volatility in percent, `spacing`, `reach` and `spread` as in Listing. The slow ones are quiet at times.
 */
const TABLE = `
  symbol    tick     lot         price    size   updates  daily  spacing  reach  spread
  BTC-USD   0.01     0.00000001  96500    0.1    100      1.8    100      500    2
  ETH-USD   0.01     0.00000001  3420     1.5    60       2.4    5        450    2
  SOL-USD   0.01     0.001       192.5    20     30       3.0    1        350    1
  XRP-USD   0.0001   0.000001    2.35     1000   24       3.0    1        350    2
  DOGE-USD  0.00001  0.1         0.2184   8000   16       3.5    1        350    2
  ADA-USD   0.0001   0.01        0.7815   1500   9        3.2    1        300    1
  AVAX-USD  0.01     0.01        38.4     40     6        3.2    1        250    1
  LINK-USD  0.001    0.01        17.62    60     6        3.0    2        300    3
  LTC-USD   0.01     0.00000001  103.1    8      4        2.8    2        300    3
  BTC-EUR   5        0.0001      91640    0.05   12       1.8    1        300    1
  ETH-BTC   0.00001  0.0001      0.03544  0.8    1.5      1.4    1        250    2
  PAXG-USD  0.25     0.001       2655.5   0.4    0.12     0.7    1        250    3
`

/** Every simulated instrument, in the order they are shown. */
export const LISTINGS: readonly Listing[] = TABLE.trim().split('\n').slice(1).map(listing)

function listing(row: string): Listing {
  const [symbol = '', tick = '', lot = '', price = '', size = '', ...numbers] = row.trim().split(/ +/)
  const [updatesPerSecond = 0, daily = 0, spacing = 0, reach = 0, spread = 0] = numbers.map(Number)
  const [base = '', quote = ''] = symbol.split('-')
  const tickSize = step(tick)
  const lotSize = step(lot)
  return {
    instrument: {
      id: instrumentId(VENUE, base, quote),
      venue: VENUE,
      venueSymbol: symbol,
      base,
      quote,
      tickSize,
      lotSize,
    },
    ticks: toTicks(price, tickSize),
    dailyVolatility: daily / 100,
    spacing,
    reach,
    spread,
    lots: toLots(size, lotSize),
    updatesPerSecond,
  }
}
