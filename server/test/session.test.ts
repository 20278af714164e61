import type { ListAck, PingAck, SubscribeAck } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { fakeEncoding } from './fakes/door.ts'
import { instrument } from './fakes/feed.ts'
import { FakeGateway } from './fakes/gateway.ts'

const BTC = 'test:BTC-USD'

test('a newcomer is welcomed, then hears the state and the whole view after its ack, then what changes', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  const [result] = client.subscribe('book', [BTC], { depth: 5, rateMs: 50 })
  expect(result).toMatchObject({
    symbol: BTC,
    tick: '0.01',
    lot: '0.001',
    granted: { depth: 5, rateMs: 50, grouping: 1, checksum: true, mode: 'merge' },
  })
  script.delta([100, 9], [])
  script.delta([98, 1], [])
  gateway.clock.advance(60)
  expect(client.messages.map(({ type }) => type)).toEqual(['welcome', 'status', 'snapshot', 'update'])
  expect(client.of('snapshot')[0]).toMatchObject({ bids: [100, 5, 99, 7], asks: [101, 4, 102, 6] })
  expect(client.of('update')[0]).toMatchObject({ bids: [100, 9, 98, 1], asks: [], merged: 2 })
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('one bad symbol fails alone, and is told what it may have meant', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  gateway.begun()
  gateway.begun(1)
  const client = gateway.connect()
  const [bad, good] = client.subscribe('book', ['test:BTX-USD', 'test:ETH-USD'])
  expect(bad).toMatchObject({
    symbol: 'test:BTX-USD',
    error: { code: 404, slug: 'unknown-symbol', message: expect.stringContaining(BTC) },
  })
  expect(good).toMatchObject({ symbol: 'test:ETH-USD', sub: expect.any(Number) })
  expect(client.of('snapshot')).toHaveLength(1)
})

test('the same view is one view and one encode, whoever asks; another rate is another view', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const clients = Array.from({ length: 20 }, () => gateway.connect())
  const subs = clients.map((client) =>
    client.subscribe('book', [BTC], { rateMs: 20 }).map((result) => 'sub' in result && result.sub),
  )
  const other = gateway.connect().subscribe('book', [BTC], { rateMs: 100 })
  expect(new Set(subs.flat()).size).toBe(1)
  expect(other[0]).not.toMatchObject({ sub: subs[0]?.[0] })
  const before = gateway.metrics.value('depthcast_view_encodes_total', 'fake', 'update')
  script.delta([100, 1], [])
  gateway.clock.advance(101)
  expect(gateway.metrics.value('depthcast_view_encodes_total', 'fake', 'update') - before).toBe(2)
  expect(gateway.metrics.value('depthcast_view_encodes_total', 'fake', 'snapshot')).toBe(2)
  for (const client of clients) expect(client.of('update')).toHaveLength(1)
})

test('everything a session has at one instant leaves in one write', () => {
  const gateway = new FakeGateway(['BTC', 'ETH', 'SOL'])
  const scripts = [0, 1, 2].map((index) => gateway.begun(index))
  const client = gateway.connect()
  client.subscribe('book', ['test:BTC-USD', 'test:ETH-USD', 'test:SOL-USD'], { rateMs: 50 })
  for (const script of scripts) script.delta([100, 1], [])
  const before = client.door.writes
  gateway.clock.advance(51)
  expect(client.of('update')).toHaveLength(3)
  expect(client.door.writes - before).toBe(1)
})

test('asking for what one holds gives the same sub and a fresh image', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const client = gateway.connect()
  const first = client.subscribe('book', [BTC])
  expect(client.subscribe('book', [BTC])).toEqual(first)
  expect(client.request<ListAck>('list', {})).toMatchObject({ subs: [{ channel: 'book', symbol: BTC, paused: false }] })
  expect(client.of('snapshot')).toHaveLength(2)
  expect(gateway.metrics.value('depthcast_subscriptions')).toBe(1)
})

