import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClientOptions, FakeClient } from '../fakes/client.ts'
import { FakeGateway } from '../fakes/gateway.ts'

const BTC = 'test:BTC-USD'

test('what waited longer than maxAgeMs is told to be too old at once, and comes whole when there is room', () => {
  const { gateway, script, client } = stalled({ rateMs: 10, maxAgeMs: 500 })
  fill(script)
  gateway.clock.advance(300)
  expect(waiting(client)).not.toContain('gap')
  for (let n = 0; n < 10; n++) {
    script.delta([100, 50 + n], [])
    gateway.clock.advance(100)
  }
  expect(waiting(client).filter((type) => type === 'gap')).toHaveLength(1)
  client.door.stalled = false
  client.door.flush()
  const types = client.messages.map(({ type }) => type)
  expect(types.slice(types.indexOf('gap'))).toEqual(['gap', 'snapshot'])
  expect(client.of('gap')).toMatchObject([{ reason: 'too-old', next: 'snapshot' }])
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('what is brought up to date in time is not told', () => {
  const { gateway, script, client } = stalled({ rateMs: 10, maxAgeMs: 500 })
  for (let n = 0; n < 100; n++) {
    fill(script)
    gateway.clock.advance(400)
    client.door.flush()
  }
  client.door.stalled = false
  client.door.flush()
  gateway.clock.advance(1000)
  expect([client.of('gap'), client.breaches, client.differences()]).toEqual([[], [], []])
})

test('what has left and is not read is told to be too old in time, once, though the market rests', () => {
  const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs: 400 })
  script.delta([100, 50], [])
  gateway.clock.advance(399)
  expect(gaps(client)).toEqual([])
  gateway.clock.advance(1)
  expect(gaps(client)).toEqual(['gap'])
  // Nothing follows that would be old as well: it would only be more to read.
  for (let n = 0; n < 30; n++) {
    script.delta([100, 60 + n], [])
    gateway.clock.advance(100)
  }
  expect(waiting(client).filter((type) => ['snapshot', 'update', 'gap'].includes(type))).toEqual(['update', 'gap'])
  wake(client)
  expect(client.of('gap')).toMatchObject([{ reason: 'too-old', next: 'snapshot' }])
  expect(client.messages.at(-1)).toMatchObject({ type: 'snapshot' })
  expect([client.breaches, client.differences()]).toEqual([[], []])
  script.delta([100, 7], [])
  expect(client.messages.at(-1)).toMatchObject({ type: 'update' })
})

test.each([
  { name: 'reads at once', readsAfter: 0, options: { hasEcho: true } },
  { name: 'is some way off', readsAfter: 250, options: { hasEcho: true } },
  { name: 'is some way off and acks', readsAfter: 250, options: { hasEcho: true, acks: true } },
])('who $name and reads all it is sent is told nothing', ({ readsAfter, options }) => {
  const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs: 400 }, options)
  for (let n = 0; n < 200; n++) {
    script.delta([100, 50 + n], [])
    gateway.clock.advance(readsAfter)
    client.door.flush()
  }
  wake(client)
  expect([client.of('gap'), client.breaches, client.differences()]).toEqual([[], [], []])
})

test('while nothing is sent nobody is asked, and who is sent much is asked a few times in its age', () => {
  const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs: 400 })
  client.door.stalled = false
  let marks = 0
  const write = client.door.write.bind(client.door)
  client.door.write = (frame) => {
    // Behind the two of the window.
    if (/(^|\n)([2-9])\n$/.test(frame.toString())) marks++
    return write(frame)
  }
  gateway.sessions.start()
  gateway.clock.advance(60_000)
  expect([client.of('heartbeat').length > 20, marks]).toEqual([true, 0])
  for (let n = 0; n < 1000; n++) {
    script.delta([100, 1 + (n % 7)], [])
    gateway.clock.advance(2)
  }
  // Every 100 ms of two seconds.
  expect(marks).toBe(21)
})

test('who has read some of it is late with the rest all the same', () => {
  const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs: 400 })
  wake(client)
  client.door.stalled = true
  for (const size of [50, 51]) {
    gateway.clock.advance(100)
    script.delta([100, size], [])
  }
  // The first update, and the mark behind it.
  client.door.flush(2)
  gateway.clock.advance(299)
  expect(gaps(client)).toEqual([])
  gateway.clock.advance(1)
  expect(gaps(client)).toEqual(['gap'])
})

