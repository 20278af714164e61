import { type Older, RateLimited, TransportError } from '@depthcast/feeds'
import {
  CandleBuilder,
  type CandleFigures,
  INTERVALS,
  type Interval,
  Ledger,
  lots,
  type Micros,
  micros,
  type NumberedTrade,
  type PastCandles,
  ticks,
} from '@depthcast/market'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { candlePage } from '../src/candle-page.ts'
import { instrument } from './fakes/feed.ts'
import { type Running, startGateway } from './fakes/running.ts'

const MINUTE = INTERVALS['1m']
/** A Wednesday, half an hour before a day is over. */
const NOON = Date.UTC(2026, 0, 7, 23, 30) * 1000

/** A trade a minute or so, all of them: what the venue knows. */
class Truth {
  readonly #trades: readonly NumberedTrade[]

  constructor(times: readonly number[]) {
    const sorted = [...new Set(times)].sort((a, b) => a - b)
    this.#trades = sorted.map((time, n) => {
      const [exchangeTime, receivedAt] = [time as Micros, time as Micros]
      const what = {
        price: ticks(100 + (n % 13)),
        quantity: lots(1 + (n % 5)),
        side: 'buy' as const,
        tradeId: String(n + 1),
      }
      return {
        kind: 'trade',
        instrument: 'test:BTC-USD',
        exchangeTime,
        receivedAt,
        epoch: 1,
        seq: n + 1,
        ...what,
      } as NumberedTrade
    })
  }

  tell(ledger: Ledger, from: number, to: number): void {
    for (const trade of this.#trades) if (trade.receivedAt >= from && trade.receivedAt < to) ledger.apply(trade)
  }

  /** Over at this time. */
  bars(interval: Interval, to: number): CandleFigures[] {
    const builder = new CandleBuilder(INTERVALS[interval], { keep: 100_000, idsKept: 0 })
    for (const trade of this.#trades) builder.add(trade)
    return builder
      .last(100_000)
      .filter(({ openTime }) => openTime + INTERVALS[interval] <= to)
      .map(({ rev: _rev, final: _final, ...figures }) => figures)
  }

  /** The last so many minutes, as a venue tells them when it is first asked. */
  past(interval: Interval, until: number, most: number): PastCandles {
    const from = until - (until % INTERVALS[interval]) - most * INTERVALS[interval]
    const bars = this.bars(interval, until).filter(({ openTime }) => openTime >= from)
    return { interval, from: from as Micros, until: until as Micros, bars }
  }

  older(interval: Interval, now: () => number): Older {
    return {
      page: async (before, limit) => {
        const to = Math.min(before, now() - (now() % INTERVALS[interval]))
        const all = this.bars(interval, to).filter(({ openTime }) => openTime < before)
        const bars = all.slice(-limit)
        const isStart = bars.length === all.length
        return { from: (bars[0]?.openTime ?? to) as Micros, to: to as Micros, bars, isStart }
      },
    }
  }
}

const figuresOf = (bars: readonly CandleFigures[]) =>
  bars.map(({ openTime, open, high, low, close, volume, trades }) => [openTime, open, high, low, close, volume, trades])

test('any pages give the same whole, held or the venue’s: no bar twice, none left out, while new ones close', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        // Seconds between two trades, from the last on: bars with many, and hours without one.
        gaps: fc.array(fc.oneof(fc.integer({ min: 5, max: 90 }), fc.integer({ min: 90, max: 9_000 })), {
          minLength: 300,
          maxLength: 900,
        }),
        interval: fc.constantFrom('1m' as const, '5m' as const, '1h' as const),
        /** Minutes the venue tells at first, bars kept here, and minutes for which nothing was heard. */
        told: fc.oneof(fc.integer({ min: 5, max: 40 }), fc.integer({ min: 40, max: 900 })),
        kept: fc.integer({ min: 20, max: 1_500 }),
        outage: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90 })),
        sizes: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
        stepMinutes: fc.integer({ min: 0, max: 7 }),
      }),
      async ({ gaps, interval, told, kept, outage, sizes, stepMinutes }) => {
        let at = NOON + 120 * MINUTE
        const truth = new Truth(gaps.map((seconds) => (at -= seconds * 1_000_000)))
        const ledger = new Ledger(instrument('BTC'), { candlesKept: kept })
        for (const one of ['1m', '1h', '5m'] as const) ledger.history(truth.past(one, NOON, told))
        let now = NOON
        const pass = (minutes: number): void => {
          truth.tell(ledger, now, now + minutes * MINUTE)
          now += minutes * MINUTE
        }
        pass(5)
        if (outage > 0) {
          now += outage * MINUTE
          ledger.history(truth.past('1m', now, told))
        }
        pass(3)
        const older = truth.older(interval, () => now)
        let before: number | undefined
        const whole: ReturnType<typeof figuresOf> = []
        for (let turn = 0; turn < 3_000; turn++) {
          const asked = { interval, before, limit: sizes[turn % sizes.length]! }
          const { candles, next } = await candlePage({ ledger, older, now }, asked)
          whole.unshift(...figuresOf(candles))
          if (next === undefined) break
          expect(next).toBeLessThan(before ?? Number.POSITIVE_INFINITY)
          before = next
          if (now < NOON + 100 * MINUTE) pass(stepMinutes)
        }
        // The one that was still open is for those who follow it.
        const all = figuresOf(truth.bars(interval, NOON + (8 + outage) * MINUTE))
        const open = whole.findIndex(([openTime = 0]) => openTime + INTERVALS[interval] > NOON + (8 + outage) * MINUTE)
        expect(open === -1 ? whole : whole.slice(0, open)).toEqual(all)
        expect(whole.length - all.length).toBeLessThanOrEqual(1)
      },
    ),
    { numRuns: 60 },
  )
})

