import { type CandleFigures, INTERVALS, type Interval, type Micros } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimited } from '../src/errors.ts'
import type { OlderPage } from '../src/older-bars.ts'
import { binance } from '../src/venues/binance.ts'
import { coinbase } from '../src/venues/coinbase.ts'
import { kraken } from '../src/venues/kraken.ts'
import { BTC, Market, MINUTE_MS, NOW_MS, World } from './bar-market.ts'

/** As the feed tells them. */
function figures({ bars }: Pick<OlderPage, 'bars'>) {
  return bars.map(({ openTime, open, high, low, close, volume }) => [openTime / 1000, open, high, low, close, volume])
}

function truth(market: Market, interval: Interval, to: number) {
  return market
    .bars(INTERVALS[interval] / 1000, 0, to)
    .map(({ at, open, high, low, close, count }) => [at, open, high, low, close, count])
}

const hours = (count: number): number => count * 60

test.each([
  { venue: binance, intervals: ['1m', '5m', '1h'] },
  { venue: coinbase, intervals: ['1m', '15m', '4h'] },
] as const)(
  'however $venue.id is paged, the pages are the whole: every bar once, none left out, also while bars close',
  async ({ venue, intervals }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...intervals),
        // Runs of minutes with silence between them, for days.
        fc.array(fc.tuple(fc.integer({ min: 1, max: hours(60) }), fc.integer({ min: 1, max: 400 })), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 }),
        async (interval, runs, sizes) => {
          const world = new World(venue)
          const last = NOW_MS - (NOW_MS % MINUTE_MS) + 10 * MINUTE_MS
          const minutes: number[] = []
          let at = last
          for (const [silence, run] of runs) {
            for (let n = 1; n <= run; n++) minutes.push(at - n * MINUTE_MS)
            at -= (run + silence) * MINUTE_MS
          }
          world.market = new Market(minutes)
          const begin = NOW_MS - (NOW_MS % (INTERVALS[interval] / 1000)) - 3 * MINUTE_MS
          const whole: ReturnType<typeof figures> = []
          let before = begin * 1000
          for (let turn = 0; ; turn++) {
            const limit = sizes[turn % sizes.length]!
            const page = await world.settle(world.page(interval, before, limit))
            expect(page.bars.length).toBeLessThanOrEqual(limit)
            whole.unshift(...figures(page))
            if (page.isStart) break
            expect(page.from).toBeLessThan(before)
            before = page.from
          }
          expect(whole).toEqual(truth(world.market, interval, begin))
          expect(world.errors).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
  },
)

test('a page is asked for once, however many wait for it, and not again while it is kept', async () => {
  const world = new World(coinbase)
  world.market = new Market(Array.from({ length: 400 }, (_, n) => NOW_MS - 20_000 - n * MINUTE_MS))
  const before = (NOW_MS - 100 * MINUTE_MS) * 1000
  const pages = await world.settle(
    Promise.all(Array.from({ length: 20 }, (_, n) => world.page('1m', before - n, 50 + n))),
  )
  const requests = world.asked.length
  expect(requests).toBeLessThanOrEqual(2)
  expect(figures(pages[3]!).slice(-50)).toEqual(figures(pages[0]!))
  await world.settle(world.page('1m', before, 30))
  expect(world.asked.length).toBe(requests)
})

test('what a venue does not have is folded from what it has, or said not to be there', () => {
  const world = new World(coinbase)
  const has = (interval: Interval) => world.older.of(BTC.coinbase, interval) !== undefined
  expect((['1s', '1m', '4h', '1d'] as const).map(has)).toEqual([false, true, true, true])
  expect(kraken.history!({}).barsPerSpan).toBeUndefined()
})

test('a refusal is told with its time, holds the venue back, and the next page is whole again', async () => {
  const world = new World(binance)
  world.market = new Market([NOW_MS - 20_000 - 60 * MINUTE_MS])
  const page = world.page('1m', NOW_MS * 1000, 10)
  const refused = expect(page).rejects.toThrow(RateLimited)
  await world.outside.answer('slower', 429, 30_000)
  await refused
  expect(world.errors).toEqual(['FEED_RATE_LIMITED'])
  const soon = world.page('1m', NOW_MS * 1000, 10)
  await expect(soon).rejects.toMatchObject({ retryAfterMs: 30_000 })
  expect(world.outside.asked).toHaveLength(1)
  world.outside.pass(30_000)
  const again = await world.settle(world.page('1m', NOW_MS * 1000, 10))
  expect(again.bars).toHaveLength(1)
})

test('a venue that fails is told so, and nothing of it is kept', async () => {
  const world = new World(binance)
  world.market = new Market([NOW_MS - 20_000 - 60 * MINUTE_MS])
  for (const [status, body] of [
    [500, 'busy'],
    [0, 'fetch failed'],
    [200, '<html>'],
  ] as const) {
    const page = world.page('1m', NOW_MS * 1000, 10)
    const failed = expect(page).rejects.toThrow('bars of 1m')
    await world.outside.answer(body, status)
    await failed
    world.outside.pass(1_000)
  }
  expect(world.errors).toEqual(['FEED_TRANSPORT', 'FEED_TRANSPORT', 'FEED_PROTOCOL'])
  expect((await world.settle(world.page('1m', NOW_MS * 1000, 10))).bars).toHaveLength(1)
})

