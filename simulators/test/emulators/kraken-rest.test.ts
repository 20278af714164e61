import { expect, test } from 'vitest'
import { OPENED_AT } from '../emulated.ts'
import { kraken, truth } from '../kraken-client.ts'
import { fillsOf, inSteps } from './facts.ts'

type Rows = { error: string[]; result: Record<string, unknown[][]> & { last: unknown } }

test('the pairs are listed under their old names, and answered for by any of them', () => {
  const world = kraken({ symbols: ['BTC-USD', 'SOL-USD'] }).play(2_000)
  expect(world.json('/0/public/AssetPairs')).toMatchObject({
    error: [],
    result: {
      XXBTZUSD: { altname: 'XBTUSD', wsname: 'XBT/USD', base: 'XXBT', quote: 'ZUSD', status: 'online' },
      SOLUSD: { altname: 'SOLUSD', wsname: 'SOL/USD', base: 'SOL', quote: 'ZUSD' },
    },
  })
  const wanted = truth(world, 'BTC-USD', '2030-01-01T00:00:00.000000Z', 5).asks
  for (const pair of ['XBTUSD', 'XXBTZUSD', 'XBT/USD', 'BTC/USD']) {
    const { result } = world.json(`/0/public/Depth?pair=${pair}&count=5`) as Rows
    const asks = (result.XXBTZUSD as unknown as { asks: string[][] }).asks
    // Two decimals on the socket, five here.
    expect(asks.map(([price, quantity]) => [price, quantity])).toEqual(
      wanted.map(([price, quantity]) => [`${price}000`, quantity]),
    )
  }
  expect(world.get('/api/v3/time')).toBeUndefined()
})

test.each([
  ['public/Depth?pair=NOPE', 'EQuery:Unknown asset pair'],
  ['public/Depth', 'EGeneral:Invalid arguments'],
  ['public/Ticker?pair=XBTUSD,NOPE', 'EQuery:Unknown asset pair'],
  ['public/Assets?asset=NOPE', 'EQuery:Unknown asset'],
  ['public/AssetPairs?info=nope', 'EGeneral:Invalid arguments'],
  ['public/OHLC?pair=XBTUSD&interval=7', 'EGeneral:Invalid arguments'],
  ['public/Trades?pair=XBTUSD&since=yesterday', 'EGeneral:Invalid arguments'],
  ['public/Nope', 'EGeneral:Unknown method'],
  ['private/Balance', 'EAPI:Invalid key'],
])('%s is refused with %s, and status 200', (target, error) => {
  const answer = kraken().get(`/0/${target}`)!
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { error: [error] }])
})

test('an old pair has an old name, and one of old assets that came later has not', () => {
  const symbols = ['BTC-EUR', 'DOGE-BTC', 'DOGE-USD', 'BTC-AUD', 'ETH-USDT', 'SOL-USD']
  const { result } = kraken({ symbols }).json('/0/public/AssetPairs') as Rows
  expect(Object.keys(result)).toEqual(['XXBTZEUR', 'XXDGXXBT', 'XDGUSD', 'XBTAUD', 'ETHUSDT', 'SOLUSD'])
})

test('of assets and pairs there is what was asked for', () => {
  const world = kraken({ symbols: ['BTC-USD', 'DOGE-EUR'] })
  const keys = (target: string) => Object.keys((world.json(`/0/public/${target}`) as Rows).result)
  expect(keys('Assets')).toEqual(['XXBT', 'ZUSD', 'XXDG', 'ZEUR'])
  expect(keys('Assets?asset=XDG,ZUSD,BTC')).toEqual(['XXDG', 'ZUSD', 'XXBT'])
  expect(keys('AssetPairs?pair=XDGEUR')).toEqual(['XDGEUR'])
  const parts = (info: string) => {
    const { result } = world.json(`/0/public/AssetPairs?pair=XBTUSD&info=${info}`) as { result: Record<string, object> }
    return Object.keys(result.XXBTZUSD!)
  }
  expect(parts('leverage')).toEqual(['leverage_buy', 'leverage_sell'])
  expect(parts('fees')).toEqual(['fees', 'fees_maker', 'fee_volume_currency'])
  expect(parts('margin')).toEqual(['margin_call', 'margin_stop'])
})

test('the status says that nothing is planned and nothing has happened', () => {
  expect(kraken().json('/0/public/SystemStatus')).toEqual({
    error: [],
    result: { status: 'online', timestamp: '2026-01-01T00:00:00Z', upcoming_maintenance: [], emergency: [] },
  })
})

