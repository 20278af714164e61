import { expect, test } from 'vitest'
import { binanceEmulator } from '../../src/emulators/binance/emulator.ts'
import { EmulatedWorld, OPENED_AT } from '../emulated.ts'
import { fillsOf, inSteps } from './facts.ts'

function opened(options: { faults?: readonly string[]; lifeMs?: number } = {}) {
  const { lifeMs, ...rest } = options
  return new EmulatedWorld({
    emulator: (world) => binanceEmulator(world, lifeMs === undefined ? {} : { lifeMs }),
    ...rest,
  })
}

type Trade = { t: number; p: string; q: string; m: boolean; T: number }
type Aggregate = { a: number; f: number; l: number; p: string; q: string; m: boolean }
type Bar = { t: number; f: number; L: number; n: number; x: boolean } & Record<
  'o' | 'c' | 'h' | 'l' | 'v' | 'V',
  string
>
type Day = { E: number; n: number; F: number; L: number } & Record<'o' | 'c' | 'h' | 'l' | 'v' | 'q', string>

/** The bodies of one stream, of a combined socket. */
function bodies<Body>(client: { messages(holding: string): Record<string, unknown>[] }, stream: string): Body[] {
  return client.messages(`"stream":"${stream}"`).map(({ data }) => data as Body)
}

const VARIANTS = '`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`'

test.each([
  ['a subscription', '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}', '{"result":null,"id":1}'],
  ['a misspelled one too', '{"method":"SUBSCRIBE","params":["btcusdt@nope","XX"],"id":1}', '{"result":null,"id":1}'],
  ['no parameters at all', '{"method":"LIST_SUBSCRIPTIONS","id":3}', '{"result":[],"id":3}'],
  ['an id of letters', '{"method":"LIST_SUBSCRIPTIONS","id":"aB3"}', '{"result":[],"id":"aB3"}'],
  ['an id of null', '{"method":"LIST_SUBSCRIPTIONS","id":null}', '{"result":[],"id":null}'],
  [
    'an id beyond 2^53',
    '{"method":"LIST_SUBSCRIPTIONS","id":9223372036854775807}',
    '{"result":[],"id":9223372036854775807}',
  ],
  [
    'leaving what was never followed',
    '{"method":"UNSUBSCRIBE","params":["btcusdt@depth"],"id":312}',
    '{"result":null,"id":312}',
  ],
  ['a property', '{"method":"GET_PROPERTY","params":["combined"],"id":2}', '{"result":false,"id":2}'],
  ['a property to set', '{"method":"SET_PROPERTY","params":["combined",true],"id":5}', '{"result":null,"id":5}'],
  [
    'an unknown property',
    '{"method":"GET_PROPERTY","params":["nope"],"id":2}',
    '{"code":0,"msg":"Unknown property","id":2}',
  ],
  [
    'a value that is none',
    '{"method":"SET_PROPERTY","params":["combined","yes"],"id":5}',
    '{"code":1,"msg":"Invalid value type: expected Boolean","id":5}',
  ],
  [
    'a property without a name',
    '{"method":"SET_PROPERTY","params":[1,true],"id":5}',
    '{"code":2,"msg":"Invalid request: property name must be a string","id":5}',
  ],
  [
    'too much',
    '{"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":5}',
    '{"code":2,"msg":"Invalid request: too many parameters","id":5}',
  ],
  [
    'no id',
    '{"method":"LIST_SUBSCRIPTIONS"}',
    '{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"}',
  ],
  [
    'an id that is none',
    '{"method":"LIST_SUBSCRIPTIONS","id":1.5}',
    '{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"}',
  ],
  [
    'no method',
    '{"params":["btcusdt@trade"],"id":1}',
    '{"code":2,"msg":"Invalid request: missing field `method` at line 1 column 35","id":1}',
  ],
  [
    'a method nobody knows',
    '{"method":"SUBSCRIBED","id":1}',
    `{"code":2,"msg":"Invalid request: unknown variant \`SUBSCRIBED\`, expected one of ${VARIANTS} at line 1 column 22","id":1}`,
  ],
  ['no JSON', 'hello', '{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}'],
])('%s is answered word for word', (_, message, answer) => {
  expect(opened().client('/ws').send(message).frames()).toEqual([answer])
})

