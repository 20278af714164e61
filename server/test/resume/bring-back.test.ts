import type { BookView, ResumeAck, TradesView } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { ANYONE } from '../../src/auth/gatekeeper.ts'
import type { FakeClient } from '../fakes/client.ts'
import { FakeGateway } from '../fakes/gateway.ts'

const BTC = 'test:BTC-USD'
const ETH = 'test:ETH-USD'

test('a client comes back with its token and holds what it held, each view as it was', () => {
  const { gateway, script, client } = holder()
  const token = tokenOf(client)
  client.guest.gone('lost')
  script.delta([100, 9], [])
  gateway.clock.advance(1000)
  const back = gateway.connect(gateway.encoding, { resume: token }, { former: client })
  const [welcome, ...rest] = back.messages
  expect(welcome).toMatchObject({
    type: 'welcome',
    resumed: [
      {
        channel: 'book',
        was: 1,
        symbol: BTC,
        paused: false,
        granted: { depth: 5, rateMs: 50, maxAgeMs: 900 },
        recovered: expect.any(Boolean),
      },
      { channel: 'trades', was: 2, symbol: BTC, granted: { mode: 'unfiltered' } },
      { channel: 'ticker', was: 3, symbol: BTC, paused: true },
    ],
  })
  expect(rest[0]).toMatchObject({ type: 'status', symbol: BTC })
  expect(back.request('list', {})).toMatchObject({
    subs: [{ channel: 'book' }, { channel: 'trades' }, { channel: 'ticker', paused: true }],
  })
  script.delta([100, 10], [])
  gateway.clock.advance(1000)
  expect([back.breaches, back.differences()]).toEqual([[], []])
})

test('one who missed nothing is sent nothing, and is told where it stands', () => {
  const { gateway, client } = holder()
  gateway.connect().subscribe('book', [BTC], { depth: 5, rateMs: 50 })
  const token = tokenOf(client)
  client.guest.gone('lost')
  const back = gateway.connect(gateway.encoding, { resume: token }, { former: client })
  const [book] = back.of('welcome')[0]?.resumed ?? []
  expect(book).toMatchObject({ recovered: true, at: [1, 1] })
  expect(back.of('snapshot')).toEqual([])
})

test('since of a subscribe request is answered by recovered, symbol by symbol', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  const scripts = [gateway.begun(0), gateway.begun(1)]
  for (const script of scripts) script.trade(100, 1)
  gateway.connect().subscribe('trades', [BTC, ETH], { rateMs: 50 })
  const [btc, eth] = scripts
  btc?.trade(100, 1)
  eth?.trade(100, 1)
  gateway.clock.advance(50)
  const client = gateway.connect()
  const results = client.subscribe('trades', [BTC, ETH, 'test:X-USD'], { rateMs: 50, since: [[1, 1], [9, 9], null] })
  expect(results).toMatchObject([{ recovered: true, at: [1, 2] }, { recovered: false }, { error: { code: 404 } }])
  expect(client.of('trades').map(({ prev, seq }) => [prev, seq])).toEqual([
    [1, 2],
    [undefined, 2],
  ])
  expect(client.subscribe('trades', [BTC], { rateMs: 50 })[0]).not.toHaveProperty('recovered')
})

test.each([
  { name: 'of nobody’s making', token: 'v1.zzz.0kA.AAAAAAAAAAAAAAAAAAAAAA~', code: 400 },
  { name: 'that is no token', token: 'hello', code: 400 },
  { name: 'with positions that are none', token: 'v1.a.b.c~1.2', code: 400 },
])('a client with a token $name is let in, told, and has nothing', ({ token, code }) => {
  const gateway = new FakeGateway()
  gateway.begun()
  const client = gateway.connect(gateway.encoding, { resume: token })
  expect(client.of('welcome')[0]).not.toHaveProperty('resumed')
  expect(client.of('error')).toMatchObject([{ code, re: 'resume' }])
  expect(client.request('list', {})).toEqual({ subs: [] })
  expect(client.subscribe('book', [BTC])).toMatchObject([{ symbol: BTC }])
})

test('a token used by two at once gives both the same, and costs the first nothing', () => {
  const { gateway, script, client } = holder()
  const token = tokenOf(client)
  const twins = [0, 1].map(() => gateway.connect(gateway.encoding, { resume: token }, { former: client }))
  script.delta([100, 9], [])
  gateway.clock.advance(100)
  for (const one of [client, ...twins]) expect([one.breaches, one.differences()]).toEqual([[], []])
})

test('what may not be had any more fails alone', () => {
  const { gateway, client } = holder()
  const token = tokenOf(client)
  const entitlements = { ...ANYONE.entitlements, channels: ['book', 'ticker'] as const, minRateMs: 1000 }
  const back = gateway.connect(
    gateway.encoding,
    { resume: token, identity: { ...ANYONE, entitlements } },
    { former: client },
  )
  expect(back.of('welcome')[0]?.resumed).toMatchObject([
    { error: { code: 422 } },
    { error: { code: 403, slug: 'forbidden', message: expect.stringContaining('book, ticker') } },
    { granted: { rateMs: 1000 }, why: expect.stringContaining('1000 ms') },
  ])
})