test('modify moves to the view of the new axes, and the old sub is over', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  const [result] = client.subscribe('book', [BTC], { depth: 1, rateMs: 10 })
  const was = result !== undefined && 'sub' in result ? result.sub : 0
  const ack = client.modify(was, { grouping: 10, depth: 'all' })
  expect(ack).toMatchObject({ was, paused: false, granted: { depth: 'all', grouping: 10, rateMs: 10 } })
  expect(ack).not.toMatchObject({ sub: was })
  expect(client.of('snapshot').at(-1)).toMatchObject({ bids: [100, 5, 90, 7], asks: [110, 10] })
  script.delta([100, 1], [])
  gateway.clock.advance(50)
  expect(client.of('update').every(({ sub }) => sub !== was)).toBe(true)
  expect([client.breaches, client.differences(), gateway.metrics.value('depthcast_views')]).toEqual([[], [], 1])
})

test('a paused view hears nothing but status, and wakes with a whole image', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  const [result] = client.subscribe('book', [BTC], { rateMs: 10 })
  const sub = result !== undefined && 'sub' in result ? result.sub : 0
  expect(client.modify(sub, { paused: true })).toMatchObject({ sub, was: sub, paused: true })
  const before = client.messages.length
  script.delta([100, 1], [])
  script.gap('book')
  script.snapshot([50, 1], [51, 1])
  script.status('quiet', 'nothing moves')
  gateway.clock.advance(100)
  expect(client.messages.slice(before).map(({ type }) => type)).toEqual(['status'])
  client.modify(sub, { paused: false })
  expect(client.of('snapshot').at(-1)).toMatchObject({ bids: [50, 1], asks: [51, 1] })
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('a gap is told at once, nothing follows before the fresh snapshot, and the snapshot closes it', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  const late = gateway.connect()
  client.subscribe('book', [BTC], { rateMs: 1000 })
  script.delta([100, 1], [])
  script.gap('book', 'checksum')
  expect(client.messages.at(-1)).toMatchObject({ type: 'gap', reason: 'checksum', next: 'snapshot', from: 1 })
  script.delta([100, 2], [])
  gateway.clock.advance(3000)
  late.subscribe('book', [BTC], { rateMs: 1000 })
  expect([client.of('update'), late.of('snapshot')]).toEqual([[], []])
  script.snapshot([200, 1], [201, 1])
  gateway.clock.advance(1001)
  for (const one of [client, late])
    expect(one.of('snapshot').at(-1)).toMatchObject({ bids: [200, 1], asks: [201, 1], epoch: 2 })
  expect([client.breaches, late.breaches]).toEqual([[], []])
})

test('a delta lost between the feed and the hub is a gap too', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  client.subscribe('book', [BTC], { rateMs: 10 })
  script.skip(3)
  script.delta([100, 1], [])
  expect(client.of('gap')).toMatchObject([{ reason: 'sequence', next: 'snapshot' }])
  gateway.clock.advance(50)
  expect(client.of('update')).toEqual([])
})

test('status goes once to each session that has a view of the instrument, and to nobody else', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  const script = gateway.begun()
  gateway.begun(1)
  const [both, none] = [gateway.connect(), gateway.connect()]
  both.subscribe('book', [BTC])
  both.subscribe('trades', [BTC])
  both.subscribe('status', [BTC])
  none.subscribe('book', ['test:ETH-USD'])
  const heard = [both, none].map((client) => client.of('status').length)
  script.status('stale', 'silent for 12 s')
  expect(both.of('status').slice(heard[0])).toMatchObject([{ symbol: BTC, state: 'stale', reason: 'silent for 12 s' }])
  expect(none.of('status').slice(heard[1])).toEqual([])
})

test('what stands behind the book is told when it changes, though the state does not', () => {
  const gateway = new FakeGateway()
  const script = gateway.feed.script(0)
  script.status('live')
  const client = gateway.connect()
  client.subscribe('book', [BTC])
  script.snapshot([100, 5], [101, 4])
  script.delta([100, 6], [])
  expect(client.of('status').map(({ state, verified }) => `${state} ${verified}`)).toEqual([
    'live none',
    'live sequence',
  ])
})

