import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { encodeMsgpack } from '@depthcast/protocol'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { loadConfig } from '../src/config.ts'
import { pingFrame } from '../src/transports/frame.ts'
import { type Running, startGateway } from './fakes/running.ts'

const JSON_DOOR = 'depthcast.v1.json'
let gateway: Running

beforeEach(async () => {
  // A busy machine takes longer than usual between two messages: no heartbeat comes between.
  gateway = await startGateway({ heartbeatMs: 60_000 })
})
afterEach(() => gateway.close())

type Line = {
  readonly socket: WebSocket
  readonly heard: unknown[][]
  next(): Promise<unknown[]>
  say(...message: unknown[]): void
  readonly closed: Promise<readonly [code: number, reason: string]>
}

async function open(protocol = JSON_DOOR, url = gateway.url): Promise<Line> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, protocol)
  onTestFinished(() => socket.terminate())
  const heard: unknown[][] = []
  let [read, wake] = [0, () => {}]
  socket.on('message', (bytes) => {
    heard.push(JSON.parse(String(bytes)) as unknown[])
    wake()
  })
  const closed = new Promise<readonly [number, string]>((resolve) => {
    socket.once('close', (code, reason) => resolve([code, String(reason)]))
  })
  await once(socket, 'open')
  return {
    socket,
    heard,
    closed,
    say: (...message) => socket.send(JSON.stringify(message)),
    async next() {
      while (read === heard.length) await new Promise<void>((resolve) => (wake = resolve))
      return heard[read++] as unknown[]
    },
  }
}

test.each([undefined, '', 'depthcast.v2.json', 'soap, xmpp'])(
  'the subprotocol %s is refused with 400 and both names',
  async (protocol) => {
    const stray = request(`${gateway.url}/v1/stream`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(protocol === undefined ? {} : { 'sec-websocket-protocol': protocol }),
      },
    }).end()
    const [response] = (await once(stray, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response) text += String(chunk)
    expect([response.statusCode, text]).toEqual([
      400,
      'offer one of the subprotocols depthcast.v1.msgpack or depthcast.v1.json\n',
    ])
  },
)

test('of several subprotocols the client’s first that is known here is spoken', async () => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/v1/stream`, [
    'soap',
    JSON_DOOR,
    'depthcast.v1.msgpack',
  ])
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  expect(socket.protocol).toBe(JSON_DOOR)
})

test('a path beneath the door’s is nobody’s', async () => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/v1/stream/x`, JSON_DOOR)
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(response.statusCode).toBe(404)
})

test('what was sent right behind hello is taken in order, and answered after welcome', async () => {
  const line = await open()
  line.say('hello', {}, 0)
  line.say('ping', { t: 1 }, 1)
  line.say('ping', { t: 2 }, 2)
  const heard = [await line.next(), await line.next(), await line.next(), await line.next()]
  expect(heard.map(([type, body, id]) => (type === 'reply' ? [(body as { t?: number }).t, id] : type))).toEqual([
    'welcome',
    [undefined, 0],
    [1, 1],
    [2, 2],
  ])
})

test('who says something else first is told, and the line closes', async () => {
  const line = await open()
  line.say('subscribe', {}, 1)
  expect(await line.next()).toEqual([
    'error',
    { code: 400, slug: 'bad-request', message: 'the first request must be hello', re: 'hello' },
  ])
  expect(await line.closed).toEqual([4000, 'bad-request'])
})

test('who says nothing is told how long there was, and the line closes with 4108', async () => {
  const impatient = await startGateway({ limits: { ...loadConfig().limits, handshakeMs: 100 } })
  const line = await open(JSON_DOOR, impatient.url)
  expect(await line.next()).toEqual([
    'error',
    { code: 408, slug: 'timeout', message: 'no hello within 100 ms (handshakeMs)', re: 'hello' },
  ])
  expect(await line.closed).toEqual([4108, 'timeout'])
  await impatient.close()
})

test('who said hello in time is not cut when the time is over', async () => {
  const impatient = await startGateway({ heartbeatMs: 100, limits: { ...loadConfig().limits, handshakeMs: 100 } })
  const line = await open(JSON_DOOR, impatient.url)
  line.say('hello')
  for (let beats = 0; beats < 3; ) if ((await line.next())[0] === 'heartbeat') beats++
  expect(line.socket.readyState).toBe(WebSocket.OPEN)
  await impatient.close()
})

test.each([
  ['[]', 'a request is [name, payload, id?]'],
  ['{}', 'a request is [name, payload, id?]'],
  ['null', 'a request is [name, payload, id?]'],
  ['["ping", {}, 1, 2]', 'a request is [name, payload, id?]'],
  ['[1, {}]', 'the name of a request must be a string'],
  ['["ping", {}, -1]', 'the id of a request must be a whole number'],
  ['["ping", {}, "a"]', 'the id of a request must be a whole number'],
  ['["ping", {}, {"__proto__": 1}]', 'the id of a request must be a whole number'],
  ['ping', 'the message is not JSON'],
])('%s is answered with what a request is, and the line closes', async (text, message) => {
  const line = await open()
  line.say('hello')
  await line.next()
  line.socket.send(text)
  expect(await line.next()).toMatchObject(['error', { code: 400, message }])
  expect(await line.closed).toEqual([4000, 'bad-request'])
})

