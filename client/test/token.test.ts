import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { type Client, type ClientState, connectThrough, type TokenSource } from '../src/index.ts'
import { FakeHost } from './fakes/fake-host.ts'
import { FakeMarket } from './fakes/market.ts'
import { ModelGateway } from './fakes/model-gateway.ts'
import { BTC } from './fakes/setup.ts'
import { WirePair } from './fakes/wire-pair.ts'

type Stage = { readonly host: FakeHost; readonly wire: WirePair; readonly client: Client }

function stage(token: TokenSource): Stage {
  const host = new FakeHost()
  const gateway = new ModelGateway(host, [BTC])
  gateway.event(new FakeMarket(host, BTC).snapshot([100, 5], [101, 4]))
  const wire = new WirePair(gateway)
  return { host, wire, client: connectThrough(wire, 'http://127.0.0.1:1', { host, token }) }
}

const expired = new ClientError({ code: 401, slug: 'unauthorized', message: 'the token has expired' })

test('a token goes with the handshake', async () => {
  const { wire } = stage('secret')
  await wire.flush()
  expect(wire.link?.hello).toEqual({ protocol: 1, client: 'depthcast-js', token: 'secret' })
})

test('a fresh token is had before each attempt, and one that expired under way brings the next', async () => {
  let count = 0
  const { wire, host, client } = stage(() => Promise.resolve(`token ${++count}`))
  await wire.flush()
  expect(client.state.kind).toBe('open')
  wire.link?.end({ error: expired, next: 'stop' })
  expect(client.state.kind).toBe('waiting')
  host.advance(10_000)
  await wire.flush()
  expect(client.state.kind).toBe('open')
  expect(wire.links.map(({ hello }) => hello.token)).toEqual(['token 1', 'token 2'])
})

test.each([
  { name: 'a token as text, once it is refused', token: 'secret', isWelcomed: true },
  { name: 'a fresh token that is refused at once', token: () => 'fresh', isWelcomed: false },
])('$name, ends it for good, with the reason', async ({ token, isWelcomed }) => {
  const { wire, host, client } = stage(token)
  const book = client.book(BTC)
  if (isWelcomed) await wire.flush()
  else await Promise.resolve()
  wire.link?.end({ error: expired, next: 'stop' })
  expect(client.state).toMatchObject({ kind: 'closed', error: { code: 401, slug: 'unauthorized' } })
  expect(book.status).toMatchObject({ kind: 'refused', error: { code: 401 } })
  host.advance(100_000)
  await wire.flush()
  expect(wire.links).toHaveLength(1)
})

test('without a token to be had, and with none for too long, the attempt has failed and is made again', async () => {
  const answers = [Promise.reject(new Error('login is down')), new Promise<string>(() => {}), Promise.resolve('good')]
  const { wire, host, client } = stage(() => answers.shift() as Promise<string>)
  await wire.flush()
  expect(client.state).toMatchObject({
    kind: 'waiting',
    error: { slug: 'no-token', message: expect.stringContaining('login is down') },
  })
  const { retryAt } = client.state as Extract<ClientState, { kind: 'waiting' }>
  host.advance(retryAt - host.now())
  expect(client.state.kind).toBe('connecting')
  host.advance(10_000)
  expect(client.state).toMatchObject({ kind: 'waiting', error: { slug: 'silent' } })
  host.advance(1_000)
  await wire.flush()
  expect(client.state.kind).toBe('open')
})

test('closed while the token is fetched, it never connects', async () => {
  const token = Promise.withResolvers<string>()
  const { wire, client, host } = stage(() => token.promise)
  client.close()
  token.resolve('late')
  await wire.flush()
  expect(wire.links).toHaveLength(0)
  expect(host.pending).toBe(0)
})

test('one who was sent away for good comes back with another token, and what was subscribed is there again', async () => {
  let token: string | undefined
  const { wire, client } = stage(() => token)
  const book = client.book(BTC)
  await Promise.resolve()
  wire.link?.end({ error: expired, next: 'stop' })
  expect(book.status.kind).toBe('refused')
  token = 'better'
  client.reconnect()
  await wire.flush()
  expect(wire.links.map(({ hello }) => hello.token)).toEqual([undefined, 'better'])
  expect([client.state.kind, book.status.kind]).toEqual(['open', 'live'])
})

test('a reconnect while all is well leaves one connection, of the new token', async () => {
  let count = 0
  const { wire, client } = stage(() => `token ${++count}`)
  const book = client.book(BTC)
  await wire.flush()
  client.reconnect()
  expect([client.state.kind, book.status.kind]).toEqual(['connecting', 'stale'])
  await wire.flush()
  expect(wire.links.map(({ hello, isOpen }) => [hello.token, isOpen])).toEqual([
    ['token 1', false],
    ['token 2', true],
  ])
  expect([book.status.kind, client.stats().reconnects]).toEqual(['live', 1])
})

test('a reconnect ends a pause, and the attempt that the pause would have brought is not made', async () => {
  const { wire, host, client } = stage('secret')
  await wire.flush()
  wire.link?.end({ error: new ClientError('connection-lost', 'lost'), next: 'backoff' })
  expect(client.state.kind).toBe('waiting')
  client.reconnect()
  await wire.flush()
  host.advance(1000)
  await wire.flush()
  expect([client.state.kind, wire.links.length]).toEqual(['open', 2])
})

test('what its own user closed stays closed', async () => {
  const { wire, client } = stage('secret')
  await wire.flush()
  client.close()
  client.reconnect()
  await wire.flush()
  expect([client.state.kind, wire.links.length]).toEqual(['closed', 1])
})

test('plain requests carry the token of that moment', async () => {
  const heard: (string | undefined)[] = []
  const server = createServer(({ headers }, response) => {
    heard.push(headers.authorization)
    response.end('[]')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let token: string | undefined
  const { host, wire } = stage('')
  const client = connectThrough(wire, `http://127.0.0.1:${port}`, { host, token: () => token })
  await client.instruments()
  token = 'secret'
  await client.instruments()
  expect(heard).toEqual([undefined, 'Bearer secret'])
})