test('an instrument whose grid changes is shown no further: its ticks would be read as other prices', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  const [script, other] = [gateway.begun(), gateway.begun(1)]
  const client = gateway.connect()
  const [btc] = client.subscribe('book', [BTC, 'test:ETH-USD'], { rateMs: 'raw' })
  gateway.hub.instrument(instrument('BTC', '0.1'))
  script.snapshot([10, 5], [11, 4])
  script.delta([10, 6], [])
  other.delta([100, 9], [])
  expect(client.of('status').at(-1)).toMatchObject({
    symbol: BTC,
    state: 'degraded',
    reason: expect.stringContaining('0.1'),
  })
  expect(client.of('gap')).toMatchObject([{ sub: (btc as { sub: number }).sub, next: 'snapshot' }])
  expect(client.of('snapshot')).toHaveLength(2)
  expect(client.of('update')).toHaveLength(1)
})

test('only the first unknown symbols of a request are told what they may have meant', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const results = gateway.connect().subscribe(
    'book',
    Array.from({ length: 10 }, (_, n) => `test:BTC-US${n}`),
  )
  const hinted = results.filter((result) => 'error' in result && result.error.message.includes(BTC))
  expect(hinted).toEqual(results.slice(0, 3))
})

test('raw sends each event by itself; trades come in order and none twice', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  client.subscribe('trades', [BTC], { rateMs: 'raw' })
  for (let n = 1; n <= 5; n++) script.trade(100 + n, n)
  const ids = client.of('trades').flatMap(({ trades }) => trades.map(([id]) => id))
  expect(ids).toEqual(['1', '2', '3', '4', '5'])
  expect(client.of('trades')).toHaveLength(6)
})

test('every session hears a heartbeat once an interval, counted from one', () => {
  const gateway = new FakeGateway()
  gateway.sessions.start()
  const clients = Array.from({ length: 50 }, () => gateway.connect())
  gateway.clock.advance(6000)
  for (const client of clients) expect(client.of('heartbeat').map(({ n }) => n)).toEqual([1, 2, 3])
})

test('a heartbeat tells of instruments that were listed since the one before', () => {
  const gateway = new FakeGateway()
  gateway.sessions.start()
  const client = gateway.connect()
  gateway.clock.advance(2000)
  gateway.hub.instrument(instrument('ETH'))
  gateway.clock.advance(4000)
  expect(client.of('heartbeat').map(({ listed }) => listed)).toEqual([1, 2, 2])
})

test.each([
  { name: 'no fields', event: 'subscribe', payload: undefined, code: 400 },
  { name: 'an unknown request', event: 'selfdestruct', payload: {}, code: 400 },
  { name: 'a request that is no string', event: { toString: 1 }, payload: {}, code: 400 },
  { name: 'an unknown channel', event: 'subscribe', payload: { channel: 'bok', symbols: [BTC] }, code: 422 },
  { name: 'a sub it does not hold', event: 'modify', payload: { sub: 77 }, code: 410 },
  { name: 'an unsubscribe of what it does not hold', event: 'unsubscribe', payload: { sub: [1, 2] }, code: 410 },
  {
    name: 'too many symbols at once',
    event: 'subscribe',
    payload: { channel: 'book', symbols: Array.from({ length: 21 }, (_, n) => `test:A${n}-USD`) },
    code: 405,
  },
])('a request with $name is refused with $code, in the ack', ({ event, payload, code }) => {
  const gateway = new FakeGateway()
  gateway.begun()
  const client = gateway.connect()
  client.guest.receive(event, payload, undefined)
  expect(client.of('error')).toMatchObject([{ code }])
  let ack: unknown
  client.guest.receive(event, payload, (answer) => {
    ack = answer
  })
  expect(ack).toMatchObject({ error: { code } })
})

