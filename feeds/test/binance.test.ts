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
    expect(driver.errors).toEqual(['FEED_SEED_MISMATCH'])
    driver.wait((seconds - 1) * 1_000)
    expect(seeds(driver)).toBe(0)
    driver.wait(1_000)
    expect(seeds(driver)).toBe(1)
  }
  driver.answer('seed:BTCUSDT', seed(199, [['100.00', '1.000']], []))
  expect(driver.book(BTC.id)?.bids).toEqual([10000, 1000, 9900, 1000])
})

function seeds(driver: Driver): number {
  return driver.requests.filter(({ id }) => id.startsWith('seed:')).length
}

test.each([
  { name: '2000 events', play: (driver: Driver) => burst(driver, 2_001) },
  { name: '60 s of events', play: (driver: Driver) => burst(driver, 1).wait(62_000) },
])('a book that waits for its snapshot through $name starts over', ({ play }) => {
  const driver = new Driver(new BinanceProtocol([BTC], 'http://venue')).open()
  play(driver)
  expect(driver.errors).toContain('FEED_OVERFLOW')
  expect(driver.state(BTC.id)).toBe('resyncing')
})

test('what is kept for a snapshot is told, and nothing is kept once it is there', () => {
  const protocol = new BinanceProtocol([BTC, ETH], 'http://venue')
  const driver = burst(new Driver(protocol).open(), 3)
  driver.frame(depth('ETHUSDT', 1, 1, []))
  expect(protocol.bufferedUpdates).toBe(4)
  driver.answer('seed:BTCUSDT', SEED)
  expect(protocol.bufferedUpdates).toBe(1)
})

function burst(driver: Driver, events: number): Driver {
  for (let id = 1; id <= events; id++) driver.frame(depth('BTCUSDT', id, id, [['99.00', '1.000']]))
  return driver
}

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

test('the plan names every stream of every symbol in the address, fifty symbols a socket', () => {
  const many = Array.from({ length: 51 }, (_, index) => instrument('binance', `T${index}USDT`, `T${index}`, 'USDT'))
  const plans = binance.plan(many, { wsUrl: 'ws://emulator' })
  expect(plans.map(({ instruments }) => instruments.length)).toEqual([50, 1])
  expect(plans[1]?.url).toBe(
    'ws://emulator/stream?streams=t50usdt@depth@100ms/t50usdt@depth20@100ms/t50usdt@bookTicker/t50usdt@trade/t50usdt@miniTicker',
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
