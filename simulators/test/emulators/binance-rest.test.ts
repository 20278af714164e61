import { expect, test } from 'vitest'
import { binanceEmulator } from '../../src/emulators/binance/emulator.ts'
import { EmulatedWorld, OPENED_AT } from '../emulated.ts'
import { fillsOf, inSteps } from './facts.ts'

function opened(options: { symbols?: readonly string[]; faults?: readonly string[] } = {}) {
  return new EmulatedWorld({ emulator: binanceEmulator, ...options })
}

test.each([
  ['depth', -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."],
  ['depth?symbol=', -1105, "Parameter 'symbol' was empty."],
  ['depth?symbol=NOPE', -1121, 'Invalid symbol.'],
  [
    'depth?symbol=btcusdt',
    -1100,
    "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
  ],
  [
    'depth?symbol=BTCUSDT&limit=x',
    -1100,
    "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
  ],
  ['depth?symbol=BTCUSDT&limit=0', -1130, "Data sent for parameter 'limit' is not valid."],
  ['depth?symbol=BTCUSDT&nope=1', -1104, "Not all sent parameters were read; read '1' parameter(s) but was sent '2'."],
  ['depth?symbol=BTCUSDT&symbol=BTCUSDT', -1101, 'Duplicate values for a parameter detected.'],
  ['time?x=1', -1101, "Too many parameters; expected '0' and received '1'."],
  ['klines?symbol=BTCUSDT&interval=7m', -1120, 'Invalid interval.'],
  ['klines?symbol=BTCUSDT', -1102, "Mandatory parameter 'interval' was not sent, was empty/null, or malformed."],
  ['exchangeInfo?symbol=NOPE', -1121, 'Invalid symbol.'],
  [
    'ticker/price?symbols=BTCUSDT',
    -1100,
    `Illegal characters found in parameter 'symbols'; legal range is '^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\\]$'.`,
  ],
  ['ticker/price?symbol=BTCUSDT&symbols=["BTCUSDT"]', -1128, 'Combination of optional parameters invalid.'],
])('%s is refused with code %i', (target, code, msg) => {
  const answer = opened().get(`/api/v3/${target}`)!
  expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { code, msg }])
})

test.each([
  ['ping', 1],
  ['time', 1],
  ['exchangeInfo', 20],
  ['depth?symbol=BTCUSDT', 5],
  ['depth?symbol=BTCUSDT&limit=100', 5],
  ['depth?symbol=BTCUSDT&limit=101', 25],
  ['depth?symbol=BTCUSDT&limit=1000', 50],
  ['depth?symbol=BTCUSDT&limit=5000', 250],
  ['trades?symbol=BTCUSDT', 25],
  ['aggTrades?symbol=BTCUSDT', 4],
  ['klines?symbol=BTCUSDT&interval=1m', 2],
  ['ticker/24hr?symbol=BTCUSDT', 2],
  ['ticker/24hr', 80],
  ['ticker/bookTicker', 4],
])('%s weighs %i, and says so', (target, weight) => {
  const world = opened()
  for (const times of [1, 2]) {
    expect(world.get(`/api/v3/${target}`)).toMatchObject({
      status: 200,
      headers: { 'x-mbx-used-weight-1m': String(times * weight), 'x-mbx-used-weight': String(times * weight) },
    })
  }
})

test('6000 a minute are let through, then 429 until the minute is over, then 418 for who goes on', () => {
  const world = opened().play(10_000)
  const ask = () => world.get('/api/v3/depth?symbol=BTCUSDT&limit=5000')!
  for (let i = 0; i < 24; i += 1) expect(ask().status).toBe(200)
  const refused = ask()
  expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '50' } })
  expect(JSON.parse(refused.body)).toEqual({
    code: -1003,
    msg: 'Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.',
  })
  world.play(50_000)
  expect(ask().status).toBe(200)
  for (let i = 0; i < 23 + 10; i += 1) ask()
  const banned = ask()
  expect(banned).toMatchObject({ status: 418, headers: { 'retry-after': '120' } })
  expect(JSON.parse(banned.body).msg).toBe(
    `Way too much request weight used; IP banned until ${OPENED_AT / 1000 + 60_000 + 120_000}. Please use WebSocket Streams for live updates to avoid bans.`,
  )
  world.play(119_000)
  expect(ask().status).toBe(418)
  world.play(1_000)
  expect(ask().status).toBe(200)
  for (let i = 0; i < 23 + 10; i += 1) ask()
  expect(ask().headers).toMatchObject({ 'retry-after': '240' })
})

