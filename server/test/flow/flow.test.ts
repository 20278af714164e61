import { expect, test } from 'vitest'
import type { ClientOptions, FakeClient } from '../fakes/client.ts'
import { fakeEncoding } from '../fakes/door.ts'
import { FakeGateway } from '../fakes/gateway.ts'

const BTC = 'test:BTC-USD'
const WINDOW = 4096

test.each([
  { name: 'acks', options: { acks: true } },
  { name: 'has a door that echoes', options: { hasEcho: true } },
])('to one who $name no more than the window is on its way, and what arrives brings the rest', ({ options }) => {
  const { script, client, session } = reader(options)
  // The line takes everything at once, so it is only the window that holds.
  client.door.stalled = true
  client.door.buffered = () => 0
  for (let n = 0; n < 200; n++) script.delta([100, n + 1], [])
  expect(session().unconfirmedBytes).toBeGreaterThanOrEqual(WINDOW)
  expect(session().unconfirmedBytes).toBeLessThan(WINDOW + 600)
  expect(session()).toMatchObject({ waitsFor: 'client', subscriptions: [{ place: 'behind' }] })
  wake(client)
  expect([client.breaches, client.differences()]).toEqual([[], []])
  expect(client.of('update').length).toBeLessThan(50)
  expect(session()).toMatchObject({ lagMs: 0, subscriptions: [{ place: 'in-step' }] })
})

