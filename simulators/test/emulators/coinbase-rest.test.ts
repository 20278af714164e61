import { expect, test } from 'vitest'
import { coinbaseEmulator } from '../../src/emulators/coinbase/emulator.ts'
import { EmulatedWorld, OPENED_AT } from '../emulated.ts'
import { fillsOf, inSteps } from './facts.ts'

function opened(symbols?: readonly string[]) {
  return new EmulatedWorld({
    emulator: (world) => coinbaseEmulator(world),
    ...(symbols === undefined ? {} : { symbols }),
  })
}

test.each([
  ['products/NOPE', 404, 'NotFound'],
  ['products/NOPE/book', 404, 'NotFound'],
  ['products/BTC-USD/nope', 404, 'NotFound'],
  ['products/BTC-USD/book/more', 404, 'NotFound'],
  ['currencies/NOPE', 404, 'NotFound'],
  ['accounts', 401, 'CB-ACCESS-KEY header is required'],
  ['orders/1', 401, 'CB-ACCESS-KEY header is required'],
  ['products/BTC-USD/book?level=4', 400, 'unexpected level: _'],
  ['products/BTC-USD/candles?granularity=120', 400, 'Unsupported granularity'],
  [
    'products/BTC-USD/candles?granularity=60&start=2026-01-01T00:00:00Z&end=2026-01-01T05:01:00Z',
    400,
    'granularity too small for the requested time range. Count of aggregations requested exceeds 300',
  ],
  ['products/BTC-USD/trades?limit=x', 400, 'Invalid limit'],
])('%s is answered %i %s', (target, status, message) => {
  const answer = opened().get(`/${target}`)!
  expect([answer.status, JSON.parse(answer.body)]).toEqual([status, { message }])
})

test('products and currencies carry the steps of the exchange', () => {
  const world = opened(['BTC-USD', 'DOGE-USD', 'BTC-EUR'])
  const products = world.json('/products') as Record<string, unknown>[]
  expect(products).toMatchObject([
    {
      id: 'BTC-USD',
      base_currency: 'BTC',
      quote_currency: 'USD',
      base_increment: '0.00000001',
      quote_increment: '0.01',
      status: 'online',
    },
    { id: 'DOGE-USD', base_increment: '0.1', quote_increment: '0.00001' },
    { id: 'BTC-EUR', base_increment: '0.0001', quote_increment: '5' },
  ])
  expect(world.json('/products/DOGE-USD')).toEqual(products[1])
  expect(world.json('/currencies')).toMatchObject([
    { id: 'BTC', max_precision: '0.00000001' },
    { id: 'USD', max_precision: '0.00001' },
    { id: 'DOGE' },
    { id: 'EUR' },
  ])
})

test('trades are paged by their ids, newest first, with the maker’s side', () => {
  const world = opened().play(60_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 60_000_000 })
  const page = (query: string) => {
    const answer = world.get(`/products/BTC-USD/trades?${query}`)!
    const rows = JSON.parse(answer.body) as { trade_id: number; side: string; size: string; price: string }[]
    const ids = rows.map(({ trade_id }) => trade_id)
    return { ids, rows, before: answer.headers?.['cb-before'], after: answer.headers?.['cb-after'] }
  }
  const last = fills.length
  const newest = page('limit=10')
  expect(newest.ids).toEqual(Array.from({ length: 10 }, (_, i) => last - i))
  expect([newest.before, newest.after]).toEqual([String(last), String(last - 9)])
  expect(newest.rows.map(({ side, size, price }) => [side, inSteps(size, 8), inSteps(price, 2)])).toEqual(
    fills
      .slice(-10)
      .reverse()
      .map(({ side, lots, ticks }) => [side === 'bid' ? 'buy' : 'sell', lots, ticks]),
  )
  expect(page(`limit=5&after=${newest.after}`).ids).toEqual([10, 11, 12, 13, 14].map((back) => last - back))
  expect(page(`limit=2&before=${last - 20}`).ids).toEqual([last, last - 1])
  expect(page(`before=${last - 3}`).ids).toEqual([last, last - 1, last - 2])
  expect([page(`before=${last}`).ids, page('after=1').before]).toEqual([[], undefined])
  expect(page('limit=5000').ids.length).toBe(last)
})

