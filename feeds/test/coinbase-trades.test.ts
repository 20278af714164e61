import { expect, test } from 'vitest'
import { CoinbaseProtocol } from '../src/venues/coinbase/protocol.ts'
import { at, heartbeat, match, snapshot, subscriptions, trades } from './coinbase-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('coinbase', 'BTC-USD', 'BTC', 'USD')
const ADDRESSES = { wsUrl: 'ws://venue', httpUrl: 'http://venue' }

/** The book live, and trade 5 the last seen. */
function live(): Driver {
  const driver = new Driver(new CoinbaseProtocol([BTC], ADDRESSES)).open().frame(subscriptions(['BTC-USD']))
  return driver
    .frame(snapshot('BTC-USD', [], []))
    .frame(match('BTC-USD', 5, 'buy', at(1)))
    .forget()
}

function backfilled(driver: Driver): string[] {
  return driver.events.flatMap((event) => (event.kind === 'trade' && event.backfilled ? [event.tradeId] : []))
}

test.each([
  { maker: 'sell', side: 'buy' },
  { maker: 'buy', side: 'sell' },
])('a match that names the maker’s side $maker was taken by a $side', ({ maker, side }) => {
  const driver = live().frame(match('BTC-USD', 6, maker, at(9)))
  expect(driver.events).toMatchObject([
    { kind: 'trade', tradeId: '6', side, price: 10001, quantity: 250, exchangeTime: 1_700_000_000_000_009 },
  ])
})

test('the last match sent on subscribing is no new trade', () => {
  const driver = new Driver(new CoinbaseProtocol([BTC])).open().forget()
  driver.frame(match('BTC-USD', 5, 'buy', at(1), 'last_match'))
  expect(driver.events).toEqual([])
  driver.frame(match('BTC-USD', 5, 'buy', at(1))).frame(match('BTC-USD', 6, 'buy', at(2)))
  expect(driver.events).toMatchObject([{ kind: 'trade', tradeId: '6' }])
})

test('the last match of a second subscription is told once, however often it comes', () => {
  const driver = live()
    .frame(match('BTC-USD', 5, 'buy', at(1), 'last_match'))
    .frame(match('BTC-USD', 6, 'buy', at(2), 'last_match'))
    .frame(match('BTC-USD', 6, 'buy', at(2), 'last_match'))
    .frame(match('BTC-USD', 6, 'buy', at(2)))
  expect(driver.events).toMatchObject([{ kind: 'trade', tradeId: '6', backfilled: true }])
})

test('after a reconnect the last match tells how many trades were missed, and they are fetched', () => {
  const driver = live().closed().open().forget()
  driver.frame(match('BTC-USD', 9, 'buy', at(8), 'last_match'))
  expect(driver.events).toMatchObject([
    { kind: 'gap', stream: 'trades', expected: 6, received: 9, lost: 3 },
    { kind: 'trade', tradeId: '9', backfilled: true },
  ])
  driver.forget().wait(1_000)
  expect(driver.requests).toMatchObject([{ url: 'http://venue/products/BTC-USD/trades?limit=1000&after=9' }])
  driver.forget().answer('trades:', trades(8, 1))
  expect(driver.events).toMatchObject([
    { kind: 'trade', tradeId: '6', side: 'sell', backfilled: true, exchangeTime: 1_700_000_000_000_006 },
    { kind: 'trade', tradeId: '7', backfilled: true },
    { kind: 'trade', tradeId: '8', backfilled: true },
  ])
})

test('a match that leaves a hole has it filled, and the live trades go on meanwhile', () => {
  const driver = live().frame(match('BTC-USD', 8, 'buy', at(3)))
  expect(driver.events).toMatchObject([{ kind: 'gap', expected: 6, received: 8, lost: 2 }, { tradeId: '8' }])
  driver
    .wait(1_000)
    .frame(match('BTC-USD', 9, 'buy', at(4)))
    .forget()
    .answer('trades:', trades(7, 3))
  expect(backfilled(driver)).toEqual(['6', '7'])
})

test('a hole of several pages is fetched page by page, half a second apart, and told oldest first', () => {
  const driver = live()
    .frame(match('BTC-USD', 12, 'buy', at(3)))
    .wait(1_000)
  driver.forget().answer('trades:', trades(11, 9))
  expect(driver.events).toEqual([])
  expect(driver.outputs).toMatchObject([
    { request: { url: 'http://venue/products/BTC-USD/trades?limit=1000&after=9' }, notBefore: driver.now + 500_000 },
  ])
  driver.forget().answer('trades:', trades(8, 4))
  expect(backfilled(driver)).toEqual(['6', '7', '8', '9', '10', '11'])
  expect(driver.wait(60_000).requests).toEqual([])
})

