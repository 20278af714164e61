import { expect, test } from 'vitest'
import { coinbaseEmulator } from '../../src/emulators/coinbase/emulator.ts'
import { EmulatedWorld, OPENED_AT, type TestClient } from '../emulated.ts'
import { fillsOf, inSteps } from './facts.ts'

const SIGNED = { key: 'k', passphrase: 'p', timestamp: 1767225600, signature: `${'A'.repeat(43)}=` }
const WANTS_KEY =
  'level2, level3, and full channels now require authentication. https://docs.cloud.coinbase.com/exchange/docs/websocket-auth'

function opened(options: { faults?: readonly string[] } = {}) {
  return new EmulatedWorld({ emulator: (world) => coinbaseEmulator(world), ...options })
}

function subscribe(client: TestClient, channels: readonly unknown[], more: object = { product_ids: ['BTC-USD'] }) {
  return client.send({ type: 'subscribe', channels, ...more })
}

/** Channels and products as the last answer had them. */
function state(client: TestClient): string[] {
  const last = client.messages('"subscriptions"').at(-1)
  const channels = (last?.channels ?? []) as { name: string; product_ids: string[]; account_ids: null }[]
  return channels.map(({ name, product_ids, account_ids }) => `${name} ${product_ids.join('+')} ${account_ids}`)
}

function failed(reason: string) {
  return { type: 'error', message: 'Failed to subscribe', reason }
}

test.each([
  ['no JSON', 'hello', { type: 'error', message: 'Malformed JSON' }],
  ['another type', '{"type":"hello"}', { type: 'error', message: 'Type has to be either subscribe or unsubscribe' }],
  ['no channels', '{"type":"subscribe","product_ids":["BTC-USD"]}', failed('No channels provided')],
  [
    'an unknown product',
    '{"type":"subscribe","product_ids":["BTC-NOP"],"channels":["ticker"]}',
    failed('BTC-NOP is not a valid product'),
  ],
  [
    'an unknown channel',
    '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["nope"]}',
    failed('nope is not a valid channel'),
  ],
  [
    'a channel of products without any',
    '{"type":"subscribe","channels":["heartbeat"]}',
    failed('You need to specify at least one product ID for channel heartbeat'),
  ],
  ['level2 without a key', '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level2"]}', failed(WANTS_KEY)],
  ['level3 without a key', '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["level3"]}', failed(WANTS_KEY)],
  ['full without a key', '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["full"]}', failed(WANTS_KEY)],
  [
    'user without a key',
    '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["user"]}',
    failed('user channel requires authentication'),
  ],
  [
    'a signature that is none',
    '{"type":"subscribe","product_ids":["BTC-USD"],"channels":["full"],"signature":"x","key":"k","passphrase":"p","timestamp":1}',
    { type: 'error', message: 'Authentication Failed', reason: '{"message":"Invalid API Key"}' },
  ],
])('%s is refused word for word', (_, message, error) => {
  const client = opened().client('/').send(message)
  expect(client.messages()[0]).toEqual(error)
  expect(client.frames('"subscriptions"').filter((text) => text !== '{"type":"subscriptions","channels":[]}')).toEqual(
    [],
  )
})

test('what is refused does not keep the rest from being followed', () => {
  const client = subscribe(opened().client('/'), ['full', 'matches', 'heartbeat'], { product_ids: ['BTC-USD', 'X'] })
  expect(client.messages('"error"').map(({ reason }) => reason)).toEqual([
    WANTS_KEY,
    'X is not a valid product',
    'X is not a valid product',
  ])
  expect(state(client)).toEqual(['matches BTC-USD null', 'heartbeat BTC-USD null'])
})

test('a signed request may have everything', () => {
  const client = subscribe(opened().client('/'), ['level2', 'full', 'user'], { product_ids: ['BTC-USD'], ...SIGNED })
  expect(client.messages('"error"')).toEqual([])
  expect(state(client)).toEqual(['level2 BTC-USD null', 'full BTC-USD null', 'user BTC-USD null'])
})

test('the answer holds all there is after each change; products stand at the top, in a channel, or in both', () => {
  const client = opened().client('/')
  subscribe(client, ['level2_batch', { name: 'ticker', product_ids: ['ETH-USD'] }, { name: 'status' }])
  expect(state(client)).toEqual(['level2_50 BTC-USD null', 'ticker BTC-USD+ETH-USD null', 'status  null'])
  subscribe(client, ['ticker_batch', 'ticker'], { product_ids: ['ETH-USD'] })
  expect(state(client)).toEqual([
    'level2_50 BTC-USD null',
    'ticker BTC-USD+ETH-USD null',
    'status  null',
    'ticker_1000 ETH-USD null',
  ])
  client.send({ type: 'unsubscribe', product_ids: ['BTC-USD'], channels: ['ticker', 'level2_batch'] })
  expect(state(client)).toEqual(['ticker ETH-USD null', 'status  null', 'ticker_1000 ETH-USD null'])
  client.send({ type: 'unsubscribe', channels: ['status', { name: 'ticker_batch' }] })
  expect(state(client)).toEqual(['ticker ETH-USD null'])
  client.send({ type: 'unsubscribe', channels: ['ticker', 'matches'] })
  expect(client.frames('"subscriptions"').at(-1)).toBe('{"type":"subscriptions","channels":[]}')
})