test('candles are numbers, newest first, and hold all that was traded', () => {
  const world = opened().play(200_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 200_000_000 })
  const rows = world.json('/products/BTC-USD/candles?granularity=60') as number[][]
  expect(rows.map(([time]) => time)).toEqual([3, 2, 1, 0].map((minute) => OPENED_AT / 1_000_000 + 60 * minute))
  const minute = fills.filter(({ at }) => at < 60_000_000)
  const [, low, high, open, close, volume] = rows.at(-1)!
  expect([low, high, open, close].map((price) => Math.round(price! * 100))).toEqual([
    Math.min(...minute.map(({ ticks }) => ticks)),
    Math.max(...minute.map(({ ticks }) => ticks)),
    minute[0]!.ticks,
    minute.at(-1)!.ticks,
  ])
  expect(Math.round(volume! * 1e8)).toBe(minute.reduce((sum, { lots }) => sum + lots, 0))
  const one = world.json('/products/BTC-USD/candles?granularity=60&start=2026-01-01T00:01:00Z&end=2026-01-01T00:01:30Z')
  expect(one).toEqual([rows[2]])
  // One of the two alone says nothing.
  for (const half of ['start=2026-01-01T00:02:00Z', 'end=2026-01-01T00:01:30Z'])
    expect(world.json(`/products/BTC-USD/candles?granularity=60&${half}`)).toEqual(rows)
})

test('stats and ticker are of the last day and the last trade', () => {
  const world = opened().play(30_000)
  const fills = fillsOf({ seed: 7, symbol: 'ETH-USD', until: 30_000_000 })
  const lots = fills.reduce((sum, fill) => sum + fill.lots, 0)
  const stats = world.json('/products/ETH-USD/stats') as Record<string, string>
  expect([inSteps(stats.open!, 2), inSteps(stats.last!, 2), inSteps(stats.volume!, 8)]).toEqual([
    fills[0]!.ticks,
    fills.at(-1)!.ticks,
    lots,
  ])
  const all = world.json('/products/stats') as Record<string, { stats_24hour: Record<string, string> }>
  expect(all['ETH-USD']!.stats_24hour.last).toBe(stats.last)
  const { bids, asks } = world.host.oracle.book('ETH-USD')!
  const ticker = world.json('/products/ETH-USD/ticker') as Record<string, string>
  expect([ticker.trade_id, inSteps(ticker.bid!, 2), inSteps(ticker.ask!, 2)]).toEqual([fills.length, bids[0], asks[0]])
  expect(world.json('/time')).toEqual({ iso: '2026-01-01T00:00:30.000Z', epoch: 1767225630 })
})

test('volumes are those of the stats, and a browser may read every answer and its cursors', () => {
  const world = opened().play(30_000)
  const volumes = world.json('/products/volume-summary') as Record<string, string>[]
  const { volume } = world.json('/products/ETH-USD/stats') as Record<string, string>
  expect(volumes.map(({ id }) => id)).toEqual(['BTC-USD', 'ETH-USD'])
  expect(volumes[1]).toMatchObject({ base_currency: 'ETH', spot_volume_24hour: volume })
  for (const path of ['/products/ETH-USD/trades?limit=2', '/time', '/products/NOPE']) {
    expect(world.get(path)?.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': expect.stringContaining('cb-after'),
    })
  }
})

test('fifteen requests at once are answered, then ten a second', () => {
  const world = opened()
  for (let i = 0; i < 15; i += 1) expect(world.get('/time')?.status).toBe(200)
  const refused = world.get('/time')!
  expect([refused.status, JSON.parse(refused.body)]).toEqual([429, { message: 'Public rate limit exceeded' }])
  world.play(1_000)
  for (let i = 0; i < 10; i += 1) expect(world.get('/time')?.status).toBe(200)
  expect(world.get('/time')?.status).toBe(429)
})

test('paths of other venues are left to them', () => {
  expect(opened().get('/api/v3/time')).toBeUndefined()
})
