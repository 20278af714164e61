import type { MarketEvent, Micros, PastCandles } from '@depthcast/market'
import { expect, test } from 'vitest'
import type { FeedError } from '../src/errors.ts'
import type { FeedSink } from '../src/feed.ts'
import { PastBars } from '../src/past-bars.ts'
import type { Venue } from '../src/venue.ts'
import { VenueBudget } from '../src/venue-budget.ts'
import { plainDecimal } from '../src/venues/bars.ts'
import { binance } from '../src/venues/binance.ts'
import { coinbase } from '../src/venues/coinbase.ts'
import { kraken } from '../src/venues/kraken.ts'
import { instrument } from './driver.ts'
import { StillWorld } from './still-world.ts'

const MINUTE_MS = 60_000
/** 20 s into a minute. */
const NOW_MS = Date.UTC(2026, 0, 7, 12, 0, 20)
const LAST = NOW_MS - 20_000
const [BTC, ETH] = [instrument('binance', 'BTCUSDT', 'BTC', 'USDT'), instrument('binance', 'ETHUSDT', 'ETH', 'USDT')]

/** As Binance writes one. */
function kline(openMs: number, volume = '2.500', open = '100.00'): unknown[] {
  return [openMs, open, '101.50', '99.01', '100.02', volume, openMs + 59_999, '1', 7, '1', '1', '0']
}

const BAR = { open: 10000, high: 10150, low: 9901, close: 10002, volume: 2500, trades: 7 }
const at = (ms: number): number => ms * 1000

test.each([
  {
    venue: binance,
    symbol: 'BTCUSDT',
    url: 'http://venue/api/v3/klines?symbol=BTCUSDT&interval=4h&limit=1000',
    body: [kline(LAST - 120_000), kline(LAST - 60_000, '0.000'), kline(LAST)],
    openFrom: at(LAST),
    trades: 7,
  },
  {
    venue: kraken,
    symbol: 'BTC/USD',
    url: 'http://venue/0/public/OHLC?pair=XBTUSD&interval=240',
    body: {
      error: [],
      result: {
        XXBTZUSD: [
          [LAST / 1000 - 120, '100.00', '101.50', '99.01', '100.02', '100.0', '2.500', 7],
          [LAST / 1000 - 60, '100.00', '100.00', '100.00', '100.00', '0.0', '0.00000000', 0],
          [LAST / 1000, '100.00', '101.50', '99.01', '100.02', '100.0', '2.500', 7],
        ],
        last: LAST / 1000 - 60,
      },
    },
    openFrom: at(LAST),
    trades: 7,
  },
  {
    venue: coinbase,
    symbol: 'BTC-USD',
    url: 'http://venue/products/BTC-USD/candles?granularity=14400',
    body: `[[${LAST / 1000 - 120},99.01,101.5,100,1.0002e2,2.5]]`,
    openFrom: undefined,
    trades: 0,
  },
])('bars of $venue.id are read from their text, exactly, and those without a trade left out', (given) => {
  const history = given.venue.history!({ httpUrl: 'http://venue' })
  const one = instrument(given.venue.id, given.symbol, 'BTC', 'USD')
  expect(history.request(one, '4h').url).toBe(given.url)
  const body = typeof given.body === 'string' ? given.body : JSON.stringify(given.body)
  const told = history.read(body, one)
  expect(told.from).toBe(at(LAST - 120_000))
  expect(told.bars).toEqual([{ openTime: at(LAST - 120_000), ...BAR, trades: given.trades }])
  expect(told.openFrom).toBe(given.openFrom)
  for (const broken of ['', '{}', '[1]', '{"error":["EGeneral:Unknown"]}', '[[null,1,1,1,1,1]]'])
    expect(() => history.read(broken, one)).toThrow()
})

test('a bar on another grid, and all before it, are no past of this instrument: nothing is rounded', () => {
  const rows = [kline(LAST - 180_000), kline(LAST - 120_000, '1.000', '100.005'), kline(LAST - 60_000), kline(LAST)]
  const told = binance.history!({}).read(JSON.stringify(rows), BTC)
  expect(told).toMatchObject({ from: at(LAST - 60_000), bars: [{ openTime: at(LAST - 60_000) }] })
})

test.each([
  ['1.5e-05', '0.000015'],
  ['1e-8', '0.00000001'],
  ['1.0002e2', '100.02'],
  ['12E+3', '12000'],
  ['1.25e1', '12.5'],
  ['0.5', '0.5'],
])('%s is %s', (text, plain) => {
  expect(plainDecimal(text)).toBe(plain)
})

class World {
  readonly outside = new StillWorld(NOW_MS)
  readonly told: (readonly [instrument: string, past: PastCandles])[] = []
  readonly errors: FeedError[] = []
  readonly past: PastBars

  constructor(venue: Venue = binance) {
    const sink: FeedSink = {
      instrument: () => {},
      event: () => {},
      history: (id, past) => this.told.push([id, past]),
    }
    this.past = new PastBars({
      venue: venue.id,
      history: venue.history!({ httpUrl: 'http://venue' }),
      instruments: [BTC, ETH],
      outside: this.outside,
      budget: new VenueBudget(venue.describe().limits),
      sink,
      onError: (error) => this.errors.push(error),
    })
  }