test('one ack of all that was sent brings all that waited, without another word', () => {
  const { script, client, session } = reader({})
  client.ack()
  for (let n = 0; n < 200; n++) script.delta([100, n + 1], [])
  expect(session()).toMatchObject({ waitsFor: 'client', subscriptions: [{ place: 'behind' }] })
  client.ack()
  expect(session()).toMatchObject({ subscriptions: [{ place: 'in-step' }] })
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('what a window could not hold comes with the ack, though the market rests', () => {
  const bases = Array.from({ length: 20 }, (_, n) => `A${n}`)
  const gateway = new FakeGateway(bases, { windowBytes: 1500 })
  for (const index of bases.keys()) gateway.begun(index)
  const client = gateway.connect()
  client.ack()
  client.subscribe(
    'book',
    bases.map((base) => `test:${base}-USD`),
  )
  const counts: number[] = []
  while (client.of('snapshot').length < bases.length && counts.length < bases.length) {
    counts.push(client.of('snapshot').length)
    client.ack()
  }
  expect(counts.length).toBeGreaterThan(1)
  expect([client.of('error'), client.breaches, client.differences()]).toEqual([[], [], []])
})

test('to one who never says what arrived everything goes that the socket takes', () => {
  const { script, client, session } = reader({})
  client.door.stalled = true
  client.door.buffered = () => 0
  for (let n = 0; n < 200; n++) script.delta([100, n + 1], [])
  expect(session()).toMatchObject({ unconfirmedBytes: 0 })
  expect(session().sentBytes).toBeGreaterThan(4 * WINDOW)
})

test('an ack that cannot be is told, changes nothing, and is not answered; whoever goes on is cut', () => {
  const { client, session } = reader({})
  const before = session()
  client.guest.receive('ack', { n: 1000 }, () => client.breaches.push('an ack was answered'))
  expect(client.of('error')).toMatchObject([{ code: 400, re: 'ack', message: expect.stringContaining('only') }])
  expect(session()).toEqual(before)
  for (let n = 0; n < 100; n++) client.ack(1000 + n)
  expect([client.door.closed?.code, client.breaches]).toEqual([4000, []])
})

test.each([{}, { n: -1 }, { n: '1' }, { n: 1.5 }, 7, null])('an ack of %j is refused', (payload) => {
  const { client } = reader({})
  client.guest.receive('ack', payload, undefined)
  expect(client.of('error')).toHaveLength(1)
})

test('acks cost nothing of the messages a client may send', () => {
  const gateway = new FakeGateway(['BTC'], { messagesPerSecond: 2 })
  const script = gateway.begun()
  const client = gateway.connect(gateway.encoding, {}, { acks: true })
  client.subscribe('book', [BTC], { rateMs: 'raw' })
  for (let n = 0; n < 100; n++) script.delta([100, n + 1], [])
  expect(client.request('ping', { t: 1 })).toMatchObject({ t: 1 })
  expect(client.request('ping', { t: 2 })).toMatchObject({
    error: { code: 429, message: expect.stringContaining('messagesPerSecond is 2') },
  })
  expect(client.of('error')).toEqual([])
})

test('while something waits that could not be sent, nothing that is new goes before it', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  const [btc, eth] = [gateway.begun(0), gateway.begun(1)]
  const client = gateway.connect()
  client.subscribe('book', [BTC, 'test:ETH-USD'], { rateMs: 'raw' })
  const [first] = client.held.keys()
  client.door.stalled = true
  for (let n = 0; n < 100; n++) btc.delta([100, n + 1], [])
  // There is room again, and nobody has told the session of it.
  client.door.buffered = () => 0
  const before = client.messages.length
  eth.delta([100, 9], [])
  wake(client)
  const views = client.messages.slice(before).filter((message) => 'sub' in message)
  const owed = views.findIndex((message) => message.type === 'snapshot' && 'sub' in message && message.sub === first)
  const fresh = views.findIndex((message) => 'sub' in message && message.sub !== first)
  expect(owed).toBeGreaterThanOrEqual(0)
  expect(fresh).toBeGreaterThan(owed)
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('a capped client gets its bytes a second, fairly over its views, and what did not fit is merged', () => {
  const bases = ['A', 'B', 'C', 'D']
  const gateway = new FakeGateway(bases, { bytesPerSecond: 2000 })
  const scripts = bases.map((_, index) => gateway.begun(index))
  const client = gateway.connect()
  const timers = gateway.clock.pending
  client.subscribe(
    'ticker',
    bases.map((base) => `test:${base}-USD`),
    { rateMs: 10 },
  )
  let last = 0
  for (let tick = 0; tick < 2000; tick++) {
    for (const script of scripts) script.ticker(++last)
    gateway.clock.advance(10)
  }
  // Twenty seconds, and the half second that an idle client has saved up.
  const sent = gateway.sessions.describe()[0]?.sentBytes ?? 0
  expect(sent).toBeGreaterThan(2000 * 20)
  expect(sent).toBeLessThan(2000 * 20.5 + 300)
  const counts = [...client.held.keys()].map((sub) => client.of('ticker').filter((ticker) => ticker.sub === sub).length)
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2)
  expect(client.of('ticker').length).toBeLessThan((4 * 2000) / 4)
  // One for the market's next tick and one for the bandwidth.
  expect(gateway.clock.pending - timers).toBeLessThanOrEqual(3)
  // Whom the server itself holds back is not slow.
  expect(client.of('config')).toEqual([])
  gateway.clock.advance(3000)
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('clients in step are written one and the same buffer', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  const scripts = [gateway.begun(0), gateway.begun(1)]
  const [one, two, other] = [gateway.connect(), gateway.connect(), gateway.connect(fakeEncoding('other'))]
  for (const client of [one, two, other]) client.subscribe('book', [BTC, 'test:ETH-USD'], { rateMs: 50 })
  for (const script of scripts) script.delta([100, 9], [])
  const { writes } = one.door
  gateway.clock.advance(51)
  expect([one.of('update').length, one.door.writes - writes]).toEqual([2, 1])
  expect(two.door.last).toBe(one.door.last)
  expect(other.door.last).not.toBe(one.door.last)
  scripts[0]?.delta([100, 8], [])
  gateway.clock.advance(51)
  expect(two.door.last).toBe(one.door.last)
})

function reader(options: ClientOptions) {
  const gateway = new FakeGateway(['BTC'], { windowBytes: WINDOW })
  const script = gateway.begun()
  const client = gateway.connect(gateway.encoding, {}, options)
  client.subscribe('book', [BTC], { rateMs: 'raw' })
  const session = () => {
    const [report] = gateway.sessions.describe()
    if (report === undefined) throw new Error('there is no session')
    return report
  }
  return { gateway, script, client, session }
}

function wake(client: FakeClient): void {
  client.door.stalled = false
  client.door.flush()
}
