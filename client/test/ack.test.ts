import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { connect } from '../src/index.ts'
import { FakeHost } from './fakes/fake-host.ts'
import { FakeMarket } from './fakes/market.ts'
import { ModelGateway } from './fakes/model-gateway.ts'
import { BTC, type Setup, setup } from './fakes/setup.ts'
import { WirePair } from './fakes/wire-pair.ts'

/** As a gateway's own: no heartbeat is due before what is left over is acknowledged. */
const HEARTBEAT = { heartbeatMs: 15_000 }
const lost = new ClientError('connection-lost', 'gone')

async function tick({ gateway, btc, wire }: Setup, lots: number): Promise<void> {
  gateway.event(btc.delta([100, lots], []))
  gateway.publish()
  await wire.flush()
}

test('the welcome is acknowledged at once, and an idle connection sends no more', async () => {
  const { client, gateway, wire, host } = await setup()
  expect(gateway.acks).toEqual([1])
  for (let beat = 0; beat < 30; beat++) {
    gateway.heartbeat()
    host.advance(1_000)
    await wire.flush()
  }
  expect(gateway.acks).toEqual([1])
  expect(client.stats()).toMatchObject({ acks: 1, reconnects: 0 })
})

test('what is left over is acknowledged once, five seconds after the first of it; answers to requests do not count', async () => {
  const it = await setup(1, HEARTBEAT)
  const { client, gateway, wire, host } = it
  client.book(BTC)
  await wire.flush()
  // Welcome, status, snapshot.
  host.advance(100)
  await tick(it, 7)
  await tick(it, 8)
  host.advance(4_899)
  await wire.flush()
  expect(gateway.acks).toEqual([1])
  host.advance(1)
  await wire.flush()
  expect(gateway.acks).toEqual([1, 5])
  host.advance(900)
  await wire.flush()
  expect(gateway.acks).toEqual([1, 5])
  gateway.heartbeat()
  await tick(it, 9)
  host.advance(5_000)
  await wire.flush()
  expect(gateway.acks).toEqual([1, 5, 7])
})

test('each half of the window is acknowledged as it is there, without waiting', async () => {
  const it = await setup()
  const { client, gateway, wire } = it
  client.book(BTC)
  await wire.flush()
  const before = client.stats().bytesIn
  for (let i = 0; i < 2_000; i++) await tick(it, 1 + (i % 9))
  const received = client.stats().bytesIn - before
  const halves = Math.floor(received / (gateway.windowBytes / 2))
  expect(halves).toBeGreaterThan(2)
  expect(gateway.acks.length - 1).toBeGreaterThanOrEqual(halves - 1)
  expect(gateway.acks.length - 1).toBeLessThanOrEqual(halves + 1)
  expect(client.stats().acks).toBe(gateway.acks.length)
  expect(gateway.acks).toEqual([...gateway.acks].sort((a, b) => a - b))
})

test('a page that does not get to reading acknowledges nothing, and all at once what it then reads', async () => {
  const it = await setup(1, HEARTBEAT)
  const { client, gateway, btc, wire, host } = it
  client.book(BTC)
  await wire.flush()
  host.advance(5_000)
  await wire.flush()
  const [, before] = gateway.acks as [number, number]
  // Nothing is delivered: it all waits in front of the page.
  for (let i = 0; i < 20; i++) {
    gateway.event(btc.delta([100, 1 + (i % 9)], []))
    gateway.publish()
    host.advance(500)
  }
  expect(gateway.acks.at(-1)).toBe(before)
  await wire.flush()
  host.advance(5_000)
  await wire.flush()
  expect(gateway.acks).toEqual([1, before, before + 20])
})

test('each connection is counted from its own beginning', async () => {
  const it = await setup()
  const { client, gateway, wire, host } = it
  client.book(BTC)
  await wire.flush()
  host.advance(5_000)
  await tick(it, 4)
  gateway.acks.length = 0
  wire.link?.end({ error: lost, next: 'backoff' })
  host.advance(1_000)
  await wire.flush()
  expect(gateway.acks).toEqual([1])
})

test('a server without a window is sent no acks', async () => {
  const host = new FakeHost()
  const gateway = new ModelGateway(host, [BTC])
  gateway.windowBytes = 0
  const wire = new WirePair(gateway)
  const client = connect('http://127.0.0.1:1', { host, transport: wire })
  gateway.event(new FakeMarket(host, BTC).snapshot([100, 1], [101, 1]))
  const book = client.book(BTC)
  await wire.flush()
  host.advance(5_00)
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(gateway.acks).toEqual([])
})
