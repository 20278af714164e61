import { expect, test } from 'vitest'
import { BitstampProtocol } from '../src/venues/bitstamp/protocol.ts'
import { bitstamp } from '../src/venues/bitstamp.ts'
import { acknowledged, diff, error, levels, top, trade } from './bitstamp-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('bitstamp', 'btcusd', 'BTC', 'USD')
const ETH = instrument('bitstamp', 'ethusd', 'ETH', 'USD')
const BIDS = [['100.00', '1.000']] as const
const ASKS = [['100.02', '2.000']] as const

function opened(...instruments: readonly (typeof BTC)[]): Driver {
  return new Driver(new BitstampProtocol(instruments, 'http://venue')).open()
}

function begun(): Driver {
  return opened(BTC).frame(acknowledged('diff_order_book_btcusd')).forget()
}

/** Both books live, of moment 100. */
function live(): Driver {
  const driver = opened(BTC, ETH)
  for (const pair of ['btcusd', 'ethusd']) {
    driver.frame(acknowledged(`diff_order_book_${pair}`)).answer(`book:${pair}`, levels(100, BIDS, ASKS))
  }
  return driver.forget()
}

function beat(driver: Driver, seconds: number): Driver {
  for (let n = 0; n < seconds; n++)
    driver.wait(1_000).frame({ event: 'bts:heartbeat', channel: '', data: { status: 'success' } })
  return driver
}

test('the differences of every book are asked for first, then what proves them, then trades', () => {
  expect(opened(BTC, ETH).sent).toEqual(
    ['diff_order_book', 'order_book', 'live_trades'].flatMap((channel) =>
      ['btcusd', 'ethusd'].map((pair) => ({ event: 'bts:subscribe', data: { channel: `${channel}_${pair}` } })),
    ),
  )
})

test('a book is fetched once its differences are acknowledged, not before', () => {
  expect(opened(BTC).requests).toEqual([])
  const driver = opened(BTC).frame(acknowledged('order_book_btcusd')).frame(acknowledged('diff_order_book_btcusd'))
  expect(driver.requests.map(({ url }) => url)).toEqual(['http://venue/api/v2/order_book/btcusd/'])
})

test.each([
  { name: 'before the fetched book is in it already', time: 99, bids: [10000, 1000] },
  { name: 'of its very moment is in it already', time: 100, bids: [10000, 1000] },
  { name: 'after it is put on it', time: 101, bids: [10000, 5000] },
])('a kept difference of $name', ({ time, bids }) => {
  const driver = begun()
    .frame(diff('btcusd', 50, []))
    .frame(diff('btcusd', time, [['100.00', '5.000']]))
    .answer('book:', levels(100, BIDS, ASKS))
  expect(driver.book(BTC.id)).toEqual({ bids, asks: [10002, 2000] })
  expect(driver.state(BTC.id)).toBe('live')
})

test('a fetched book older than the first kept difference is fetched again, and what was kept stays', () => {
  const driver = begun()
    .frame(diff('btcusd', 101, [['100.00', '5.000']]))
    .answer('book:', levels(100, BIDS, ASKS))
  expect(driver.errors).toEqual(['FEED_SEED_MISMATCH'])
  expect(driver.outputs).toMatchObject([{ kind: 'error' }, { kind: 'http', notBefore: driver.now + 1_000_000 }])
  driver.answer('book:', levels(101, BIDS, ASKS))
  expect(driver.book(BTC.id)).toEqual({ bids: [10000, 1000], asks: [10002, 2000] })
})

test.each([
  { name: 'HTTP 500', body: 'no', status: 500, code: 'FEED_TRANSPORT', waitMs: 1_000 },
  { name: 'garbage', body: '[]', status: 200, code: 'FEED_PROTOCOL', waitMs: 1_000 },
  { name: 'HTTP 429', body: '', status: 429, retryAfterMs: 3_000, code: 'FEED_RATE_LIMITED', waitMs: 3_000 },
  {
    name: 'code 400.002',
    body: { response_code: '400.002', response_explanation: 'Request rejected due to exceeded rate limit.' },
    status: 400,
    code: 'FEED_RATE_LIMITED',
    waitMs: 10_000,
  },
])('a book that came as $name is fetched again after a while', ({ body, status, retryAfterMs, code, waitMs }) => {
  const driver = begun().answer('book:', body, status, retryAfterMs)
  expect(driver.errors).toEqual([code])
  expect(driver.outputs).toMatchObject([{ kind: 'error' }, { kind: 'http', notBefore: driver.now + waitMs * 1_000 }])
})

