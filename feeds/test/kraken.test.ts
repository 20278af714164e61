import { expect, test } from 'vitest'
import { KrakenProtocol } from '../src/venues/kraken/protocol.ts'
import { Driver, instrument } from './driver.ts'
import {
  ADDRESSES,
  ack,
  at,
  checksumOf,
  HEARTBEAT,
  instruments,
  type Pairs,
  refusal,
  snapshot,
  status,
  ticker,
  trades,
  update,
} from './kraken-frames.ts'

const BTC = instrument('kraken', 'BTC/USD', 'BTC', 'USD')
const ETH = instrument('kraken', 'ETH/USD', 'ETH', 'USD')
const BOTH = ['BTC/USD', 'ETH/USD']
const BIDS: Pairs = [['100.00', '1.000']]
const ASKS: Pairs = [['100.20', '2.000']]
/** The ids of the opening's requests: instrument, book, trade, ticker. */
const [, BOOK, TRADE] = [1, 2, 3]

function opened(): Driver {
  return new Driver(new KrakenProtocol([BTC, ETH], 10, ADDRESSES)).open()
}

/** Both books live, and a second gone in which messages were sent. */
function live(): Driver {
  const driver = opened().frame(status())
  for (const symbol of BOTH) {
    for (const [id, channel] of [
      [BOOK, 'book'],
      [TRADE, 'trade'],
      [4, 'ticker'],
    ] as const)
      driver.frame(ack(symbol, { id, channel }))
    driver.frame(snapshot(symbol, BIDS, ASKS))
  }
  return driver
    .frame(ack('', { id: 1, channel: 'instrument' }))
    .wait(1_000)
    .forget()
}

/** Time passes while the venue says that it lives. */
function beat(driver: Driver, seconds: number): Driver {
  for (let second = 0; second < seconds; second++) driver.wait(1_000).frame(HEARTBEAT)
  return driver
}

test('opening asks for the pairs, then for books, trades and tickers, one message a channel', () => {
  expect(opened().sent).toEqual([
    { method: 'subscribe', params: { channel: 'instrument', snapshot: true }, req_id: 1 },
    { method: 'subscribe', params: { channel: 'book', symbol: BOTH, depth: 10, snapshot: true }, req_id: 2 },
    { method: 'subscribe', params: { channel: 'trade', symbol: BOTH, snapshot: true }, req_id: 3 },
    {
      method: 'subscribe',
      params: { channel: 'ticker', symbol: BOTH, event_trigger: 'bbo', snapshot: true },
      req_id: 4,
    },
  ])
})

test('a connection id beyond 2^53 and a warning beside an answer disturb nothing', () => {
  const driver = opened().forget().frame(status()).frame(ack('BTC/USD'))
  expect(driver.outputs).toEqual([])
})

test.each([
  { name: 'an unknown pair', frame: refusal('Currency pair not supported ETH/USD', { symbol: 'ETH/USD' }) },
  { name: 'one named in words alone', frame: refusal('Currency pair not supported ETH/USD') },
])('$name is refused, and the other goes on', ({ frame }) => {
  const driver = opened().frame(frame).frame(ack('BTC/USD'))
  expect(driver.errors).toEqual(['FEED_SUBSCRIBE_REFUSED'])
  expect(driver.state(ETH.id)).toBe('refused')
  driver.frame(snapshot('BTC/USD', BIDS, ASKS))
  expect(driver.state(BTC.id)).toBe('live')
})

test('what is refused is asked for on no later socket', () => {
  const driver = opened()
    .frame(refusal('Currency pair not supported ETH/USD', { symbol: 'ETH/USD' }))
    .closed()
    .forget()
    .open()
  expect(driver.sent[1]).toMatchObject({ params: { channel: 'book', symbol: ['BTC/USD'] } })
})

test.each(['Subscription depth not supported', 'Malformed request'])(
  '%s refuses every book of the request',
  (error) => {
    const driver = opened().frame(refusal(error))
    expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['refused', 'refused'])
  },
)

test('an error that answers nothing we know of is told, and refuses no book', () => {
  const driver = opened().frame({ error: 'Malformed request', success: false })
  expect(driver.errors).toEqual(['FEED_SUBSCRIBE_REFUSED'])
  expect(driver.state(BTC.id)).toBe('syncing')
})

test('an error about a pair whose book stands leaves the book standing', () => {
  const driver = live().frame(refusal('Currency pair not supported BTC/USD', { id: 99, symbol: 'BTC/USD' }))
  expect(driver.errors).toEqual(['FEED_SUBSCRIBE_REFUSED'])
  expect(driver.state(BTC.id)).toBe('live')
})