test('the time is told in seconds and in words, the year in two digits', () => {
  expect(kraken().json('/0/public/Time')).toEqual({
    error: [],
    result: { unixtime: OPENED_AT / 1_000_000, rfc1123: 'Thu, 01 Jan 26 00:00:00 +0000' },
  })
})

test('candles are without a hole, hold all that was traded, and go on after the last that is over', () => {
  const world = kraken({ rate: 0.01 }).play(15 * 60_000)
  const begin = OPENED_AT / 1_000_000
  const ohlc = (query = '') => (world.json(`/0/public/OHLC?pair=XBTUSD&interval=1${query}`) as Rows).result
  const { XXBTZUSD: rows = [], last } = ohlc()
  const [first] = rows[0] as [number]
  expect(rows.map(([time]) => time)).toEqual(rows.map((_, i) => first + 60 * i))
  expect(rows.at(-1)?.[0]).toBe(begin + 15 * 60)
  expect(last).toBe(begin + 14 * 60)
  const traded = rows.reduce((sum, row) => sum + (row[7] as number), 0)
  expect(traded).toBe(world.exchange.tradeId('BTC-USD'))
  const empty = rows.findIndex((row) => row[7] === 0)
  expect(empty).toBeGreaterThan(0)
  const close = rows[empty - 1]![4]
  expect(rows[empty]!.slice(1)).toEqual([close, close, close, close, '0.0', '0.00000000', 0])
  expect(ohlc(`&since=${last}`).XXBTZUSD?.map(([time]) => time)).toEqual([begin + 15 * 60])
})

test('trades go on after a time in seconds or nanoseconds', () => {
  const world = kraken().play(20_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 20_000_000 })
  const ids = (query: string) => {
    const { result } = world.json(`/0/public/Trades?pair=XBTUSD${query}`) as Rows
    return { ids: result.XXBTZUSD!.map((row) => row[6]), last: String(result.last) }
  }
  const since = fills[4]!.at + OPENED_AT
  const after = fills.filter(({ at }) => at > fills[4]!.at).map(({ tradeId }) => tradeId)
  expect(ids('').ids).toEqual(fills.map(({ tradeId }) => tradeId))
  expect(ids('&count=3').ids).toEqual(fills.slice(-3).map(({ tradeId }) => tradeId))
  expect(ids(`&since=${since}000`)).toEqual({ ids: after, last: `${fills.at(-1)!.at + OPENED_AT}000` })
  expect(ids(`&since=${Math.floor(since / 1_000_000)}.${String(since % 1_000_000).padStart(6, '0')}`).ids).toEqual(
    after,
  )
  expect(ids(`&since=${since}000&count=2`).ids).toEqual(after.slice(0, 2))
})

test('spreads are the changes of the best prices, and the last is how they stand', () => {
  const world = kraken().play(5_000)
  const { XXBTZUSD: rows = [], last } = (world.json('/0/public/Spread?pair=XBTUSD') as Rows).result
  expect(rows.length).toBeGreaterThan(20)
  expect(rows.length).toBeLessThanOrEqual(200)
  for (let i = 1; i < rows.length; i++) expect(rows[i]!.slice(1)).not.toEqual(rows[i - 1]!.slice(1))
  const { bids, asks } = world.host.oracle.book('BTC-USD')!
  const [, bid, ask] = rows.at(-1) as [number, string, string]
  expect([inSteps(bid, 2), inSteps(ask, 2)]).toEqual([bids[0], asks[0]])
  expect(rows.at(-1)?.[0]).toBe(last)
})

test('a ticker has five decimals, whole lots beside the exact ones, and the sums of all trades', () => {
  const world = kraken().play(20_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 20_000_000 })
  const { result } = world.json('/0/public/Ticker?pair=XBTUSD') as { result: Record<string, Record<string, string[]>> }
  const { a, c, v, t, h } = result.XXBTZUSD!
  expect(a![0]).toMatch(/^\d+\.\d{5}$/)
  expect(a![1]).toMatch(/^[1-9]\d*$/)
  expect(c![0]).toMatch(/^\d+\.\d{5}$/)
  expect([t, inSteps(v![1]!, 8), inSteps(h![0]!, 2)]).toEqual([
    [fills.length, fills.length],
    fills.reduce((sum, { lots }) => sum + lots, 0),
    Math.max(...fills.map(({ ticks }) => ticks)),
  ])
})