test('a pair without a book is refused', () => {
  const driver = begun().answer('book:', '', 404)
  expect(driver.errors).toEqual(['FEED_SUBSCRIBE_REFUSED'])
  expect(driver.state(BTC.id)).toBe('refused')
})

test('a reply to a question of the last socket is nothing', () => {
  const driver = begun().closed().open().forget()
  const reply = { id: 'book:btcusd:1', url: '', status: 200, body: JSON.stringify(levels(100, BIDS, ASKS)) }
  expect(driver.step({ kind: 'http', now: driver.now, reply }).outputs).toEqual([])
})

test('an amount of zero deletes, and each difference is one event with the venue’s time', () => {
  const driver = live().frame(
    diff('btcusd', 101, [
      ['100.00', '0.00000000'],
      ['99.00', '3.000'],
    ]),
  )
  expect(driver.events).toMatchObject([{ kind: 'book-delta', exchangeTime: 1_700_000_000_000_101, verified: 'none' }])
  expect(driver.book(BTC.id)).toEqual({ bids: [9900, 3000], asks: [10002, 2000] })
})

test('a difference told twice changes nothing', () => {
  const frame = diff('btcusd', 101, [['100.00', '5.000']])
  expect(live().frame(frame).frame(frame).book(BTC.id)).toEqual({ bids: [10000, 5000], asks: [10002, 2000] })
})

test.each([
  { name: 'older than the one before', frames: [diff('btcusd', 102, []), diff('btcusd', 101, [])] },
  { name: 'older than the fetched book it comes after', frames: [diff('btcusd', 99, [])] },
  { name: 'without a time', frames: [{ ...diff('btcusd', 102, []), data: { bids: [], asks: [] } }] },
  { name: 'cut short', frames: [JSON.stringify(diff('btcusd', 102, [['99.00', '1']])).slice(0, -9)] },
])('a difference $name breaks its book alone, which is asked for again', ({ frames }) => {
  const driver = live()
  for (const frame of frames) driver.frame(frame)
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect(driver.events.at(-2)).toMatchObject({ kind: 'gap', reason: 'protocol', instrument: BTC.id })
  expect(driver.sent).toEqual([
    { event: 'bts:unsubscribe', data: { channel: 'diff_order_book_btcusd' } },
    { event: 'bts:subscribe', data: { channel: 'diff_order_book_btcusd' } },
  ])
  driver.forget().frame(diff('btcusd', 103, [['98.00', '1.000']]))
  driver.frame(acknowledged('diff_order_book_btcusd')).answer('book:', levels(200, BIDS, []))
  expect(driver.book(BTC.id)).toEqual({ bids: [10000, 1000], asks: [] })
  expect(driver.state(ETH.id)).toBe('live')
})

test('differences of the subscription before are none of the next: between the two some were lost', () => {
  const driver = live()
    .frame(diff('btcusd', 99, []))
    .frame(diff('btcusd', 103, []))
  driver.frame(acknowledged('diff_order_book_btcusd')).frame(diff('btcusd', 160, []))
  expect(driver.forget().answer('book:btcusd', levels(150, BIDS, ASKS)).errors).toEqual(['FEED_SEED_MISMATCH'])
})

const change = (us: number, price = '99.99') => diff('btcusd', us, [[price, '1.000']])
const CHANGED = [...BIDS, ['99.99', '1.000']] as const

