import { expect, test } from 'vitest'
import { CHECK_MS, RUNGS_MS, STALL_MS } from '../../src/flow/slowness.ts'
import type { FakeClient } from '../fakes/client.ts'
import { FakeGateway } from '../fakes/gateway.ts'

const BTC = 'test:BTC-USD'
const ETH = 'test:ETH-USD'

test('a client who is slow is moved down rung by rung, told, and cut; its chain never breaks', () => {
  const { gateway, client, live } = market()
  client.subscribe('book', [BTC], { rateMs: 10 })
  client.subscribe('trades', [BTC], { rateMs: 10 })
  client.subscribe('ticker', [BTC], { rateMs: 2000 })
  const slow = trickle(client)
  for (let s = 0; s < 200 && client.door.closed === undefined; s++) live(1000, slow)
  const moves = client.of('config')
  expect(moves.map(({ granted }) => granted.rateMs)).toEqual([250, 1000, 5000, 5000])
  expect(moves.every(({ why }) => why.includes('cannot take'))).toBe(true)
  // Only what comes less often at a lower rate: trades are never merged.
  expect(new Set(moves.map(({ granted }) => granted.mode))).toEqual(new Set(['merge']))
  expect(client.of('error')).toMatchObject([{ code: 407, message: expect.stringContaining('ends in 30000 ms') }])
  expect(client.door.closed).toEqual({ code: 4107, reason: 'slow-client' })
  expect(client.breaches).toEqual([])
  expect(gateway.metrics.value('depthcast_sessions')).toBe(0)
  expect(gateway.clock.pending).toBeLessThanOrEqual(1)
})

test('one who keeps up again gets back what it asked for, rung by rung, and is looked at no more', () => {
  const { gateway, client, live, rung } = market()
  client.subscribe('book', [BTC], { rateMs: 10, maxAgeMs: 60_000 })
  const slow = trickle(client)
  while (rung() !== 5000) live(1000, slow)
  // What it asks for meanwhile comes no faster either, and it is told why.
  const [late] = client.subscribe('book', [ETH], { rateMs: 10 })
  expect(late).toMatchObject({ granted: { rateMs: 5000 }, why: expect.stringContaining('5000 ms at present') })
  wake(client)
  live(60_000)
  expect(client.of('config').map(({ granted }) => granted.rateMs)).toEqual([
    250, 1000, 5000, 1000, 1000, 250, 250, 10, 10,
  ])
  expect(client.of('config').at(-1)?.why).toMatch(/keeps up again/)
  expect(client.request('list', {})).toMatchObject({
    subs: [
      { symbol: BTC, granted: { rateMs: 10, maxAgeMs: 60_000 } },
      { symbol: ETH, granted: { rateMs: 10 } },
    ],
  })
  expect(gateway.sessions.describe()[0]).not.toHaveProperty('slowedToMs')
  expect([client.breaches, client.differences()]).toEqual([[], []])
  gateway.clock.advance(10_000)
  expect(gateway.clock.pending).toBe(0)
})

test('one who is slow again soon after waits twice as long for the next try', () => {
  const { gateway, client, live, rung } = market()
  client.subscribe('book', [BTC], { rateMs: 10 })
  const raisedAfter: number[] = []
  for (let round = 0; round < 3; round++) {
    const slow = trickle(client)
    while (rung() === undefined) live(1000, slow)
    const from = gateway.clock.now()
    wake(client)
    while (rung() !== undefined) live(1000)
    raisedAfter.push((gateway.clock.now() - from) / 1e6)
  }
  // Looked at every five seconds, the first time with some of the slow time in it.
  for (const [round, seconds] of raisedAfter.entries()) {
    expect(seconds).toBeGreaterThanOrEqual(10 * 2 ** round)
    expect(seconds).toBeLessThanOrEqual(10 * 2 ** round + 10)
  }
})

