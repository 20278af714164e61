import { expect, test } from 'vitest'
import { CoinbaseProtocol } from '../src/venues/coinbase/protocol.ts'
import { coinbase } from '../src/venues/coinbase.ts'
import { at, heartbeat, listed, match, snapshot, status, subscriptions, ticker, update } from './coinbase-frames.ts'
import { Driver, instrument } from './driver.ts'

const BTC = instrument('coinbase', 'BTC-USD', 'BTC', 'USD')
const ETH = instrument('coinbase', 'ETH-USD', 'ETH', 'USD')
const BOTH = ['BTC-USD', 'ETH-USD']
const CHANNELS = ['level2_batch', 'matches', 'ticker', 'heartbeat']

/** Both books live; the tickers of subscribing have come. */
function live(): Driver {
  const driver = new Driver(new CoinbaseProtocol([BTC, ETH])).open().frame(subscriptions(BOTH))
  for (const product of BOTH) {
    driver.frame(snapshot(product, [['100.00', '1.000']], [['100.02', '2.000']]))
    driver.frame(ticker(product, '99.00', '100.02', at(0)))
  }
  return driver
}

test('the subscription goes out with the opening, within the venue’s 5 s', () => {
  const driver = new Driver(new CoinbaseProtocol([BTC, ETH])).open()
  expect(driver.sent).toEqual([
    { type: 'subscribe', product_ids: BOTH, channels: CHANNELS },
    { type: 'subscribe', channels: [{ name: 'status' }] },
  ])
})

test.each(['0', '0.0', '0.00', '0.00000000'])('a size of %s deletes its level', (zero) => {
  const driver = live().frame(
    update('BTC-USD', at(1), [
      ['buy', '100.00', zero],
      ['buy', '99.50', '3.000'],
    ]),
  )
  expect(driver.book(BTC.id)).toEqual({ bids: [9950, 3000], asks: [10002, 2000] })
})

test('of a price named twice in one update the last stands, as one entry', () => {
  const driver = live()
    .forget()
    .frame(
      update('BTC-USD', at(1), [
        ['buy', '99.50', '3.000'],
        ['buy', '99.50', '4.000'],
      ]),
    )
  expect(driver.events).toMatchObject([{ kind: 'book-delta', bids: [9950, 4000], asks: [] }])
})

test.each([
  { maker: 'sell', side: 'buy' },
  { maker: 'buy', side: 'sell' },
])('a match that names the maker’s side $maker was taken by a $side', ({ maker, side }) => {
  const driver = live()
    .forget()
    .frame(match('BTC-USD', 5, maker, at(9)))
  expect(driver.events).toMatchObject([
    { kind: 'trade', tradeId: '5', side, price: 10001, quantity: 250, exchangeTime: 1_700_000_000_000_009 },
  ])
})

test('the ticker of subscribing is counted apart and never doubts the book', () => {
  const driver = live()
  expect(driver.checks('oracle-on-subscribe')).toEqual([false, false])
  expect(driver.checks('oracle')).toEqual([])
  expect(driver.state(BTC.id)).toBe('live')
})

test.each([
  { name: 'of the update’s time that agrees', frames: [change(5), quote('100.00', 5)], want: [true] },
  { name: 'that comes before its update and agrees', frames: [quote('100.00', 5), change(5), change(6)], want: [true] },
  {
    name: 'that agrees after the second update of its time',
    frames: [change(5), quote('99.99', 5), change(5, '100.00', '0'), change(6)],
    want: [true],
  },
  { name: 'of the update’s time that differs', frames: [change(5), quote('99.99', 5), change(6)], want: [false] },
  { name: 'older than the book', frames: [change(5), quote('99.99', 4), change(6)], want: [] },
  { name: 'of a time no update has', frames: [change(4), quote('99.99', 5), change(6)], want: [] },
  { name: 'that differs from a batch', frames: [batch(5), quote('99.99', 5), change(6)], want: [] },
])('a ticker $name is judged $want', ({ frames, want }) => {
  const driver = live().forget()
  for (const frame of frames) driver.frame(frame)
  expect(driver.checks('oracle')).toEqual(want)
})

function change(time: number, price = '99.99', size = '1.000') {
  return update('BTC-USD', at(time), [['buy', price, size]])
}

function batch(time: number) {
  return update('BTC-USD', at(time), [
    ['buy', '99.99', '1.000'],
    ['buy', '99.98', '1.000'],
  ])
}

function quote(bid: string, time: number) {
  return ticker('BTC-USD', bid, '100.02', at(time))
}

test('a ticker that differs is judged a second later when no update follows', () => {
  const driver = live().frame(change(5)).frame(quote('99.99', 5)).wait(2_000)
  expect(driver.checks('oracle')).toEqual([false])
  expect(driver.state(BTC.id)).toBe('suspect')
})

