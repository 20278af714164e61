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

test('a book that stands still is quiet while the venue pings, and stale when it does not', () => {
  const driver = live().frame(depth('BTCUSDT', 101, 101, []))
  driver.wait(11_000)
  expect(driver.state(BTC.id)).toBe('quiet')
  driver.ping().wait(25_000)
  expect(driver.state(BTC.id)).toBe('quiet')
  driver.wait(10_000)
  expect(driver.state(BTC.id)).toBe('stale')
  driver.frame(depth('BTCUSDT', 102, 102, [['99.00', '1.000']]))
  expect(driver.state(BTC.id)).toBe('live')
})

test('a silent stream is asked after; when the venue’s book moved on, the book is broken', () => {
  const driver = live().forget().wait(11_000)
  expect(driver.requests[0]?.url).toBe('http://venue/api/v3/depth?symbol=BTCUSDT&limit=5')
  driver.answer('probe:BTCUSDT', seed(150, [], [])).wait(3_000)
  expect(driver.state(BTC.id)).toBe('resyncing')
  expect(driver.errors).toContain('FEED_SEQUENCE_GAP')
})

test('a silent stream whose venue has nothing new is quiet, not broken', () => {
  const driver = live().wait(11_000).ping().answer('probe:BTCUSDT', SEED).wait(5_000)
  expect(driver.state(BTC.id)).toBe('quiet')
})

test('a stream that never starts is resynced, then reconnected, then refused', () => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  for (const lastId of [200, 300, 400]) {
    driver
      .answer('seed:BTCUSDT', seed(lastId - 100, [['1.00', '1.000']], []))
      .ping()
      .wait(11_000)
    driver
      .answer('probe:BTCUSDT', seed(lastId, [], []))
      .ping()
      .wait(3_000)
    if (driver.reconnects.length > 0 && lastId === 300) driver.closed().wait(100).open()
  }
  expect(driver.reconnects).toHaveLength(1)
  expect(driver.state(BTC.id)).toBe('refused')
})

test.each([
  { status: 429, code: 'FEED_RATE_LIMITED', waitMs: 7_000 },
  { status: 418, code: 'FEED_RATE_LIMITED', waitMs: 7_000 },
  { status: 500, code: 'FEED_TRANSPORT', waitMs: 1_000 },
  { status: 0, code: 'FEED_TRANSPORT', waitMs: 1_000 },
])('a snapshot answered with HTTP $status is asked for again after $waitMs ms', ({ status, code, waitMs }) => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open().forget()
  driver.answer('seed:BTCUSDT', 'busy', status, 7_000)
  expect(driver.errors).toEqual([code])
  expect(driver.outputs.find((output) => output.kind === 'http')).toMatchObject({
    notBefore: driver.now + waitMs * 1000,
  })
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

test.each([
  {
    name: 'an announced shutdown',
    play: (driver: Driver) => driver.frame({ stream: '!x', data: { e: 'serverShutdown', E: 1 } }),
  },
  { name: 'an age of 23 hours', play: (driver: Driver) => driver.wait(23 * 3_600_000) },
])('$name ends the socket before Binance does', ({ play }) => {
  const driver = play(live())
  expect(driver.reconnects).toEqual(['FEED_UPSTREAM'])
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

test('every half hour the live book is held against a fresh snapshot brought to the same id', () => {
  const driver = live()
    .frame(depth('BTCUSDT', 101, 101, [['99.00', '1.000']]))
    .forget()
  pass(driver, 30)
  expect(driver.requests.map(({ id }) => id)).toContain('reseed:BTCUSDT:0')
  driver.frame(depth('BTCUSDT', 102, 102, [['98.00', '1.000']]))
  const image = seed(
    104,
    [
      ['100.00', '1.000'],
      ['99.00', '1.000'],
      ['98.00', '1.000'],
      ['97.00', '2.000'],
    ],
    [['100.02', '2.000']],
  )
  driver.answer('reseed:BTCUSDT', image)
  expect(driver.checks('oracle')).toEqual([])
  driver.frame(depth('BTCUSDT', 103, 105, [['97.00', '3.000']]))
  expect(driver.checks('oracle')).toEqual([true])
  expect(driver.kinds).not.toContain('gap')
})

test('a live book that differs from a fresh snapshot is broken, however its sequence looked', () => {
  const driver = live().forget()
  pass(driver, 30)
  driver.answer(
    'reseed:BTCUSDT',
    seed(
      100,
      [
        ['100.00', '1.000'],
        ['99.99', '5.000'],
      ],
      [['100.02', '2.000']],
    ),
  )
  expect(driver.checks('oracle')).toEqual([false])
  expect(driver.events.filter(({ kind }) => kind === 'gap')).toMatchObject([{ reason: 'oracle', instrument: BTC.id }])
  expect(driver.errors).toContain('FEED_SEED_MISMATCH')
})

test('when the market nears the end of what the snapshot told, the levels beyond are fetched and added', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => [(200 - index / 100).toFixed(2), '1.000'] as const)
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  driver.answer('seed:BTCUSDT', seed(100, many, [['200.02', '1.000']]))
  const gone = many.slice(0, 900).map(([price]) => [price, '0'] as const)
  driver.frame(depth('BTCUSDT', 101, 101, gone)).forget()
  pass(driver, 2)
  const deeper = [...many.slice(900), ['190.00', '7.000'] as const]
  driver.answer('reseed:BTCUSDT', seed(101, deeper, [['200.02', '1.000']]))
  expect(driver.kinds.filter((kind) => kind !== 'ticker' && !kind.startsWith('status'))).toEqual(['book-delta'])
  expect(driver.book(BTC.id)?.bids.slice(-2)).toEqual([19000, 7000])
  expect(driver.book(BTC.id)?.bids).toHaveLength(202)
})

/** Minutes on a socket that pings and has nothing else to say. */
function pass(driver: Driver, minutes: number): void {
  for (let third = 0; third < minutes * 3; third++) driver.ping().wait(20_000)
}
