import { createHash } from 'node:crypto'
import { type AddressInfo, createServer as createTcpServer, type Socket as TcpSocket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { Budget, Pacing } from '../../src/backoff.ts'
import { Connection, type ConnectionOptions } from '../../src/connection.ts'
import type { FeedError } from '../../src/errors.ts'
import { realWorld } from '../../src/outside.ts'
import { closing } from '../fake-venue.ts'
import { Harness } from '../plain-venue.ts'

// What users of other clients complain of in the life of a connection, on real sockets.

type Told = { frames: string[]; pings: number; errors: FeedError[] }

/** A connection to this address, and what it tells; `until` waits for something to be so. */
function connect(url: string, options: Partial<ConnectionOptions> = {}) {
  const told: Told = { frames: [], pings: 0, errors: [] }
  const waiting: (() => void)[] = []
  const heard = (): void => {
    for (const wake of waiting.splice(0)) wake()
  }
  const made = new Connection(
    {
      venue: 'fake',
      url,
      silenceMs: 60_000,
      sends: new Pacing(1_000),
      outside: { ...realWorld(), random: () => 0 },
      budget: new Budget(100, 1_000),
      ...options,
    },
    {
      onOpen: heard,
      onFrame: (text) => {
        told.frames.push(text)
        heard()
      },
      onPing: () => {
        told.pings++
        heard()
      },
      onClosed: heard,
      onError: (error) => {
        told.errors.push(error)
        heard()
      },
    },
  )
  closing.push(() => made.close('the test is over'))
  made.open()
  const until = async (holds: (told: Told) => boolean): Promise<void> => {
    while (!holds(told)) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { made, told, until }
}

async function listen(server: { listen(port: number, host: string, done: () => void): unknown; address(): unknown }) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Speaks the opening handshake, and from there on whatever bytes the test sends. */
async function rawVenue(onOpen: (socket: TcpSocket) => void): Promise<string> {
  const sockets: TcpSocket[] = []
  const server = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('data', (request) => {
      const key = /sec-websocket-key: (\S+)/i.exec(request.toString())?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      const headers = `upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}`)
      onOpen(socket)
    })
  })
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `ws://127.0.0.1:${await listen(server)}`
}

/** The head of a text frame that says how long it is going to be. */
function headOf(bytes: number): Buffer {
  const head = Buffer.alloc(10)
  head[0] = 0x81
  head[1] = 127
  head.writeBigUInt64BE(BigInt(bytes), 2)
  return head
}

const MB = 1024 * 1024

test('a whole book of 33 MB comes through (ccxt#23597, Coinbase.AdvancedTrade#12)', async () => {
  const url = await rawVenue((socket) => {
    socket.write(headOf(33 * MB))
    socket.write(Buffer.alloc(33 * MB, 'x'))
  })
  const { told, until } = connect(url)
  await until(({ frames }) => frames.length === 1)
  expect(told.frames[0]?.length).toBe(33 * MB)
  expect(told.errors).toEqual([])
})

test('a frame larger than we take is an overflow that says so, and no silent loop (alpaca-trade-api-python#319)', async () => {
  const url = await rawVenue((socket) => socket.write(headOf(65 * MB)))
  const { told, until } = connect(url)
  await until(({ errors }) => errors.length === 1)
  expect(told.errors).toMatchObject([
    { code: 'FEED_OVERFLOW', message: expect.stringMatching(/a frame of more than 64 MB/) },
  ])
})

test('the TLS handshake names the host, as proxies before venues want it (XChange#3733)', async () => {
  const named = new Promise<string>((resolve) => {
    const server = createTlsServer({
      SNICallback: (name, done) => {
        resolve(name)
        done(new Error('no certificate here'))
      },
    })
    server.on('tlsClientError', () => {})
    closing.push(() => void server.close())
    void listen(server).then((port) => connect(`wss://localhost:${port}`))
  })
  expect(await named).toBe('localhost')
})

test('a ping is answered at once with the payload it brought (python-binance#122, binance-java-api#202)', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  closing.push(() => server.close())
  const answered = new Promise<string>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('pong', (payload) => resolve(payload.toString()))
      socket.ping('1700000000000')
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  expect(await answered).toBe('1700000000000')
})

test('compression is offered, and a compressed book is read like any other', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } })
  closing.push(() => server.close())
  const book = JSON.stringify(Array.from({ length: 1_000 }, (_, n) => [`${n}.00`, '1.000']))
  let extensions = ''
  server.on('connection', (socket) => {
    extensions = socket.extensions
    socket.send(book)
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { told, until } = connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await until(({ frames }) => frames.length === 1)
  expect(extensions).toBe('permessage-deflate')
  expect(told.frames).toEqual([book])
})

test('whatever ends it, the reason names the address and not the hundred streams asked for there', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  closing.push(() => server.close())
  const streams = Array.from({ length: 100 }, (_, n) => `abc${n}@depth`).join('/')
  server.on('connection', (socket, { url }) => socket.close(url?.endsWith('abc99@depth') ? 4000 : 4001))
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const closed = connect(`ws://127.0.0.1:${port}/stream?streams=${streams}`)
  await closed.until(({ errors }) => errors.length === 1)
  expect(closed.told.errors[0]?.message).toBe(`ws://127.0.0.1:${port}/stream: closed with code 4000`)
  const refused = connect(`ws://127.0.0.1:1/stream?streams=${streams}`)
  await refused.until(({ errors }) => errors.length === 1)
  expect(refused.told.errors[0]?.message).toBe('ws://127.0.0.1:1/stream: connect ECONNREFUSED 127.0.0.1:1')
})

test('who leaves unsubscribes from nothing: ten thousand messages in a moment are a ban (nautilus_trader#4093)', async () => {
  const harness = await new Harness().start()
  await harness.until(() => harness.heard.length === 1)
  await harness.link.close()
  await harness.until(() => harness.isClosed(0))
  expect(harness.heard).toEqual(['subscribe'])
})
