import { expect, test } from 'vitest'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { depth, listing, seed } from './binance-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')
const ETH = instrument('binance', 'ETHUSDT', 'ETH', 'USDT')
const SEED = seed(100, [['100.00', '1.000']], [['100.02', '2.000']])

/** Both books live at id 100. */
function live(): Driver {
  const driver = new Driver(new BinanceProtocol([BTC, ETH], 'http://venue'))
  return driver.open().answer('seed:BTCUSDT', SEED).answer('seed:ETHUSDT', SEED)
}

const AHEAD = seed(150, [['100.00', '3.000']], [['100.02', '2.000']])

test('a stream that says nothing at first is asked after within ten seconds, with a light request', () => {
  const driver = live().forget().wait(11_000)
  expect(probes(driver)).toContain('http://venue/api/v3/depth?symbol=BTCUSDT&limit=100')
})

test('a silent stream whose venue has the same book is quiet, and only that', () => {
  const driver = live().wait(11_000).ping().forget().answer('probe:BTCUSDT', SEED).wait(5_000)
  expect(driver.checks('oracle')).toEqual([true])
  expect(driver.state(BTC.id)).toBe('quiet')
  expect(driver.errors).toEqual([])
})

test('a snapshot of a later moment that is like the book is no loss either', () => {
  const driver = live().wait(11_000).ping().forget()
  driver.answer('probe:BTCUSDT', seed(150, [['100.00', '1.000']], [['100.02', '2.000']])).wait(5_000)
  expect(driver.checks('oracle')).toEqual([true])
  expect(driver.state(BTC.id)).toBe('quiet')
})

test('a stream that hid a change is told as a gap, and this symbol alone is subscribed anew', () => {
  const driver = live().wait(11_000).ping().wait(1_000).forget().answer('probe:BTCUSDT', AHEAD)
  expect(driver.kinds).toEqual([])
  driver.wait(2_000)
  expect(driver.events).toMatchObject([
    { kind: 'gap', reason: 'sequence', expected: 101, received: 150, instrument: BTC.id },
    { kind: 'status', state: 'resyncing' },
  ])
  const params = ['depth@100ms', 'depth20@100ms', 'bookTicker', 'trade', 'miniTicker'].map((name) => `btcusdt@${name}`)
  expect(driver.sent).toEqual([
    { method: 'UNSUBSCRIBE', params, id: 1 },
    { method: 'SUBSCRIBE', params, id: 2 },
  ])
  expect(driver.requests.filter(({ id }) => id.startsWith('seed'))).toEqual([])
  driver.wait(1_000).answer('seed:BTCUSDT', AHEAD).frame({ result: null, id: 1 }).frame({ result: null, id: 2 })
  expect(driver.book(BTC.id)?.bids).toEqual([10000, 3000])
  expect(driver.book(ETH.id)).toBeDefined()
})

test('an event on its way when the snapshot was made is waited for', () => {
  const driver = live().wait(11_000).ping().answer('probe:BTCUSDT', AHEAD).wait(1_000).forget()
  driver.frame(depth('BTCUSDT', 101, 150, [['100.00', '3.000']])).wait(3_000)
  expect(driver.checks('oracle')).toEqual([true])
  expect(driver.kinds).not.toContain('gap')
})

test.each([
  { everyMs: 100, patienceMs: 30_000 },
  { everyMs: 2_000, patienceMs: 40_000 },
  { everyMs: 9_000, patienceMs: 180_000 },
])('a stream that spoke every $everyMs ms is asked after when it was silent for $patienceMs ms', (given) => {
  const driver = live()
  for (let id = 101; id < 140; id++) {
    for (let left = given.everyMs; left > 0; left -= 1_000) driver.ping().wait(Math.min(left, 1_000))
    driver.frame(depth('BTCUSDT', id, id, [['99.00', String(id)]]))
  }
  driver.forget()
  const seconds = given.patienceMs / 1_000
  for (let second = 0; second < seconds - 1; second++) driver.ping().wait(1_000)
  expect(probes(driver).filter((url) => url.includes('BTCUSDT'))).toEqual([])
  for (let second = 0; second < 2; second++) driver.ping().wait(1_000)
  expect(probes(driver).filter((url) => url.includes('BTCUSDT'))).toHaveLength(1)
})

test.each([
  { name: 'is refused when the venue does not know it', info: { code: -1121, msg: 'Invalid symbol.' }, status: 400 },
  { name: 'is tried on when the venue knows it', info: listing({ BTCUSDT: 'TRADING' }), status: 200 },
])('a stream that never starts is subscribed anew, then on a new socket, and $name', ({ info, status }) => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  hide(driver, 200)
  expect(driver.sent).toHaveLength(2)
  hide(driver, 300)
  expect(driver.reconnects).toEqual(['FEED_UPSTREAM'])
  driver.closed().wait(100).open()
  hide(driver, 400)
  expect(driver.requests.map(({ url }) => url)).toContain('http://venue/api/v3/exchangeInfo?symbol=BTCUSDT')
  driver.answer('status:BTCUSDT', info, status)
  expect(driver.state(BTC.id)).toBe(status === 400 ? 'refused' : 'resyncing')
  if (status === 400) return
  driver.forget()
  for (const id of [500, 600, 700]) hide(driver, id)
  expect(driver.reconnects).toEqual([])
  expect(driver.state(BTC.id)).toBe('degraded')
})