test('pages take what can wait, so a book’s snapshot is never behind them', async () => {
  const world = new World(binance)
  world.market = new Market(Array.from({ length: 40_000 }, (_, n) => NOW_MS - 20_000 - n * MINUTE_MS))
  const pages = Array.from({ length: 20 }, (_, n) => world.page('1m', (NOW_MS - n * 1_400 * MINUTE_MS) * 1000, 100))
  for (const page of pages) page.catch(() => {})
  for (let turn = 0; turn < 100; turn++) {
    while (world.outside.open.length > 0) await world.outside.answer('[]')
    world.outside.pass(20)
  }
  // Two seconds, a fifth of what comes back in that time, two for each.
  const { perSecond } = binance.describe().limits.requestWeight!
  expect(world.outside.asked.length).toBeGreaterThan(2)
  expect(world.outside.asked.length).toBeLessThanOrEqual(1 + (2 * perSecond) / 5 / 2)
  expect(world.budget.request(world.outside.now, { weight: 250 })).toBe(0)
  world.older.close()
})

test('off the grid begins another past: nothing is rounded, and nothing older is told', async () => {
  const world = new World(binance)
  const page = world.page('1m', NOW_MS * 1000, 10)
  const row = (minute: number, open: string) => [
    NOW_MS - 20_000 - minute * MINUTE_MS,
    open,
    '101.00',
    '99.00',
    '100.00',
    '1.000',
    0,
    '1',
    3,
  ]
  await world.outside.answer([row(9, '100.00'), row(8, '100.005'), row(7, '100.00'), row(6, '100.00')])
  const told = await page
  expect(told.bars.map(({ openTime }) => openTime / 1000)).toEqual(
    [7, 6].map((minute) => NOW_MS - 20_000 - minute * MINUTE_MS),
  )
  expect(told).toMatchObject({ isStart: true, from: (NOW_MS - 20_000 - 7 * MINUTE_MS) * 1000 })
  expect((await world.page('1m', told.from, 10)).bars).toEqual([])
})

test('nothing is asked after the end, and whoever waits is told', async () => {
  const world = new World(coinbase)
  const pages = [0, 1, 2].map((day) => world.page('1m', (NOW_MS - day * 86_400_000) * 1000, 10))
  const ended = Promise.all(pages.slice(1).map((page) => expect(page).rejects.toThrow('closed')))
  pages[0]!.catch(() => {})
  world.older.close()
  await ended
  await expect(world.page('5m', NOW_MS * 1000, 1)).rejects.toThrow('closed')
})

test('a bar that has only just ended is not told yet', async () => {
  const world = new World(coinbase)
  world.market = new Market([0, 1, 2].map((n) => NOW_MS - 20_000 - n * MINUTE_MS))
  world.outside.pass(42_000)
  const page = await world.settle(world.page('1m', world.outside.now * 1000, 10))
  expect(page).toMatchObject({ to: ((NOW_MS - 20_000) * 1000) as Micros })
  expect(page.bars.map(({ openTime }: CandleFigures) => openTime / 1000)).toEqual(
    [2, 1].map((n) => NOW_MS - 20_000 - n * MINUTE_MS),
  )
})

test('what was kept of a span that was not over is not all of it later', async () => {
  const world = new World(coinbase)
  const first = NOW_MS - 20_000
  world.market = new Market(Array.from({ length: 30 }, (_, n) => first + (n - 10) * MINUTE_MS))
  const count = async () => (await world.settle(world.page('1m', world.outside.now * 1000, 100))).bars.length
  expect(await count()).toBe(10)
  world.outside.pass(5 * MINUTE_MS)
  expect(await count()).toBe(15)
})

test('bars are kept up to a bound: those asked for longest ago are asked for again', async () => {
  const world = new World(binance)
  world.market = new Market(Array.from({ length: 60_000 }, (_, n) => NOW_MS - 20_000 - (n + 1) * MINUTE_MS))
  const page = (back: number) => world.settle(world.page('1m', (NOW_MS - back * MINUTE_MS) * 1000, 10))
  const asks = async (back: number): Promise<number> => {
    const before = world.asked.length
    await page(back)
    return world.asked.length - before
  }
  expect([await asks(3_000), await asks(3_000)]).toEqual([1, 0])
  for (let back = 4_000; back < 56_000; back += 1_000) await page(back)
  expect([await asks(55_000), await asks(3_000)]).toEqual([0, 1])
})

test('a market that was traded early today and not since has no beginning at noon', async () => {
  const world = new World(coinbase)
  // Spans of every interval but days begin here.
  const span = 300 * 3_600_000
  const begin = Math.ceil(NOW_MS / span) * span
  const noon = new Date(begin).getUTCHours() === 12 ? begin : begin + span
  world.outside.pass(noon + 3 * 3_600_000 - NOW_MS)
  world.market = new Market([noon - 2 * 3_600_000])
  const told = await world.settle(world.page('1m', world.outside.now * 1000, 10))
  expect(told.bars.map(({ openTime }) => openTime / 1000)).toEqual([noon - 2 * 3_600_000])
})

test('a bar that is only in part on the grid is none', async () => {
  const world = new World(coinbase)
  const four = NOW_MS - (NOW_MS % (4 * 3_600_000)) - 4 * 3_600_000
  const row = (hour: number, open: string) => `[${four / 1000 + hour * 3600},99,101,${open},100,1.5]`
  const page = world.page('4h', (four + 4 * 3_600_000) * 1000, 10)
  await world.outside.answer(`[${row(3, '100')},${row(2, '100')},${row(1, '100.005')},${row(0, '100')}]`)
  expect(await page).toMatchObject({ bars: [], isStart: true, from: (four + 4 * 3_600_000) * 1000 })
})