test('what was subscribed is listed, silent names among it, until it is left', () => {
  const client = opened().client('/ws/btcusdt@trade')
  client.send({ method: 'SUBSCRIBE', params: ['ethusdt@depth', 'BTCUSDT@trade', 'btcusdt@trade'], id: 1 })
  client.send({ method: 'UNSUBSCRIBE', params: ['ethusdt@depth'], id: 2 })
  client.send({ method: 'LIST_SUBSCRIPTIONS', id: 3 })
  expect(client.messages('"id":3')).toEqual([{ result: ['btcusdt@trade', 'BTCUSDT@trade'], id: 3 }])
})

test.each(['btcusdt@deptth', 'BTCUSDT@depth', 'xxx@depth', 'btcusdt@depth7', 'btcusdt@kline_7m', 'btcusdt'])(
  '%s is no stream: it is let in, pinged, and never hears anything else',
  (stream) => {
    const world = opened()
    const one = world.client(`/stream?streams=${stream}`)
    world.play(25_000)
    expect(one.heard.map(({ kind }) => kind)).toEqual(['ping'])
  },
)

test('combined sockets wrap events, raw ones do not, and the property changes it', () => {
  const world = opened()
  const raw = world.client('/ws/btcusdt@depth@100ms/ethusdt@depth@100ms')
  const combined = world.client('/stream?streams=btcusdt@depth@100ms/ethusdt@depth@100ms')
  world.play(1_000)
  expect(new Set(raw.messages().map(({ s }) => s))).toEqual(new Set(['BTCUSDT', 'ETHUSDT']))
  expect(combined.messages().every((message) => Object.keys(message).join() === 'stream,data')).toBe(true)
  expect(bodies(combined, 'btcusdt@depth@100ms')).toEqual(raw.messages('"BTCUSDT"'))
  raw.send({ method: 'SET_PROPERTY', params: ['combined', true], id: 1 }).forget()
  world.play(1_000)
  expect(raw.messages().every(({ stream }) => typeof stream === 'string')).toBe(true)
})

