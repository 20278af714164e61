import type { VenueEvent } from '@depthcast/market'
import { expect, test } from 'vitest'
import { DepthJoin } from '../../src/venues/binance/depth.ts'
import { BinanceProtocol } from '../../src/venues/binance/protocol.ts'
import { BitstampProtocol } from '../../src/venues/bitstamp/protocol.ts'
import { CoinbaseProtocol } from '../../src/venues/coinbase/protocol.ts'
import { KrakenProtocol } from '../../src/venues/kraken/protocol.ts'
import * as binance from '../binance-frames.ts'
import * as bitstamp from '../bitstamp-frames.ts'
import * as coinbase from '../coinbase-frames.ts'
import { Driver, instrument } from '../driver.ts'
import * as kraken from '../kraken-frames.ts'

// What users of other clients complain of in books, trades and times, at every venue.

const AT_KRAKEN = instrument('kraken', 'BTC/USD', 'BTC', 'USD')
const AT_BINANCE = instrument('binance', 'BTCUSDT', 'BTC', 'USDT')
const AT_COINBASE = instrument('coinbase', 'BTC-USD', 'BTC', 'USD')
const AT_BITSTAMP = instrument('bitstamp', 'btcusd', 'BTC', 'USD')
const BIDS = [['100.00', '1.000']] as const
const ASKS = [['100.20', '2.000']] as const

const krakenDriver = (depth = 10) =>
  new Driver(new KrakenProtocol([AT_KRAKEN], depth, kraken.ADDRESSES)).open().frame(kraken.ack('BTC/USD', { depth }))
const binanceDriver = () =>
  new Driver(new BinanceProtocol([AT_BINANCE], 'http://venue'))
    .open()
    .answer('seed:BTCUSDT', binance.seed(100, BIDS, ASKS))
const coinbaseDriver = () =>
  new Driver(new CoinbaseProtocol([AT_COINBASE])).open().frame(coinbase.subscriptions(['BTC-USD']))
const bitstampDriver = () =>
  new Driver(new BitstampProtocol([AT_BITSTAMP], 'http://venue'))
    .open()
    .frame(bitstamp.acknowledged('diff_order_book_btcusd'))

function only<Kind extends VenueEvent['kind']>(driver: Driver, kind: Kind) {
  return driver.events.filter((event): event is Extract<VenueEvent, { kind: Kind }> => event.kind === kind)
}

test('a checksum that is zero is compared like any other: no book passes for proven by it (ccxt#28660)', () => {
  const driver = krakenDriver()
  for (let round = 0; round < 8; round++) {
    driver.frame(kraken.snapshot('BTC/USD', BIDS, ASKS, 0))
    driver.frame(kraken.update('BTC/USD', [['99.00', '1.000']], [], 0)).wait(1_000)
  }
  expect(driver.checks('checksum')).not.toContain(true)
  expect(only(driver, 'book-delta')).toEqual([])
  expect(only(driver, 'book-snapshot')).toEqual([])
  expect(driver.state(AT_KRAKEN.id)).toBe('degraded')
})

test('a snapshot of more levels than were asked for is cut to those (reactive-crypto#232)', () => {
  const side = (from: number, step: number): [string, string][] =>
    Array.from({ length: 12 }, (_, n) => [`${from + n * step}.00`, '1.000'])
  const driver = krakenDriver().frame(kraken.snapshot('BTC/USD', side(100, -1), side(101, 1)))
  expect(driver.book(AT_KRAKEN.id)?.bids).toHaveLength(20)
  expect(driver.book(AT_KRAKEN.id)?.asks).toHaveLength(20)
})

test('an id of zero is an id, and no missing one (gocryptotrader#2255)', () => {
  const join = new DepthJoin()
  const diff = { first: 1, last: 2, bids: [], asks: [], exchangeTime: 0 as never }
  expect(join.join(0)).toMatchObject({ joined: true })
  expect(join.isJoined).toBe(true)
  expect(join.offer(diff)).toMatchObject({ fate: 'apply', bridges: true })
})

