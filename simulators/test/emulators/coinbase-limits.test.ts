import { expect, test } from 'vitest'
import { coinbaseEmulator } from '../../src/emulators/coinbase/emulator.ts'
import { EmulatedWorld, type TestClient } from '../emulated.ts'

const WANTS_KEY =
  'level2, level3, and full channels now require authentication. https://docs.cloud.coinbase.com/exchange/docs/websocket-auth'

function opened(options: { faults?: readonly string[] } = {}) {
  return new EmulatedWorld({ emulator: (world) => coinbaseEmulator(world), ...options })
}

function subscribe(client: TestClient, channels: readonly unknown[]) {
  return client.send({ type: 'subscribe', channels, product_ids: ['BTC-USD'] })
}

function failed(reason: string) {
  return { type: 'error', message: 'Failed to subscribe', reason }
}

test('100 messages a second are heard, more end the connection', () => {
  const client = opened().client('/')
  for (let i = 0; i < 100; i += 1) subscribe(client, ['heartbeat'])
  expect([client.closed, client.frames('"subscriptions"').length]).toEqual([undefined, 100])
  subscribe(client, ['heartbeat'])
  expect([client.closed, client.messages().at(-1)?.reason]).toEqual([1008, 'rate limit exceeded'])
})

test('twenty connections at once are let in, then eight a second', () => {
  const world = opened()
  for (let i = 0; i < 20; i += 1) world.client('/')
  expect(world.refusal('/')).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
  world.play(1_000)
  for (let i = 0; i < 8; i += 1) world.client('/')
  expect(world.refusal('/')?.status).toBe(429)
})

test.each([
  { fault: 'refuse-symbol:p=1', frames: ['error'], reason: 'BTC-USD is not a valid product' },
  { fault: 'refuse-auth:p=1', frames: ['error'], reason: WANTS_KEY },
  { fault: 'never-ack:p=1', frames: [], reason: undefined },
  { fault: 'ack-silence:p=1', frames: ['subscriptions'], reason: undefined },
  { fault: 'message-rate:p=1', frames: ['error'], reason: 'rate limit exceeded' },
])('$fault: all that comes of a book is $frames', ({ fault, frames, reason }) => {
  const world = opened({ faults: [fault] })
  const client = subscribe(world.client('/'), ['level2_batch'])
  world.play(3_000)
  expect(client.messages().map(({ type }) => type)).toEqual(frames)
  expect(client.messages('"error"')[0]?.reason).toBe(reason)
})

test('delist: the product is off the list, silent, and nobody can follow it any more', () => {
  const world = opened({ faults: ['delist:after=1s:symbol=BTC-USD'] })
  const client = subscribe(world.client('/'), ['level2_batch', 'matches', 'status'])
  world.play(3_000)
  const last = client.messages('"type":"status"').at(-1)!
  expect((last.products as { status: string }[]).map(({ status }) => status)).toEqual(['delisted', 'online'])
  client.forget()
  world.play(3_000)
  expect(client.frames('"BTC-USD"').filter((text) => !text.includes('"status"'))).toEqual([])
  expect(subscribe(world.client('/'), ['ticker']).messages()[0]).toEqual(failed('BTC-USD is delisted'))
})
