import type { InstrumentId } from '@depthcast/market'
import { expect, test } from 'vitest'
import { saidBy, unreadable } from '../src/errors.ts'
import * as binance from './binance-frames.ts'
import * as bitstamp from './bitstamp-frames.ts'
import * as coinbase from './coinbase-frames.ts'
import * as kraken from './kraken-frames.ts'
import { LIVE_BOOKS } from './live-books.ts'

// What a frame that cannot be read costs: the book that it may have changed, or nothing but what was in it. Its error says which of both.

/** Off the grid of 0.001 lots: no level, and no trade. */
const OFF = '1.0005'

test.each([
  { venue: 'binance', frame: binance.depth('BTCUSDT', 101, 102, [['99.00', OFF]]) },
  { venue: 'bitstamp', frame: bitstamp.diff('btcusd', 101, [['99.00', OFF]]) },
  { venue: 'coinbase', frame: coinbase.update('BTC-USD', coinbase.at(1), [['buy', '99.00', OFF]]) },
  { venue: 'kraken', frame: kraken.update('BTC/USD', [['99.00', OFF]], [], 1) },
] as const)('levels of $venue that cannot be read break their book, and the error says resync', ({ venue, frame }) => {
  const driver = LIVE_BOOKS[venue]().frame(frame)
  expect(driver.failures).toMatchObject([{ code: 'FEED_PROTOCOL', recovery: 'resync', instrument: `${venue}:BTC-USD` }])
  expect(driver.state(`${venue}:BTC-USD`)).toBe('resyncing')
  expect(driver.state(`${venue}:ETH-USD`)).toBe('live')
})

test.each([
  { venue: 'binance', frame: binance.trade('BTCUSDT', 1, true, '100.01', OFF) },
  { venue: 'bitstamp', frame: { ...bitstamp.trade('btcusd', 1, 0, 1), data: { id: 1 } } },
  { venue: 'coinbase', frame: { ...coinbase.match('BTC-USD', 1, 'buy', coinbase.at(1)), size: OFF } },
  { venue: 'kraken', frame: kraken.trades('update', 'BTC/USD', [1]).replace('0.250', OFF) },
] as const)('a trade of $venue that cannot be read breaks no book, and the error says go on', ({ venue, frame }) => {
  const driver = LIVE_BOOKS[venue]().frame(frame)
  expect(driver.failures).toMatchObject([{ code: 'FEED_PROTOCOL', recovery: 'retry' }])
  expect(driver.events).toEqual([])
})

test('levels of nobody knows whom break no book', () => {
  const error = unreadable({ venue: 'kraken', instrument: undefined, frame: '{', holdsLevels: true, cause: 'no end' })
  expect(error).toMatchObject({ message: 'no end in: {', recovery: 'retry', instrument: undefined, cause: 'no end' })
})

test('an error says what it was thrown with, anything else what it is', () => {
  expect(saidBy(new TypeError('not a price'))).toBe('not a price')
  expect(saidBy('stop')).toBe('stop')
  expect(saidBy(undefined)).toBe('undefined')
  const instrument = 'kraken:BTC-USD' as InstrumentId
  const cause = new RangeError('too deep')
  const error = unreadable({ venue: 'kraken', instrument, frame: '{}', holdsLevels: false, cause })
  expect(error).toMatchObject({ message: 'too deep in: {}', recovery: 'retry', instrument, cause })
})
