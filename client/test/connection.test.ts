import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import type { ClientState } from '../src/index.ts'
import { FakeMarket } from './fakes/market.ts'
import { ModelGateway } from './fakes/model-gateway.ts'
import { BTC, ETH, type Setup, setup } from './fakes/setup.ts'

const lost = new ClientError('connection-lost', 'the connection closed: transport close')

/** Lets the server beat for so long. */
async function live({ host, gateway, wire }: Setup, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    gateway.heartbeat()
    host.advance(1000)
    await wire.flush()
  }
}

test('losing the connection makes every book stale at once, with since and retryAt, and keeps its values', async () => {
  const it = await setup()
  const { client, wire, host } = it
  const book = client.book(BTC)
  const other = client.book(ETH)
  await wire.flush()
  const held = book.current
  wire.link?.end({ error: lost, next: 'backoff' })
  const { retryAt } = client.state as Extract<ClientState, { kind: 'waiting' }>
  expect(retryAt).toBeGreaterThan(host.now())
  for (const { status } of [book, other]) {
    expect(status).toEqual({ kind: 'stale', since: host.now(), because: 'connection', retryAt, reason: lost.message })
  }
  expect(book.current).toBe(held)
})

test('how many instruments there are is known from the heartbeats of this connection, and of no other', async () => {
  const it = await setup()
  expect(it.client.stats().listed).toBeUndefined()
  await live(it, 1)
  const { listed = 0 } = it.client.stats()
  expect(listed).toBe(it.gateway.ledgers.size)
  it.gateway.list('test:NEW-USD')
  await live(it, 1)
  expect(it.client.stats().listed).toBe(listed + 1)
  it.wire.link?.end({ error: lost, next: 'backoff' })
  expect(it.client.stats().listed).toBeUndefined()
})

test('after a reconnect everything is asked for again, and is stale until its fresh snapshot', async () => {
  const it = await setup()
  const { client, wire, host, gateway, btc } = it
  const book = client.book(BTC)
  await wire.flush()
  const states: string[] = []
  book.onStatus(({ kind }) => states.push(kind))
  wire.link?.end({ error: lost, next: 'backoff' })
  gateway.event(btc.delta([100, 42], []))
  host.advance(1000)
  await wire.trickle(1)
  expect(client.state.kind).toBe('open')
  expect(states).toEqual(['live', 'stale', 'stale'])
  await wire.flush()
  expect(states.at(-1)).toBe('live')
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 42])
  expect(client.stats().reconnects).toBe(1)
})

test('a book of a restarted server with the same numbers and other levels is never mixed with the one before', async () => {
  const it = await setup()
  const { client, wire, host } = it
  const book = client.book(BTC)
  await wire.flush()
  const epochs: unknown[] = []
  book.subscribe((view) => epochs.push(view?.bids.slice(0, 2)))
  const restarted = new ModelGateway(host, [BTC])
  wire.serve(restarted)
  wire.link?.end({ error: lost, next: 'backoff' })
  host.advance(1000)
  await wire.flush()
  // It has no book yet.
  expect(book.status).toMatchObject({ kind: 'stale', because: 'connection' })
  const market = new FakeMarket(host, BTC)
  restarted.event(market.snapshot([70, 1], [71, 1]))
  restarted.publish()
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(epochs).toEqual([
    [100, 5],
    [70, 1],
  ])
})

test('without a heartbeat for three times its interval the connection is given up and made anew', async () => {
  const it = await setup()
  const { client, wire, host, gateway } = it
  const book = client.book(BTC)
  await wire.flush()
  await live(it, 20)
  expect(client.stats().reconnects).toBe(0)
  wire.mischief = () => []
  const link = wire.link
  host.advance(3_000)
  expect(client.state.kind).toBe('open')
  host.advance(1_000)
  expect(client.state).toMatchObject({ kind: 'waiting', error: { slug: 'silent' } })
  expect(link?.isOpen).toBe(false)
  expect(book.status).toMatchObject({ kind: 'stale', because: 'connection' })
  wire.mischief = ({ value }) => [value]
  host.advance(1_000)
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(gateway.links.size).toBe(1)
})

test.each([
  { name: 'set back an hour', setBy: -3_600_000 },
  { name: 'set forward a minute', setBy: 60_000 },
])('a dead line is found dead in time although the clock was $name', async ({ setBy }) => {
  const it = await setup()
  const { client, wire, host } = it
  const book = client.book(BTC)
  await wire.flush()
  await live(it, 5)
  expect(book.status.kind).toBe('live')
  wire.mischief = () => []
  host.setBy(setBy)
  host.advance(4_000)
  expect(client.stats().reconnects).toBe(1)
  expect(book.status).toMatchObject({ kind: 'stale', because: 'connection' })
})