test('a dollar market is listed in dollars and in USDT, unless there is one in USDT', () => {
  const names = (symbols: readonly string[]) =>
    (opened({ symbols }).json('/api/v3/exchangeInfo') as { symbols: { symbol: string }[] }).symbols.map(
      ({ symbol }) => symbol,
    )
  expect(names(['BTC-USD'])).toEqual(['BTCUSD', 'BTCUSDT'])
  expect(names(['BTC-USD', 'BTC-USDT', 'ETH-BTC'])).toEqual(['BTCUSD', 'BTCUSDT', 'ETHBTC'])
  const world = opened({ symbols: ['BTC-USDT', 'BTC-USD'] })
  const { bids } = world.json('/api/v3/depth?symbol=BTCUSDT&limit=1') as { bids: [string, string][] }
  expect(inSteps(bids[0]![0], 2)).toBe(world.host.oracle.book('BTC-USDT')!.bids[0])
})

test('filters hold the steps of the exchange, whatever the decimals on the wire', () => {
  const { symbols } = opened({ symbols: ['DOGE-USD', 'BTC-EUR'] }).json('/api/v3/exchangeInfo') as {
    symbols: {
      symbol: string
      status: string
      filters: { filterType: string; tickSize?: string; stepSize?: string }[]
    }[]
  }
  const steps = symbols.map(({ symbol, status, filters }) => [
    symbol,
    status,
    filters.find(({ filterType }) => filterType === 'PRICE_FILTER')?.tickSize,
    filters.find(({ filterType }) => filterType === 'LOT_SIZE')?.stepSize,
  ])
  expect(steps).toContainEqual(['DOGEUSDT', 'TRADING', '0.00001000', '0.10000000'])
  expect(steps).toContainEqual(['BTCEUR', 'TRADING', '5.00000000', '0.00010000'])
})

test('trades and aggregates by REST are those of the exchange', () => {
  const world = opened().play(60_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 60_000_000 })
  const trades = world.json('/api/v3/trades?symbol=BTCUSDT&limit=20') as {
    id: number
    price: string
    qty: string
    isBuyerMaker: boolean
  }[]
  expect(
    trades.map(({ id, price, qty, isBuyerMaker }) => [id, inSteps(price, 2), inSteps(qty, 8), isBuyerMaker]),
  ).toEqual(fills.slice(-20).map(({ tradeId, ticks, lots, side }) => [tradeId, ticks, lots, side === 'bid']))
  const from = world.json('/api/v3/historicalTrades?symbol=BTCUSDT&fromId=10&limit=5') as { id: number }[]
  expect(from.map(({ id }) => id)).toEqual([10, 11, 12, 13, 14])
  const aggregates = world.json('/api/v3/aggTrades?symbol=BTCUSDT&fromId=0&limit=1000') as {
    f: number
    l: number
    q: string
  }[]
  expect(aggregates.map(({ f }) => f).slice(1)).toEqual(aggregates.map(({ l }) => l + 1).slice(0, -1))
  expect(aggregates.reduce((sum, { q }) => sum + inSteps(q, 8), 0)).toBe(fills.reduce((sum, { lots }) => sum + lots, 0))
})

test('the average price is that of all trades of five minutes', () => {
  const world = opened().play(60_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 60_000_000 })
  const lots = fills.reduce((sum, fill) => sum + BigInt(fill.lots), 0n)
  const mean =
    (fills.reduce((sum, fill) => sum + BigInt(fill.lots) * BigInt(fill.ticks), 0n) * 2_000_000n + lots) / (2n * lots)
  const { mins, price } = world.json('/api/v3/avgPrice?symbol=BTCUSDT') as { mins: number; price: string }
  expect([mins, price]).toEqual([5, `${mean / 100_000_000n}.${String(mean % 100_000_000n).padStart(8, '0')}`])
})

test('candles cover the time without a hole, flat where nobody traded, and sum up to all trades', () => {
  const world = opened().play(150_000)
  const fills = fillsOf({ seed: 7, symbol: 'ETH-USD', until: 150_000_000 })
  const rows = (interval: string) =>
    world.json(`/api/v3/klines?symbol=ETHUSDT&interval=${interval}&limit=1000`) as [number, ...string[]][]
  for (const [interval, length] of [
    ['1s', 1_000],
    ['1m', 60_000],
    ['1h', 3_600_000],
    ['1w', 604_800_000],
  ] as const) {
    const bars = rows(interval)
    expect(bars.slice(1).map(([begin], i) => begin - bars[i]![0])).toEqual(bars.slice(1).map(() => length))
    expect(bars.reduce((sum, bar) => sum + inSteps(bar[5]!, 8), 0)).toBe(fills.reduce((sum, { lots }) => sum + lots, 0))
    expect(new Date(bars[0]![0]).getUTCDay() === 1 || interval !== '1w').toBe(true)
  }
  const flat = rows('1s').find(([, , , , , volume]) => inSteps(volume!, 8) === 0)!
  expect(new Set(flat.slice(1, 5)).size).toBe(1)
})

test('a path of nobody is not answered, one below the API with 404', () => {
  const world = opened()
  expect(world.get('/products')).toBeUndefined()
  expect(world.get('/api/v3/nope')?.status).toBe(404)
})