test('the answer comes before the data the first time, and not always after that', () => {
  const client = subscribe(opened().client('/'), ['level2_batch'])
  expect(client.messages().map(({ type }) => type)).toEqual(['subscriptions', 'snapshot'])
  subscribe(client, ['level2_batch'], { product_ids: ['ETH-USD'] })
  expect(
    client
      .messages()
      .slice(2)
      .map(({ type }) => type),
  ).toEqual(['snapshot', 'subscriptions'])
})

test('asking twice brings nothing twice', () => {
  const world = opened()
  const client = subscribe(world.client('/'), ['level2_batch', 'matches'])
  subscribe(client, ['level2_batch', 'level2_batch', 'matches'], { product_ids: ['BTC-USD', 'BTC-USD'] })
  world.play(10_000)
  expect(client.frames('"snapshot"').length).toBe(1)
  const ids = client.messages('"match"').map(({ trade_id }) => trade_id)
  expect(ids.length).toBeGreaterThan(5)
  expect(new Set(ids).size).toBe(ids.length)
})

test('who has not subscribed within five seconds is cut', () => {
  const world = opened()
  const [silent, polite, wrong] = [world.client('/'), world.client('/'), world.client('/')]
  world.play(4_900)
  subscribe(polite, ['heartbeat'])
  wrong.send('hello')
  world.play(1_000)
  expect([silent.closed, polite.closed, wrong.closed]).toEqual([1008, undefined, 1008])
  expect(silent.heard.at(-1)!.at - OPENED_AT).toBe(5_000_000)
})

test('every trade of the exchange is told once: its match with the maker’s side, its ticker with the taker’s', () => {
  const world = opened()
  const client = subscribe(world.client('/'), ['matches', 'ticker'])
  world.play(60_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 60_000_000 })
  type Trade = {
    trade_id: number
    price: string
    size: string
    last_size: string
    side: string
    time: string
    maker_order_id: string
    sequence: number
  }
  const matches = client.messages('"match"') as unknown as Trade[]
  expect(fills.length).toBeGreaterThan(50)
  expect(
    matches.map(({ trade_id, price, size, side, time }) => [trade_id, inSteps(price, 2), inSteps(size, 8), side, time]),
  ).toEqual(
    fills.map(({ tradeId, ticks, lots, side, at }) => [
      tradeId,
      ticks,
      lots,
      side === 'bid' ? 'buy' : 'sell',
      `${new Date((OPENED_AT + at) / 1000).toISOString().slice(0, -1)}${String((OPENED_AT + at) % 1000).padStart(3, '0')}Z`,
    ]),
  )
  const byId = new Map(fills.map((fill) => [fill.tradeId, fill]))
  const tickers = client.messages('"type":"ticker"') as unknown as Trade[]
  for (const { trade_id, price, last_size, side } of tickers) {
    const fill = byId.get(trade_id)!
    expect([inSteps(price, 2), inSteps(last_size, 8), side]).toEqual([
      fill.ticks,
      fill.lots,
      fill.side === 'bid' ? 'sell' : 'buy',
    ])
  }
  const moments = new Set(fills.map(({ at }) => at)).size
  expect([tickers.length, matches.length > tickers.length]).toEqual([moments, true])
  expect(matches.map(({ sequence }) => sequence)).toEqual(matches.map(({ sequence }) => sequence).sort((a, b) => a - b))
})

test('a ticker is of the book right after its trade, with all its fields', () => {
  const world = opened()
  const client = subscribe(world.client('/'), ['ticker'])
  world.play(20_000)
  const tickers = client.messages('"ticker"').filter(({ type }) => type === 'ticker')
  expect(tickers.length).toBeGreaterThan(10)
  const { oracle } = world.host
  for (const one of tickers) {
    expect(Object.keys(one).join()).toBe(
      'type,sequence,product_id,price,open_24h,volume_24h,low_24h,high_24h,volume_30d,best_bid,best_bid_size,best_ask,best_ask_size,side,time,trade_id,last_size',
    )
    const at =
      Date.parse(`${String(one.time).slice(0, 19)}Z`) * 1000 + Number(String(one.time).slice(20, 26)) - OPENED_AT
    const { bids, asks } = oracle.book('BTC-USD', oracle.seqAt('BTC-USD', at))!
    expect([
      inSteps(String(one.best_bid), 2),
      inSteps(String(one.best_bid_size), 8),
      inSteps(String(one.best_ask), 2),
      inSteps(String(one.best_ask_size), 8),
    ]).toEqual([...bids.slice(0, 2), ...asks.slice(0, 2)])
  }
})

