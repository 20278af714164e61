import { expect, test } from 'vitest'
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
