import { type EventEmitter, once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Decoder, Encoder, protocol } from '@depthcast/protocol'
import { type Socket as ServedSocket, Server } from 'socket.io'
import { type Socket as ClientSocket, io } from 'socket.io-client'
import officialParser from 'socket.io-msgpack-parser'
import { afterEach, expect, test } from 'vitest'
import type { Encoding } from '../src/transport.ts'
import { Engine } from '../src/transports/engine.ts'
import { pingFrame, webSocketFrame } from '../src/transports/frame.ts'

let http: HttpServer | undefined
let server: Server | undefined
let client: ClientSocket | undefined

afterEach(async () => {
  client?.disconnect()
  await server?.close()
  http?.close()
})

const ENCODING: Encoding = { name: 'test', text: false, encode: () => Buffer.alloc(0) }

type Line = { readonly server: Server; readonly client: ClientSocket; readonly engine: Engine }

async function connected(): Promise<Line> {
  http = createServer()
  const parser = { Encoder, Decoder, protocol }
  const io_ = new Server(http, { parser, transports: ['websocket'], perMessageDeflate: false })
  server = io_
  await new Promise<void>((resolve) => http?.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const engine = new Promise<Engine>((resolve) =>
    io_.on('connection', (socket) => resolve(new Engine(socket, ENCODING))),
  )
  const socket = io(`http://127.0.0.1:${port}`, {
    parser: officialParser,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  })
  client = socket
  return { server: io_, client: socket, engine: await engine }
}

function frame({ server }: Line, event: string, body: unknown): Buffer {
  const [payload] = server.encoder.encode({ type: 2 as number, nsp: '/', data: [event, body] })
  return webSocketFrame(payload)
}

/** The server's end. */
function served({ server }: Line): ServedSocket {
  return [...server.sockets.sockets.values()][0] as ServedSocket
}

/** What the client hears, until it has heard this many. */
function heard({ client }: Line, count: number): Promise<readonly (readonly unknown[])[]> {
  const all: (readonly unknown[])[] = []
  return new Promise((resolve) => {
    client.onAny((...said: unknown[]) => {
      all.push(said)
      if (all.length === count) resolve(all)
    })
  })
}

test('a frame built beforehand reaches a stock client as it is, whatever its size', async () => {
  const line = await connected()
  const sizes = [0, 60, 125, 126, 3000, 65_535, 65_536, 200_000]
  const all = heard(line, sizes.length)
  for (const size of sizes) line.engine.write(frame(line, 'sized', 'x'.repeat(size)))
  expect((await all).map(([event, body]) => [event, (body as string).length])).toEqual(
    sizes.map((size) => ['sized', size]),
  )
})

test.each([1, 2, 3, 20])(
  '%i frames handed over together arrive in order, between what Socket.IO itself sends',
  async (count) => {
    const line = await connected()
    const all = heard(line, count + 2)
    const socket = served(line)
    socket.emit('before', 0)
    line.engine.write(Buffer.concat(Array.from({ length: count }, (_, n) => frame(line, 'shared', n))))
    socket.emit('after', 0)
    const expected = [['before', 0], ...Array.from({ length: count }, (_, n) => ['shared', n]), ['after', 0]]
    expect(await all).toEqual(expected)
  },
)

test.each([1, 20])(
  '%i frames of one moment are one write of the TCP socket, and are asked for no callback',
  async (count) => {
    const line = await connected()
    const tcp = (
      served(line).conn as unknown as { readonly transport: { readonly socket: { readonly _socket: Socket } } }
    ).transport.socket._socket
    const writes: unknown[][] = []
    const write = tcp.write.bind(tcp)
    tcp.write = (...args: unknown[]) => {
      writes.push(args)
      return (write as (...args: unknown[]) => boolean)(...args)
    }
    const all = heard(line, count)
    line.engine.write(Buffer.concat(Array.from({ length: count }, (_, n) => frame(line, 'shared', n))))
    expect((await all).length).toBe(count)
    expect(writes.map(({ length }) => length)).toEqual([1])
  },
)

test('what a client who stopped reading has not taken is counted, and draining is told', async () => {
  const line = await connected()
  const tcp = beneath(line.client)._socket
  tcp.pause()
  const big = frame(line, 'big', 'x'.repeat(1_000_000))
  let written = 0
  while (line.engine.buffered() < 4_000_000) {
    line.engine.write(big)
    written += big.length
    await new Promise(setImmediate)
  }
  expect(line.engine.buffered()).toBeLessThanOrEqual(written)
  const drained = new Promise<void>((resolve) => {
    line.engine.onDrain(() => {
      if (line.engine.buffered() === 0) resolve()
    })
  })
  tcp.resume()
  await drained
  expect(line.engine.buffered()).toBe(0)
})

test('a close carries its code to the client even when something still waits', async () => {
  const line = await connected()
  const closed = new Promise<number | undefined>((resolve) => {
    line.client.once('disconnect', (_reason, details) =>
      resolve((details as { context?: { code?: number } }).context?.code),
    )
  })
  const told = heard(line, 2)
  line.engine.write(frame(line, 'last', 1))
  line.engine.write(frame(line, 'words', 2))
  line.engine.close(4200, 'draining')
  expect(await closed).toBe(4200)
  expect(await told).toEqual([
    ['last', 1],
    ['words', 2],
  ])
})

test('a close ends the connection of a client who answers nothing', async () => {
  const line = await connected()
  const tcp = beneath(line.client)._socket
  const closed = new Promise<string>((resolve) => served(line).on('disconnect', resolve))
  tcp.pause()
  line.engine.close(4107, 'slow-client')
  expect(await closed).toBe('transport close')
})

test('what the handshake left behind is let go, and nothing of it is missed', async () => {
  const line = await connected()
  const socket = served(line)
  const conn = socket.conn as unknown as {
    readonly request: unknown
    readonly transport: EventEmitter & { readonly socket: EventEmitter }
  }
  expect([conn.request, socket.handshake.headers, socket.handshake.url]).toEqual([null, {}, ''])
  expect(conn.transport.listenerCount('headers')).toBe(0)
  // One for whatever goes wrong from now on: an error that nobody hears would end the process.
  expect(conn.transport.socket.listeners('error').map(({ name }) => name)).toEqual(['bound onError'])
  const all = heard(line, 1)
  line.engine.write(frame(line, 'still', 'here'))
  expect(await all).toEqual([['still', 'here']])
  const gone = new Promise((resolve) => socket.once('disconnect', resolve))
  beneath(line.client)._socket.destroy()
  expect(await gone).toBe('transport close')
})

test('Engine.IO’s own ping is ours to send, and a stock client answers it', async () => {
  const line = await connected()
  const conn = served(line).conn as unknown as EventEmitter & { readonly pingIntervalTimer: unknown }
  expect(conn.pingIntervalTimer).toBeNull()
  const [answered, pinged] = [
    once(conn, 'heartbeat'),
    new Promise((resolve) => line.client.io.once('ping', () => resolve(undefined))),
  ]
  line.engine.ping()
  expect(line.engine.unanswered).toBe(1)
  await Promise.all([answered, pinged])
  expect(line.engine.unanswered).toBe(0)
})

test('one who has vanished is let go', async () => {
  const line = await connected()
  const gone = new Promise((resolve) => served(line).once('disconnect', resolve))
  line.engine.vanish()
  expect(await gone).toBe('transport close')
})

test('every message is seen as it came, before it is parsed', async () => {
  const line = await connected()
  const seen = new Promise<string | Uint8Array>((resolve) => line.engine.onRaw(resolve))
  line.client.emit('hello')
  expect((await seen) instanceof Uint8Array).toBe(true)
})

test('a ping put in among the frames is answered by the client’s WebSocket once it has read what was before it', async () => {
  const line = await connected()
  const answered: number[] = []
  const last = new Promise<void>((resolve) => {
    line.engine.onAnswer((number) => {
      answered.push(number)
      if (number === 2 ** 48 - 1) resolve()
    })
  })
  const told = heard(line, 3)
  line.engine.write(Buffer.concat([frame(line, 'first', 1), pingFrame(1), frame(line, 'second', 2), pingFrame(300)]))
  line.engine.write(Buffer.concat([frame(line, 'third', 3), pingFrame(2 ** 48 - 1)]))
  await last
  expect(answered).toEqual([1, 300, 2 ** 48 - 1])
  expect((await told).map(([event]) => event)).toEqual(['first', 'second', 'third'])
})

test('a pong that nobody asked for is no answer', async () => {
  const line = await connected()
  const answered: number[] = []
  const asked = new Promise<void>((resolve) => {
    line.engine.onAnswer((number) => {
      answered.push(number)
      resolve()
    })
  })
  for (const payload of ['', 'x', 'a longer one']) beneath(line.client).pong(payload)
  line.engine.write(pingFrame(7))
  await asked
  expect(answered).toEqual([7])
})

type Beneath = {
  readonly _socket: { pause(): void; resume(): void; destroy(): void }
  pong(payload: string): void
}

/** The WebSocket under a stock client. */
function beneath(client: ClientSocket): Beneath {
  return (client.io.engine.transport as unknown as { readonly ws: Beneath }).ws
}