test.each([
  { name: 'kraken buy', driver: () => krakenDriver().frame(kraken.trades('update', 'BTC/USD', [7])), side: 'buy' },
  {
    name: 'kraken sell',
    driver: () => krakenDriver().frame(kraken.trades('update', 'BTC/USD', [7], 'sell')),
    side: 'sell',
  },
  {
    name: 'binance, the buyer was the maker',
    driver: () => binanceDriver().frame(binance.trade('BTCUSDT', 7, true)),
    side: 'sell',
  },
  {
    name: 'binance, the seller was the maker',
    driver: () => binanceDriver().frame(binance.trade('BTCUSDT', 7, false)),
    side: 'buy',
  },
  {
    name: 'coinbase, side buy',
    driver: () => coinbaseDriver().frame(coinbase.match('BTC-USD', 7, 'buy', coinbase.at(1))),
    side: 'sell',
  },
  {
    name: 'coinbase, side sell',
    driver: () => coinbaseDriver().frame(coinbase.match('BTC-USD', 7, 'sell', coinbase.at(1))),
    side: 'buy',
  },
  { name: 'bitstamp type 0', driver: () => bitstampDriver().frame(bitstamp.trade('btcusd', 7, 0, 1)), side: 'buy' },
  { name: 'bitstamp type 1', driver: () => bitstampDriver().frame(bitstamp.trade('btcusd', 7, 1, 1)), side: 'sell' },
])('the side of a trade is the taker’s: $name is a $side (aggr#253, bbgo#2148, kucoin-api-docs#470)', (row) => {
  expect(only(row.driver(), 'trade').map(({ side }) => side)).toEqual([row.side])
})

test.each([
  {
    name: 'a kraken snapshot of before 2025',
    driver: () => krakenDriver().frame(kraken.snapshot('BTC/USD', BIDS, ASKS).replace(/,"timestamp":"[^"]*"/, '')),
    kind: 'book-snapshot',
  },
  {
    name: 'a binance bookTicker',
    driver: () =>
      binanceDriver()
        .forget()
        .frame(binance.top('BTCUSDT', 105, BIDS[0], ASKS[0])),
    kind: 'ticker',
  },
  { name: 'a binance seed', driver: binanceDriver, kind: 'book-snapshot' },
  {
    name: 'a coinbase snapshot',
    driver: () => coinbaseDriver().frame(coinbase.snapshot('BTC-USD', BIDS, ASKS)),
    kind: 'book-snapshot',
  },
] as const)('the time of $name is not made up where the venue tells none (hftbacktest#251)', ({ driver, kind }) => {
  const played = driver()
  const [event] = only(played, kind)
  expect(event).toMatchObject({ exchangeTime: undefined, receivedAt: played.now })
})

test('what the stream brings behind the seed is told as changes, never as images (hftbacktest#238)', () => {
  const driver = binanceDriver()
  for (let id = 101; id < 120; id++) driver.frame(binance.depth('BTCUSDT', id, id, [['100.00', `${id}.000`]]))
  expect(only(driver, 'book-snapshot')).toHaveLength(1)
  expect(only(driver, 'book-delta')).toHaveLength(19)
})

test('the ids of an event are no count of its levels (BinanceDotNet#117)', () => {
  const driver = binanceDriver().frame(binance.depth('BTCUSDT', 101, 140, [['99.00', '1.000']]))
  expect(driver.book(AT_BINANCE.id)?.bids).toEqual([10_000, 1_000, 9_900, 1_000])
  driver.frame(
    binance.depth('BTCUSDT', 141, 141, [
      ['99.00', '2.000'],
      ['98.00', '1.000'],
      ['97.00', '1.000'],
    ]),
  )
  expect(driver.book(AT_BINANCE.id)?.bids).toHaveLength(8)
})

test('a client that hears nothing for hours from a living venue asks it for nothing on the socket (binance#287)', () => {
  const driver = binanceDriver().forget()
  for (let minute = 0; minute < 180; minute++) for (let n = 0; n < 3; n++) driver.wait(20_000).ping()
  expect(driver.reconnects).toEqual([])
  expect(driver.sent).toEqual([])
})

test('pongs that never come end no socket on which all else does (node-binance-api#221)', () => {
  const driver = krakenDriver()
    .frame(kraken.snapshot('BTC/USD', BIDS, ASKS))
    .forget()
  for (let second = 0; second < 600; second++) driver.wait(1_000).frame(kraken.HEARTBEAT)
  expect(driver.sent.filter((sent) => JSON.stringify(sent).includes('"ping"')).length).toBeGreaterThan(20)
  expect(driver.reconnects).toEqual([])
  expect(driver.state(AT_KRAKEN.id)).toBe('quiet')
})