test('one who takes nothing at all is told once, costs what it cost at first, is moved nowhere, and is cut after 90 s', () => {
  const { gateway, client, live } = market()
  gateway.sessions.start()
  client.subscribe('book', [BTC, ETH], { rateMs: 10 })
  client.door.stalled = true
  live(10_000)
  const at10 = client.door.buffered()
  live(50_000)
  expect(client.door.buffered()).toBe(at10)
  expect(gateway.sessions.describe()).toMatchObject([{ waitsFor: 'client', subscriptions: [{ place: 'behind' }, {}] }])
  live(STALL_MS - 60_000 + 2 * CHECK_MS)
  expect(client.door.closed).toEqual({ code: 4107, reason: 'slow-client' })
  wake(client)
  expect(client.of('error')).toMatchObject([{ code: 407, retryAfterMs: STALL_MS - CHECK_MS }])
  expect(client.of('config')).toEqual([])
})

test('one who wakes before that gets the newest at once, and is not slow', () => {
  const { gateway, client, live } = market()
  client.subscribe('book', [BTC], { rateMs: 10 })
  client.door.stalled = true
  live(80_000)
  const before = client.of('snapshot').length + client.of('update').length
  wake(client)
  expect(client.of('snapshot').length + client.of('update').length).toBeLessThan(before + 6)
  live(20_000)
  expect([client.breaches, client.differences(), client.of('config'), client.door.closed]).toEqual([
    [],
    [],
    [],
    undefined,
  ])
  gateway.clock.advance(10_000)
  expect(gateway.clock.pending).toBe(0)
})

test('a view whose slower one the client holds already stays as it is', () => {
  const { client, live } = market()
  client.subscribe('book', [BTC], { rateMs: RUNGS_MS[0] ?? 0 })
  client.subscribe('book', [BTC], { rateMs: 10 })
  const slow = trickle(client)
  for (let s = 0; s < 15; s++) live(1000, slow)
  expect(client.of('config')).toEqual([])
  expect(client.request('list', {})).toMatchObject({
    subs: [{ granted: { rateMs: 250 } }, { granted: { rateMs: 10 } }],
  })
})

test('what is changed while a client is slow is what it gets when it is not', () => {
  const { client, live, rung } = market()
  client.subscribe('book', [BTC], { rateMs: 10, depth: 1 })
  const slow = trickle(client)
  while (rung() === undefined) live(1000, slow)
  client.door.flush()
  const sub = client.of('config')[0]?.sub ?? 0
  expect(client.modify(sub, { depth: 5 })).toMatchObject({
    granted: { depth: 5, rateMs: 250 },
    why: expect.any(String),
  })
  wake(client)
  live(30_000)
  expect(client.request('list', {})).toMatchObject({ subs: [{ granted: { depth: 5, rateMs: 10 } }] })
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('a heartbeat goes to nobody who has not taken the last one, and none is skipped in the count', () => {
  const gateway = new FakeGateway()
  gateway.sessions.start()
  const [awake, asleep] = [gateway.connect(), gateway.connect()]
  asleep.door.stalled = true
  gateway.clock.advance(60_000)
  expect(awake.of('heartbeat')).toHaveLength(30)
  wake(asleep)
  gateway.clock.advance(4000)
  expect(asleep.of('heartbeat').map(({ n }) => n)).toEqual([1, 2, 3])
})

/** Two books that never rest. `live` lets the market move for so long, and does something every ten milliseconds. */
function market() {
  const gateway = new FakeGateway(['BTC', 'ETH'])
  const scripts = [gateway.begun(0), gateway.begun(1)]
  const client = gateway.connect()
  let n = 0
  const live = (ms: number, also = () => {}): void => {
    for (let passed = 0; passed < ms; passed += 10) {
      n++
      for (const script of scripts) script.delta([100, 1 + (n % 997)], [])
      if (n % 50 === 0) scripts[0]?.trade(100, 1)
      if (n % 200 === 0) scripts[0]?.ticker(n)
      gateway.clock.advance(10)
      also()
    }
  }
  let asked = 0
  const rung = () => {
    if (++asked > 500) throw new Error(`still ${JSON.stringify(gateway.sessions.describe())}`)
    if (client.door.closed !== undefined) throw new Error(`closed: ${client.of('error').at(-1)?.message}`)
    return gateway.sessions.describe()[0]?.slowedToMs
  }
  return { gateway, client, live, rung }
}

/** Lets a message through now and then: never enough. */
function trickle(client: FakeClient): () => void {
  client.door.stalled = true
  let n = 0
  return () => {
    if (++n % 300 === 0) client.door.flush(1)
  }
}

function wake(client: FakeClient): void {
  client.door.stalled = false
  client.door.flush()
}
