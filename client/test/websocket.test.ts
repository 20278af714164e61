import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeMsgpack, encodeMsgpack, packMessage, type ServerMessage } from '@depthcast/protocol'
import { afterEach, expect, test } from 'vitest'
import { WebSocketServer, type WebSocket as WsSocket } from 'ws'
import { websocket } from '../src/index.ts'
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
type Requested = (socket: WsSocket, message: readonly unknown[]) => void

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A server that speaks the subprotocol and does what the test says with each message of the client. */
async function serve(requested: Requested, path = '/v1/stream'): Promise<URL> {
  const http = createServer()
  const server = new WebSocketServer({ server: http, path })
  server.on('connection', (socket) => {
    socket.on('message', (frame) => requested(socket, decodeMsgpack(frame as Buffer) as readonly unknown[]))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    for (const socket of server.clients) socket.terminate()
    http.close()
  })
  return new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
}

const send = (socket: WsSocket, ...message: readonly unknown[]): void => socket.send(encodeMsgpack(message))

function open(url: URL): Opened {
  const heard: Heard[] = []
  const answered: number[] = []
  const waiting: ((heard: Heard) => void)[] = []
  let taken = 0
  const ended = Promise.withResolvers<LinkEnd>()
  const link = websocket.open(url, HELLO, {
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

const update: ServerMessage = {
  type: 'update',
  sub: 3,
  seq: 9,
  prev: 7,
  epoch: 5,
  merged: 2,
  serverTime: 1_700_000_000_000_000,
  exchangeTime: 1_699_999_999_999_000,
  bids: [100, 5, 98, 0],
  asks: [],
  checksum: 77,
}

test('hello goes first, in the subprotocol, and messages come unpacked with the bytes they took', async () => {
  const said: unknown[] = []
  const url = await serve((socket, message) => {
    said.push(socket.protocol, message)
    send(socket, 'update', packMessage(update))
  })
  const { next } = open(url)
  const { type: _, ...body } = update
  expect(await next()).toEqual({ type: 'update', body, bytes: encodeMsgpack(['update', packMessage(update)]).length })
  expect(said).toEqual(['depthcast.v1.msgpack', ['hello', HELLO]])
})

test('answers go to who asked, whatever their order, and between the messages before and after them', async () => {
  const asked: unknown[] = []
  const url = await serve((socket, [name, body, id]) => {
    if (name === 'hello') send(socket, 'welcome', {})
    if (name === 'first') asked.push(id)
    if (name !== 'second') return
    expect(body).toEqual({ of: 2 })
    send(socket, 'before', {})
    send(socket, 'reply', { n: 2 }, id)
    send(socket, 'reply', { n: 1 }, asked[0])
    send(socket, 'reply', { n: 1 }, asked[0])
    send(socket, 'reply', { n: 9 }, 999)
    send(socket, 'after', {})
  })
  const { link, heard, answered, next } = open(url)
  await next()
  const order: string[] = []
  const note = (asked: string) => (reply: unknown) =>
    void order.push(...heard.map(({ type }) => type), `${asked} ${JSON.stringify(reply)}`)
  link.request('first', {}, note('first'))
  link.request('second', { of: 2 }, note('second'))
  await next()
  await next()
  expect(order).toEqual(['welcome', 'before', 'second {"n":2}', 'welcome', 'before', 'first {"n":1}'])
  expect(heard.map(({ type }) => type)).toEqual(['welcome', 'before', 'after'])
  const took = (n: number, id: unknown): number => encodeMsgpack(['reply', { n }, id]).length
  expect(answered).toEqual([took(2, 2), took(1, 1), took(1, 1), took(9, 999)])
})

test('what is not to be answered has no id', async () => {
  const told = Promise.withResolvers<readonly unknown[]>()
  const url = await serve((socket, message) => {
    if (message[0] === 'hello') send(socket, 'welcome', {})
    else told.resolve(message)
  })
  const { link, next } = open(url)
  await next()
  link.tell('ack', { n: 1 })
  expect(await told.promise).toEqual(['ack', { n: 1 }])
})

test.each([
  { code: 4001, next: 'stop', error: { code: 401, slug: 'unauthorized', message: 'who are you' } },
  { code: 4003, next: 'stop', error: { code: 403, slug: 'forbidden', message: 'not from there' } },
  { code: 4106, next: 'backoff', error: { code: 406, slug: 'connection-limit', message: 'full', retryAfterMs: 900 } },
])('a hello refused with $error.slug is that error, and means $next', async ({ code, next, error }) => {
  const url = await serve((socket) => {
    send(socket, 'error', { ...error, re: 'hello' })
    socket.close(code, error.slug)
  })
  expect(await open(url).end).toMatchObject({ next, error })
})

test.each([
  { code: 4001, next: 'stop' },
  { code: 4107, next: 'backoff' },
  { code: 4200, next: 'at-once' },
  { code: 1011, next: 'backoff' },
])('closed with $code means $next', async ({ code, next }) => {
  const url = await serve((socket) => socket.close(code, 'because'))
  expect(await open(url).end).toMatchObject({
    next,
    error: { slug: 'connection-lost', message: `the connection closed: because (close code ${code})` },
  })
})

test('an error of long ago is not the reason for a line that breaks', async () => {
  const url = await serve((socket) => {
    send(socket, 'error', { code: 429, slug: 'rate-limited', message: 'too many' })
    socket.terminate()
  })
  expect(await open(url).end).toMatchObject({ next: 'backoff', error: { slug: 'connection-lost' } })
})

test('nobody at the address, and a server without the door, are failed attempts, to be made again', async () => {
  const url = await serve(() => {}, '/elsewhere')
  expect(await open(url).end).toMatchObject({ next: 'backoff', error: { slug: 'connect-failed' } })
  const gone = new URL('http://127.0.0.1:1')
  expect(await open(gone).end).toMatchObject({ next: 'backoff', error: { slug: 'connect-failed' } })
})

test.each([
  { name: 'random bytes', frame: Buffer.from([0xc1, 0xff, 0x00]) },
  { name: 'msgpack that is no message', frame: Buffer.from(encodeMsgpack({ hello: 1 })) },
  { name: 'a message without a type', frame: Buffer.from(encodeMsgpack([1, {}])) },
  { name: 'text', frame: '["welcome",{}]' },
])('$name ends the link and nothing else', async ({ frame }) => {
  const url = await serve((socket) => {
    send(socket, 'welcome', {})
    socket.send(frame)
    send(socket, 'late', {})
  })
  const { end, heard } = open(url)
  expect(await end).toMatchObject({ next: 'backoff', error: { slug: 'malformed-message' } })
  expect(heard.map(({ type }) => type)).toEqual(['welcome'])
})

test('the path of the address goes before the door', async () => {
  const url = await serve((socket) => send(socket, 'welcome', {}), '/market/v1/stream')
  url.pathname = '/market/'
  expect((await open(url).next()).type).toBe('welcome')
})

test('after terminate nothing is heard, and the server sees us go', async () => {
  const gone = Promise.withResolvers<void>()
  const url = await serve((socket) => {
    socket.on('close', () => gone.resolve())
    send(socket, 'welcome', {})
  })
  const { link, heard, next } = open(url)
  await next()
  link.terminate()
  link.request('ping', {}, () => heard.push({ type: 'answer', body: 0, bytes: 0 }))
  await gone.promise
  expect(heard).toHaveLength(1)
})
