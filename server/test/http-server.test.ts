import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { io } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { loadConfig } from '../src/config.ts'
import { httpServer } from '../src/http-server.ts'
import { Metrics } from '../src/metrics.ts'
import { keepCertificate, readCertificate } from '../src/tls.ts'
import { selfSigned } from './fakes/certificate.ts'
import { FakeClock } from './fakes/clock.ts'
import { folder } from './fakes/folder.ts'
import { FakeLog } from './fakes/log.ts'
import { startGateway } from './fakes/running.ts'

const { limits } = loadConfig()

async function started(overrides: Parameters<typeof startGateway>[0] = {}) {
  const gateway = await startGateway(overrides)
  onTestFinished(() => gateway.close())
  return gateway
}

async function secured() {
  const files = selfSigned(folder().path)
  const gateway = await started({ tls: files })
  return { gateway, files, ca: readFileSync(files.cert) }
}

/** The answer to a GET over TLS. */
async function getSecurely(url: string, ca: Buffer) {
  const asked = request(url, { ca, agent: false }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return { status: response.statusCode, headers: response.headers, text }
}

test('with a certificate every door and route speaks TLS, and only TLS', async () => {
  const { gateway, ca } = await secured()
  expect(gateway.url).toMatch(/^https:/)
  const { status, headers } = await getSecurely(`${gateway.url}/v1/instruments`, ca)
  expect([status, headers['strict-transport-security']]).toEqual([200, 'max-age=31536000'])
  const options = { ca: String(ca), path: '/socket.io-json/', transports: ['websocket'], reconnection: false }
  const client = io(gateway.url, { ...options, forceNew: true })
  const ack = (await client.emitWithAck('subscribe', { channel: 'book', symbols: ['test:BTC-USD'] })) as object
  expect(ack).toMatchObject({ results: [{ symbol: 'test:BTC-USD' }] })
  client.disconnect()
  const raw = new WebSocket(`${gateway.url.replace('https', 'wss')}/v1/stream`, 'depthcast.v1.json', { ca })
  await once(raw, 'open')
  raw.send('["hello",{}]')
  const [message] = (await once(raw, 'message')) as [Buffer]
  expect(JSON.parse(String(message))).toMatchObject(['welcome', {}])
  raw.terminate()
  const stream = request(`${gateway.url}/v1/sse?subscribe=book.test:BTC-USD`, { ca, agent: false }).end()
  const [events] = (await once(stream, 'response')) as [IncomingMessage]
  const [first] = (await once(events, 'data')) as [Buffer]
  expect(String(first)).toContain('event: welcome')
  stream.destroy()
  const plain = connect(gateway.port, '127.0.0.1')
  plain.end('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
  expect(await everything(plain)).not.toContain('200')
  const old = connectTls({ port: gateway.port, host: '127.0.0.1', ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })
  await expect(once(old, 'secureConnect')).rejects.toThrow()
})

test('a renewed certificate counts without a restart; a pair that does not match changes nothing', () => {
  const { path } = folder()
  const [files, renewed] = [selfSigned(path), selfSigned(path, 'renewed')]
  const [clock, log, metrics] = [new FakeClock(), new FakeLog(), new Metrics()]
  const server = httpServer({ limits, certificate: readCertificate(files), metrics })
  const taken: string[] = []
  const stop = keepCertificate(server as unknown as Parameters<typeof keepCertificate>[0], files, {
    clock,
    log,
    onTaken: ({ options }) => taken.push(String(options.cert)),
  })
  copyFileSync(renewed.cert, files.cert)
  clock.advance(10_000)
  clock.advance(10_000)
  expect([taken.length, log.of('tls.certificate-refused').length]).toEqual([0, 1])
  copyFileSync(renewed.key, files.key)
  clock.advance(10_000)
  expect(taken).toEqual([readFileSync(renewed.cert, 'utf8')])
  stop()
  expect(clock.pending).toBe(0)
})

test('what clients get after a renewal is the new certificate', async () => {
  const { path } = folder()
  const [files, renewed] = [selfSigned(path), selfSigned(path, 'renewed')]
  const [clock, log, metrics] = [new FakeClock(), new FakeLog(), new Metrics()]
  const server = httpServer({ limits, certificate: readCertificate(files), metrics })
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const subject = async () => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return CN
  }
  expect(await subject()).toBe('tls')
  keepCertificate(server as unknown as Parameters<typeof keepCertificate>[0], files, { clock, log, onTaken() {} })
  copyFileSync(renewed.cert, files.cert)
  copyFileSync(renewed.key, files.key)
  clock.advance(10_000)
  expect(await subject()).toBe('renewed')
})

test.each([
  [
    'a certificate that is not there',
    ({ key }: Files) => ({ cert: '/nowhere.crt', key }),
    '/nowhere.crt cannot be read: ENOENT',
  ],
  ['a certificate that is a key', ({ key }: Files) => ({ cert: key, key }), 'not a certificate in PEM'],
  ['a key that is a certificate', ({ cert }: Files) => ({ cert, key: cert }), 'not a private key in PEM'],
  [
    "another one's key",
    ({ cert }: Files, other: Files) => ({ cert, key: other.key }),
    'is not the key of the certificate',
  ],
])('%s is refused in one line', (_name, choose, word) => {
  const { path } = folder()
  const files = choose(selfSigned(path), selfSigned(path, 'other'))
  expect(() => readCertificate(files)).toThrow(expect.objectContaining({ name: 'ConfigError' }))
  expect(() => readCertificate(files)).toThrow(word)
  expect(() => readCertificate(files)).not.toThrow(/\n/)
})

type Files = { readonly cert: string; readonly key: string }

/** What comes until the other side closes. */
async function everything(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += String(chunk)
  })
  // What is written as the other end closes is an error of the socket; by `once` of node:events it would be one of the test.
  socket.on('error', () => {})
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return text
}