test.each([
  {
    name: 'of the book’s very moment that agrees',
    frames: [change(105), top('btcusd', 105, CHANGED, ASKS)],
    want: [true],
  },
  {
    name: 'of the book’s very moment that differs',
    frames: [change(105), top('btcusd', 105, BIDS, ASKS)],
    want: [false],
  },
  { name: 'that comes before its difference', frames: [top('btcusd', 105, CHANGED, ASKS), change(105)], want: [true] },
  {
    name: 'of a moment the book is past',
    frames: [change(105), change(106, '99.98'), top('btcusd', 105, CHANGED, ASKS)],
    want: [true],
  },
  {
    name: 'taken in the middle of a difference',
    frames: [top('btcusd', 104, CHANGED, ASKS), change(105), change(106, '99.98')],
    want: [true],
  },
  { name: 'older than anything kept', frames: [top('btcusd', 90, [], []), change(105)], want: [] },
  {
    name: 'older than what is kept of a live book',
    frames: [change(105), change(6_000_000), top('btcusd', 104, CHANGED, ASKS)],
    want: [],
  },
  { name: 'whose difference is still to come', frames: [top('btcusd', 105, CHANGED, ASKS)], want: [] },
])('a top $name is judged $want', ({ frames, want }) => {
  const driver = live()
  for (const frame of frames) driver.frame(frame)
  expect(driver.checks('oracle')).toEqual(want)
})

test('a top that knows of a difference which never comes is judged two seconds later', () => {
  const driver = live()
    .frame(top('btcusd', 105, CHANGED, ASKS))
    .wait(3_000)
  expect(driver.checks('oracle')).toEqual([false])
  expect(driver.events.at(-1)).toMatchObject({
    state: 'suspect',
    reason: "bitstamp:BTC-USD: our level is 0.000 at bid 99.99, the venue's 1.000 at bid 99.99",
  })
})

test('tops that come faster than they can be judged do not put the judgement off', () => {
  const driver = live()
  for (let us = 105; us < 110; us++) driver.frame(top('btcusd', us, CHANGED, ASKS)).wait(1_000)
  expect(driver.checks('oracle')).toContain(false)
})

test('tops say nothing of what is beyond their hundredth level', () => {
  const cents = (n: number): string => (n / 100).toFixed(2)
  const bids = Array.from({ length: 110 }, (_, index) => [cents(10_000 - index), '1.000'] as const)
  const driver = begun().answer('book:', levels(100, bids, ASKS))
  driver.frame(top('btcusd', 100, bids.slice(0, 100), ASKS))
  driver.frame(top('btcusd', 100, bids.slice(0, 99), ASKS))
  expect(driver.checks('oracle')).toEqual([true, false])
})

test('two tops that differ break the book, one that agrees in between acquits it', () => {
  const driver = live()
    .frame(top('btcusd', 100, CHANGED, ASKS))
    .frame(top('btcusd', 100, BIDS, ASKS))
  expect(driver.state(BTC.id)).toBe('live')
  driver.frame(top('btcusd', 100, CHANGED, ASKS)).frame(top('btcusd', 100, CHANGED, ASKS))
  expect(driver.errors).toEqual(['FEED_ORACLE_MISMATCH', 'FEED_ORACLE_MISMATCH', 'FEED_ORACLE_MISMATCH'])
  expect(driver.events.filter(({ kind }) => kind === 'gap')).toMatchObject([{ instrument: BTC.id, reason: 'oracle' }])
})

test('the grade is oracle once a top has agreed, and none before', () => {
  const driver = live()
    .frame(change(105))
    .frame(top('btcusd', 105, CHANGED, ASKS))
    .frame(change(106))
  expect(driver.events.filter(({ kind }) => kind === 'book-delta')).toMatchObject([
    { verified: 'none' },
    { verified: 'oracle' },
  ])
})

test.each([
  { type: 0, side: 'buy' },
  { type: 1, side: 'sell' },
])('a trade of type $type was taken by a $side, and is told once', ({ type, side }) => {
  const frame = trade('btcusd', 7, type, 9)
  expect(live().frame(frame).frame(frame).events).toMatchObject([
    { kind: 'trade', tradeId: '7', side, price: 10001, quantity: 250, exchangeTime: 1_700_000_000_000_009 },
  ])
})

test('asked to connect anew, the socket is rolled, once', () => {
  const driver = live().frame({ event: 'bts:request_reconnect', channel: '', data: '' })
  driver.frame({ event: 'bts:request_reconnect', channel: '', data: '' })
  expect(driver.outputs).toMatchObject([{ kind: 'roll', error: { code: 'FEED_UPSTREAM' } }])
  expect(driver.state(BTC.id)).toBe('live')
})

