import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type CandleFigures,
  INTERVAL_NAMES,
  INTERVALS,
  type Instrument,
  type Interval,
  instrumentId,
  Ledger,
  type Micros,
  type PastCandles,
  step,
} from '../src/index.ts'

const BTC: Instrument = {
  id: instrumentId('somewhere', 'BTC', 'USD'),
  venue: 'somewhere',
  venueSymbol: 'BTC',
  base: 'BTC',
  quote: 'USD',
  tickSize: step('0.01'),
  lotSize: step('0.001'),
}
const MINUTE = INTERVALS['1m']
const HOUR = INTERVALS['1h']
/** A Wednesday, half an hour before a day is over: bars of every length end within the hours around. */
const NOON = (Date.UTC(2026, 0, 7, 23, 30) * 1000) as number

type Traded = { readonly time: number; readonly price: number; readonly quantity: number }

/** The venue: all that was traded, and its bars of it. */
class Venue {
  readonly #trades: readonly Traded[]

  constructor(trades: readonly Traded[]) {
    this.#trades = trades.toSorted((a, b) => a.time - b.time)
  }

  /** Oldest first. */
  bars(interval: Interval, until = Number.POSITIVE_INFINITY): CandleFigures[] {
    const groups = Map.groupBy(this.#trades, ({ time }) => time - (time % INTERVALS[interval]))
    return [...groups]
      .filter(([openTime]) => openTime + INTERVALS[interval] <= until)
      .map(([openTime, group]) => {
        const prices = group.map(({ price }) => price)
        const volume = group.reduce((sum, { quantity }) => sum + quantity, 0)
        const extremes = { high: Math.max(...prices), low: Math.min(...prices) }
        const figures = { openTime, open: prices[0], close: prices.at(-1), ...extremes, volume, trades: group.length }
        return figures as unknown as CandleFigures
      })
  }

  past(interval: Interval, until: number, mostBars = Number.POSITIVE_INFINITY): PastCandles {
    const from = until - (until % INTERVALS[interval]) - Math.min(mostBars, 1_000) * INTERVALS[interval]
    return { interval, from: from as Micros, until: until as Micros, bars: this.bars(interval, until) }
  }

  /** Tells the trades of this time live. */
  tell(ledger: Ledger, from: number, to: number): void {
    for (const [index, { time, price, quantity }] of this.#trades.entries()) {
      if (time < from || time >= to) continue
      const at = { exchangeTime: time as Micros, receivedAt: time as Micros }
      const what = { tradeId: String(index + 1), price, quantity, side: 'buy' }
      const trade = { kind: 'trade', instrument: BTC.id, ...at, ...what, epoch: 1, seq: index + 1 }
      ledger.apply(trade as Parameters<Ledger['apply']>[0])
    }
  }
}

function figuresOf(ledger: Ledger, interval: Interval) {
  return ledger
    .candles(interval)
    .last(1_500)
    .map(({ rev: _rev, final: _final, ...figures }) => figures)
}

const trades = fc.array(
  fc.record({
    // Dense enough that minutes have several, sparse enough that some have none.
    time: fc.integer({ min: NOON - 5 * HOUR, max: NOON + HOUR }),
    price: fc.integer({ min: 90, max: 110 }),
    quantity: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 400 },
)

test('wherever trades begin to be heard, and whenever the past is told, every bar of a minute and more is the venue’s own', () => {
  fc.assert(
    fc.property(
      trades,
      fc.record({
        /** When trades begin to be heard, and when the past is first told, which may be before. */
        begins: fc.integer({ min: NOON - HOUR, max: NOON + HOUR / 2 }),
        askedAfter: fc.integer({ min: -20 * MINUTE, max: 10 * MINUTE }),
        order: fc.shuffledSubarray(['5m', '15m', '1h', '4h', '1d'] as const, { minLength: 5 }),
      }),
      (script, { begins, askedAfter, order }) => {
        const venue = new Venue(script)
        const ledger = new Ledger(BTC)
        const asked = begins + askedAfter
        venue.tell(ledger, begins, asked)
        const first = asked - (asked % MINUTE)
        for (const interval of ['1m', ...order] as const) ledger.history(venue.past(interval, first))
        const again = Math.max(asked, begins) + MINUTE - (Math.max(asked, begins) % MINUTE)
        venue.tell(ledger, Math.max(begins, asked), again + 5_000_000)
        ledger.history(venue.past('1m', again))
        venue.tell(ledger, again + 5_000_000, Number.POSITIVE_INFINITY)
        for (const interval of INTERVAL_NAMES) {
          if (interval !== '1s') expect(figuresOf(ledger, interval), interval).toEqual(venue.bars(interval))
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('a past that does not reach back to a bar’s beginning leaves that bar to the trades that were heard', () => {
  const venue = new Venue([
    { time: NOON - 20 * MINUTE, price: 100, quantity: 1 },
    { time: NOON - 2 * MINUTE, price: 105, quantity: 2 },
    { time: NOON + MINUTE, price: 103, quantity: 4 },
  ])
  const ledger = new Ledger(BTC)
  venue.tell(ledger, NOON, Number.POSITIVE_INFINITY)
  ledger.history(venue.past('1m', NOON, 10))
  expect(figuresOf(ledger, '5m')).toMatchObject([{ volume: 2 }, { volume: 4 }])
  expect(figuresOf(ledger, '1h')).toMatchObject([{ open: 103, volume: 4 }])
})

test('a past that does not reach back to the one before it makes no longer bar anew across the hole', () => {
  const venue = new Venue([
    { time: NOON - 25 * MINUTE, price: 100, quantity: 1 },
    { time: NOON - 10 * MINUTE, price: 90, quantity: 2 },
    { time: NOON + 14 * MINUTE, price: 105, quantity: 4 },
  ])
  const ledger = new Ledger(BTC)
  ledger.history(venue.past('1m', NOON - 20 * MINUTE))
  ledger.history(venue.past('1m', NOON + 15 * MINUTE, 5))
  expect(figuresOf(ledger, '1h')).toMatchObject([{ low: 100, high: 100, volume: 1 }])
})

test('a trade that comes late into a bar that was told already is not counted again', () => {
  const venue = new Venue([{ time: NOON - 1, price: 100, quantity: 1 }])
  const ledger = new Ledger(BTC)
  ledger.history(venue.past('1m', NOON))
  venue.tell(ledger, 0, NOON)
  expect(figuresOf(ledger, '1m')).toMatchObject([{ volume: 1, trades: 1 }])
})

test('a past that was on its way for longer than a newer one changes nothing', () => {
  const [old, now] = [NOON, NOON + MINUTE]
  const venue = new Venue([{ time: old, price: 100, quantity: 1 }])
  const ledger = new Ledger(BTC)
  ledger.history(venue.past('1m', now))
  ledger.history({ ...venue.past('1m', old), bars: [] })
  venue.tell(ledger, old, now)
  expect(figuresOf(ledger, '1m')).toMatchObject([{ volume: 1 }])
})

test('where a venue does not count the trades of its bars, a bar that holds one of them counts none', () => {
  const venue = new Venue([
    { time: NOON - MINUTE, price: 100, quantity: 1 },
    { time: NOON + 1, price: 105, quantity: 2 },
  ])
  const ledger = new Ledger(BTC)
  venue.tell(ledger, NOON, Number.POSITIVE_INFINITY)
  const past = venue.past('1m', NOON)
  ledger.history({ ...past, bars: past.bars.map((bar) => ({ ...bar, trades: 0 })) })
  expect(figuresOf(ledger, '5m')).toMatchObject([
    { volume: 1, trades: 0 },
    { volume: 2, trades: 1 },
  ])
  expect(figuresOf(ledger, '1h')).toMatchObject([{ volume: 3, trades: 0 }])
  const stamp = { instrument: BTC.id, exchangeTime: (NOON + 2) as Micros, receivedAt: (NOON + 2) as Micros }
  const trade = { kind: 'trade', tradeId: '9', price: 106, quantity: 4, side: 'buy', epoch: 1, seq: 9, ...stamp }
  ledger.apply(trade as Parameters<Ledger['apply']>[0])
  expect(figuresOf(ledger, '1h')).toMatchObject([{ volume: 7, trades: 0, close: 106 }])
  expect(figuresOf(ledger, '5m').at(-1)).toMatchObject({ volume: 6, trades: 2 })
})

test('bars of the past are over, the one that goes on is not, and each change of a bar is told once', () => {
  const venue = new Venue([
    { time: NOON - MINUTE, price: 100, quantity: 1 },
    { time: NOON + 1, price: 105, quantity: 2 },
  ])
  const ledger = new Ledger(BTC)
  venue.tell(ledger, NOON, Number.POSITIVE_INFINITY)
  ledger.history(venue.past('1m', NOON))
  expect(ledger.candles('1m').last(9)).toMatchObject([
    { final: true, rev: 1 },
    { final: false, rev: 1 },
  ])
  expect(ledger.candles('1h').last(9)).toMatchObject([{ final: false, rev: 2 }])
  const { changes } = ledger.candles('1m')
  ledger.history(venue.past('1m', NOON))
  expect(ledger.candles('1m').changedSince(changes)).toEqual([])
})