test('a refused trade channel costs the book nothing', () => {
  const driver = live().closed().open().forget()
  driver.frame(refusal('Currency pair not supported BTC/USD', { id: 7, symbol: 'BTC/USD' }))
  expect(driver.errors).toEqual(['FEED_SUBSCRIBE_REFUSED'])
  driver.frame(snapshot('BTC/USD', BIDS, ASKS))
  expect(driver.state(BTC.id)).toBe('live')
})

test('already subscribed is as good as a success', () => {
  const driver = opened().forget()
  for (const symbol of BOTH) driver.frame(refusal('Already subscribed', { symbol }))
  beat(driver, 6)
  expect(driver.sent.filter((sent) => JSON.stringify(sent).includes('book'))).toEqual([])
  expect(driver.errors).toEqual([])
})

test('ending what was not subscribed is no error', () => {
  const driver = live()
    .frame(update('BTC/USD', [], [], 1))
    .forget()
  driver.frame(refusal('Subscription Not Found', { id: 5, symbol: 'BTC/USD', method: 'unsubscribe' }))
  expect(driver.outputs).toEqual([])
})

test('too many messages: what was refused, and only that, is asked for again after a rest', () => {
  const driver = opened()
    .frame(ack('BTC/USD'))
    .frame(refusal('Exceeded msg rate', { symbol: 'ETH/USD' }))
  expect(driver.errors).toEqual(['FEED_RATE_LIMITED'])
  driver.forget()
  beat(driver, 1)
  expect(driver.sent).toEqual([])
  beat(driver, 2)
  expect(driver.sent).toMatchObject([{ method: 'subscribe', params: { channel: 'book', symbol: ['ETH/USD'] } }])
  driver.frame(snapshot('ETH/USD', BIDS, ASKS))
  expect(driver.state(ETH.id)).toBe('live')
})

test('a venue that is busy refuses nobody: it is asked again after a rest', () => {
  const driver = opened()
    .frame(ack('BTC/USD'))
    .frame(refusal('Service unavailable', { symbol: 'ETH/USD' }))
    .forget()
  beat(driver, 3)
  expect(driver.state(ETH.id)).toBe('syncing')
  expect(driver.sent).toMatchObject([{ method: 'subscribe', params: { channel: 'book', symbol: ['ETH/USD'] } }])
})

test('a refused ending is ended and asked for again: a subscription left standing brings no snapshot', () => {
  const driver = live()
    .frame(update('BTC/USD', [], [], 1))
    .forget()
  driver.frame(refusal('Exceeded msg rate', { id: 5, symbol: 'BTC/USD', method: 'unsubscribe' }))
  driver.frame(refusal('Already subscribed', { id: 6, symbol: 'BTC/USD' }))
  beat(driver, 3)
  expect(driver.sent).toMatchObject([{ method: 'unsubscribe' }, { method: 'subscribe' }])
})

test('a book that stands is not put in question by an error about something else', () => {
  const driver = opened()
    .frame(snapshot('BTC/USD', BIDS, ASKS))
    .frame({ error: 'Exceeded msg rate', success: false })
  beat(driver, 4)
  driver.forget().frame(update('BTC/USD', [['99.00', '1.000']], [], checksumOf([...BIDS, ['99.00', '1.000']], ASKS)))
  expect(driver.kinds).toEqual(['book-delta'])
})

test('however many books break at once, at most five messages go out in a second, and all come back', () => {
  const many = Array.from({ length: 25 }, (_, n) => instrument('kraken', `C${n}/USD`, `C${n}`, 'USD'))
  const driver = new Driver(new KrakenProtocol(many, 10, ADDRESSES)).open()
  for (const { venueSymbol } of many) driver.frame(ack(venueSymbol)).frame(snapshot(venueSymbol, BIDS, ASKS))
  driver.wait(1_000).forget()
  for (const { venueSymbol } of many) driver.frame(update(venueSymbol, [], [], 1))
  const asked = new Set<string>()
  for (let second = 0; second < 5; second++) {
    const messages = driver.sent as { method: string; params: { channel: string; symbol?: string[] } }[]
    expect(messages.length).toBeLessThanOrEqual(5)
    for (const { method, params } of messages)
      if (method === 'subscribe') for (const one of params.symbol ?? []) asked.add(one)
    beat(driver.forget(), 1)
  }
  expect(asked.size).toBe(25)
})