test('limits hold for what is brought back', () => {
  const { gateway, client } = holder()
  const token = tokenOf(client)
  const small = new FakeGateway(['BTC'], { subscriptions: 2 }, 'shared secret')
  small.begun()
  const back = small.connect(small.encoding, { resume: token })
  expect(back.of('welcome')[0]?.resumed).toMatchObject([
    { sub: 1 },
    { sub: 2 },
    { error: { code: 405, message: expect.stringContaining('subscriptions is 2') } },
  ])
  expect(gateway.metrics.value('depthcast_sessions')).toBe(1)
})

test('another gateway with the same secret takes the client on, from where the feed is', () => {
  const { gateway, client } = holder()
  const other = new FakeGateway(['BTC'], {}, 'shared secret')
  const script = other.begun()
  for (let n = 1; n < 8; n++) script.trade(100 + n, n)
  const token = tokenOf(client)
  client.guest.gone('lost')
  const back = other.connect(other.encoding, { resume: token }, { former: client })
  const trades = [...back.held.values()].find(({ channel }) => channel === 'trades')?.view as TradesView
  expect(back.of('welcome')[0]?.resumed?.[1]).toMatchObject({ recovered: true, at: [1, 7] })
  expect(back.of('trades').map(({ prev, seq }) => [prev, seq])).toEqual([[2, 7]])
  expect(trades.seq).toBe(7)
  expect(gateway.metrics.value('depthcast_sessions')).toBe(0)
})

test('a storm of reconnects costs one encode a view', () => {
  const gateway = new FakeGateway(['BTC'], { connections: 10_000, connectionsPerAddress: 10_000 })
  const script = gateway.begun()
  const first = gateway.connect()
  first.subscribe('book', [BTC], { rateMs: 50 })
  const token = tokenOf(first)
  script.delta([100, 9], [])
  gateway.clock.advance(50)
  const before = gateway.metrics.value('depthcast_view_encodes_total')
  for (let n = 0; n < 500; n++) gateway.connect(gateway.encoding, { resume: token })
  expect(gateway.metrics.value('depthcast_view_encodes_total') - before).toBe(1)
})

test('a token names what is held when it is asked for, and one asked for again while nothing changed is the same', () => {
  const { gateway, client } = holder()
  const first = tokenOf(client)
  expect(tokenOf(client)).toBe(first)
  const [book = 0] = client.held.keys()
  client.request('unsubscribe', { sub: book })
  client.modify([...client.held.keys()][1] ?? 0, { paused: false })
  const back = gateway.connect(gateway.encoding, { resume: tokenOf(client) })
  expect(back.of('welcome')[0]?.resumed?.map(({ channel, paused }) => [channel, paused])).toEqual([
    ['trades', false],
    ['ticker', false],
  ])
})

test('a token that is asked for late is as good for as long as the first', () => {
  const { gateway, client } = holder()
  tokenOf(client)
  gateway.clock.advance(590_000)
  const token = tokenOf(client)
  gateway.clock.advance(290_000)
  expect(gateway.connect(gateway.encoding, { resume: token }).of('welcome')[0]?.resumed).toHaveLength(3)
})

test('shutdown carries the token, and the times to come back are spread', () => {
  const { gateway, client } = holder()
  const others = [gateway.connect(), gateway.connect()]
  gateway.sessions.shutdown()
  const [shutdown] = client.of('shutdown')
  expect(shutdown?.resume).toMatch(/^v1\..*~1\.1\.1,2\.1\.2$/)
  expect(others[0]?.of('shutdown')[0]).not.toHaveProperty('resume')
  expect(new Set([client, ...others].map((one) => one.of('shutdown')[0]?.reconnectInMs)).size).toBe(3)
})

test('the position of one who is behind is what it was sent, not what the view has', () => {
  const { gateway, script, client } = holder()
  client.door.stalled = true
  for (let n = 0; n < 12; n++) {
    script.delta([100, n + 1], [])
    gateway.clock.advance(50)
  }
  const token = String(client.guest.resume?.())
  client.door.stalled = false
  const view = () => [...client.held.values()][0]?.view as BookView
  // Delivers what was written before, and stops before the catch-up.
  const waiting = client.door.pending().length
  client.door.stalled = true
  client.door.flush(waiting)
  expect(token).toContain(`~1.${view().epoch}.${view().seq},`)
})

function holder() {
  const gateway = new FakeGateway(['BTC'], {}, 'shared secret')
  const script = gateway.begun()
  script.trade(101, 1)
  script.trade(102, 2)
  const client = gateway.connect()
  client.subscribe('book', [BTC], { depth: 5, rateMs: 50, maxAgeMs: 900 })
  client.subscribe('trades', [BTC], { rateMs: 1000 })
  client.subscribe('ticker', [BTC], { rateMs: 100 })
  client.modify([...client.held.keys()][2] ?? 0, { paused: true })
  return { gateway, script, client }
}

function tokenOf(client: FakeClient): string {
  const ack = client.request<ResumeAck>('resume', {})
  if ('error' in ack) throw new Error(ack.error.message)
  return ack.resume
}
