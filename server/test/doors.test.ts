import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import type { BookSnapshotMessage, BookUpdateMessage, SubscribeAck } from '@depthcast/protocol'
import { io, type Socket } from 'socket.io-client'
import officialParser from 'socket.io-msgpack-parser'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Running, startGateway } from './fakes/running.ts'

const BTC = 'test:BTC-USD'
let gateway: Running
const sockets: Socket[] = []

beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect()
  await gateway.close()
})

/** Stock socket.io-client, as anyone would use it. */
const DOORS = [
  { door: 'the official msgpack parser', text: false, options: { parser: officialParser } },
  { door: 'no parser at /socket.io-json', text: true, options: { path: '/socket.io-json' } },
] as const

function open(options: object, auth: object = {}): Socket {
  const socket = io(gateway.url, { transports: ['websocket'], reconnection: false, forceNew: true, auth, ...options })
  sockets.push(socket)
  return socket
}

test.each(DOORS)('a stock client with $door gets the same book in ten lines', async ({ options, text }) => {
  const socket = open(options)
  const book = { bids: new Map<unknown, unknown>(), asks: new Map<unknown, unknown>(), seq: 0 }
  const apply = (message: BookSnapshotMessage | BookUpdateMessage) => {
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, quantity] of pairs(message[side])) {
        if (Number(quantity) === 0) book[side].delete(price)
        else book[side].set(price, quantity)
      }
    }
    book.seq = message.seq
  }
  socket.on('snapshot', apply)
  socket.on('update', apply)
  const ack = (await socket.emitWithAck('subscribe', {
    channel: 'book',
    symbols: [BTC],
    rateMs: 'raw',
  })) as SubscribeAck
  expect(ack).toMatchObject({ results: [{ symbol: BTC, tick: '0.01', lot: '0.001' }] })
  gateway.script.delta([99, 0, 98, 3], [101, 9])
  await until(socket, 'update', ({ seq }) => seq === 2)
  const expected = text
    ? {
        bids: [
          ['1.00', '0.005'],
          ['0.98', '0.003'],
        ],
        asks: [
          ['1.02', '0.006'],
          ['1.01', '0.009'],
        ],
      }
    : {
        bids: [
          [100, 5],
          [98, 3],
        ],
        asks: [
          [102, 6],
          [101, 9],
        ],
      }
  expect([...book.bids]).toEqual(expected.bids)
  expect(new Map(book.asks as Map<unknown, unknown>)).toEqual(new Map(expected.asks as [unknown, unknown][]))
})

test.each(DOORS)('with $door nothing of a subscription arrives before its ack', async ({ options }) => {
  const socket = open(options)
  const order: string[] = []
  socket.onAny((event: string) => order.push(event))
  const whole = until(socket, 'snapshot', () => true)
  socket.emit('subscribe', { channel: 'book', symbols: [BTC] }, () => order.push('ack'))
  await whole
  expect(order).toEqual(['welcome', 'ack', 'status', 'snapshot'])
})

test.each(DOORS)('with $door a wrong protocol version is refused by name before anything else', async ({ options }) => {
  const socket = open(options, { protocol: 2 })
  const [error] = (await next(socket, 'connect_error')) as [Error & { data: unknown }]
  expect(error.data).toMatchObject({ code: 426, slug: 'protocol-version' })
})

test('both doors show the same view at the same sequence', async () => {
  const [binary, text] = DOORS.map(({ options }) => open(options)) as [Socket, Socket]
  for (const socket of [binary, text])
    await socket.emitWithAck('subscribe', { channel: 'book', symbols: [BTC], rateMs: 'raw' })
  const both = Promise.all([binary, text].map((socket) => until(socket, 'update', ({ seq }) => seq === 2)))
  gateway.script.delta([100, 8], [])
  const [first, second] = await both
  expect(first).toMatchObject({ bids: [100, 8] })
  expect(second).toMatchObject({ sub: first?.sub, bids: [['1.00', '0.008']], checksum: first?.checksum })
})

test('two hundred subscribers of one view cost one encode a tick', async () => {
  const clients = Array.from({ length: 200 }, () => open(DOORS[0].options))
  await Promise.all(
    clients.map((socket) => socket.emitWithAck('subscribe', { channel: 'book', symbols: [BTC], rateMs: 'raw' })),
  )
  const { metrics } = gateway.app
  const encodes = () => metrics.value('depthcast_view_encodes_total', 'socketio-msgpack', 'update')
  const before = { encodes: encodes(), frames: metrics.value('depthcast_frames_total') }
  for (let n = 2; n <= 11; n++) {
    const arrived = Promise.all(clients.map((socket) => until(socket, 'update', ({ seq }) => seq === n)))
    gateway.script.delta([100, n], [])
    await arrived
  }
  expect(encodes() - before.encodes).toBe(10)
  expect(metrics.value('depthcast_frames_total') - before.frames).toBeGreaterThanOrEqual(2000)
  expect(metrics.value('depthcast_view_encodes_total', 'socketio-msgpack', 'snapshot')).toBe(1)
  expect(metrics.value('depthcast_views')).toBe(1)
})