test('two tickers that differ break the book, which is unsubscribed and subscribed again alone', () => {
  const driver = live().forget()
  for (const time of [5, 7])
    driver
      .frame(change(time))
      .frame(quote('99.99', time))
      .frame(change(time + 1))
  expect(driver.events.filter(({ kind }) => kind === 'gap')).toMatchObject([{ reason: 'oracle', instrument: BTC.id }])
  expect(driver.sent).toEqual([
    { type: 'unsubscribe', product_ids: ['BTC-USD'], channels: ['level2_batch'] },
    { type: 'subscribe', product_ids: ['BTC-USD'], channels: ['level2_batch'] },
  ])
  driver
    .frame(change(20))
    .frame(subscriptions(BOTH))
    .frame(snapshot('BTC-USD', [['99.00', '1.000']], []))
  expect(driver.book(BTC.id)).toEqual({ bids: [9900, 1000], asks: [] })
  expect(driver.state(BTC.id)).toBe('live')
})

test('the grade is oracle once a ticker has agreed, and none before', () => {
  const driver = live().forget().frame(change(5)).frame(quote('100.00', 5)).frame(change(6))
  expect(driver.events.filter(({ kind }) => kind === 'book-delta')).toMatchObject([
    { verified: 'none' },
    { verified: 'oracle' },
  ])
})

test('a 24 h volume finer than a lot is left out, never rounded', () => {
  const driver = live().forget().frame(quote('100.00', 5))
  expect(driver.events[0]).toMatchObject({ kind: 'ticker', bid: 10000, ask: 10002, last: 10001, high24h: 11000 })
  expect(driver.events[0]).not.toHaveProperty('volume24h')
})

test('a subscription nobody acknowledges is sent once more, then the socket is given up', () => {
  const driver = new Driver(new CoinbaseProtocol([BTC])).open().forget().wait(6_000)
  expect(driver.sent).toEqual([{ type: 'subscribe', product_ids: ['BTC-USD'], channels: CHANNELS }])
  driver.wait(6_000)
  expect(driver.reconnects).toEqual(['FEED_TRANSPORT'])
})

test.each(['level2', 'level2_batch', 'level2_50'])('%s in the answer acknowledges the book', (name) => {
  const driver = new Driver(new CoinbaseProtocol([BTC]))
    .open()
    .frame(subscriptions(['BTC-USD'], [name]))
    .forget()
  expect(driver.wait(6_000).sent).toEqual([])
})

test('acknowledged and never served: subscribed anew, then reconnected, then asked again a minute later', () => {
  const driver = new Driver(new CoinbaseProtocol([BTC]))
    .open()
    .frame(subscriptions(['BTC-USD']))
    .forget()
  driver.wait(11_000)
  expect(driver.sent).toMatchObject([{ type: 'unsubscribe' }, { type: 'subscribe' }])
  driver.frame(subscriptions(['BTC-USD'])).wait(11_000)
  expect(driver.reconnects).toHaveLength(1)
  driver
    .closed()
    .open()
    .frame(subscriptions(['BTC-USD']))
    .wait(11_000)
  expect(driver.state(BTC.id)).toBe('degraded')
  driver.forget().wait(61_000)
  expect(driver.sent).toMatchObject([{ type: 'unsubscribe' }, { type: 'subscribe' }])
  driver.frame(snapshot('BTC-USD', [['99.00', '1.000']], []))
  expect(driver.state(BTC.id)).toBe('live')
})

test.each([
  {
    reason: 'level2, level3, and full channels now require authentication. Use the level2_batch channel',
    code: 'FEED_AUTH',
    states: ['refused', 'refused'],
  },
  { reason: 'ETH-USD is not a valid product', code: 'FEED_SUBSCRIBE_REFUSED', states: ['syncing', 'refused'] },
  { reason: 'ETH-USDT is not a valid product', code: 'FEED_SUBSCRIBE_REFUSED', states: ['syncing', 'syncing'] },
  { reason: 'Rate limit exceeded', code: 'FEED_RATE_LIMITED', states: ['syncing', 'syncing'] },
  { reason: 'Too many subscriptions for BTC-USD', code: 'FEED_RATE_LIMITED', states: ['syncing', 'syncing'] },
])('a subscription refused because $reason is $code', ({ reason, code, states }) => {
  const driver = new Driver(new CoinbaseProtocol([BTC, ETH])).open()
  driver.frame({ type: 'error', message: 'Failed to subscribe', reason })
  expect(driver.errors[0]).toBe(code)
  expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(states)
})