test('a stream that was left is silent, the others go on', () => {
  const world = opened()
  const client = world.client('/stream?streams=btcusdt@depth@100ms/ethusdt@depth@100ms')
  world.play(500)
  client.send({ method: 'UNSUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 1 }).forget()
  world.play(2_000)
  expect(bodies(client, 'btcusdt@depth@100ms')).toEqual([])
  expect(bodies(client, 'ethusdt@depth@100ms').length).toBeGreaterThan(3)
})

test('every trade of the exchange is told once, with its taker, and the same sums stand in aggregates, candles and day figures', () => {
  const world = opened()
  const names = ['trade', 'aggTrade', 'kline_1s', 'kline_1m', 'miniTicker', 'ticker']
  const client = world.client(`/stream?streams=${names.map((name) => `btcusdt@${name}`).join('/')}`)
  world.play(62_000)
  const fills = fillsOf({ seed: 7, symbol: 'BTC-USD', until: 62_000_000 })
  const trades = bodies<Trade>(client, 'btcusdt@trade')
  expect(fills.length).toBeGreaterThan(50)
  expect(trades.map(({ t, p, q, m, T }) => [t, inSteps(p, 2), inSteps(q, 8), m, T])).toEqual(
    fills.map(({ tradeId, ticks, lots, side, at }) => [
      tradeId,
      ticks,
      lots,
      side === 'bid',
      Math.floor((OPENED_AT + at) / 1000),
    ]),
  )
  const lots = (of: typeof fills) => of.reduce((sum, fill) => sum + fill.lots, 0)
  const aggregates = bodies<Aggregate>(client, 'btcusdt@aggTrade')
  expect(aggregates.map(({ a }) => a)).toEqual(aggregates.map((_, i) => i))
  for (const { f, l, p, q, m } of aggregates) {
    const own = fills.filter(({ tradeId }) => tradeId >= f && tradeId <= l)
    expect(new Set(own.map(({ takerId, ticks }) => `${takerId} ${ticks}`)).size).toBe(1)
    expect([inSteps(p, 2), inSteps(q, 8), m]).toEqual([own[0]!.ticks, lots(own), own[0]!.side === 'bid'])
  }
  expect(aggregates.some(({ f, l }) => l > f)).toBe(true)
  const minute = fills.filter(({ at }) => at < 60_000_000)
  const bar = bodies<{ k: Bar }>(client, 'btcusdt@kline_1m')
    .map(({ k }) => k)
    .find(({ x }) => x)!
  expect([
    bar.n,
    inSteps(bar.v, 8),
    inSteps(bar.o, 2),
    inSteps(bar.c, 2),
    inSteps(bar.h, 2),
    inSteps(bar.l, 2),
  ]).toEqual([
    minute.length,
    lots(minute),
    minute[0]!.ticks,
    minute.at(-1)!.ticks,
    Math.max(...minute.map(({ ticks }) => ticks)),
    Math.min(...minute.map(({ ticks }) => ticks)),
  ])
  expect([bar.f, bar.L, inSteps(bar.V, 8)]).toEqual([
    1,
    minute.length,
    lots(minute.filter(({ side }) => side === 'ask')),
  ])
  const seconds = bodies<{ k: Bar }>(client, 'btcusdt@kline_1s')
    .map(({ k }) => k)
    .filter(({ x }) => x)
  const closed = fills.filter(({ at }) => at < 62_000_000 && at >= seconds[0]!.t * 1000 - OPENED_AT)
  expect(seconds.reduce((sum, { v }) => sum + inSteps(v, 8), 0)).toBe(lots(closed))
  const day = bodies<Day>(client, 'btcusdt@ticker').at(-1)!
  const until = fills.filter(({ at }) => OPENED_AT + at < day.E * 1000)
  expect([day.n, day.F, day.L, inSteps(day.v, 8)]).toEqual([until.length, 1, until.length, lots(until)])
  const mini = bodies<Day>(client, 'btcusdt@miniTicker').at(-1)!
  expect([mini.c, mini.o, mini.h, mini.l, mini.v, mini.q]).toEqual([day.c, day.o, day.h, day.l, day.v, day.q])
})

test('all numbers have eight decimals, and times are in the unit asked for', () => {
  const world = opened()
  const streams = 'streams=btcusdt@trade/btcusdt@depth@100ms/btcusdt@kline_1m/btcusdt@ticker'
  const [ms, us] = [world.client(`/stream?${streams}`), world.client(`/stream?${streams}&timeUnit=MICROSECOND`)]
  world.play(5_000)
  expect(ms.frames().length).toBe(us.frames().length)
  for (const [i, text] of ms.frames().entries()) {
    for (const number of text.match(/"-?\d+\.\d+"/g) ?? []) {
      if (!/"P":/.test(text) || !text.includes(`"P":${number}`)) expect(number).toMatch(/\.\d{8}"$/)
    }
    const [inMs, inUs] = [text, us.frames()[i]!].map((one) => Number(/"E":(\d+)/.exec(one)![1]))
    expect([String(inMs).length, Math.floor(inUs! / 1000)]).toEqual([13, inMs])
  }
})

test('a ping comes each 20 s with 13 digits, and who does not repeat them within a minute is cut', () => {
  const world = opened()
  const [good, silent, liar] = [world.client('/ws'), world.client('/ws'), world.client('/ws')]
  const pings = () => good.heard.flatMap((one) => (one.kind === 'ping' ? [one] : []))
  for (let i = 0; i < 12; i += 1) {
    world.play(10_000)
    const last = pings().at(-1)
    if (last !== undefined) good.step({ kind: 'pong', now: world.now, payload: last.payload })
    liar.step({ kind: 'pong', now: world.now, payload: '' })
  }
  expect(pings().map(({ at }) => (at - OPENED_AT) / 1_000_000)).toEqual([20, 40, 60, 80, 100, 120])
  for (const { payload, at } of pings()) expect([payload.length, Number(payload) * 1000]).toEqual([13, at])
  expect([good.closed, silent.closed, liar.closed]).toEqual([undefined, 1008, 1008])
  const cutAt = silent.heard.find(({ kind }) => kind === 'close')!.at
  expect(cutAt - OPENED_AT).toBe(80_000_000)
})

test('a ping of the client is answered with its payload', () => {
  const client = opened().client('/ws').ping('abc')
  expect(client.heard).toMatchObject([{ kind: 'pong', payload: 'abc' }])
})

test('the end is announced before it comes, unwrapped', () => {
  const world = opened({ lifeMs: 40_000 })
  const client = world.client('/stream?streams=btcusdt@trade')
  world.play(45_000)
  const notice = client.heard.find((one) => one.kind === 'frame' && one.text.includes('serverShutdown'))!
  expect(notice).toMatchObject({
    text: `{"e":"serverShutdown","E":${OPENED_AT / 1000 + 20_000}}`,
    at: OPENED_AT + 20_000_000,
  })
  expect(client.heard.at(-1)).toMatchObject({ kind: 'close', code: 1000, at: OPENED_AT + 40_000_000 })
})

test('five messages a second are heard, the sixth ends the connection, pings and pongs counted', () => {
  const world = opened()
  const client = world.client('/ws')
  for (let second = 0; second < 3; second += 1) {
    for (let i = 0; i < 3; i += 1) client.send({ method: 'LIST_SUBSCRIPTIONS', id: i })
    client.ping('')
    client.step({ kind: 'pong', now: world.now, payload: '' })
    world.play(1_000)
  }
  expect(client.closed).toBeUndefined()
  for (let i = 0; i < 6; i += 1) client.send({ method: 'LIST_SUBSCRIPTIONS', id: i })
  expect(client.heard.at(-1)).toMatchObject({ kind: 'close', code: 1008, reason: 'Too many requests' })
})

test('1024 streams fit on a connection, no more', () => {
  const world = opened()
  const names = (count: number) => Array.from({ length: count }, (_, i) => `s${i}@trade`)
  expect(world.refusal(`/stream?streams=${names(1025).join('/')}`)?.status).toBe(400)
  const client = world.client(`/ws/${names(1023).join('/')}`)
  client.send({ method: 'SUBSCRIBE', params: ['a@trade', 'b@trade'], id: 1 })
  client.send({ method: 'SUBSCRIBE', params: ['a@trade', 's1@trade'], id: 2 })
  client.send({ method: 'LIST_SUBSCRIPTIONS', id: 3 })
  expect(client.frames()[0]).toBe('{"code":2,"msg":"Invalid request: too many streams","id":1}')
  expect((client.messages('"id":3')[0]!.result as string[]).length).toBe(1024)
})

test('300 connections in five minutes are let in, the next is refused until they are over', () => {
  const world = opened()
  for (let i = 0; i < 300; i += 1) world.client('/ws')
  expect(world.refusal('/ws')).toMatchObject({ status: 429, headers: { 'retry-after': '300' } })
  world.play(301_000)
  expect(world.refusal('/ws')).toBeUndefined()
})

test.each([
  { fault: 'misspelled-stream:p=1', depth: false },
  { fault: 'ack-silence:p=1', depth: false },
  { fault: 'http-slow:p=1', depth: true },
])('$fault: a depth stream is acknowledged, and comes: $depth', ({ fault, depth }) => {
  const world = opened({ faults: [fault] })
  const client = world.client('/ws').send({ method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 1 })
  world.play(2_000)
  expect(client.frames('"result"').length).toBe(1)
  expect(client.frames('depthUpdate').length > 0).toBe(depth)
})

test('shutdown: the server goes down out of turn, ten seconds after it says so', () => {
  const world = opened({ faults: ['shutdown:after=3s'] })
  const client = world.client('/ws/btcusdt@depth@100ms')
  world.play(20_000)
  const notice = client.heard.find((one) => one.kind === 'frame' && one.text.includes('serverShutdown'))!
  expect(client.heard.at(-1)).toMatchObject({ kind: 'close', at: notice.at + 10_000_000 })
})
