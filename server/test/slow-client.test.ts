import type { BookView, TradesMessage } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { PATIENCE_BYTES } from '../src/flow/line.ts'
import type { FakeClient } from './fakes/client.ts'
import { FakeGateway } from './fakes/gateway.ts'

const BTC = 'test:BTC-USD'

test('a stalled client costs the same after one update and after ten thousand, and wakes to the newest book', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const [stalled, healthy] = [gateway.connect(), gateway.connect()]
  for (const client of [stalled, healthy]) client.subscribe('book', [BTC], { rateMs: 'raw', depth: 'all' })
  stalled.door.stalled = true
  const held: number[] = []
  for (let n = 1; n <= 10_000; n++) {
    script.delta([100, n, 90 - (n % 7), n], [])
    if (n === 100 || n === 10_000) held.push(stalled.door.buffered())
  }
  expect(held[1]).toBe(held[0])
  expect(held[0]).toBeLessThan(2000)
  expect(healthy.of('update')).toHaveLength(10_000)

  wake(stalled)
  const last = stalled.messages.at(-1)
  expect(last).toMatchObject({ type: 'snapshot', seq: 10_001 })
  script.delta([100, 1], [])
  expect([stalled.breaches, stalled.differences(), healthy.breaches]).toEqual([[], [], []])
  expect(viewOf(stalled).seq).toBe(10_002)
  expect(stalled.of('gap')).toEqual([])
})

test('trades missed while stalled are sent when they are still kept, and none twice', () => {
  const { script, client } = tape()
  for (let n = 0; n < 500; n++) script.trade(100, 1)
  wake(client)
  for (let n = 0; n < 3; n++) script.trade(100, 1)
  expect(ids(client)).toEqual(Array.from({ length: 503 }, (_, n) => String(n + 1)))
  expect([client.of('gap'), client.breaches]).toEqual([[], []])
})

test('trades that fell off are a gap with their exact number, right before those that are left', () => {
  const { script, client } = tape()
  for (let n = 0; n < 3456; n++) script.trade(100, 1)
  wake(client)
  const got = ids(client)
  const gap = client.of('gap')
  expect(gap).toMatchObject([{ reason: 'slow-client', next: 'continue' }])
  expect(got.length + (gap[0]?.lost ?? 0)).toBe(3456)
  expect(gap[0]?.lost).toBeGreaterThan(2000)
  expect(client.messages[client.messages.indexOf(gap[0] as never) + 1]?.type).toBe('trades')
  expect(client.breaches).toEqual([])
})

test('what the feed itself lost while a client was stalled is told with what it missed, in the order things happened', () => {
  const { script, client } = tape()
  for (let n = 0; n < 20; n++) script.trade(100, 1)
  script.gap('trades', 'disconnected', 7)
  for (let n = 0; n < 20; n++) script.trade(100, 1)
  wake(client)
  expect(client.of('gap')).toMatchObject([{ reason: 'disconnected', lost: 7, next: 'continue' }])
  expect(ids(client)).toHaveLength(40)
  expect(client.breaches).toEqual([])
})

test('a client who can follow is told of the feed’s loss at once, after the trades that came before it', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  client.subscribe('trades', [BTC], { rateMs: 1000 })
  script.trade(100, 1)
  script.gap('trades', 'overflow', 3)
  expect(client.messages.slice(-2)).toMatchObject([
    { type: 'trades', seq: 1 },
    { type: 'gap', from: 1, lost: 3, next: 'continue' },
  ])
})

test('trades that wait for their tick when the feed loses its thread are sent before the gap', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  script.trade(100, 1)
  const client = gateway.connect()
  client.subscribe('trades', [BTC], { rateMs: 1000 })
  script.trade(100, 1)
  script.trade(100, 2)
  script.gap('trades', 'disconnected')
  expect(client.messages.slice(-2)).toMatchObject([
    { type: 'trades', seq: 3, prev: 1 },
    { type: 'gap', reason: 'disconnected', from: 3, next: 'snapshot' },
  ])
})

