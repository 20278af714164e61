import { expect, test } from 'vitest'
import { binanceEmulator } from '../../src/emulators/binance/emulator.ts'
import { EmulatedWorld } from '../emulated.ts'

function opened(options: { lifeMs?: number } = {}) {
  return new EmulatedWorld({ emulator: (world) => binanceEmulator(world, options) })
}

test.each([
  ['ping', {}, 'ping'],
  ['depth', { symbol: 'BTCUSDT', limit: 5 }, 'depth?symbol=BTCUSDT&limit=5'],
  ['trades.recent', { symbol: 'BTCUSDT', limit: 3 }, 'trades?symbol=BTCUSDT&limit=3'],
  ['trades.aggregate', { symbol: 'BTCUSDT' }, 'aggTrades?symbol=BTCUSDT'],
  ['klines', { symbol: 'BTCUSDT', interval: '1m' }, 'klines?symbol=BTCUSDT&interval=1m'],
  ['ticker.price', { symbols: ['BTCUSDT', 'ETHUSDT'] }, 'ticker/price?symbols=["BTCUSDT","ETHUSDT"]'],
  ['ticker.book', { symbol: 'BTCUSDT' }, 'ticker/bookTicker?symbol=BTCUSDT'],
  ['exchangeInfo', { showPermissionSets: false }, 'exchangeInfo?showPermissionSets=false'],
])('%s is answered with what REST answers', (method, params, target) => {
  const world = opened().play(10_000)
  const client = world.client('/ws-api/v3').send({ id: 'a-1', method, params })
  const [answer] = client.messages()
  expect(answer).toMatchObject({ id: 'a-1', status: 200 })
  expect(answer!.result).toEqual(world.json(`/api/v3/${target}`))
})

test('questions are weighed with those of REST, and every answer says what was used', () => {
  const world = opened()
  world.get('/api/v3/depth?symbol=BTCUSDT')
  const client = world.client('/ws-api/v3').send({ id: 1, method: 'depth', params: { symbol: 'BTCUSDT' } })
  expect(client.messages()[0]!.rateLimits).toEqual([
    { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000, count: 10 },
  ])
  const quiet = world.client('/ws-api/v3?returnRateLimits=false').send({ id: 1, method: 'time' })
  expect(Object.keys(quiet.messages()[0]!)).toEqual(['id', 'status', 'result'])
  for (let i = 0; i < 25; i++) client.send({ id: i, method: 'depth', params: { symbol: 'BTCUSDT', limit: 5000 } })
  expect(client.messages().at(-1)).toMatchObject({ status: 429, error: { code: -1003 } })
})

test.each([
  [
    { id: 7, method: 'depth', params: { symbol: 'NOPE' } },
    { id: 7, status: 400, error: { code: -1121, msg: 'Invalid symbol.' } },
  ],
  [
    { id: null, method: 'nope' },
    { id: null, status: 400, error: { code: -1020 } },
  ],
  [
    { id: 'x', method: 'account.status', params: {} },
    { id: 'x', status: 401, error: { code: -2014 } },
  ],
  [
    { id: 'x', method: 'order.place', params: { apiKey: 'a'.repeat(64) } },
    { id: 'x', status: 401, error: { code: -2015 } },
  ],
  ['hello', { id: null, status: 400, error: { code: -1135 } }],
])('%j is refused with its id and a code, and the socket stays up', (message, answer) => {
  const client = opened().client('/ws-api/v3').send(message).send({ id: 2, method: 'ping' })
  expect(client.messages()).toMatchObject([answer, { id: 2, status: 200, result: {} }])
})

test('times are in the unit of the address, and the socket is pinged and ends as a stream is', () => {
  const world = opened({ lifeMs: 50_000 })
  const client = world.client('/ws-api/v3?timeUnit=MICROSECOND').send({ id: 1, method: 'time' })
  expect(client.messages()[0]!.result).toEqual({ serverTime: world.now })
  world.play(51_000)
  expect(client.heard.filter(({ kind }) => kind === 'ping').length).toBe(2)
  expect(client.closed).toBe(1000)
})