const FIRST = Date.UTC(2026, 0, 7, 12) * 1000
const figures = { open: 100, high: 101, low: 99, close: 100, volume: 5, trades: 3 }

/** So many one-minute bars from the first on. */
const minutes = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ openTime: FIRST + n * MINUTE, ...figures }) as CandleFigures)

describe('over HTTP', () => {
  let gateway: Running
  beforeEach(async () => {
    gateway = await startGateway()
  })
  afterEach(() => gateway.close())

  async function get(query: string, init?: RequestInit) {
    const response = await fetch(`${gateway.url}/v1/candles/test:BTC-USD?${query}`, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }

  /** The venue told its last ten minutes of a hundred, and has the others. */
  function withVenue(older: Older = { page: async () => Promise.reject(new Error('not asked')) }): void {
    gateway.feed.older = () => older
    const until = FIRST + 100 * MINUTE
    const times = { from: micros(until - 10 * MINUTE), until: micros(until) }
    const past: PastCandles = { interval: '1m', ...times, bars: minutes(100).slice(-10) }
    gateway.app.hub.history('test:BTC-USD' as Parameters<typeof gateway.app.hub.history>[0], past)
  }

  const venue: Older = {
    page: async (before, limit) => {
      const all = minutes(100).filter(({ openTime }) => openTime < before)
      const bars = all.slice(-limit)
      const from = bars[0]?.openTime ?? (FIRST as Micros)
      return { from, to: before as Micros, bars, isStart: all.length <= limit }
    },
  }

  test.each([
    ['before=yesterday', 'before must be a whole number of milliseconds since 1970 from 0 to 253402300800000'],
    [`before=${FIRST}`, 'before must be a whole number of milliseconds since 1970 from 0 to 253402300800000'],
    ['before=-1', 'before must be'],
    ['before=', 'before must be'],
    ['before=1&before=2', 'before is given more than once'],
    ['limit=0', 'limit must be a whole number from 1 to 1500'],
    ['limit=1501', 'limit must be a whole number from 1 to 1500'],
    ['limit=1.5', 'limit must be a whole number from 1 to 1500'],
    ['after=1', 'allowed: interval, limit, before'],
  ])('%s is refused with what is allowed', async (query, words) => {
    const { status, body } = await get(query)
    expect([status, body.slug]).toEqual([422, 'unsupported'])
    expect(body.message).toContain(words)
  })

  test('the newest page is what is held, and never waits for a venue; the pages before it do', async () => {
    withVenue()
    const newest = (await get('limit=4')).body
    expect(newest.candles.map(({ openTime }: CandleFigures) => openTime)).toEqual(
      [96, 97, 98, 99].map((n) => FIRST + n * MINUTE),
    )
    expect(newest).toMatchObject({ more: true, next: (FIRST + 96 * MINUTE) / 1000, tradesFrom: FIRST + 100 * MINUTE })
    gateway.feed.older = () => venue
    const before = (await get(`limit=10&before=${newest.next}`)).body
    expect(before.candles.map(({ openTime }: CandleFigures) => openTime)).toEqual(
      Array.from({ length: 10 }, (_, n) => FIRST + (86 + n) * MINUTE),
    )
    const row = {
      open: '1.00',
      high: '1.01',
      low: '0.99',
      close: '1.00',
      volume: '0.005',
      trades: 3,
      final: true,
      rev: 1,
    }
    // Held or fetched, a bar is the same.
    expect(before.candles[0]).toEqual({ openTime: FIRST + 86 * MINUTE, ...row })
    expect(before.candles[9]).toEqual({ openTime: FIRST + 95 * MINUTE, ...row })
    const rest = (await get(`limit=1500&before=${before.next}`)).body
    expect(rest).toMatchObject({ more: false, tradesFrom: FIRST + 100 * MINUTE })
    expect(rest).not.toHaveProperty('next')
    expect(rest.candles).toHaveLength(86)
  })

  test('where no venue has a past, the last page is where what was heard begins', async () => {
    for (const price of [100, 101]) gateway.script.trade(price, 1)
    const { body } = await get('interval=1d')
    expect(body).toMatchObject({ more: false, candles: [{ close: '1.01' }] })
    expect(body).not.toHaveProperty('tradesFrom')
    expect((await get(`interval=1d&before=${body.candles[0].openTime / 1000}`)).body).toMatchObject({
      more: false,
      candles: [],
    })
  })

  test.each([
    {
      error: new RateLimited({ venue: 'test', reason: 'http 429 secret', retryAfterMs: 7_200 }),
      after: '8',
      why: 'no more for a while',
    },
    { error: new TransportError({ venue: 'test', reason: 'http 500 secret' }), after: '5', why: 'at present' },
  ])(
    'a history that cannot be had ($error.code) is an error with its time, never the beginning of time',
    async ({ error, after, why }) => {
      withVenue({ page: () => Promise.reject(error) })
      const { status, headers, body } = await get(`before=${(FIRST + 50 * MINUTE) / 1000}`)
      expect([status, headers.get('retry-after'), body.code, body.slug]).toEqual([
        502,
        after,
        502,
        'history-unavailable',
      ])
      expect(body.message).toContain(why)
      expect(JSON.stringify(body)).not.toContain('secret')
    },
  )

  test('bars that have ended and are not settled at the venue yet are asked for again, not left out', async () => {
    withVenue({
      page: async () => ({ from: FIRST as Micros, to: (FIRST + 49 * MINUTE) as Micros, bars: [], isStart: true }),
    })
    const { status, body } = await get(`before=${(FIRST + 50 * MINUTE) / 1000}`)
    expect([status, body.slug]).toEqual([502, 'history-unavailable'])
    expect(body.message).toContain('not settled')
  })

  test('a page has a tag that holds while no bar of it changes', async () => {
    withVenue(venue)
    const query = `limit=5&before=${(FIRST + 50 * MINUTE) / 1000}`
    const etag = (await get(query)).headers.get('etag') ?? ''
    const again = await get(query, { headers: { 'if-none-match': etag } })
    expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, undefined, etag])
    const [newest, one] = [(await get('limit=5')).headers.get('etag') ?? '', 'interval=1d']
    expect(newest).not.toBe(etag)
    gateway.script.trade(100, 1)
    const day = (await get(one)).headers.get('etag') ?? ''
    gateway.script.trade(101, 1)
    expect((await get(one, { headers: { 'if-none-match': day } })).status).toBe(200)
  })

  test('an instrument whose grid is another at the feed now has no older bars: they would be counted in other steps', async () => {
    withVenue(venue)
    const [one] = gateway.app.hub.listings.values()
    gateway.app.hub.instrument({ ...one!.instrument, tickSize: { ...one!.instrument.tickSize, text: '0.1' } })
    expect((await get(`before=${(FIRST + 50 * MINUTE) / 1000}`)).body).toMatchObject({ more: false, candles: [] })
  })
})
