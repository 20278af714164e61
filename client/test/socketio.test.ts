import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Decoder, Encoder, encodeMsgpack, protocol } from '@depthcast/protocol'
import { Server, type Socket } from 'socket.io'
import { afterEach, expect, test } from 'vitest'
import { socketio } from '../src/index.ts'
import type { Link, LinkEnd } from '../src/transports/transport.ts'

const HELLO = { protocol: 1, client: 'test', token: 'secret' }

type Heard = { readonly type: string; readonly body: unknown; readonly bytes: number }
type Opened = {
  readonly link: Link
  readonly heard: Heard[]
  readonly answered: number[]
  readonly end: Promise<LinkEnd>
  next(): Promise<Heard>
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A real Socket.IO server on a free port. */
async function serve(
  connected: (socket: Socket) => void,
  path = '/socket.io',
): Promise<{ readonly io: Server; readonly url: URL; readonly http: HttpServer }> {
  const http = createServer()
  const io = new Server(http, { path, transports: ['websocket'], parser: { Encoder, Decoder, protocol } })
  io.on('connection', connected)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closers.push(() => void io.close())
  return { io, http, url: new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`) }
}

function open(url: URL): Opened {
  const heard: Heard[] = []
  const answered: number[] = []
  const waiting: ((heard: Heard) => void)[] = []
  let taken = 0
  const ended = Promise.withResolvers<LinkEnd>()
  const link = socketio.open(url, HELLO, {
    message: (type, body, bytes) => {
      const message = { type, body, bytes }
      heard.push(message)
      waiting.shift()?.(message)
    },
    answered: (bytes) => void answered.push(bytes),
    ended: ended.resolve,
  })
  closers.push(() => link.terminate())
  const next = (): Promise<Heard> => {
    const already = heard[taken++]
    return already === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(already)
  }
  return { link, heard, answered, end: ended.promise, next }
}

test('messages come with the bytes their frames took, and the handshake carries who we are', async () => {
  const body = { sub: 1, bids: [100, 5] }
  const auths: unknown[] = []
  const { url } = await serve((socket) => {
    auths.push(socket.handshake.auth)
    socket.emit('small', 1)
    socket.emit('update', body)
  })
  const { heard, next } = open(url)
  await next()
  await next()
  const size = (type: string, value: unknown): number =>
    encodeMsgpack({ type: 2, nsp: '/', data: [type, value] }).length
  expect(heard.map(({ type }) => type)).toEqual(['small', 'update'])
  expect(heard[0]?.bytes).toBe(size('small', 1))
  expect(heard[1]).toEqual({ type: 'update', body, bytes: size('update', body) })
  expect(auths).toEqual([HELLO])
})

test('an answer comes between the messages before and after it', async () => {
  const { url } = await serve((socket) => {
    socket.emit('welcome', {})
    socket.on('subscribe', (_body, answer: (reply: unknown) => void) => {
      socket.emit('before', {})
      answer({ ok: 1 })
      socket.emit('after', {})
    })
  })
  const { link, heard, answered, next } = open(url)
  await next()
  const order: string[] = []
  link.request('subscribe', {}, () => order.push(...heard.map(({ type }) => type), 'answer'))
  await next()
  await next()
  expect(order).toEqual(['welcome', 'before', 'answer'])
  expect(answered).toEqual([expect.any(Number)])
  expect(answered[0]).toBeGreaterThan(5)
})

test('a refused handshake tells its code and whether to come back', async () => {
  const { io, url } = await serve(() => {})
  io.use((_socket, next) =>
    next(
      Object.assign(new Error('who are you'), { data: { code: 401, slug: 'unauthorized', message: 'who are you' } }),
    ),
  )
  expect(await open(url).end).toMatchObject({ next: 'stop', error: { code: 401, message: 'who are you' } })
})

test('nobody at the address is a failed attempt, to be made again', async () => {
  const { io, url } = await serve(() => {})
  await io.close()
  expect(await open(url).end).toMatchObject({ next: 'backoff', error: { slug: 'connect-failed' } })
})

test.each([
  { code: 4001, next: 'stop' },
  { code: 4107, next: 'backoff' },
  { code: 4200, next: 'at-once' },
])('a WebSocket closed with $code means $next', async ({ code, next }) => {
  const { url } = await serve((socket) => {
    const { transport } = socket.conn as unknown as {
      readonly transport: { readonly socket: { close(code: number): void } }
    }
    transport.socket.close(code)
  })
  expect((await open(url).end).next).toBe(next)
})

test('an error sent before the close is what the end is told with', async () => {
  const { url } = await serve((socket) => {
    socket.emit('error', { code: 407, slug: 'slow-client', message: 'too slow' })
    socket.disconnect()
  })
  expect(await open(url).end).toMatchObject({ next: 'stop', error: { code: 407, message: 'too slow' } })
})

test.each([
  { name: 'random bytes', frame: Buffer.from([0xc1, 0xff, 0x00]) },
  { name: 'msgpack that is no packet', frame: Buffer.from(encodeMsgpack({ hello: 1 })) },
  {
    name: 'an event of Socket.IO itself',
    frame: Buffer.from(encodeMsgpack({ type: 2, nsp: '/', data: ['disconnect'] })),
  },
])('$name ends the link and nothing else', async ({ frame }) => {
  const { url } = await serve((socket) => {
    socket.emit('welcome', {})
    const { transport } = socket.conn as unknown as {
      readonly transport: { readonly socket: { send(data: Buffer): void } }
    }
    socket.on('go', () => transport.socket.send(frame))
  })
  const { link, end, heard, next } = open(url)
  await next()
  link.request('go', {}, () => {})
  expect(await end).toMatchObject({ next: 'backoff', error: { slug: 'connection-lost' } })
  expect(heard.map(({ type }) => type)).toEqual(['welcome'])
})

test('the path of the address goes before the door', async () => {
  const { url } = await serve((socket) => socket.emit('welcome', {}), '/market/socket.io')
  url.pathname = '/market/'
  expect((await open(url).next()).type).toBe('welcome')
})

test('after terminate nothing is heard, and the server sees us go', async () => {
  const gone = Promise.withResolvers<void>()
  const { url } = await serve((socket) => {
    socket.emit('welcome', {})
    socket.on('disconnect', () => gone.resolve())
  })
  const { link, heard, next } = open(url)
  await next()
  link.terminate()
  await gone.promise
  expect(heard).toHaveLength(1)
})