test('who answers the last of several asks has answered them all', () => {
  const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs: 400 })
  wake(client)
  client.door.stalled = true
  client.door.answersLast = true
  for (let n = 0; n < 100; n++) {
    script.delta([100, 50 + n], [])
    gateway.clock.advance(100)
    if (n % 3 === 2) client.door.flush()
  }
  wake(client)
  gateway.clock.advance(1000)
  expect([client.of('gap'), client.breaches, client.differences()]).toEqual([[], [], []])
})

test('a client that is gone leaves nothing behind that waits', () => {
  const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs: 400 })
  // It is to be asked again.
  const before = gateway.clock.pending
  for (const size of [50, 51]) script.delta([100, size], [])
  client.guest.gone('over')
  const { writes } = client.door
  expect(gateway.clock.pending).toBe(before - 1)
  gateway.clock.advance(1000)
  expect(client.door.writes).toBe(writes)
})

test('an age that is named, changed or paused counts from then on', () => {
  const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs: 8000 })
  const [sub = 0] = client.held.keys()
  script.delta([100, 50], [])
  gateway.clock.advance(100)
  // Sent, but not yet asked about: with an age of 8 s that has time.
  script.delta([100, 51], [])
  client.modify(sub, { maxAgeMs: 400 })
  gateway.clock.advance(400)
  expect(gaps(client)).toEqual(['gap'])
  wake(client)
  client.modify(sub, { paused: true })
  client.subscribe('ticker', [BTC], { rateMs: 'raw', maxAgeMs: 8000 })
  gateway.clock.advance(3000)
  client.door.stalled = true
  script.ticker(101)
  // A quarter of its age may pass before a message is asked about, so its answer has three.
  gateway.clock.advance(5999)
  expect(gaps(client)).toEqual([])
  gateway.clock.advance(1)
  expect(gaps(client)).toEqual(['gap'])
  wake(client)
  client.modify(sub, { paused: false })
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('through a door without marks nobody is asked: only what waits here is told', () => {
  const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs: 400 }, {})
  script.delta([100, 50], [])
  gateway.clock.advance(5000)
  expect(gaps(client)).toEqual([])
})

test('whatever is sent, left unread and read again, nothing arrives older than it may be without its having been told by then', () => {
  const step = fc.record({
    does: fc.constantFrom('sends', 'sends', 'sends', 'stalls', 'reads', 'reads some'),
    ms: fc.nat(300),
  })
  const asks = fc.record({ maxAgeMs: fc.constantFrom(40, 100, 400, 1000), acks: fc.boolean(), other: fc.boolean() })
  fc.assert(
    fc.property(asks, fc.array(step, { maxLength: 80 }), ({ maxAgeMs, acks, other }, steps) => {
      const { gateway, script, client } = unread({ rateMs: 'raw', maxAgeMs }, { hasEcho: true, acks })
      const [sub = 0] = client.held.keys()
      if (other) client.subscribe('ticker', [BTC], { rateMs: 'raw', maxAgeMs: 5 * maxAgeMs })
      const sent = sentTo(client, gateway)
      const read: number[] = []
      const reads = (limit?: number) => {
        client.door.flush(limit)
        while (read.length < client.messages.length - sent.before) read.push(gateway.clock.now())
      }
      for (const { does, ms } of steps) {
        if (does === 'sends') script.delta([100, 1 + ms], [])
        if (does === 'stalls') client.door.stalled = true
        if (does === 'reads') client.door.stalled = false
        reads(client.door.stalled ? (does === 'reads some' ? 1 + (ms % 4) : 0) : undefined)
        gateway.clock.advance(ms)
        if (!client.door.stalled) reads()
      }
      client.door.stalled = false
      reads()
      for (const [place, { at, type, of }] of sent.messages.entries()) {
        if (of !== sub || type === 'gap' || (read[place] as number) - at <= maxAgeMs * 1000) continue
        const told = sent.messages.find((each, later) => later > place && each.type === 'gap' && each.of === sub)
        expect([place, told !== undefined && told.at - at <= (maxAgeMs + 1) * 1000]).toEqual([place, true])
      }
      script.delta([100, 999], [])
      reads()
      expect([client.breaches, client.differences()]).toEqual([[], []])
    }),
  )
})