test('one refused product does not cost the others their subscription', () => {
  const driver = new Driver(new CoinbaseProtocol([BTC, ETH])).open().forget()
  driver.frame({ type: 'error', message: 'Failed to subscribe', reason: 'ETH-USD is not a valid product' })
  expect(driver.sent).toEqual([{ type: 'subscribe', product_ids: ['BTC-USD'], channels: CHANNELS }])
})

test('with heartbeats a book that stands still is quiet; without them it is stale, and after 15 s the socket is dead', () => {
  const driver = live().frame(subscriptions(BOTH, CHANNELS))
  for (let second = 0; second < 12; second++)
    driver.wait(1_000).frame(heartbeat('BTC-USD', 1)).frame(heartbeat('ETH-USD', 1))
  expect(driver.state(BTC.id)).toBe('quiet')
  driver.wait(6_000)
  expect(driver.state(BTC.id)).toBe('stale')
  expect(driver.reconnects).toEqual([])
  driver.wait(10_000)
  expect(driver.reconnects).toEqual(['FEED_STALE'])
})

test('a product whose heartbeat is late by 3 s is stale, alone', () => {
  const driver = live().frame(subscriptions(BOTH, CHANNELS))
  for (let second = 0; second < 3; second++) driver.wait(1_000).frame(heartbeat('ETH-USD', 1))
  expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['stale', 'live'])
})

test('a product that is silent for 15 s while others beat is asked for again, alone, and stays stale until it comes', () => {
  const driver = live().frame(subscriptions(BOTH, CHANNELS)).forget()
  for (let second = 0; second < 29; second++) driver.wait(1_000).frame(heartbeat('ETH-USD', 1))
  expect(driver.reconnects).toEqual([])
  expect(driver.errors).toEqual(['FEED_STALE'])
  expect(driver.sent).toEqual([
    { type: 'unsubscribe', product_ids: ['BTC-USD'], channels: CHANNELS },
    { type: 'subscribe', product_ids: ['BTC-USD'], channels: CHANNELS },
  ])
  expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['stale', 'quiet'])
  driver.frame(snapshot('BTC-USD', [['99.00', '1.000']], []))
  expect(driver.state(BTC.id)).toBe('live')
})

test('a refused product, which nobody sends any more, costs no socket', () => {
  const driver = live().frame(subscriptions(BOTH, CHANNELS))
  const gone = status(listed('BTC-USD', { status: 'delisted' }))
  driver.frame(gone).frame(gone).forget()
  for (let second = 0; second < 40; second++) driver.wait(1_000).frame(heartbeat('ETH-USD', 1))
  expect(driver.outputs.filter(({ kind }) => kind === 'reconnect' || kind === 'send' || kind === 'error')).toEqual([])
})

test.each([
  { change: { status: 'offline', status_message: 'Maintenance' }, reason: 'offline: Maintenance' },
  { change: { trading_disabled: true }, reason: 'trading_disabled' },
  { change: { cancel_only: true }, reason: 'cancel_only' },
  { change: { post_only: true }, reason: 'post_only' },
  { change: { auction_mode: true }, reason: 'auction_mode' },
])('a product that is $reason is halted until it is not, its book untouched', ({ change, reason }) => {
  const driver = live().frame(status(listed('BTC-USD', change), listed('ETH-USD'), listed('DOGE-USD')))
  expect(driver.events.at(-1)).toMatchObject({ kind: 'status', state: 'halted', reason, instrument: BTC.id })
  expect(driver.state(ETH.id)).toBe('live')
  driver.forget().frame(status(listed('BTC-USD'), listed('ETH-USD')))
  expect(driver.kinds).toEqual(['status live'])
})

test('the crossed book of an auction is halted, not asked for again', () => {
  const driver = live().frame(status(listed('BTC-USD', { auction_mode: true }), listed('ETH-USD')))
  driver.forget().frame(update('BTC-USD', at(5), [['buy', '100.02', '1.000']]))
  driver.wait(1_500).frame(heartbeat('BTC-USD', 1))
  expect([driver.state(BTC.id), driver.errors, driver.sent]).toEqual(['halted', [], []])
  driver.frame(update('BTC-USD', at(9), [['buy', '100.02', '0']])).frame(status(listed('BTC-USD'), listed('ETH-USD')))
  expect(driver.state(BTC.id)).toBe('live')
})