test('a stream that spoke again in between is not given up with its socket', () => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  hide(driver, 200)
  driver
    .answer('seed:BTCUSDT', seed(200, [['1.00', '2.000']], []))
    .frame(depth('BTCUSDT', 201, 201, [['1.00', '3.000']]))
  for (let second = 0; second < 32; second++) driver.ping().wait(1_000)
  driver.answer('probe:BTCUSDT', seed(300, [['1.00', '4.000']], [])).wait(3_000)
  expect(driver.state(BTC.id)).toBe('resyncing')
  expect(driver.reconnects).toEqual([])
  expect(driver.sent).toHaveLength(4)
})

/** The book is put on a snapshot of `id - 50`, and by `id` has changed without a word on the stream. */
function hide(driver: Driver, id: number): void {
  driver
    .wait(1_000)
    .answer('seed:BTCUSDT', seed(id - 50, [['1.00', '1.000']], []))
    .ping()
  driver.wait(11_000).ping()
  driver.answer('probe:BTCUSDT', seed(id, [['1.00', '2.000']], []))
  driver.wait(3_000).ping()
}

test.each([
  { name: 'refused', frame: { error: { code: 2, msg: 'Invalid request: unknown' }, id: 2 }, state: 'refused' },
  { name: 'refused, in the old form', frame: { code: 2, msg: 'Invalid request', id: 2 }, state: 'refused' },
  { name: 'too fast', frame: { error: { code: 1, msg: 'Too many requests' }, id: 2 }, state: 'resyncing' },
  { name: 'not JSON', frame: { error: { code: 3, msg: 'Invalid JSON' } }, state: 'resyncing' },
  { name: 'of another message', frame: { error: { code: 2, msg: 'Invalid request' }, id: 9 }, state: 'resyncing' },
])('a new subscription whose answer is: $name, leaves its book $state and the others alone', ({ frame, state }) => {
  const driver = live().wait(11_000).ping().answer('probe:BTCUSDT', AHEAD).wait(3_000).forget()
  driver.frame(frame)
  expect(driver.errors).toHaveLength(1)
  expect(driver.state(BTC.id)).toBe(state)
  expect(driver.book(ETH.id)).toBeDefined()
})

test('when the market nears the end of what the snapshot told, the levels beyond are added to the same book', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => [(200 - index / 100).toFixed(2), '1.000'] as const)
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  driver.answer('seed:BTCUSDT', seed(100, many, [['200.02', '1.000']]))
  const gone = many.slice(0, 700).map(([price]) => [price, '0'] as const)
  driver.frame(depth('BTCUSDT', 101, 101, gone)).forget()
  pass(driver, 2, 101)
  expect(driver.requests.filter(({ id }) => id.startsWith('reseed'))).toEqual([])
  const more = many.slice(700, 900).map(([price]) => [price, '0'] as const)
  const id = pass(driver.frame(depth('BTCUSDT', 108, 108, more)).forget(), 2, 108)
  const deeper = [...many.slice(900), ['190.00', '7.000'] as const]
  driver.forget().answer('reseed:BTCUSDT', seed(id, deeper, [['200.02', '1.000']]))
  expect(driver.kinds).toEqual(['book-delta'])
  expect(driver.book(BTC.id)?.bids.slice(-2)).toEqual([19000, 7000])
  expect(driver.book(BTC.id)?.bids).toHaveLength(202)
})

test('levels that the first snapshot told are not forgotten by a narrower one', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => [(200 - index / 100).toFixed(2), '1.000'] as const)
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  driver.answer('seed:BTCUSDT', seed(100, many, []))
  driver.wait(11_000).answer('probe:BTCUSDT', seed(100, many.slice(0, 100), []))
  const id = pass(driver, 2, 100)
  const wrong = many.map(([price], index) => [price, index === 500 ? '2.000' : '1.000'] as const)
  driver.forget().answer('compare:BTCUSDT', seed(id, wrong, []))
  expect(driver.checks('oracle')).toEqual([false])
})

/** Minutes on a socket that pings, with a heartbeat of the book every 20 s that changes nothing that lasts; gives the last id. */
function pass(driver: Driver, minutes: number, lastId: number): number {
  let id = lastId
  for (let third = 0; third < minutes * 3; third++) {
    driver
      .ping()
      .frame(depth('BTCUSDT', ++id, id, [['0.01', '0']]))
      .wait(20_000)
  }
  return id
}

function probes(driver: Driver): string[] {
  return driver.requests.flatMap(({ id, url }) => (id.startsWith('probe:') ? [url] : []))
}
