import { expect, test } from 'vitest'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { depth, seed } from './binance-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')
const ETH = instrument('binance', 'ETHUSDT', 'ETH', 'USDT')
const SEED = seed(100, [['100.00', '1.000']], [['100.02', '2.000']])

/** Both books live at id 100. */
function live(): Driver {
  const driver = new Driver(new BinanceProtocol([BTC, ETH], 'http://venue'))
  return driver.open().answer('seed:BTCUSDT', SEED).answer('seed:ETHUSDT', SEED)
}

test('a lost socket makes every book stale at once, and a gap stands before the next snapshot', () => {
  const driver = live().forget().closed(1001)
  expect(driver.events).toMatchObject([
    { kind: 'status', state: 'stale', reason: 'closed with code 1001' },
    { kind: 'status', state: 'stale' },
  ])
  driver.wait(500).open().forget().answer('seed:BTCUSDT', SEED)
  expect(driver.kinds).toEqual(['gap', 'book-snapshot', 'status live'])
})

test('a reply to a question of the last socket is not taken for an answer of this one', () => {
  const driver = live().frame(depth('BTCUSDT', 105, 106, []))
  const late = {
    kind: 'http',
    now: driver.now,
    reply: { id: 'seed:BTCUSDT:0', url: 'u', status: 200, body: JSON.stringify(SEED) },
  } as const
  driver.closed().open().forget().step(late)
  expect(driver.kinds).toEqual([])
})

test('the ids of a new socket need not continue those of the last one', () => {
  const driver = live()
    .frame(depth('BTCUSDT', 101, 101, []))
    .closed()
    .open()
  driver.frame(depth('BTCUSDT', 500, 501, [['99.00', '1.000']]))
  driver.answer('seed:BTCUSDT', seed(499, [['98.00', '1.000']], []))
  expect(driver.errors).toEqual([])
  expect(driver.book(BTC.id)?.bids).toEqual([9900, 1000, 9800, 1000])
})

test('a snapshot from before what the last socket told is asked for again, as nothing on this one shows its age', () => {
  const driver = live()
    .frame(depth('BTCUSDT', 101, 110, [['99.00', '1.000']]))
    .closed()
    .open()
    .forget()
  driver.answer('seed:BTCUSDT', SEED)
  expect([driver.kinds, driver.errors, driver.requests]).toEqual([[], ['FEED_SEED_MISMATCH'], []])
  driver.wait(1_000).answer('seed:BTCUSDT', seed(110, [['99.00', '1.000']], []))
  expect(driver.kinds).toEqual(['gap', 'book-snapshot', 'status live'])
})

test('a venue whose ids began anew is believed the fourth time it says so', () => {
  const driver = live()
    .frame(depth('BTCUSDT', 101, 110, []))
    .closed()
    .open()
    .forget()
  for (const seconds of [1, 2, 4]) driver.answer('seed:BTCUSDT', seed(7, [], [])).wait(seconds * 1_000)
  expect(driver.kinds).not.toContain('book-snapshot')
  driver.answer('seed:BTCUSDT', seed(7, [['98.00', '1.000']], []))
  expect(driver.book(BTC.id)?.bids).toEqual([9800, 1000])
  driver
    .closed()
    .open()
    .forget()
    .answer('seed:BTCUSDT', seed(8, [], []))
  expect(driver.kinds).toContain('book-snapshot')
})

test('a book that stands still is quiet while the venue pings, and stale when it does not', () => {
  const driver = live().frame(depth('BTCUSDT', 101, 101, []))
  driver.wait(11_000).ping().wait(1_000)
  expect(driver.state(BTC.id)).toBe('quiet')
  driver.ping().wait(25_000)
  expect(driver.state(BTC.id)).toBe('quiet')
  driver.wait(10_000)
  expect(driver.state(BTC.id)).toBe('stale')
  driver.frame(depth('BTCUSDT', 102, 102, [['99.00', '1.000']]))
  expect(driver.state(BTC.id)).toBe('live')
})

test.each([
  { status: 500, code: 'FEED_TRANSPORT' },
  { status: 0, code: 'FEED_TRANSPORT' },
])('a snapshot answered with HTTP $status is asked for again after a second', ({ status, code }) => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open().forget()
  driver.answer('seed:BTCUSDT', 'busy', status)
  expect(driver.errors).toEqual([code])
  expect(driver.requests).toEqual([])
  driver.wait(1_000)
  expect(driver.requests.map(({ id }) => id)).toEqual(['seed:BTCUSDT:0'])
})

test('an invalid symbol is refused, the others go on', () => {
  const driver = new Driver(new BinanceProtocol([BTC, ETH], 'http://venue')).open()
  driver.answer('seed:BTCUSDT', { code: -1121, msg: 'Invalid symbol.' }, 400).answer('seed:ETHUSDT', SEED)
  expect(driver.state(BTC.id)).toBe('refused')
  expect(driver.state(ETH.id)).toBe('live')
})

test('a sixth resync within ten minutes gives the book up until the first is ten minutes old', () => {
  const driver = live()
  let id = 100
  for (let round = 0; round < 6; round++) {
    driver.frame(depth('BTCUSDT', id + 10, id + 11, []))
    id += 11
    if (driver.state(BTC.id) === 'resyncing') driver.answer('seed:BTCUSDT', seed(id, [['1.00', '1.000']], []))
  }
  expect(driver.state(BTC.id)).toBe('degraded')
  driver.forget().wait(590_000)
  expect(driver.requests.filter(({ id: asked }) => asked.startsWith('seed:BTCUSDT'))).toEqual([])
  driver.wait(12_000)
  expect(driver.requests.filter(({ id: asked }) => asked.startsWith('seed:BTCUSDT'))).toHaveLength(1)
})

test('an announced shutdown asks for a successor, and the socket stays until then', () => {
  const driver = live()
    .forget()
    .frame({ stream: '!x', data: { e: 'serverShutdown', E: 1 } })
  expect(driver.outputs).toMatchObject([{ kind: 'roll', error: { code: 'FEED_UPSTREAM' } }])
  driver.frame(depth('BTCUSDT', 101, 101, [['99.00', '1.000']]))
  expect(driver.kinds).toEqual(['book-delta'])
})

test.each([
  { name: 'a level off the grid', frame: depth('BTCUSDT', 101, 101, [['99.001', '1.000']]) },
  { name: 'a price of zero', frame: depth('BTCUSDT', 101, 101, [['0.00', '1.000']]) },
  {
    name: 'a quantity that is a number',
    frame: { data: { ...depth('BTCUSDT', 101, 101, []).data, b: [['99.00', 1]] } },
  },
  { name: 'an id beyond 2^53', frame: { data: { ...depth('BTCUSDT', 101, 101, []).data, u: 2 ** 53 } } },
])('a depth event with $name breaks its own book and no other', ({ frame }) => {
  const driver = live().forget().frame(frame)
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect(driver.events).toMatchObject([{ kind: 'gap', reason: 'protocol', instrument: BTC.id }, { kind: 'status' }])
  expect(driver.book(ETH.id)).toBeDefined()
})