test('no answer within 5 s: the book is asked for once more, then the socket is given up', () => {
  const driver = opened().forget()
  beat(driver, 6)
  expect(driver.sent).toMatchObject([
    { method: 'subscribe', params: { channel: 'instrument' } },
    { method: 'subscribe', params: { channel: 'book', symbol: BOTH } },
    { method: 'subscribe', params: { channel: 'trade' } },
    { method: 'subscribe', params: { channel: 'ticker' } },
  ])
  beat(driver, 5)
  expect(driver.reconnects).toEqual(['FEED_TRANSPORT'])
})

test('acknowledged and never served: subscribed anew, then reconnected, then asked again a minute later', () => {
  const driver = new Driver(new KrakenProtocol([BTC], 10, ADDRESSES)).open().frame(ack('BTC/USD')).forget()
  beat(driver, 11)
  expect(driver.sent).toMatchObject([
    { method: 'subscribe', params: { channel: 'instrument' } },
    { method: 'subscribe', params: { channel: 'trade' } },
    { method: 'subscribe', params: { channel: 'ticker' } },
    { method: 'unsubscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } },
    { method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } },
  ])
  beat(driver.frame(ack('BTC/USD')), 11)
  expect(driver.reconnects).toEqual(['FEED_TRANSPORT'])
  beat(driver.closed().open().frame(ack('BTC/USD')), 11)
  expect(driver.state(BTC.id)).toBe('degraded')
  beat(driver.forget(), 61)
  expect(driver.sent).toContainEqual(expect.objectContaining({ method: 'subscribe' }))
  expect(
    driver
      .frame(ack('BTC/USD'))
      .frame(snapshot('BTC/USD', BIDS, ASKS))
      .state(BTC.id),
  ).toBe('live')
})

test('with a heartbeat a second a book that stands still is quiet, never stale', () => {
  const driver = beat(live(), 30)
  expect(driver.kinds).toEqual(['status quiet', 'status quiet'])
  expect(driver.reconnects).toEqual([])
})

test('with heartbeats only where nothing else is sent, what else is sent proves the same', () => {
  const driver = live()
  for (let second = 0; second < 30; second++) driver.wait(1_000).frame(ticker('ETH/USD'))
  expect(driver.state(BTC.id)).toBe('quiet')
  expect(driver.reconnects).toEqual([])
})

test('silence: asked after 3 s, stale after 5, given up after 10', () => {
  const driver = live()
  driver.wait(3_000)
  expect(driver.sent).toMatchObject([{ method: 'ping' }])
  expect(driver.state(BTC.id)).toBe('live')
  driver.wait(2_000)
  expect(driver.state(BTC.id)).toBe('stale')
  expect(driver.reconnects).toEqual([])
  driver.wait(5_000)
  expect(driver.reconnects).toEqual(['FEED_STALE'])
})

test('a pong is a sign of life, and a ping goes out now and then', () => {
  const driver = live()
  for (let times = 0; times < 10; times++)
    driver.wait(3_000).frame({ method: 'pong', req_id: 9, time_in: 'x', time_out: 'y' })
  expect(driver.state(BTC.id)).toBe('quiet')
  const pings = beat(live(), 60).sent.filter((sent) => JSON.stringify(sent).includes('ping'))
  expect(pings).toHaveLength(3)
})

test('a lost socket makes its books stale, and the next snapshot comes behind a gap', () => {
  const driver = live().closed()
  expect(driver.kinds).toEqual(['status stale', 'status stale'])
  driver
    .open()
    .forget()
    .frame(snapshot('BTC/USD', BIDS, ASKS))
  expect(driver.kinds).toEqual(['gap', 'book-snapshot', 'status live'])
})

test('the trades sent on subscribing are told as of before, and none twice', () => {
  const driver = live().frame(trades('snapshot', 'BTC/USD', [7, 8, 9], 'sell'))
  expect(driver.events).toMatchObject([7, 8, 9].map((id) => ({ kind: 'trade', tradeId: String(id), backfilled: true })))
  expect(driver.events[0]).toMatchObject({
    side: 'sell',
    price: 10010,
    quantity: 250,
    exchangeTime: 1_700_000_000_000_007,
  })
  driver.forget().frame(trades('update', 'BTC/USD', [9, 10]))
  expect(driver.events).toMatchObject([{ tradeId: '10', side: 'buy' }])
  expect(driver.events[0]).not.toHaveProperty('backfilled')
})

