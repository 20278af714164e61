import { expect, test } from 'vitest'
import { ANYONE } from '../src/auth/gatekeeper.ts'
import type { Identity } from '../src/auth/identity.ts'
import type { Admission, Handshake } from '../src/transport.ts'
import { FakeDoor } from './fakes/door.ts'
import { FakeGateway } from './fakes/gateway.ts'

const BTC = 'test:BTC-USD'
const ETH = 'test:ETH-USD'

const handshake = (address: string): Handshake => ({
  auth: {},
  address,
  origin: undefined,
  host: undefined,
  authorization: undefined,
})

test.each([
  { limit: 'connections', limits: { connections: 2 }, others: '192.0.2.9' },
  { limit: 'connectionsPerAddress', limits: { connectionsPerAddress: 2 }, others: '192.0.2.1' },
])(
  'the $limit at once are refused at the door with the limit and its value, and let in when one has left',
  async ({ limit, limits, others }) => {
    const gateway = new FakeGateway(['BTC'], limits)
    const clients = [gateway.connect(), gateway.connect()]
    const refused = await gateway.sessions.admit(handshake(others))
    expect(refused).toMatchObject({ admitted: false, code: 406, message: expect.stringContaining(`${limit} is 2`) })
    clients[0]?.guest.gone('left')
    expect(await gateway.sessions.admit(handshake(others))).toMatchObject({ admitted: true })
  },
)

test('an address that is full is no other’s trouble', async () => {
  const gateway = new FakeGateway(['BTC'], { connectionsPerAddress: 1 })
  gateway.connect()
  expect(await gateway.sessions.admit(handshake('192.0.2.1'))).toMatchObject({ admitted: false })
  expect(await gateway.sessions.admit(handshake('192.0.2.2'))).toMatchObject({ admitted: true })
})

test('connections with one key are counted together, and the key may have fewer than the server allows', async () => {
  const gateway = new FakeGateway(['BTC'], { connectionsPerKey: 3 })
  const alice = keyed('alice', 2)
  const clients = [0, 1].map(() => gateway.connect(gateway.encoding, { identity: alice }))
  const third = gateway.connect(gateway.encoding, { identity: alice })
  expect(third.of('error')).toMatchObject([{ code: 406, message: expect.stringContaining('connectionsPerKey is 2') }])
  expect([third.door.closed?.code, third.of('welcome'), gateway.sessions.size]).toEqual([4106, [], 2])
  expect(gateway.connect(gateway.encoding, { identity: keyed('bob') }).of('welcome')).toHaveLength(1)
  clients[0]?.guest.gone('left')
  expect(gateway.connect(gateway.encoding, { identity: alice }).of('welcome')).toHaveLength(1)
})

test('those who are let in and never come take no room; of those who come together only as many stay as may', async () => {
  const gateway = new FakeGateway(['BTC'], { connections: 2 })
  const admissions = await Promise.all(Array.from({ length: 50 }, () => gateway.sessions.admit(handshake('192.0.2.1'))))
  expect(admissions.every(({ admitted }) => admitted)).toBe(true)
  expect(gateway.sessions.size).toBe(0)
  const doors = admissions.slice(0, 4).map((admission) => {
    const door = new FakeDoor(gateway.encoding)
    ;(admission as Extract<Admission, { admitted: true }>).enter(door)
    return door
  })
  expect(doors.map(({ closed }) => closed?.code)).toEqual([undefined, undefined, 4106, 4106])
  expect(gateway.sessions.size).toBe(2)
})

test('symbols are counted over all requests of a second', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'], { symbolsPerSecond: 4 })
  gateway.begun(0)
  gateway.begun(1)
  const client = gateway.connect()
  client.subscribe('book', [BTC, ETH])
  client.subscribe('ticker', [BTC])
  const refused = client.request('subscribe', { channel: 'trades', symbols: [BTC, ETH] })
  expect(refused).toMatchObject({
    error: { code: 429, retryAfterMs: 250, message: expect.stringContaining('symbolsPerSecond is 4') },
  })
  gateway.clock.advance(250)
  expect(client.subscribe('trades', [BTC, ETH])).toHaveLength(2)
})