test('a server that accepts and does not welcome, and one that does not answer, are given up', async () => {
  const it = await setup()
  const { client, wire, host } = it
  wire.mischief = ({ name, value }) => (name === 'subscribe' ? [] : [value])
  client.book(BTC)
  await wire.flush()
  await live(it, 9)
  expect(client.state.kind).toBe('open')
  await live(it, 1)
  expect(client.state).toMatchObject({ kind: 'waiting', error: { slug: 'unanswered' } })
  wire.mischief = () => []
  host.advance((client.state as Extract<ClientState, { kind: 'waiting' }>).retryAt - host.now())
  await wire.flush()
  expect(client.state.kind).toBe('connecting')
  host.advance(10_000)
  expect(client.state).toMatchObject({ kind: 'waiting', error: { slug: 'silent' } })
})

test('pauses double from one failed attempt to the next, jittered, up to the longest', async () => {
  const it = await setup(7)
  const { client, wire, host } = it
  const pauses: number[] = []
  for (let i = 0; i < 9; i++) {
    wire.link?.end({ error: lost, next: 'backoff' })
    const { retryAt } = client.state as Extract<ClientState, { kind: 'waiting' }>
    pauses.push(retryAt - host.now())
    host.advance(retryAt - host.now())
  }
  for (const [i, pause] of pauses.entries()) {
    const ceiling = Math.min(10_000, 250 * 2 ** Math.max(0, i))
    expect(pause).toBeGreaterThanOrEqual(ceiling / 2)
    expect(pause).toBeLessThanOrEqual(ceiling)
  }
  await wire.flush()
  await live(it, 11)
  wire.link?.end({ error: lost, next: 'backoff' })
  expect((client.state as Extract<ClientState, { kind: 'waiting' }>).retryAt - host.now()).toBeLessThanOrEqual(250)
})

test('sent away at once it comes back at once, but only the first time', async () => {
  const it = await setup()
  const { client, wire, host } = it
  await live(it, 11)
  const pause = (): number => (client.state as Extract<ClientState, { kind: 'waiting' }>).retryAt - host.now()
  wire.link?.end({ error: lost, next: 'at-once' })
  expect(pause()).toBeLessThan(250)
  host.advance(250)
  await wire.flush()
  for (let i = 0; i < 6; i++) {
    wire.link?.end({ error: lost, next: 'at-once' })
    host.advance(pause())
    await wire.flush()
  }
  wire.link?.end({ error: lost, next: 'at-once' })
  expect(pause()).toBeGreaterThan(1_000)
})

test('a shutdown names the pause after which to come back', async () => {
  const it = await setup()
  const { client, wire, host } = it
  const book = client.book(BTC)
  wire.link?.send({ type: 'shutdown', at: 1, reconnectInMs: 5_000 } as { type: string })
  await wire.flush()
  expect(book.status.kind).toBe('live')
  wire.link?.end({ error: lost, next: 'at-once' })
  const { retryAt } = client.state as Extract<ClientState, { kind: 'waiting' }>
  expect(retryAt - host.now()).toBeGreaterThanOrEqual(5_000)
  expect(retryAt - host.now()).toBeLessThan(5_250)
})

test('told to stop it stays away, every subscription is refused with the reason, and loops throw it', async () => {
  const it = await setup()
  const { client, wire, host } = it
  const book = client.book(BTC)
  await wire.flush()
  const loop = (async () => {
    for await (const _ of book);
  })()
  const error = new ClientError({ code: 401, slug: 'unauthorized', message: 'the token has expired' })
  const thrown = expect(loop).rejects.toBe(error)
  wire.link?.end({ error, next: 'stop' })
  await thrown
  expect(client.state).toMatchObject({ kind: 'closed', error: { code: 401 } })
  expect(book.status).toEqual({ kind: 'refused', error })
  host.advance(1_000_000)
  expect(wire.links).toHaveLength(1)
  expect(client.book(ETH).status.kind).toBe('refused')
})

test('a subscription made while there is no connection is asked for with the next', async () => {
  const it = await setup()
  const { client, wire, host } = it
  wire.link?.end({ error: lost, next: 'backoff' })
  const book = client.book(BTC)
  expect(book.status.kind).toBe('pending')
  host.advance(1_000)
  await wire.flush()
  expect(book.status.kind).toBe('live')
})

test('round trip and clock offset are unknown at first, then those of the quickest ping', async () => {
  const it = await setup()
  const { client, wire, host } = it
  expect(client.stats()).toMatchObject({ rttMs: 0, clockOffsetMs: 0 })
  wire.link?.end({ error: lost, next: 'backoff' })
  expect(client.stats()).toMatchObject({ rttMs: undefined, clockOffsetMs: undefined })
  host.advance(1_000)
  await wire.flush()
  expect(client.stats()).toMatchObject({ rttMs: 0 })
})

test('the handshake carries protocol, name and token', async () => {
  const { wire } = await setup()
  expect(wire.link?.hello).toEqual({ protocol: 1, client: 'depthcast-js' })
})