test('more trades in one tick than are kept are told as an overflow, not as the client’s slowness', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  script.trade(100, 1)
  const clients = [1, 2].map(() => gateway.connect())
  for (const client of clients) client.subscribe('trades', [BTC], { rateMs: 1000 })
  for (let n = 0; n < 1500; n++) script.trade(100, 1)
  gateway.clock.advance(1100)
  for (const client of clients) {
    expect(client.of('gap')).toMatchObject([{ reason: 'overflow', lost: 500, next: 'continue' }])
  }
})

test('status and gaps reach a stalled client before any data does', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  client.subscribe('book', [BTC], { rateMs: 'raw' })
  client.door.stalled = true
  for (let n = 0; n < 100; n++) script.delta([100, n + 1], [])
  const before = client.messages.length
  script.status('resyncing')
  script.gap('book', 'checksum')
  script.gap('book', 'checksum')
  script.snapshot([50, 1], [51, 1])
  wake(client)
  const after = client.messages.slice(before).filter(({ type }) => type !== 'update')
  expect(after.map(({ type }) => type)).toEqual(['status', 'gap', 'snapshot'])
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('one client who reads nothing at all is cut when answers pile up, and can come back', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const client = gateway.connect()
  client.subscribe('book', [BTC])
  client.door.stalled = true
  let sent = 0
  while (client.door.closed === undefined && sent < 100_000) {
    gateway.feed.script().status('stale', `silent, ${sent++}`)
  }
  expect(client.door.closed).toEqual({ code: 4107, reason: 'slow-client' })
  expect(client.door.buffered()).toBeLessThan(PATIENCE_BYTES + 4096)
  expect(gateway.metrics.value('depthcast_sessions')).toBe(0)
})

test('a snapshot larger than the window is delivered whole to one who reads slowly, and cuts nobody', () => {
  const gateway = new FakeGateway()
  const script = gateway.feed.script()
  script.snapshot(
    Array.from({ length: 40_000 }, (_, n) => (n % 2 === 0 ? 1_000_000 - n : 5)),
    Array.from({ length: 40_000 }, (_, n) => (n % 2 === 0 ? 1_000_001 + n : 5)),
  )
  const client = gateway.connect()
  client.door.stalled = true
  client.subscribe('book', [BTC], { depth: 'all', rateMs: 'raw' })
  for (let n = 0; n < 1000; n++) script.delta([1_000_000, n + 1], [])
  expect(client.door.closed).toBeUndefined()
  wake(client)
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

test('many owed views are paid oldest first, as far as the client takes them', () => {
  const bases = ['A', 'B', 'C', 'D', 'E', 'F']
  const gateway = new FakeGateway(bases)
  const scripts = bases.map((_, index) => gateway.begun(index))
  const client = gateway.connect()
  client.subscribe(
    'book',
    bases.map((base) => `test:${base}-USD`),
    { rateMs: 'raw' },
  )
  client.door.stalled = true
  for (let n = 0; n < 50; n++) for (const script of scripts) script.delta([100, n + 1], [])
  const before = client.of('snapshot').length
  while (client.door.buffered() > 0) client.door.flush(1)
  client.door.stalled = false
  client.door.flush()
  const woken = client.of('snapshot').slice(before)
  expect(new Set(woken.map(({ sub }) => sub)).size).toBe(woken.length)
  expect([client.breaches, client.differences()]).toEqual([[], []])
})

function tape() {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  client.subscribe('trades', [BTC], { rateMs: 'raw' })
  client.door.stalled = true
  return { gateway, script, client }
}

function wake(client: FakeClient): void {
  client.door.stalled = false
  client.door.flush()
}

function ids(client: FakeClient): readonly string[] {
  return client.of('trades').flatMap(({ trades }: TradesMessage) => trades.map(([id]) => id))
}

function viewOf(client: FakeClient): BookView {
  return [...client.held.values()][0]?.view as BookView
}