test('a heartbeat is asked for every 10 s, and its answers keep a book that stands still quiet', () => {
  const driver = beat(live(), 30)
  expect(driver.sent).toEqual(Array(3).fill({ event: 'bts:heartbeat' }))
  expect(driver.state(BTC.id)).toBe('quiet')
  driver.wait(25_000)
  expect(driver.state(BTC.id)).toBe('stale')
})

test('a subscription nobody acknowledges is sent once more, then the socket is given up', () => {
  const driver = opened(BTC).forget().wait(6_000)
  expect(driver.sent).toEqual([{ event: 'bts:subscribe', data: { channel: 'diff_order_book_btcusd' } }])
  expect(driver.wait(6_000).reconnects).toEqual(['FEED_TRANSPORT'])
})

test('an error that names nobody is that of the pair which was asked for twice in vain; the others go on', () => {
  const driver = opened(BTC, ETH)
    .frame(acknowledged('diff_order_book_ethusd'))
    .answer('book:', levels(100, BIDS, ASKS))
  driver.frame(error('Bad subscription string.')).wait(6_000).frame(error('Bad subscription string.')).wait(6_000)
  expect(driver.reconnects).toEqual([])
  expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['refused', 'live'])
})

test.each([
  { message: 'Bad subscription string.', channel: 'diff_order_book_btcusd', code: ['FEED_SUBSCRIBE_REFUSED'] },
  { message: 'Too many requests', channel: '', code: ['FEED_RATE_LIMITED'] },
  { message: 'Already subscribed', channel: 'diff_order_book_btcusd', code: [] },
  { message: 'Incorrect JSON format.', channel: '', code: ['FEED_SUBSCRIBE_REFUSED'] },
])('the error “$message” is $code', ({ message, channel, code }) => {
  expect(opened(BTC).frame(error(message, channel)).errors).toEqual(code)
})

test('more differences than are kept before a book came have it asked for anew', () => {
  const driver = begun()
  for (let us = 0; us <= 3_000; us++) driver.frame(diff('btcusd', us, []))
  expect(driver.errors).toEqual(['FEED_OVERFLOW'])
  expect(driver.sent).toMatchObject([{ event: 'bts:unsubscribe' }, { event: 'bts:subscribe' }])
})

test('differences that wait a minute for a book have it asked for anew', () => {
  const driver = beat(begun().frame(diff('btcusd', 1, [])), 59)
  expect(driver.errors).toEqual([])
  expect(beat(driver, 2).errors).toEqual(['FEED_OVERFLOW'])
})

test('the directory gives the grids of the spot markets that trade', () => {
  const pair = { name: 'BTC/USD', url_symbol: 'btcusd', base_decimals: 8, counter_decimals: 0, trading: 'Enabled' }
  const body = JSON.stringify([
    pair,
    { ...pair, name: 'OLD/USD', trading: 'Disabled' },
    { ...pair, name: 'BTC/USD-PERP', url_symbol: 'btcusd-perp' },
  ])
  expect(bitstamp.directory({}).parse([{ id: '', url: '', status: 200, body }])).toMatchObject([
    { id: 'bitstamp:BTC-USD', venueSymbol: 'btcusd', tickSize: { text: '1' }, lotSize: { text: '0.00000001' } },
  ])
})

test('a recording without a directory has the grid of its numbers', () => {
  const frames = [diff('btcusdt', 1, [['100.5', '1']]), trade('btcusdt', 1, 0, 2)].map((frame) => JSON.stringify(frame))
  const replies = [
    {
      id: '',
      url: 'https://www.bitstamp.net/api/v2/order_book/ethbtc/',
      status: 200,
      body: JSON.stringify(levels(1, [['0.061', '2']], [])),
    },
  ]
  expect(bitstamp.infer?.(frames, replies)).toMatchObject([
    { id: 'bitstamp:BTC-USDT', tickSize: { text: '0.01' }, lotSize: { text: '0.01' } },
    { id: 'bitstamp:ETH-BTC', tickSize: { text: '0.001' } },
  ])
})