test('no more than 10 pages of a hole are fetched', () => {
  const driver = live()
    .frame(match('BTC-USD', 100, 'buy', at(3)))
    .wait(1_000)
  for (let page = 0; page < 10; page++) driver.forget().answer('trades:', trades(99 - 2 * page, 98 - 2 * page))
  expect(backfilled(driver)).toHaveLength(20)
  expect(driver.wait(60_000).requests).toEqual([])
})

test('trades that REST does not have yet are looked for again five seconds later, and a third time, and no more', () => {
  const driver = live()
    .frame(match('BTC-USD', 8, 'buy', at(3)))
    .wait(1_000)
  driver.forget().answer('trades:', trades(6, 1))
  expect(backfilled(driver)).toEqual(['6'])
  expect(driver.outputs.at(-1)).toMatchObject({ kind: 'http', notBefore: driver.now + 5_000_000 })
  expect(driver.forget().answer('trades:', []).requests).toHaveLength(1)
  expect(backfilled(driver.forget().answer('trades:', trades(7, 5)))).toEqual(['7'])
  expect(driver.wait(60_000).requests).toEqual([])
})

test('trades that nobody has are not looked for for ever', () => {
  const driver = live()
    .frame(match('BTC-USD', 8, 'buy', at(3)))
    .wait(1_000)
  for (let round = 0; round < 3; round++) driver.forget().answer('trades:', [])
  expect(driver.wait(60_000).requests).toEqual([])
})

test('a reply to another question is nothing', () => {
  const driver = live()
    .frame(match('BTC-USD', 8, 'buy', at(3)))
    .wait(1_000)
    .forget()
  const reply = { id: 'trades:BTC-USD:0', url: '', status: 200, body: JSON.stringify(trades(7, 6)) }
  expect(driver.step({ kind: 'http', now: driver.now, reply }).outputs).toEqual([])
})

test.each([
  { name: 'HTTP 500', body: 'no', status: 500, code: 'FEED_TRANSPORT', waitMs: 5_000 },
  { name: 'garbage', body: '{}', status: 200, code: 'FEED_PROTOCOL', waitMs: 5_000 },
  { name: 'HTTP 429', body: 'slow down', status: 429, retryAfterMs: 7_000, code: 'FEED_RATE_LIMITED', waitMs: 7_000 },
])('$name is asked again after a while', ({ body, status, retryAfterMs, code, waitMs }) => {
  const driver = live()
    .frame(match('BTC-USD', 8, 'buy', at(3)))
    .wait(1_000)
    .forget()
  driver.answer('trades:', body, status, retryAfterMs)
  expect(driver.errors).toEqual([code])
  expect(driver.outputs).toMatchObject([{ kind: 'error' }, { kind: 'http', notBefore: driver.now + waitMs * 1000 }])
  driver.forget().answer('trades:', trades(7, 6))
  expect(backfilled(driver)).toEqual(['6', '7'])
})

test('what fails three times is left as the gap it was told to be', () => {
  const driver = live()
    .frame(match('BTC-USD', 8, 'buy', at(3)))
    .wait(1_000)
  for (let tries = 0; tries < 3; tries++) driver.forget().answer('trades:', 'no', 500)
  expect(driver.wait(60_000).requests).toEqual([])
})

test('a request nobody answered before the socket was lost is made again on the next', () => {
  const driver = live()
    .frame(match('BTC-USD', 8, 'buy', at(3)))
    .wait(1_000)
    .closed()
    .open()
    .forget()
    .wait(1_000)
  expect(driver.requests).toHaveLength(1)
  expect(backfilled(driver.forget().answer('trades:', trades(7, 6)))).toEqual(['6', '7'])
})

test('a heartbeat that is ahead once may be early, ahead for a second time the trades are lost, and fetched', () => {
  const driver = live().frame(heartbeat('BTC-USD', 7))
  expect(driver.events).toEqual([])
  driver.frame(heartbeat('BTC-USD', 7))
  expect(driver.events).toMatchObject([{ kind: 'gap', stream: 'trades', lost: 2 }])
  expect(backfilled(driver.wait(1_000).answer('trades:', trades(7, 1)))).toEqual(['6', '7'])
})

test('a match that comes after it was given up and fetched is not told twice', () => {
  const driver = live().frame(heartbeat('BTC-USD', 7)).frame(heartbeat('BTC-USD', 7)).wait(1_000)
  driver
    .answer('trades:', trades(7, 1))
    .forget()
    .frame(match('BTC-USD', 7, 'buy', at(3)))
  expect(driver.events).toEqual([])
})

test('a heartbeat ahead of a match that comes after it loses nothing', () => {
  const driver = live()
    .frame(heartbeat('BTC-USD', 6))
    .frame(match('BTC-USD', 6, 'buy', at(2)))
    .frame(heartbeat('BTC-USD', 6))
  expect(driver.kinds).toEqual(['trade'])
})