test('each subscription has its own age, and the nearest is watched by one timer', () => {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  const scripts = [gateway.begun(0), gateway.begun(1)]
  const client = gateway.connect()
  client.subscribe('book', [BTC], { rateMs: 'raw', maxAgeMs: 3000 })
  client.subscribe('book', ['test:ETH-USD'], { rateMs: 'raw', maxAgeMs: 1000 })
  const [btc, eth] = [...client.held.keys()]
  client.door.stalled = true
  for (let n = 0; n < 20; n++) for (const script of scripts) script.delta([100, n + 1], [])
  gateway.clock.advance(1001)
  const told = () => gateway.sessions.describe()[0]?.subscriptions.map(({ sub, place }) => [sub, place])
  expect(told()).toEqual([
    [btc, 'behind'],
    [eth, 'empty'],
  ])
  gateway.clock.advance(2000)
  expect(told()).toEqual([
    [btc, 'empty'],
    [eth, 'empty'],
  ])
})

test.each([
  { rateMs: 100, maxAgeMs: 99, error: { code: 422, message: expect.stringContaining('allowed is 100 and up') } },
  { rateMs: 90, maxAgeMs: 95, error: { code: 422, message: expect.stringContaining('100') } },
  { rateMs: 100, maxAgeMs: 100, error: undefined },
  { rateMs: 'raw' as const, maxAgeMs: 1, error: undefined },
])(
  'maxAgeMs $maxAgeMs with rate $rateMs is refused where it is below the rate granted',
  ({ rateMs, maxAgeMs, error }) => {
    const gateway = new FakeGateway()
    gateway.begun()
    const client = gateway.connect()
    const [result] = client.subscribe('book', [BTC], { rateMs, maxAgeMs })
    expect(result).toMatchObject(error === undefined ? { granted: { maxAgeMs } } : { error })
  },
)

test('maxAgeMs can be changed, is kept by other changes, and is listed', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const client = gateway.connect()
  client.subscribe('book', [BTC], { rateMs: 100, maxAgeMs: 1000 })
  const [sub = 0] = client.held.keys()
  expect(client.modify(sub, { rateMs: 2000 })).toMatchObject({ error: { code: 422 } })
  const moved = client.modify(sub, { rateMs: 500 })
  expect(moved).toMatchObject({ granted: { rateMs: 500, maxAgeMs: 1000 } })
  const now = 'sub' in moved ? moved.sub : 0
  expect(client.modify(now, { maxAgeMs: 700 })).toMatchObject({ sub: now, granted: { maxAgeMs: 700 } })
  expect(client.request('list', {})).toMatchObject({ subs: [{ granted: { maxAgeMs: 700 } }] })
})

function stalled(options: { readonly rateMs: number; readonly maxAgeMs: number }) {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  client.subscribe('book', [BTC], options)
  client.door.stalled = true
  return {
    gateway,
    client,
    script: {
      delta: (bids: number[], asks: number[]) => script.delta(bids, asks),
      tick: () => gateway.clock.advance(10),
    },
  }
}

/** The same for one whose kernel takes everything: what is not read is not seen from here. */
function unread(
  options: { readonly rateMs: number | 'raw'; readonly maxAgeMs: number },
  door: ClientOptions = { hasEcho: true },
) {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect(gateway.encoding, {}, door)
  client.door.buffered = () => 0
  client.subscribe('book', [BTC], options)
  client.door.stalled = true
  return { gateway, client, script }
}

/** What leaves for a client from now on, and when. */
function sentTo(client: FakeClient, gateway: FakeGateway) {
  const messages: { readonly at: number; readonly type: string; readonly of: number | undefined }[] = []
  const write = client.door.write.bind(client.door)
  client.door.write = (frame) => {
    for (const line of frame.toString().trimEnd().split('\n')) {
      const said = JSON.parse(line) as { type: string; sub?: number } | number
      if (typeof said === 'object') messages.push({ at: gateway.clock.now(), type: said.type, of: said.sub })
    }
    return write(frame)
  }
  return { messages, before: client.messages.length }
}

function wake(client: FakeClient): void {
  client.door.stalled = false
  client.door.flush()
}

function gaps(client: FakeClient): readonly string[] {
  return waiting(client).filter((type) => type === 'gap')
}

/** More than the line takes. */
function fill(script: { delta(bids: number[], asks: number[]): void; tick(): void }): void {
  for (let n = 0; n < 10; n++) {
    script.delta([100, n + 1], [])
    script.tick()
  }
}

function waiting(client: { readonly door: { pending(): readonly string[] } }): readonly string[] {
  return client.door.pending()
}