test('a whole book that is crossed is asked for again after a while, or as soon as the venue says that it is an auction', () => {
  const crossed = snapshot('BTC-USD', [['100.05', '1.000']], [['100.02', '1.000']])
  const driver = live().forget()
  const beat = (ms: number): Driver => driver.wait(ms).frame(heartbeat('BTC-USD', 1)).frame(heartbeat('ETH-USD', 1))
  driver.frame(update('BTC-USD', at(5), [['buy', '100.05', '1.000']]))
  expect(driver.sent).toHaveLength(2)
  driver.forget().frame(crossed)
  for (let second = 0; second < 4; second++) beat(1_000)
  expect(driver.sent).toEqual([])
  beat(1_000)
  expect(driver.sent).toHaveLength(2)
  driver.frame(crossed).frame(status(listed('BTC-USD', { auction_mode: true }), listed('ETH-USD')))
  driver.forget()
  beat(1_000)
  expect(driver.sent).toHaveLength(2)
  driver.frame(crossed)
  expect(driver.state(BTC.id)).toBe('halted')
  expect(driver.book(BTC.id)?.bids).toEqual([10005, 1000])
  for (let second = 0; second < 30; second++) beat(1_000)
  expect([driver.sent.length, driver.errors]).toEqual([2, []])
})

test('limit orders trade while market orders are refused: limit_only is no halt', () => {
  const driver = live()
    .forget()
    .frame(status(listed('BTC-USD', { limit_only: true })))
  expect(driver.events).toEqual([])
})

test.each([
  { change: { quote_increment: '0.001' }, reason: /quote_increment is 0\.001 now, it was listed with 0\.01/ },
  { change: { base_increment: '0.00000001' }, reason: /base_increment is 0\.00000001 now, it was listed with 0\.001/ },
  { change: { status: 'delisted' }, reason: /delisted/ },
])(
  'a product that became $change is halted, and refused when it is said twice; the other goes on',
  ({ change, reason }) => {
    const driver = live()
      .forget()
      .frame(status(listed('BTC-USD', change), listed('ETH-USD')))
    expect(driver.errors).toEqual([])
    expect(driver.kinds).toEqual(['status halted'])
    driver.frame(status(listed('BTC-USD', change), listed('ETH-USD')))
    expect(driver.errors).toEqual(['FEED_SUBSCRIBE_REFUSED'])
    expect(driver.kinds).toEqual(['status halted', 'gap', 'status refused'])
    expect(driver.events.at(-1)).toMatchObject({ reason: expect.stringMatching(reason) })
    expect(driver.state(ETH.id)).toBe('live')
  },
)

test('increments that became coarser still fit', () => {
  const frame = status(listed('BTC-USD', { quote_increment: '0.1', base_increment: '1' }))
  expect(live().forget().frame(frame).frame(frame).events).toEqual([])
})

test('a recording without a directory has the increments its status frames tell, and only its own products', () => {
  const frames = [
    status(listed('BTC-USD', { quote_increment: '0.0001' }), listed('ETH-USD')),
    snapshot('BTC-USD', [['100.00', '1.5']], []),
  ]
  expect(
    coinbase.infer?.(
      frames.map((frame) => JSON.stringify(frame)),
      [],
    ),
  ).toMatchObject([{ venueSymbol: 'BTC-USD', tickSize: { text: '0.0001' }, lotSize: { text: '0.001' } }])
})

test('a frame cut short in an update breaks the book it names and no other', () => {
  const whole = JSON.stringify(update('BTC-USD', at(5), [['buy', '99.99', '1.000']]))
  const driver = live().forget().frame(whole.slice(0, -9))
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect(driver.state(BTC.id)).toBe('resyncing')
  expect(driver.state(ETH.id)).toBe('live')
})

test.each([
  { name: 'not JSON', frame: 'hello' },
  { name: 'a list', frame: '[]' },
  { name: 'of an unknown type', frame: { type: 'party', product_id: 'BTC-USD' } },
  { name: 'a match without an id', frame: { ...match('BTC-USD', 1, 'buy', at(1)), trade_id: undefined } },
  { name: 'a match of a third side', frame: match('BTC-USD', 1, 'both', at(1)) },
])('a frame that is $name is an error and touches no book', ({ frame }) => {
  const driver = live().forget().frame(frame)
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect(driver.events).toEqual([])
})

test('a snapshot nobody asked for replaces the book behind a gap', () => {
  const driver = live()
    .forget()
    .frame(snapshot('BTC-USD', [['50.00', '1.000']], []))
  expect(driver.kinds).toEqual(['gap', 'book-snapshot'])
  expect(driver.book(BTC.id)).toEqual({ bids: [5000, 1000], asks: [] })
})

test('the directory gives increments of what is online', () => {
  const product = {
    id: 'BTC-USD',
    base_currency: 'BTC',
    quote_currency: 'USD',
    base_increment: '0.00000001',
    quote_increment: '0.01',
  }
  const body = JSON.stringify([
    { ...product, status: 'online' },
    { ...product, id: 'OLD-USD', status: 'delisted' },
  ])
  expect(coinbase.directory({}).parse([{ id: '', url: '', status: 200, body }])).toMatchObject([
    { id: 'coinbase:BTC-USD', tickSize: { text: '0.01' }, lotSize: { text: '0.00000001' } },
  ])
})