test('a request for more symbols than a second allows is carried out when nothing else was, and paid off after', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'], { symbolsPerSecond: 1 })
  gateway.begun(0)
  const client = gateway.connect()
  expect(client.subscribe('book', [BTC, ETH])).toHaveLength(2)
  gateway.clock.advance(1500)
  expect(client.request('subscribe', { channel: 'ticker', symbols: [BTC] })).toMatchObject({ error: { code: 429 } })
  gateway.clock.advance(500)
  expect(client.subscribe('ticker', [BTC])).toMatchObject([{ symbol: BTC }])
})

test.each([
  { name: 'a channel that is not its own', channel: 'trades' as const, symbol: BTC, message: /trades.*book, ticker/ },
  { name: 'a symbol that is not its own', channel: 'book' as const, symbol: ETH, message: /test:ETH-USD.*\*:BTC-\*/ },
])('a client who asks for $name is told what it may have', ({ channel, symbol, message }) => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  gateway.begun(0)
  const client = gateway.connect(gateway.encoding, {
    identity: entitled({ symbols: ['*:BTC-*'], channels: ['book', 'ticker'] }),
  })
  const [refused, good] = [client.subscribe(channel, [symbol])[0], client.subscribe('book', [BTC])[0]]
  expect(refused).toMatchObject({ error: { code: 403, slug: 'forbidden', message: expect.stringMatching(message) } })
  expect(good).toMatchObject({ symbol: BTC, sub: 1 })
})

test('one who may not see a symbol is not told whether it is there', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  const client = gateway.connect(gateway.encoding, { identity: entitled({ symbols: ['*:BTC-*'] }) })
  expect(client.subscribe('book', [ETH, 'test:NONE-USD'])).toMatchObject([
    { error: { code: 403 } },
    { error: { code: 403 } },
  ])
})

test('what a key may have bounds depth and rate as the server’s limits do, the tighter of the two', () => {
  const gateway = new FakeGateway(['BTC'], { maxDepth: 50, minRateMs: 20 })
  gateway.begun()
  const client = gateway.connect(gateway.encoding, { identity: entitled({ maxDepth: 10, minRateMs: 0 }) })
  expect(client.subscribe('book', [BTC], { depth: 100, rateMs: 'raw' })).toMatchObject([
    {
      granted: { depth: 10, rateMs: 20 },
      why: expect.stringMatching(
        /your key may have: at most 10 levels.*this server gives: at most one update every 20 ms/,
      ),
    },
  ])
  const [sub = 0] = client.held.keys()
  expect(client.modify(sub, { depth: 'all' })).toMatchObject({ granted: { depth: 10 } })
})

test('trades come one by one whatever was asked for, and merge is told why not', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const client = gateway.connect()
  const [plain, merge] = [client.subscribe('trades', [BTC])[0], client.subscribe('trades', [BTC], { mode: 'merge' })[0]]
  expect(plain).toMatchObject({ granted: { mode: 'unfiltered' } })
  expect(plain).not.toHaveProperty('why')
  expect(merge).toMatchObject({ sub: 1, granted: { mode: 'unfiltered' }, why: 'trades are never merged: each is sent' })
  expect(client.subscribe('book', [BTC], { mode: 'unfiltered' })).toMatchObject([
    { sub: 2, granted: { mode: 'unfiltered' } },
  ])
  expect(client.subscribe('book', [BTC])).toMatchObject([{ sub: 3, granted: { mode: 'merge' } }])
})

test('aliases subscribe as requests do, and a bad one fails alone', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const client = gateway.connect()
  expect(client.request('subscribe', ['book.test:BTC-USD.5.10.250ms', 'bok.x', 'trades.test:BTC-USD'])).toMatchObject({
    results: [
      { sub: 1, granted: { depth: 5, grouping: 10, rateMs: 250 } },
      { symbol: 'bok.x', error: { code: 422 } },
      { sub: 2 },
    ],
  })
})

test('mistakes are counted across heartbeats: whoever makes five a second is cut', () => {
  const gateway = new FakeGateway()
  gateway.sessions.start()
  const client = gateway.connect()
  for (let beat = 0; beat < 10 && client.door.closed === undefined; beat++) {
    for (let n = 0; n < 10; n++) client.guest.receive('nonsense', n, undefined)
    gateway.clock.advance(2000)
  }
  expect(client.door.closed).toEqual({ code: 4000, reason: 'bad-request' })
})