/** Trades as REST gives them. */
function fetched(ids: readonly number[]): string {
  const rows = ids.map((id) => `["100.10","0.250",1700000000.0000${String(id).padStart(2, '0')}9,"s","m","",${id}]`)
  return `{"error":[],"result":{"XXBTZUSD":[${rows.join(',')}],"last":"1"}}`
}

/** A second socket, whose trades begin where fifty do not reach back to those of the first. */
function cameBack(): Driver {
  const driver = live()
    .frame(trades('update', 'BTC/USD', [1, 2]))
    .closed()
    .open()
    .wait(1_000)
    .forget()
  return driver.frame(trades('snapshot', 'BTC/USD', [6, 5]))
}

test('trades missed while away come with the next snapshot, and those it does not reach back to are told and fetched', () => {
  const driver = cameBack()
  expect(driver.events).toMatchObject([
    { kind: 'gap', stream: 'trades', lost: 2 },
    { kind: 'trade', tradeId: '5', backfilled: true },
    { kind: 'trade', tradeId: '6', backfilled: true },
  ])
  expect(driver.sent).toEqual([])
  // From just before the last trade seen: its moment may have held more than one.
  const url = 'http://venue/0/public/Trades?pair=XBTUSD&since=1700000000000001000'
  expect(driver.requests).toEqual([{ id: 'trades:BTC/USD', url }])
  driver.forget().answer('trades:', fetched([2, 3, 4, 5]))
  expect(driver.events).toMatchObject([
    { kind: 'trade', tradeId: '3', side: 'sell', quantity: 250, exchangeTime: 1_700_000_000_000_003, backfilled: true },
    { kind: 'trade', tradeId: '4', backfilled: true },
  ])
  expect(driver.requests).toEqual([])
})

test.each([
  { name: 'refused', body: '{"error":["EGeneral:Too many requests"]}' },
  { name: 'garbage', body: '<html>' },
  { name: 'of another shape', body: '{"error":[],"result":{"XXBTZUSD":[["1"]]}}' },
])('a reply that is $name is asked for again, five times at most, and costs no book', ({ body }) => {
  const driver = cameBack()
  for (let tries = 0; tries < 5; tries++) driver.answer('trades:', body)
  expect(driver.requests).toHaveLength(5)
  expect(driver.errors).toEqual(Array.from({ length: 5 }, () => 'FEED_TRANSPORT'))
  driver.forget().answer('trades:', fetched([3, 4]))
  expect(driver.outputs).toEqual([])
})

test('while a reply is out nothing more is asked for, and what is not in it stays lost', () => {
  const driver = cameBack().frame(trades('snapshot', 'BTC/USD', [9]))
  expect(driver.requests).toHaveLength(1)
  driver.forget().answer('trades:', fetched([3]))
  expect(driver.kinds).toEqual(['trade'])
  expect(driver.requests).toEqual([])
})

test('a thousand missed trades are one page, and the next is asked for from its end', () => {
  const driver = live()
    .frame(trades('update', 'BTC/USD', [1]))
    .closed()
    .open()
    .wait(1_000)
  driver.frame(trades('snapshot', 'BTC/USD', [2_000])).forget()
  const page = Array.from({ length: 1_000 }, (_, n) => n + 2)
  const rows = page.map((id) => `["100.10","0.250",1700000000.${String(id).padStart(6, '0')},"s","m","",${id}]`)
  driver.answer('trades:', `{"error":[],"result":{"XXBTZUSD":[${rows.join(',')}]}}`)
  expect(driver.events).toHaveLength(1_000)
  expect(driver.requests.at(-1)?.url).toContain('since=1700000000001000000')
})

test('newer trades under lower ids are a count that began anew: told without a number, and no trade of it is passed over', () => {
  const driver = live()
    .frame(trades('update', 'BTC/USD', [500]))
    .closed()
    .open()
    .forget()
  const later = (id: number) => trades('snapshot', 'BTC/USD', [id]).replace(at(id), at(900))
  driver.frame(later(3))
  expect(driver.events).toMatchObject([
    { kind: 'gap', stream: 'trades', reason: 'restart' },
    { kind: 'trade', tradeId: '3' },
  ])
  expect(driver.events[0]).not.toHaveProperty('lost')
  driver.forget().frame(trades('snapshot', 'BTC/USD', [2]))
  expect(driver.events).toEqual([])
})