test('matches and tickers of one moment come in either order', () => {
  const world = opened()
  const client = subscribe(world.client('/'), ['ticker', 'matches'])
  world.play(60_000)
  const orders = new Set<string>()
  const types = client.messages('"trade_id"').map(({ type, time }) => ({ type, time }))
  for (const [i, { type, time }] of types.entries()) {
    const next = types[i + 1]
    if (next?.time === time && next?.type !== type) orders.add(`${type} ${next?.type}`)
  }
  expect(orders).toEqual(new Set(['match ticker', 'ticker match']))
})

test('on subscribing come the last trade, marked as such, and the ticker of then', () => {
  const world = opened().play(30_000)
  const before = subscribe(world.client('/'), ['ticker'])
  const late = subscribe(world.client('/'), ['matches', 'ticker'])
  const [last, stale] = [
    late.messages('last_match')[0]!,
    late.messages('"ticker"').find(({ type }) => type === 'ticker')!,
  ]
  const fill = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 30_000_000 }).at(-1)!
  expect([last.trade_id, stale.trade_id]).toEqual([fill.tradeId, fill.tradeId])
  expect(before.messages('"trade_id"')).toEqual([stale])
  world.play(20_000)
  expect(late.messages('"match"').map(({ trade_id }) => trade_id)[0]).toBe(fill.tradeId + 1)
})

test('before the first trade there is no last one', () => {
  const client = subscribe(opened().client('/'), ['matches', 'ticker', 'ticker_batch'])
  expect(client.messages().map(({ type }) => type)).toEqual(['subscriptions'])
})

test('ticker_batch comes every five seconds at most, with the newest trade', () => {
  const world = opened()
  const client = subscribe(world.client('/'), ['ticker_batch'])
  world.play(31_000)
  const tickers = client.heard.filter((one) => one.kind === 'frame' && one.text.includes('"type":"ticker"'))
  expect(tickers.map(({ at }) => (at - OPENED_AT) / 5_000_000)).toEqual([1, 2, 3, 4, 5, 6])
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 30_000_000 })
  expect(client.messages('"ticker"').at(-1)?.trade_id).toBe(fills.at(-1)!.tradeId)
})

test('a heartbeat comes each second for each product, with the last trade and the sequence', () => {
  const world = opened()
  const client = subscribe(world.client('/'), ['heartbeat', 'matches'], { product_ids: ['BTC-USD', 'ETH-USD'] })
  world.play(10_000)
  for (const product of ['BTC-USD', 'ETH-USD']) {
    const beats = client.messages('"heartbeat"').filter((one) => one.product_id === product && one.type === 'heartbeat')
    expect(beats.map(({ time }) => time)).toEqual(
      Array.from({ length: 10 }, (_, i) => `2026-01-01T00:00:${String(i + 1).padStart(2, '0')}.000000Z`),
    )
    const fills = fillsOf({ seed: 7, symbol: product, until: 10_000_000 })
    expect(beats.at(-1)!.last_trade_id).toBe(fills.length)
    const matches = client.messages('"match"').filter((one) => one.product_id === product)
    expect(beats.at(-1)!.sequence).toBeGreaterThanOrEqual(Number(matches.at(-1)!.sequence))
  }
})

test('the status channel has every product and currency, at once and every five seconds', () => {
  const world = opened()
  const client = world.client('/').send({ type: 'subscribe', channels: [{ name: 'status' }] })
  world.play(11_000)
  const frames = client.messages('"status"').filter(({ type }) => type === 'status')
  expect(frames.length).toBe(3)
  expect(frames[0]).toMatchObject({
    products: [
      {
        id: 'BTC-USD',
        base_increment: '0.00000001',
        quote_increment: '0.01',
        status: 'online',
        trading_disabled: false,
      },
      { id: 'ETH-USD' },
    ],
    currencies: [{ id: 'BTC' }, { id: 'USD' }, { id: 'ETH' }],
  })
})

test('who signs with an empty key has not signed: what is public comes, what needs a key is refused', () => {
  const world = opened()
  const signature = 'kT4qpIW0bPZJ7pRWFqMVLFTd1oXOzrCxTqGqJoZ1mG0='
  const empty = { key: '', passphrase: '', timestamp: '1767225600', signature }
  const client = world
    .client('/')
    .send({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['heartbeat'], ...empty })
  expect(client.messages()).toMatchObject([{ type: 'subscriptions' }])
  client.forget().send({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['full'], ...empty })
  expect(client.messages()[0]).toMatchObject({
    type: 'error',
    reason: expect.stringContaining('require authentication'),
  })
})