  status(state: 'live' | 'suspect' | 'stale'): void {
    const receivedAt = at(this.outside.now) as Micros
    const event = { kind: 'status', state, instrument: BTC.id, exchangeTime: undefined, receivedAt, epoch: 1, seq: 1 }
    this.past.sink.event(event as MarketEvent)
  }

  /** Answers everything asked, for so long. */
  async serve(ms: number, body: () => unknown = () => [kline(LAST - 60_000), kline(LAST)]): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      while (this.outside.open.length > 0) await this.outside.answer(body())
      this.outside.pass(100)
    }
  }
}

test('minutes of every instrument come first, one request at a time, from what the budget has left', async () => {
  const world = new World()
  world.past.start()
  expect(world.outside.open).toMatchObject([{ weight: 2 }])
  world.outside.pass(60_000)
  expect(world.outside.open).toHaveLength(1)
  await world.serve(5_000)
  expect(world.outside.asked.map(([, id]) => id).slice(0, 4)).toEqual([
    'bars:BTCUSDT:1m',
    'bars:ETHUSDT:1m',
    'bars:BTCUSDT:1h',
    'bars:ETHUSDT:1h',
  ])
  expect(world.outside.asked).toHaveLength(14)
  expect(world.told[0]).toMatchObject([BTC.id, { interval: '1m', from: at(LAST - 60_000), until: at(LAST) }])
})

test.each([
  { name: 'is not told as over two seconds after its end', ms: 42_000, open: LAST + MINUTE_MS, until: LAST },
  { name: 'is told as over six seconds after its end', ms: 46_000, open: LAST + MINUTE_MS, until: LAST + MINUTE_MS },
  {
    name: 'is not told as over while it is open at the venue, by whose clock it is',
    ms: 46_000,
    open: LAST,
    until: LAST,
  },
])('a minute $name', async ({ ms, open, until }) => {
  const world = new World()
  world.outside.pass(ms)
  world.past.start()
  await world.outside.answer(
    [kline(LAST - 60_000), kline(LAST), kline(LAST + MINUTE_MS)].slice(0, open === LAST ? 2 : 3),
  )
  expect(world.told).toMatchObject([[BTC.id, { until: at(until) }]])
})

test('when the minute is over in which a book became live, its minutes are fetched again, and after each lost connection', async () => {
  const world = new World()
  world.past.start()
  await world.serve(10_000)
  const before = world.outside.asked.length
  world.status('live')
  world.status('suspect')
  await world.serve(34_000)
  expect(world.outside.asked.length).toBe(before)
  await world.serve(2_000, () => [kline(LAST), kline(LAST + MINUTE_MS)])
  expect(world.outside.asked.slice(before).map(([, id]) => id)).toEqual(['bars:BTCUSDT:1m', 'bars:BTCUSDT:1s'])
  expect(world.told.at(-1)).toMatchObject([BTC.id, { until: at(LAST + MINUTE_MS) }])
  world.status('live')
  await world.serve(120_000)
  expect(world.outside.asked.length).toBe(before + 2)
  world.status('stale')
  world.status('live')
  await world.serve(120_000)
  expect(world.outside.asked.length).toBe(before + 4)
})

test('however often a book breaks within a minute, that minute is fetched again once', async () => {
  const world = new World()
  world.past.start()
  await world.serve(10_000)
  const before = world.outside.asked.length
  for (let n = 0; n < 5; n++) {
    world.status('live')
    world.status('stale')
  }
  await world.serve(120_000)
  expect(world.outside.asked.slice(before).map(([, id]) => id)).toEqual(['bars:BTCUSDT:1m', 'bars:BTCUSDT:1s'])
})

test('what fails three times is left, and told; nothing longer is asked for without minutes, and the other instrument goes on', async () => {
  const world = new World()
  world.past.start()
  for (let second = 0; second < 200; second++) {
    for (const { id } of [...world.outside.open]) {
      if (id.includes('BTC')) await world.outside.answer('busy', 500)
      else await world.outside.answer([kline(LAST - 60_000), kline(LAST)])
    }
    world.outside.pass(1_000)
  }
  expect(world.errors.map(({ code }) => code)).toEqual(Array(3).fill('FEED_TRANSPORT'))
  expect(world.outside.asked.filter(([, id]) => id.includes('BTC'))).toHaveLength(3)
  expect(world.told).toHaveLength(7)
})

test('a refusal for asking too much holds everything back for as long as the venue says', async () => {
  const world = new World()
  world.past.start()
  await world.outside.answer('slower', 429, 30_000)
  expect(world.errors.map(({ code }) => code)).toEqual(['FEED_RATE_LIMITED'])
  world.outside.pass(29_999)
  expect(world.outside.open).toEqual([])
  world.outside.pass(1_000)
  expect(world.outside.open).toHaveLength(1)
})

test('what cannot be read is told, and no bar of it', async () => {
  const world = new World()
  world.past.start()
  await world.outside.answer('<html>')
  expect(world.errors.map(({ code }) => code)).toEqual(['FEED_PROTOCOL'])
  expect(world.told).toEqual([])
})

test('nothing is asked or told after the end', async () => {
  const world = new World()
  world.past.start()
  world.past.close()
  await world.outside.answer([kline(LAST - 60_000), kline(LAST)])
  world.outside.pass(600_000)
  expect([world.told, world.outside.open]).toEqual([[], []])
})
