import { expect, test } from 'vitest'
import { BinanceProtocol } from '../src/venues/binance/protocol.ts'
import { binance } from '../src/venues/binance.ts'
import { depth, seed, top, trade } from './binance-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')
const ETH = instrument('binance', 'ETHUSDT', 'ETH', 'USDT')
const SEED = seed(100, [['100.00', '1.000']], [['100.02', '2.000']])

/** Both books live at id 100. */
function live(): Driver {
  const driver = new Driver(new BinanceProtocol([BTC, ETH], 'http://venue'))
  return driver.open().answer('seed:BTCUSDT', SEED).answer('seed:ETHUSDT', SEED)
}

test('each symbol is asked for with a thousand levels when the socket opens', () => {
  const driver = new Driver(new BinanceProtocol([BTC, ETH], 'http://venue')).open()
  expect(driver.requests.map(({ url }) => url)).toEqual([
    'http://venue/api/v3/depth?symbol=BTCUSDT&limit=1000',
    'http://venue/api/v3/depth?symbol=ETHUSDT&limit=1000',
  ])
})

test('events kept before the snapshot follow it one by one', () => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  driver.frame(depth('BTCUSDT', 99, 100, [['99.00', '9.000']]))
  driver.frame(depth('BTCUSDT', 101, 102, [['100.00', '0.00000000']]))
  driver.frame(depth('BTCUSDT', 103, 103, [['99.50', '3.00000000']]))
  driver.forget().answer('seed:BTCUSDT', SEED)
  expect(driver.kinds).toEqual(['book-snapshot', 'status live', 'book-delta', 'book-delta'])
  expect(driver.events.at(-1)).toMatchObject({ venueSeq: [103, 103], verified: 'sequence' })
  expect(driver.book(BTC.id)).toEqual({ bids: [9950, 3000], asks: [10002, 2000] })
  expect(driver.checks('seed')).toEqual([true])
})

test('a missing id is told before anything else, and only its own book is asked for again', () => {
  const driver = live().forget()
  driver.frame(depth('BTCUSDT', 102, 103, [['99.00', '1.000']]))
  expect(driver.outputs.filter((output) => output.kind === 'event')[0]).toMatchObject({
    event: { kind: 'gap', stream: 'book', reason: 'sequence', expected: 101, received: 102 },
  })
  expect(driver.kinds).toEqual(['gap', 'status resyncing'])
  expect(driver.errors).toEqual(['FEED_SEQUENCE_GAP'])
  expect(driver.requests.map(({ id }) => id)).toEqual(['seed:BTCUSDT:0'])
  expect(driver.book(BTC.id)).toBeUndefined()
  expect(driver.book(ETH.id)).toEqual({ bids: [10000, 1000], asks: [10002, 2000] })
})

test('the event after a hole is kept and joined to the next snapshot', () => {
  const driver = live()
  driver.frame(depth('BTCUSDT', 105, 106, [['99.00', '1.000']]))
  driver.frame(depth('BTCUSDT', 107, 107, [['98.00', '1.000']]))
  driver.answer('seed:BTCUSDT', seed(105, [['100.00', '1.000']], [['100.02', '2.000']]))
  expect(driver.book(BTC.id)?.bids).toEqual([10000, 1000, 9900, 1000, 9800, 1000])
})

test('a snapshot older than the stream is asked for again after 1, 2, 4, 4 s with the events kept', () => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  driver.frame(depth('BTCUSDT', 200, 201, [['99.00', '1.000']]))
  for (const seconds of [1, 2, 4, 4]) {
    driver.forget().answer('seed:BTCUSDT', SEED)
    const asked = driver.outputs.find((output) => output.kind === 'http')
    expect(asked?.kind === 'http' && asked.notBefore).toBe(driver.now + seconds * 1_000_000)
    expect(driver.errors).toEqual(['FEED_SEED_MISMATCH'])
  }
  driver.answer('seed:BTCUSDT', seed(199, [['100.00', '1.000']], []))
  expect(driver.book(BTC.id)?.bids).toEqual([10000, 1000, 9900, 1000])
})

test.each([
  { name: '2000 events', play: (driver: Driver) => burst(driver, 2_001) },
  { name: '60 s of events', play: (driver: Driver) => burst(driver, 1).wait(62_000) },
])('a book that waits for its snapshot through $name starts over', ({ play }) => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  play(driver)
  expect(driver.errors).toContain('FEED_OVERFLOW')
  expect(driver.state(BTC.id)).toBe('resyncing')
})

function burst(driver: Driver, events: number): Driver {
  for (let id = 1; id <= events; id++) driver.frame(depth('BTCUSDT', id, id, [['99.00', '1.000']]))
  return driver
}

test.each([
  { name: 'before its depth event', order: ['top', 'depth'] },
  { name: 'after its depth event', order: ['depth', 'top'] },
])('a bookTicker that comes $name is compared with the book of its id', ({ order }) => {
  const frames = {
    top: top('BTCUSDT', 102, ['100.01', '5.000'], ['100.02', '2.000']),
    depth: depth('BTCUSDT', 101, 102, [['100.01', '5.000']]),
  }
  const driver = live()
  for (const each of order) driver.frame(frames[each as 'top' | 'depth'])
  expect(driver.checks('oracle')).toEqual([true])
})