test('limits refuse with their code, and what was there before is untouched', async () => {
  const gateway = new FakeGateway(['BTC', 'ETH'], {
    subscriptions: 2,
    connections: 2,
    maxDepth: 10,
    minRateMs: 50,
    messagesPerSecond: 5,
  })
  gateway.begun()
  gateway.begun(1)
  const client = gateway.connect()
  const [first] = client.subscribe('book', [BTC], { depth: 'all', rateMs: 'raw' })
  expect(first).toMatchObject({
    granted: { depth: 10, rateMs: 50 },
    why: expect.stringMatching(/depth all.*10.*raw.*50 ms/),
  })
  client.subscribe('trades', [BTC])
  expect(client.subscribe('ticker', [BTC])).toMatchObject([{ error: { code: 405 } }])
  expect(client.request('list', {})).toMatchObject({ subs: [{ channel: 'book' }, { channel: 'trades' }] })
  expect(client.request<PingAck>('ping', { t: 1 })).toMatchObject({ t: 1 })
  expect(client.request('ping', { t: 2 })).toMatchObject({ error: { code: 429, retryAfterMs: 200 } })
  gateway.clock.advance(200)
  expect(client.request<PingAck>('ping', { t: 3 })).toMatchObject({ t: 3 })
  gateway.connect()
  expect(
    await gateway.sessions.admit({
      auth: {},
      address: '',
      origin: undefined,
      host: undefined,
      authorization: undefined,
    }),
  ).toMatchObject({ admitted: false, code: 406 })
  client.guest.gone('test')
  expect(
    await gateway.sessions.admit({
      auth: {},
      address: '',
      origin: undefined,
      host: undefined,
      authorization: undefined,
    }),
  ).toMatchObject({ admitted: true })
})

test.each([
  { name: 'another version', auth: { protocol: 99 }, code: 426 },
  { name: 'a field that is none', auth: { pasword: 'x' }, code: 400 },
  { name: 'no map', auth: 7, code: 400 },
])('a handshake with $name is refused with $code', async ({ auth, code }) => {
  expect(
    await new FakeGateway().sessions.admit({
      auth,
      address: '',
      origin: undefined,
      host: undefined,
      authorization: undefined,
    }),
  ).toMatchObject({ admitted: false, code })
})

test('a client who goes on making mistakes is cut, and the others notice nothing', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const [bad, good] = [gateway.connect(), gateway.connect()]
  good.subscribe('book', [BTC], { rateMs: 10 })
  bad.subscribe('book', [BTC], { rateMs: 10 })
  for (let n = 0; n < 100; n++) bad.guest.receive('nonsense', n, undefined)
  expect(bad.door.closed).toEqual({ code: 4000, reason: 'bad-request' })
  expect(bad.of('error').length).toBeLessThan(60)
  script.delta([100, 1], [])
  gateway.clock.advance(11)
  expect([good.of('update').length, good.breaches, gateway.metrics.value('depthcast_sessions')]).toEqual([1, [], 1])
})

test('before any instrument is known, a subscriber is told to come back', () => {
  const gateway = new FakeGateway([])
  const ack = gateway.connect().request<SubscribeAck>('subscribe', { channel: 'book', symbols: [BTC] })
  expect(ack).toMatchObject({ results: [{ error: { code: 503, slug: 'not-ready', retryAfterMs: 1000 } }] })
})

test('a session that leaves takes its views with it', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  client.subscribe('book', [BTC], { rateMs: 10 })
  client.subscribe('trades', [BTC], { rateMs: 10 })
  script.delta([100, 1], [])
  client.guest.gone('transport close')
  gateway.clock.advance(100)
  const { metrics } = gateway
  expect(
    ['depthcast_sessions', 'depthcast_views', 'depthcast_subscriptions'].map((name) =>
      metrics.value(name as 'depthcast_views'),
    ),
  ).toEqual([0, 0, 0])
  expect(client.of('update')).toEqual([])
})

test('two encodings of one view are two encodes, and the text one carries decimal strings', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const [binary, text] = [gateway.connect(), gateway.connect(fakeEncoding('text', true))]
  for (const client of [binary, text]) client.subscribe('book', [BTC], { rateMs: 10, checksum: false })
  script.delta([100, 1], [])
  gateway.clock.advance(11)
  expect(binary.of('update')[0]).toMatchObject({ bids: [100, 1] })
  expect(text.messages.at(-1)).toMatchObject({ bids: [['1.00', '0.001']] })
  expect(gateway.metrics.value('depthcast_view_encodes_total', 'text', 'update')).toBe(1)
})