test.each([
  ['says nothing', ''],
  ['stops in its request line', 'GET /v1/instru'],
  ['stops in its headers', 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: lor'],
  ['stops in its body', 'GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345'],
])('a connection that %s is closed; others do not notice', async (_name, text) => {
  const gateway = await started({ limits: { ...limits, handshakeMs: 200 } })
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write(text)
  await everything(socket)
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
})

test('a connection that drips its headers is closed, however lively it looks', async () => {
  const gateway = await started({ limits: { ...limits, handshakeMs: 300 } })
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write('GET /healthz HTTP/1.1\r\n')
  const drip = setInterval(() => socket.write('x: y\r\n'), 20)
  await everything(socket)
  clearInterval(drip)
})

test('a connection that never begins its TLS handshake is closed', async () => {
  const gateway = await started({ tls: selfSigned(folder().path), limits: { ...limits, handshakeMs: 200 } })
  await everything(connect(gateway.port, '127.0.0.1'))
})

test('headers that are too big are refused as such', async () => {
  const gateway = await started()
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(20_000)}\r\n\r\n`)
  expect(await everything(socket)).toContain('431')
})

const SECURE = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

test.each([
  '/',
  '/nothing',
  '/healthz',
  '/metrics',
  '/v1/instruments',
  '/v1/book/test:NO-SUCH',
  '/v1/admin/sessions',
  '/v1/sse?subscribe=book.test:BTC-USD',
  '/v1/sse',
  '/v1/stream',
  '/socket.io/?EIO=4&transport=polling',
  '/%ff',
])('%s has every header that keeps a browser from misusing it', async (path) => {
  const files = folder()
  files.write('index.html', '<title>x</title>')
  const gateway = await started({ webDir: files.path })
  const response = await fetch(gateway.url + path)
  await response.body?.cancel()
  const headers = Object.fromEntries(response.headers)
  expect(headers).toMatchObject(SECURE)
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers).not.toHaveProperty('x-powered-by')
  expect(headers).not.toHaveProperty('strict-transport-security')
})

test('beyond as many connections as may be, one more is closed unheard, and counted', async () => {
  const metrics = new Metrics()
  const server = httpServer({ limits: { ...limits, connections: 1 }, certificate: undefined, metrics })
  onTestFinished(() => void server.close())
  // Few enough for a test: what is counted is that the server's bound closes, and that it is told.
  server.maxConnections -= 999
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const kept = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  onTestFinished(() => {
    for (const socket of kept) socket.destroy()
  })
  await Promise.all(kept.map((socket) => once(socket, 'connect')))
  const dropped = once(server, 'drop')
  expect(await everything(connect(port, '127.0.0.1'))).toBe('')
  await dropped
  expect(metrics.value('depthcast_sockets_dropped_total')).toBe(1)
})

test('a request that offers another protocol is answered in this one, as if it had not', async () => {
  const gateway = await started()
  // What curl sends with --http2.
  const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQCAAAAAAIAAAAA' }
  const asked = get(`${gateway.url}/v1/instruments`, { headers: offer, agent: false })
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(200)
  response.destroy()
})

test('an address that names the host, as proxies write it, is the same address', async () => {
  const gateway = await started({ origins: ['https://app.example'] })
  const socket = connect(gateway.port, '127.0.0.1')
  const head = ['host: x', 'origin: https://app.example', 'connection: close', '', ''].join('\r\n')
  socket.write(`GET http://gateway.example:80/v1/book/test:BTC-USD?depth=1 HTTP/1.1\r\n${head}`)
  const text = await everything(socket)
  expect(text).toMatch(/^HTTP\/1.1 200 OK/)
  expect(text).toContain('access-control-allow-origin: https://app.example')
  expect(text).toContain('"bids":[["1.00","0.005"]]')
})