test('a bookTicker inside a batch says nothing about the book', () => {
  const driver = live().frame(top('BTCUSDT', 101, ['55.00', '5.000'], ['56.00', '2.000']))
  driver.frame(depth('BTCUSDT', 101, 102, [['100.01', '5.000']]))
  expect(driver.checks('oracle')).toEqual([])
})

test('one bookTicker that differs is a doubt, the next that agrees dispels it', () => {
  const driver = live()
    .frame(depth('BTCUSDT', 101, 101, [['99.00', '1.000']]))
    .forget()
  driver.frame(top('BTCUSDT', 101, ['100.00', '7.000'], ['100.02', '2.000']))
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.frame(depth('BTCUSDT', 102, 102, [['100.00', '4.000']]))
  expect(driver.state(BTC.id)).toBe('suspect')
  driver.frame(top('BTCUSDT', 102, ['100.00', '4.000'], ['100.02', '2.000']))
  expect(driver.state(BTC.id)).toBe('live')
  expect(driver.kinds).not.toContain('gap')
})

test('a second bookTicker that differs breaks the book', () => {
  const driver = live()
  for (const id of [101, 102]) {
    driver.frame(depth('BTCUSDT', id, id, [['99.00', '1.000']]))
    driver.frame(top('BTCUSDT', id, ['100.00', '7.000'], ['100.02', '2.000']))
  }
  expect(driver.events.filter(({ kind }) => kind === 'gap')).toMatchObject([{ reason: 'oracle' }])
  expect(driver.state(BTC.id)).toBe('resyncing')
})

test('a book crossed after a whole message is broken, not shown', () => {
  const driver = live()
    .forget()
    .frame(depth('BTCUSDT', 101, 101, [['100.02', '1.000']]))
  expect(driver.kinds).toEqual(['gap', 'status resyncing'])
  expect(driver.errors).toEqual(['FEED_CROSSED_BOOK'])
})

test.each([
  { maker: true, side: 'sell' },
  { maker: false, side: 'buy' },
])('when the buyer is the maker is $maker, the taker’s side is $side', ({ maker, side }) => {
  const driver = live()
    .forget()
    .frame(trade('BTCUSDT', 7, maker))
  expect(driver.events).toMatchObject([
    { kind: 'trade', tradeId: '7', side, price: 10001, quantity: 500, exchangeTime: 1_700_000_000_200_000 },
  ])
})

test('trades missed while disconnected are counted, trades seen twice are passed over', () => {
  const driver = live()
    .frame(trade('BTCUSDT', 7, true))
    .forget()
  driver.frame(trade('BTCUSDT', 7, true)).frame(trade('BTCUSDT', 6, true))
  expect(driver.kinds).toEqual([])
  driver.closed().open().forget()
  driver.frame(trade('BTCUSDT', 11, true))
  expect(driver.events).toMatchObject([
    { kind: 'gap', stream: 'trades', expected: 8, received: 11, lost: 3 },
    { kind: 'trade', tradeId: '11' },
  ])
})

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

test('the plan names every stream of every symbol in the address, fifty symbols a socket', () => {
  const many = Array.from({ length: 51 }, (_, index) => instrument('binance', `T${index}USDT`, `T${index}`, 'USDT'))
  const plans = binance.plan(many, { wsUrl: 'ws://emulator' })
  expect(plans.map(({ instruments }) => instruments.length)).toEqual([50, 1])
  expect(plans[1]?.url).toBe(
    'ws://emulator/stream?streams=t50usdt@depth@100ms/t50usdt@bookTicker/t50usdt@trade/t50usdt@miniTicker',
  )
})

test('the directory gives tick and lot sizes of what trades', () => {
  const filters = [
    { filterType: 'PRICE_FILTER', tickSize: '0.01000000' },
    { filterType: 'LOT_SIZE', stepSize: '0.00001000' },
  ]
  const symbols = ['TRADING', 'BREAK'].map((status) => ({
    symbol: `${status}X`,
    status,
    baseAsset: status,
    quoteAsset: 'X',
    filters,
  }))
  const reply = { id: '', url: '', status: 200, body: JSON.stringify({ symbols }) }
  expect(binance.directory({}).parse([reply])).toMatchObject([
    { id: 'binance:TRADING-X', venueSymbol: 'TRADINGX', tickSize: { text: '0.01' }, lotSize: { text: '0.00001' } },
  ])
})

test('a recording’s instruments lie on the coarsest grid that holds all its numbers', () => {
  const frames = [depth('ABCUSDT', 1, 2, [['1.20', '10.00']]), top('ABCUSDT', 2, ['1.25', '3.00'], ['1.30', '0.50'])]
  const reply = {
    id: '',
    url: 'https://x/api/v3/depth?symbol=ABCUSDT',
    status: 200,
    body: JSON.stringify(seed(1, [['1.125', '7.0']], [])),
  }
  expect(
    binance.infer?.(
      frames.map((frame) => JSON.stringify(frame)),
      [reply],
    ),
  ).toMatchObject([{ id: 'binance:ABC-USDT', tickSize: { text: '0.001' }, lotSize: { text: '0.1' } }])
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
