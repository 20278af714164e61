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

/** Fast and slow, cheap and dear, and grids that are not powers of ten: 0.25 and 5. */
export const LISTINGS: readonly Listing[] = [
  list('BTC-USD', {
    tick: '0.01',
    lot: '0.00000001',
    price: '96500',
    size: '0.1',
    rate: 100,
    volatility: 0.018,
    spacing: 100,
    reach: 500,
    spread: 2,
  }),
  list('ETH-USD', {
    tick: '0.01',
    lot: '0.00000001',
    price: '3420',
    size: '1.5',
    rate: 60,
    volatility: 0.024,
    spacing: 5,
    reach: 450,
    spread: 2,
  }),
  list('SOL-USD', {
    tick: '0.01',
    lot: '0.001',
    price: '192.5',
    size: '20',
    rate: 30,
    volatility: 0.03,
    spacing: 1,
    reach: 350,
    spread: 1,
  }),
  list('XRP-USD', {
    tick: '0.0001',
    lot: '0.000001',
    price: '2.35',
    size: '1000',
    rate: 24,
    volatility: 0.03,
    spacing: 1,
    reach: 350,
    spread: 2,
  }),
  list('DOGE-USD', {
    tick: '0.00001',
    lot: '0.1',
    price: '0.2184',
    size: '8000',
    rate: 16,
    volatility: 0.035,
    spacing: 1,
    reach: 350,
    spread: 2,
  }),
  list('ADA-USD', {
    tick: '0.0001',
    lot: '0.01',
    price: '0.7815',
    size: '1500',
    rate: 9,
    volatility: 0.032,
    spacing: 1,
    reach: 300,
    spread: 1,
  }),
  list('AVAX-USD', {
    tick: '0.01',
    lot: '0.01',
    price: '38.4',
    size: '40',
    rate: 6,
    volatility: 0.032,
    spacing: 1,
    reach: 250,
    spread: 1,
  }),
  list('LINK-USD', {
    tick: '0.001',
    lot: '0.01',
    price: '17.62',
    size: '60',
    rate: 6,
    volatility: 0.03,
    spacing: 2,
    reach: 300,
    spread: 3,
  }),
  list('LTC-USD', {
    tick: '0.01',
    lot: '0.00000001',
    price: '103.1',
    size: '8',
    rate: 4,
    volatility: 0.028,
    spacing: 2,
    reach: 300,
    spread: 3,
  }),
  list('BTC-EUR', {
    tick: '5',
    lot: '0.0001',
    price: '91640',
    size: '0.05',
    rate: 12,
    volatility: 0.018,
    spacing: 1,
    reach: 300,
    spread: 1,
  }),
  list('ETH-BTC', {
    tick: '0.00001',
    lot: '0.0001',
    price: '0.03544',
    size: '0.8',
    rate: 1.5,
    volatility: 0.014,
    spacing: 1,
    reach: 250,
    spread: 2,
  }),
  list('PAXG-USD', {
    tick: '0.25',
    lot: '0.001',
    price: '2655.5',
    size: '0.4',
    rate: 0.12,
    volatility: 0.007,
    spacing: 1,
    reach: 250,
    spread: 3,
  }),
]

type Terms = {
  readonly tick: string
  readonly lot: string
  readonly price: string
  /** A usual order, in the base currency. */
  readonly size: string
  /** Book updates a second. */
  readonly rate: number
  /** A day's, as a fraction. */
  readonly volatility: number
  readonly spacing: number
  readonly reach: number
  readonly spread: number
}

function list(symbol: `${string}-${string}`, terms: Terms): Listing {
  const [base = '', quote = ''] = symbol.split('-')
  const tickSize = step(terms.tick)
  const lotSize = step(terms.lot)
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
    ticks: toTicks(terms.price, tickSize),
    dailyVolatility: terms.volatility,
    spacing: terms.spacing,
    reach: terms.reach,
    spread: terms.spread,
    lots: toLots(terms.size, lotSize),
    updatesPerSecond: terms.rate,
  }
}