test('a session ends when its token does', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const expiresAt = gateway.clock.now() + 3600 * 1e6
  const client = gateway.connect(gateway.encoding, { identity: { ...ANYONE, name: 'alice', expiresAt } })
  client.subscribe('book', [BTC])
  gateway.clock.advance(3599_000)
  expect(client.door.closed).toBeUndefined()
  gateway.clock.advance(1000)
  expect(client.of('error')).toMatchObject([
    { code: 401, slug: 'unauthorized', message: expect.stringContaining('expired') },
  ])
  expect([client.door.closed?.code, gateway.sessions.size, gateway.clock.pending]).toEqual([4001, 0, 0])
})

test('a token good for longer than a timer can wait ends nothing early', () => {
  const gateway = new FakeGateway()
  const days = 40 * 86_400
  const client = gateway.connect(gateway.encoding, {
    identity: { ...ANYONE, expiresAt: gateway.clock.now() + days * 1e6 },
  })
  gateway.clock.advance((days - 1) * 1000)
  expect(client.door.closed).toBeUndefined()
  gateway.clock.advance(1000)
  expect(client.door.closed?.code).toBe(4001)
})

test('a session ends with the first heartbeat after its key was taken away', () => {
  const gateway = new FakeGateway()
  gateway.sessions.start()
  let isValid = true
  const client = gateway.connect(gateway.encoding, { identity: { ...ANYONE, isValid: () => isValid } })
  gateway.clock.advance(10_000)
  isValid = false
  gateway.clock.advance(2000)
  expect(client.door.closed?.code).toBe(4001)
})

test('a session is described with who it is, what it holds and how it stands, and nothing secret', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const client = gateway.connect(gateway.encoding, { identity: keyed('alice'), client: 'bot/1.0' })
  client.subscribe('book', [BTC], { depth: 5, rateMs: 50, maxAgeMs: 500 })
  const [report] = gateway.sessions.describe()
  expect(report).toMatchObject({
    identity: 'alice',
    client: 'bot/1.0',
    address: '192.0.2.1',
    door: 'fake',
    since: gateway.clock.now(),
    bufferedBytes: 0,
    lagMs: 0,
    subscriptions: [{ sub: 1, channel: 'book', symbol: BTC, granted: { depth: 5, maxAgeMs: 500 }, place: 'in-step' }],
  })
  expect(JSON.stringify(report)).not.toContain('key of alice')
})

function keyed(name: string, connections?: number): Identity {
  const { entitlements } = ANYONE
  return {
    name,
    key: `key of ${name}`,
    entitlements: connections === undefined ? entitlements : { ...entitlements, connections },
  }
}

function entitled(entitlements: Partial<Identity['entitlements']>): Identity {
  return { ...ANYONE, name: 'alice', entitlements: { ...ANYONE.entitlements, ...entitlements } }
}

test('whoever comes while the gateway goes away is told when to come back', async () => {
  const gateway = new FakeGateway(['BTC'])
  gateway.sessions.shutdown()
  expect(await gateway.sessions.admit(handshake('192.0.2.1'))).toMatchObject({ code: 503, retryAfterMs: 2000 })
})

test.each([
  { name: 'the same half of an IPv6 address', one: '2001:db8:1:2::1', other: '2001:db8:1:2:ffff:ffff:ffff:ffff' },
  { name: 'the same, written otherwise', one: '2001:db8::1', other: '2001:0db8:0:0:1::' },
  { name: 'an IPv4 address, and the same within IPv6', one: '192.0.2.7', other: '::ffff:192.0.2.7' },
])('$name is one client’s', async ({ one, other }) => {
  const gateway = new FakeGateway(['BTC'], { connectionsPerAddress: 1 })
  await comes(gateway, one)
  expect(await gateway.sessions.admit(handshake(other))).toMatchObject({ admitted: false, code: 406 })
})

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:3::1'],
  ['::ffff:192.0.2.7', '::ffff:192.0.2.8'],
  ['::1', '192.0.2.1'],
  ['fe80::1%eth0', 'fe81::1%eth0'],
])('%s and %s are two clients', async (one, other) => {
  const gateway = new FakeGateway(['BTC'], { connectionsPerAddress: 1 })
  await comes(gateway, one)
  expect(await gateway.sessions.admit(handshake(other))).toMatchObject({ admitted: true })
})

async function comes({ sessions, encoding }: FakeGateway, address: string): Promise<void> {
  const admission = await sessions.admit(handshake(address))
  const door = new FakeDoor(encoding)
  door.address = address
  ;(admission as Extract<Admission, { admitted: true }>).enter(door)
}
