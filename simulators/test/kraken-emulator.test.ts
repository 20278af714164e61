import { expect, test } from 'vitest'
import { krakenEmulator } from '../src/emulators/kraken/emulator.ts'
import { BOOK, followed, kraken } from './kraken-client.ts'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

test('the status comes first, its connection id beyond a double; then an acknowledgement a symbol, then its book', () => {
  const client = kraken().client('/v2')
  expect(client.frames()).toEqual([
    '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":12345678901234567890,"upcoming_maintenance":[],"emergency":[]}]}',
  ])
  client.forget().send({ ...BOOK, params: { ...BOOK.params, symbol: ['BTC/USD', 'ETH/USD'] } })
  const [first, snapshot, second] = client.frames()
  expect(first).toMatch(
    /^\{"method":"subscribe","result":\{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC\/USD"\},"success":true,"time_in":"[^"]+Z","time_out":"[^"]+Z","req_id":7\}$/,
  )
  expect(snapshot).toMatch(/^\{"channel":"book","type":"snapshot","data":\[\{"symbol":"BTC\/USD","bids":\[\{"price":/)
  expect(JSON.parse(second!)).toMatchObject({ result: { symbol: 'ETH/USD' }, req_id: 7 })
  expect((JSON.parse(first!) as { time_in: string }).time_in).toMatch(ISO)
})

test.each([
  {
    name: 'a depth there is not',
    params: { channel: 'book', symbol: ['BTC/USD'], depth: 7 },
    error: 'Subscription depth not supported',
  },
  {
    name: 'a pair there is not',
    params: { channel: 'book', symbol: ['NOP/USD'] },
    error: 'Currency pair not supported NOP/USD',
  },
  {
    name: "REST's name of a pair",
    params: { channel: 'trade', symbol: ['XBT/USD'] },
    error: 'Currency pair not supported XBT/USD',
  },
  {
    name: 'a name that is no pair',
    params: { channel: 'ticker', symbol: ['XBTUSD'] },
    error: 'Currency pair not in ISO 4217-A3 format XBTUSD',
  },
  { name: 'a channel there is not', params: { channel: 'candles', symbol: ['BTC/USD'] }, error: 'Malformed request' },
  { name: 'no symbols', params: { channel: 'book' }, error: 'Malformed request' },
])('$name is refused and the socket stays up', ({ params, error }) => {
  const world = kraken()
  const client = world.client('/v2').forget()
  client.send({ method: 'subscribe', params, req_id: 9 })
  expect(client.messages()).toEqual([
    expect.objectContaining({ error, method: 'subscribe', success: false, req_id: 9 }),
  ])
  client.send(BOOK)
  world.play(2_000)
  expect(client.closed).toBeUndefined()
  expect(client.frames('heartbeat').length).toBe(2)
})

test('a depth there is not is refused once for all symbols, and none is named', () => {
  const client = kraken().client('/v2').forget()
  client.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD', 'ETH/USD'], depth: 27 } })
  expect(client.messages().map((message) => Object.keys(message))).toEqual([
    ['error', 'method', 'success', 'time_in', 'time_out'],
  ])
})

test('trades come without a snapshot unless one is asked for, and the answer says which', () => {
  const client = kraken().play(5_000).client('/v2').forget()
  client.send({ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'] } })
  expect(client.messages()).toMatchObject([{ result: { channel: 'trade', snapshot: false } }])
})

test('what is no JSON is a malformed request, and a second subscription already is one', () => {
  const client = kraken().client('/v2').send('{"method":').send(BOOK).send(BOOK)
  expect(client.messages('"error"').map(({ error }) => error)).toEqual(['Malformed request', 'Already subscribed'])
})

test('unsubscribing must name the depth, and ends the stream', () => {
  const world = kraken({ rate: 10 })
  const client = followed(world, 25)
  const unsubscribe = (depth: number) => ({
    method: 'unsubscribe',
    params: { channel: 'book', symbol: ['BTC/USD'], depth },
  })
  client.send(unsubscribe(10))
  expect(client.messages('"error"')).toEqual([expect.objectContaining({ error: 'Subscription Not Found' })])
  client.send(unsubscribe(25))
  expect(client.messages('unsubscribe').at(-1)).toMatchObject({ success: true, result: { channel: 'book', depth: 25 } })
  client.forget()
  world.play(2_000)
  expect(client.frames('"book"')).toEqual([])
})

test('a ping of either kind is answered', () => {
  const client = kraken().client('/v2').forget().send({ method: 'ping', req_id: 3 }).ping('payload')
  expect(client.messages()).toEqual([
    { method: 'pong', req_id: 3, time_in: expect.stringMatching(ISO), time_out: expect.stringMatching(ISO) },
  ])
  expect(client.heard.at(-1)).toMatchObject({ kind: 'pong', payload: 'payload' })
})

test('the heartbeat comes each second whatever else is sent, or only in silence where the policy says so', () => {
  const heartbeats = (policy: 'always' | 'idle', rate: number): number => {
    const world = kraken({ emulator: (own) => krakenEmulator(own, policy), rate })
    const client = followed(world, 10)
    world.play(10_000)
    return client.frames('{"channel":"heartbeat"}').length
  }
  expect(heartbeats('always', 10)).toBe(10)
  expect(heartbeats('idle', 10)).toBeLessThan(5)
})

test('without a subscription the socket is closed after a minute, with one it is not', () => {
  const world = kraken({ rate: 0.1 })
  const idle = world.client('/v2')
  const busy = followed(world, 10)
  world.play(59_000)
  expect(idle.closed).toBeUndefined()
  world.play(2_000)
  expect({ idle: idle.closed, busy: busy.closed }).toEqual({ idle: 1000, busy: undefined })
})

test('the sixteenth message at once is refused, and after a while messages are taken again', () => {
  const world = kraken()
  const client = world.client('/v2')
  for (let i = 0; i < 16; i++) client.send({ method: 'ping', req_id: i })
  expect(client.messages('Exceeded msg rate')).toEqual([expect.objectContaining({ req_id: 15, success: false })])
  world.play(1_000)
  client.forget().send({ method: 'ping' })
  expect(client.frames('pong').length).toBe(1)
})

test('the hundred and fifty-first connection in ten minutes is refused, and the next ten minutes are a ban', () => {
  const world = kraken({ rate: 0.1 })
  for (let i = 0; i < 150; i++) world.client('/v2')
  expect(world.refusal('/v2')).toMatchObject({ status: 403, headers: { 'retry-after': '600' } })
  world.play(599_000)
  expect(world.refusal('/v2')?.status).toBe(403)
  world.play(2_000)
  expect(world.refusal('/v2')).toBeUndefined()
})

test('trades come as the last fifty, then one by one without a hole', () => {
  const world = kraken({ rate: 20 }).play(20_000)
  const client = world
    .client('/v2')
    .send({ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: true } })
  world.play(10_000)
  const [snapshot, ...updates] = client.messages('"channel":"trade","type"')
  const ids = (message: Record<string, unknown>) => (message.data as { trade_id: number }[]).map((row) => row.trade_id)
  expect(ids(snapshot!).length).toBe(50)
  const all = [snapshot!, ...updates].flatMap(ids)
  expect(all.length).toBeGreaterThan(60)
  expect(all).toEqual(all.map((_id, i) => all[0]! + i))
  expect(snapshot).toMatchObject({ type: 'snapshot' })
  for (const update of updates) expect(update).toMatchObject({ type: 'update' })
})

test('whenever a client comes, and nobody followed before, no trade of its snapshot is told again', () => {
  const world = kraken({ rate: 50 })
  for (let i = 0; i < 140; i++) {
    const client = world
      .client('/v2')
      .send({ method: 'subscribe', params: { channel: 'trade', symbol: ['ETH/USD'], snapshot: true } })
    world.play(30)
    const ids = client
      .messages('"channel":"trade","type"')
      .flatMap(({ data }) => (data as { trade_id: number }[]).map((row) => row.trade_id))
    expect(ids).toEqual(ids.map((_id, at) => ids[0]! + at))
    client.step({ kind: 'closed', now: world.now })
    world.play(70)
  }
})
