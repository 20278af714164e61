import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Decoder, Encoder, protocol } from '@depthcast/protocol'
import { Server } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import official from 'socket.io-msgpack-parser'
import { afterEach, expect, test } from 'vitest'

const ours = { protocol, Encoder, Decoder }
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end.close()
})

test.each([
  { name: 'our server, the official client', server: ours, client: official },
  { name: 'the official server, our client', server: official, client: ours },
  { name: 'ours on both sides', server: ours, client: ours },
])('$name: handshake, refusal, events and acks cross a real socket', async ({ server, client }) => {
  const { io: gateway, url } = await listen(server)
  gateway.use((socket, next) => {
    const { token } = socket.handshake.auth
    next(token === 'right' ? undefined : Object.assign(new Error('no'), { data: { code: 401, slug: 'unauthorized' } }))
  })
  gateway.on('connection', (socket) => {
    socket.on('subscribe', (request: unknown, ack: (answer: unknown) => void) => {
      ack({ results: [request] })
      socket.emit('update', { sub: 7, bids: [1_000_000, 2 ** 40], time: 1_763_683_200_000_001 })
    })
  })

  const refused = connect(url, client, { token: 'wrong' })
  expect(await once(refused, 'connect_error')).toMatchObject({
    message: 'no',
    data: { code: 401, slug: 'unauthorized' },
  })

  const socket = connect(url, client, { token: 'right', client: undefined })
  const update = once(socket, 'update')
  expect(await socket.emitWithAck('subscribe', { channel: 'book', symbols: ['a:B-C'], depth: undefined })).toEqual({
    results: [{ channel: 'book', symbols: ['a:B-C'] }],
  })
  expect(await update).toEqual({ sub: 7, bids: [1_000_000, 2 ** 40], time: 1_763_683_200_000_001 })
})

test('a frame that is no packet closes that connection and no other', async () => {
  const { io: gateway, url } = await listen(ours)
  gateway.on('connection', (socket) =>
    socket.on('echo', (value: unknown, ack: (answer: unknown) => void) => ack(value)),
  )
  const bystander = connect(url, ours)
  const hostile = connect(url, ours)
  expect(await hostile.emitWithAck('echo', 1)).toBe(1)

  const gone = once(hostile, 'disconnect')
  hostile.io.engine.write(new Uint8Array([0xc7, 0x01, 0x78, 0x00]))
  expect(await gone).toBe('transport close')
  expect(await bystander.emitWithAck('echo', 2)).toBe(2)
})

async function listen(parser: unknown): Promise<{ io: Server; url: string }> {
  const http = createServer()
  const io = new Server(http, { parser, transports: ['websocket'], serveClient: false })
  open.push({ close: () => io.close() })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return { io, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }
}

function connect(url: string, parser: unknown, auth: Record<string, unknown> = {}): Socket {
  const socket = io(url, { parser, auth, transports: ['websocket'], reconnection: false, forceNew: true })
  open.push({ close: () => socket.close() })
  return socket
}

function once(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => socket.once(event, resolve))
}