test('bytes are no JSON, and text is no msgpack', async () => {
  const line = await open()
  line.socket.send(Buffer.from('["hello"]'))
  expect(await line.next()).toMatchObject(['error', { message: 'depthcast.v1.json is spoken in text messages' }])
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/v1/stream`, 'depthcast.v1.msgpack')
  await once(socket, 'open')
  socket.send('["hello"]')
  const [code] = (await once(socket, 'close')) as [number]
  expect(code).toBe(4000)
})

test('a key named __proto__ is a field like any other, and refused as one', async () => {
  const line = await open()
  line.socket.send('["hello", {"__proto__": {"token": "x"}}]')
  expect(await line.next()).toMatchObject(['error', { code: 400, message: expect.stringContaining('__proto__') }])
})

test('the same key in msgpack is refused as well', async () => {
  const tcp = await upgraded()
  const text = (word: string) => Buffer.from([0xa0 | word.length, ...Buffer.from(word)])
  const map = (...parts: Buffer[]) => Buffer.concat([Buffer.from([0x81]), ...parts])
  const hello = [Buffer.from([0x92]), text('hello'), map(text('__proto__'), map(text('token'), text('x')))]
  tcp.write(masked(Buffer.concat(hello)))
  const [answer] = (await once(tcp, 'data')) as [Buffer]
  expect(String(answer)).toContain('bad-request')
})

test('a message in pieces is one message', async () => {
  const line = await open()
  line.socket.send('["hel', { fin: false })
  line.socket.send('lo"]', { fin: true })
  expect((await line.next())[0]).toBe('welcome')
})

test('all that is due at one moment leaves in one write', async () => {
  const tcp = await upgraded()
  const aliases = [
    'book.test:BTC-USD.raw',
    'book.test:BTC-USD.1.raw',
    'ticker.test:BTC-USD.raw',
    'trades.test:BTC-USD.raw',
  ]
  tcp.write(masked(encodeMsgpack(['hello', {}])))
  tcp.write(masked(encodeMsgpack(['subscribe', aliases])))
  await expect.poll(() => gateway.app.metrics.value('depthcast_subscriptions')).toBe(4)
  const { metrics } = gateway.app
  const before = { writes: metrics.value('depthcast_writes_total'), frames: metrics.value('depthcast_frames_total') }
  gateway.script.delta([100, 8], [])
  expect(metrics.value('depthcast_writes_total') - before.writes).toBe(1)
  expect(metrics.value('depthcast_frames_total') - before.frames).toBe(3)
})

test('a client who takes nothing is cut in bounded time, and the others are not kept waiting', async () => {
  const tcp = await upgraded()
  tcp.write(masked(encodeMsgpack(['hello', {}])))
  await expect.poll(() => gateway.app.metrics.value('depthcast_sessions', 'websocket-msgpack')).toBe(1)
  tcp.pause()
  const closed = gateway.close()
  await closed
  expect(gateway.feed.closed).toBe(true)
})

test('a pong says how far the client has read; one nobody asked for says nothing', async () => {
  const line = await open()
  const pings: Buffer[] = []
  line.socket.on('ping', (payload: Buffer) => pings.push(payload))
  line.say('hello')
  await line.next()
  line.say('subscribe', ['book.test:BTC-USD.all.1.raw'])
  line.socket.pong(Buffer.from([1, 2, 3]))
  for (let n = 0; n < 400 && pings.length === 0; n++) {
    gateway.script.delta([100, n + 10], [])
    await new Promise(setImmediate)
  }
  await expect.poll(() => pings.length).toBeGreaterThan(0)
  expect(pings[0]).toHaveLength(6)
  expect(pingFrame(7).subarray(2)).toHaveLength(6)
})

/** A client of bytes, as ws hides what a write was. */
async function upgraded(): Promise<Socket> {
  const tcp = connect(gateway.port, '127.0.0.1')
  onTestFinished(() => void tcp.destroy())
  tcp.on('error', () => {})
  tcp.write(
    [
      'GET /v1/stream HTTP/1.1',
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: depthcast.v1.msgpack',
      '\r\n',
    ].join('\r\n'),
  )
  const [head] = (await once(tcp, 'data')) as [Buffer]
  expect(String(head)).toContain('101')
  return tcp
}

/** A client's frame, its mask all zeros. */
function masked(payload: Uint8Array): Buffer {
  const head =
    payload.length < 126
      ? [0x82, 0x80 | payload.length]
      : [0x82, 0x80 | 126, payload.length >> 8, payload.length & 0xff]
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload])
}
