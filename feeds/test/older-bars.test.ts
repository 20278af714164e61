import { type CandleFigures, INTERVALS, type Interval, type Micros } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimited } from '../src/errors.ts'
import { OlderBars, type OlderPage } from '../src/older-bars.ts'
import type { Venue } from '../src/venue.ts'
import { VenueBudget } from '../src/venue-budget.ts'
import { binance } from '../src/venues/binance.ts'
import { coinbase } from '../src/venues/coinbase.ts'
import { kraken } from '../src/venues/kraken.ts'
import { instrument } from './driver.ts'
import { StillWorld } from './still-world.ts'

const NOW_MS = Date.UTC(2026, 0, 7, 12, 0, 20)
const MINUTE_MS = 60_000
const BTC = {
  binance: instrument('binance', 'BTCUSDT', 'BTC', 'USDT'),
  coinbase: instrument('coinbase', 'BTC-USD', 'BTC', 'USD'),
}

/** A venue's bars, made of minutes that were traded in; each of another price. */
class Market {
  readonly #minutes: readonly number[]

  constructor(minutes: Iterable<number>) {
    this.#minutes = [...new Set(minutes)].sort((a, b) => a - b)
  }

  /** Times in ms, prices in ticks; oldest first, intervals without a trade left out. */
  bars(lengthMs: number, from: number, to: number) {
    const groups = Map.groupBy(this.#minutes, (at) => Math.floor(at / lengthMs) * lengthMs)
    return [...groups]
      .filter(([open]) => open >= from && open < to)
      .map(([open, minutes]) => {
        const prices = minutes.map((at) => 10_000 + ((at / MINUTE_MS) % 977))
        const extremes = { high: Math.max(...prices), low: Math.min(...prices) }
        return { at: open, open: prices[0]!, close: prices.at(-1)!, ...extremes, count: minutes.length }
      })
  }
}

const text = (ticks: number): string => (ticks / 100).toFixed(2)

/** What a real one answers: Binance without holes since its first trade, Coinbase newest first and with some that nobody asked for. */
const ANSWERS = {
  binance(market: Market, { searchParams: query }: URL, nowMs: number): string {
    const lengthMs = INTERVALS[query.get('interval') as Interval] / 1000
    const [start, end] = [Number(query.get('startTime')), Math.min(Number(query.get('endTime')), nowMs)]
    const told = market.bars(lengthMs, 0, end + 1)
    const rows: unknown[] = []
    let close = told[0]?.open ?? 0
    let next = 0
    for (let at = told[0]?.at ?? Number.POSITIVE_INFINITY; at <= end && rows.length < 1000; at += lengthMs) {
      const bar = told[next]?.at === at ? told[next++]! : { at, open: close, high: close, low: close, close, count: 0 }
      close = bar.close
      const prices = [bar.open, bar.high, bar.low, bar.close].map(text)
      if (at >= start) rows.push([at, ...prices, (bar.count / 1000).toFixed(3), at + lengthMs - 1, '1', bar.count])
    }
    return JSON.stringify(rows)
  },
  coinbase(market: Market, { searchParams: query }: URL, nowMs: number): string {
    const lengthMs = Number(query.get('granularity')) * 1000
    const [start, end] = [Date.parse(query.get('start')!), Date.parse(query.get('end')!)]
    expect((end - start) / lengthMs).toBeLessThanOrEqual(300)
    const told = market.bars(lengthMs, start - 2 * lengthMs, Math.min(end, nowMs) + 1)
    return `[${told
      .map(
        (bar) =>
          `[${bar.at / 1000},${text(bar.low)},${text(bar.high)},${text(bar.open)},${text(bar.close)},${bar.count / 1000}]`,
      )
      .reverse()
      .join(',')}]`
  },
}

class World {
  readonly outside = new StillWorld(NOW_MS)
  readonly errors: string[] = []
  readonly older: OlderBars
  readonly venue: 'binance' | 'coinbase'
  readonly budget: VenueBudget
  /** Addresses asked for. */
  readonly asked: URL[] = []
  market = new Market([])

  constructor(venue: Venue) {
    this.venue = venue.id as 'binance' | 'coinbase'
    this.budget = new VenueBudget(venue.describe().limits)
    this.older = new OlderBars({
      venue: venue.id,
      history: { ...venue.history!({ httpUrl: 'http://venue' }), barsPerSpan: venue.history!({}).barsPerSpan! },
      outside: this.outside,
      budget: this.budget,
      onError: ({ code }) => this.errors.push(code),
    })
  }

  /** Answers what is asked until this settles; time passes meanwhile. */
  async settle<Result>(wanted: Promise<Result>): Promise<Result> {
    let isOver = false
    const over = wanted.finally(() => (isOver = true))
    over.catch(() => {})
    for (let turn = 0; !isOver && turn < 5_000; turn++) {
      for (const { url } of this.outside.open) {
        this.asked.push(new URL(url))
        await this.outside.answer(ANSWERS[this.venue](this.market, new URL(url), this.outside.now))
      }
      await new Promise(setImmediate)
      this.outside.pass(50)
    }
    return over
  }

  page(interval: Interval, before: number, limit: number): Promise<OlderPage> {
    return this.older.of(BTC[this.venue], interval)!.page(before, limit)
  }
}

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
  60_000,
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
