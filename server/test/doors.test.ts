import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
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

function open(options: object): Socket {
  const socket = io(gateway.url, { transports: ['websocket'], reconnection: false, forceNew: true, ...options })
  sockets.push(socket)
  return socket
}

test('a stock client is told when the gateway drains, and its line is closed so that it comes back by itself', async () => {
  const socket = open({ path: '/socket.io-json' })
  await next(socket, 'connect')
  const told = next(socket, 'shutdown')
  const gone = next(socket, 'disconnect')
  const closing = gateway.close()
  expect(await told).toMatchObject([{ reconnectInMs: 0, at: expect.any(Number) }])
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
  const socket = open({ parser: officialParser })
  await socket.emitWithAck('subscribe', { channel: 'book', symbols: [BTC] })
  expect(gateway.app.metrics.value('depthcast_sessions', 'socketio-msgpack')).toBe(1)
  socket.disconnect()
  await expect.poll(() => gateway.app.metrics.value('depthcast_sessions', 'socketio-msgpack')).toBe(0)
  expect(gateway.app.metrics.value('depthcast_views')).toBe(0)
})

/** What the socket says with the next of these events. */
function next(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once(event, (...said: unknown[]) => resolve(said))
  })
}