test('a hole in the trades is told, and filled from the fifty that subscribing anew brings', () => {
  const driver = live()
    .frame(trades('update', 'BTC/USD', [1]))
    .forget()
    .frame(trades('update', 'BTC/USD', [3]))
  expect(driver.kinds).toEqual(['gap', 'trade'])
  expect(driver.sent).toMatchObject([
    { method: 'unsubscribe', params: { channel: 'trade', symbol: ['BTC/USD'] } },
    { method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: true } },
  ])
  driver.forget().frame(trades('snapshot', 'BTC/USD', [1, 2, 3]))
  expect(driver.events).toMatchObject([{ kind: 'trade', tradeId: '2', backfilled: true }])
})

test('the ticker gives the day in whole ticks and lots; what is finer than a lot is left out, never rounded', () => {
  const driver = live().frame(ticker('BTC/USD'))
  expect(driver.events).toMatchObject([
    {
      kind: 'ticker',
      bid: 10000,
      bidQuantity: 1000,
      ask: 10020,
      askQuantity: 2000,
      last: 10010,
      open24h: 11000,
      low24h: 8000,
    },
  ])
  expect(driver.events[0]).not.toHaveProperty('volume24h')
})

test.each(['maintenance', 'cancel_only', 'post_only', 'limit_only'])(
  'while the venue is in %s its books are halted',
  (system) => {
    const driver = live().frame(status(system))
    expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['halted', 'halted'])
    expect(driver.errors).toEqual(system === 'maintenance' ? ['FEED_UPSTREAM'] : [])
    driver.frame(status('online'))
    expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['live', 'live'])
  },
)

test.each(['cancel_only', 'reduce_only', 'delisted', 'work_in_progress'])(
  'a pair in %s is halted, the other is not',
  (state) => {
    const driver = live().frame(instruments({ symbol: 'BTC/USD', status: state }, { symbol: 'XYZ/USD', status: state }))
    expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['halted', 'live'])
    driver.frame(status('online'))
    expect(driver.state(BTC.id)).toBe('halted')
    driver.frame(instruments({ symbol: 'BTC/USD' }))
    expect(driver.state(BTC.id)).toBe('live')
  },
)

test('a halted book goes on taking what comes', () => {
  const driver = live().frame(status('post_only')).forget()
  driver.frame(update('BTC/USD', [['99.00', '1.000']], [], checksumOf([...BIDS, ['99.00', '1.000']], ASKS)))
  expect(driver.kinds).toEqual(['book-delta'])
})

test.each([
  { name: 'cut short', frame: update('BTC/USD', [['99.00', '1.000']], [], 1).slice(0, -9) },
  { name: 'without a checksum', frame: update('BTC/USD', [], [], 1).replace(',"checksum":1', '') },
  { name: 'with a checksum beyond 32 bits', frame: update('BTC/USD', [], [], 2 ** 32) },
  { name: 'with a level that is null', frame: update('BTC/USD', [], [], 1).replace('"bids":[]', '"bids":[null]') },
  { name: 'with an exponent', frame: update('BTC/USD', [['99.00', '1e-08']], [], 1) },
  { name: 'off the grid', frame: update('BTC/USD', [['99.001', '1.000']], [], 1) },
  { name: 'of a third type', frame: update('BTC/USD', [], [], 1).replace('update', 'party') },
])('a book frame $name breaks the book it names and no other', ({ frame }) => {
  const driver = live().frame(frame)
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect([driver.state(BTC.id), driver.state(ETH.id)]).toEqual(['resyncing', 'live'])
})

test.each([
  { name: 'not JSON', frame: 'hello' },
  { name: 'a list', frame: '[]' },
  { name: 'of an unknown channel', frame: { channel: 'party', type: 'update', data: [] } },
  { name: 'neither of a channel nor an answer', frame: { method: 'subscribe' } },
  { name: 'a trade of a third side', frame: trades('update', 'BTC/USD', [1], 'both') },
  { name: 'a trade without an id', frame: trades('update', 'BTC/USD', [1]).replace('"trade_id":1,', '') },
  { name: 'a list of pairs that is none', frame: { channel: 'instrument', type: 'update', data: [] } },
])('a frame that is $name is an error and touches no book', ({ frame }) => {
  const driver = live().frame(frame)
  expect(driver.errors).toEqual(['FEED_PROTOCOL'])
  expect(driver.events).toEqual([])
})

test('what is of no pair of ours is passed over', () => {
  const driver = live()
    .frame(snapshot('XYZ/USD', BIDS, ASKS))
    .frame(trades('update', 'XYZ/USD', [1]))
    .frame(ticker('XYZ/USD'))
  expect(driver.outputs).toEqual([])
})