test('a message that cannot be read ends that connection with an error, and no other', async () => {
  const good = open(DOORS[0].options)
  await good.emitWithAck('subscribe', { channel: 'book', symbols: [BTC], rateMs: 'raw' })
  const bad = open(DOORS[0].options)
  await next(bad, 'connect')
  const told = until(bad, 'error', () => true)
  const gone = next(bad, 'disconnect')
  raw(bad).send(Buffer.from([0xc1, 0xff, 0x00]))
  expect(await told).toMatchObject({ code: 400, slug: 'bad-request' })
  await gone
  const still = until(good, 'update', ({ seq }) => seq === 2)
  gateway.script.delta([100, 8], [])
  await still
})

test('a message that is too big is refused with 413 and closes with 4013', async () => {
  const socket = open(DOORS[0].options)
  await next(socket, 'connect')
  const told = until(socket, 'error', () => true)
  const gone = next(socket, 'disconnect')
  socket.emit('ping', { t: 1, x: 'x'.repeat(70_000) })
  expect(await told).toMatchObject({ code: 413, slug: 'too-big' })
  const [, details] = (await gone) as [string, { readonly context?: { readonly code?: number } }]
  expect(details.context?.code).toBe(4013)
})

test('a stock client is told when the gateway drains, and its line is closed so that it comes back by itself', async () => {
  const socket = open(DOORS[1].options)
  await next(socket, 'connect')
  const told = until(socket, 'shutdown', () => true)
  const gone = next(socket, 'disconnect')
  const closing = gateway.close()
  expect(await told).toMatchObject({ reconnectInMs: 0, at: expect.any(Number) })
  // Any reason but "io server disconnect", after which a stock client would stay away.
  expect(((await gone) as [string])[0]).toBe('transport close')
  await closing
  expect(gateway.feed.closed).toBe(true)
})

test('polling and addresses of nobody are refused', async () => {
  const polling = await fetch(`${gateway.url}/socket.io/?EIO=4&transport=polling`)
  expect(polling.status).toBe(400)
  const stray = request(`${gateway.url}/elsewhere`, { headers: { connection: 'Upgrade', upgrade: 'websocket' } }).end()
  const [response] = (await once(stray, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(404)
})

test('a stranger who asks for an upgrade where there is none is not waited for', async () => {
  const stranger = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true })
  stranger.on('error', () => {}).resume()
  stranger.write('GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await once(stranger, 'end')
  const babble = setInterval(() => stranger.write('still here'), 5)
  await new Promise((resolve) => stranger.once('close', resolve))
  clearInterval(babble)
})

test('a client who leaves the namespace but keeps the line is gone', async () => {
  const socket = open({ ...DOORS[0].options, autoConnect: false })
  socket.connect()
  await socket.emitWithAck('subscribe', { channel: 'book', symbols: [BTC] })
  expect(gateway.app.metrics.value('depthcast_sessions')).toBe(1)
  socket.disconnect()
  await expect.poll(() => gateway.app.metrics.value('depthcast_sessions')).toBe(0)
  expect(gateway.app.metrics.value('depthcast_views')).toBe(0)
})

type Wire = { readonly sub: number; readonly seq: number; readonly checksum?: number }

/** What the socket says with the next of these events. */
function next(socket: Socket, event: 'connect' | 'disconnect' | 'connect_error'): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once(event, (...said: unknown[]) => resolve(said))
  })
}

/** The next message of this event that fits. */
function until(socket: Socket, event: string, fits: (message: Wire) => boolean): Promise<Wire> {
  return new Promise((resolve) => {
    const listener = (message: Wire) => {
      if (!fits(message)) return
      socket.off(event, listener)
      resolve(message)
    }
    socket.on(event, listener)
  })
}

function pairs(levels: BookSnapshotMessage['bids']): readonly (readonly [unknown, unknown])[] {
  if (typeof levels[0] !== 'number') return levels as readonly (readonly [string, string])[]
  const flat = levels as readonly number[]
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[index * 2], flat[index * 2 + 1]] as const)
}

/** The WebSocket under a stock client. */
function raw(socket: Socket): { send(bytes: Uint8Array): void } {
  return (socket.io.engine.transport as unknown as { readonly ws: { send(bytes: Uint8Array): void } }).ws
}
