import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { newKey } from '../src/auth/api-keys.ts'
import { folder } from './fakes/folder.ts'
import { type Running, startGateway } from './fakes/running.ts'

const PATH = '/v1/sse?subscribe=book.test:BTC-USD.all.1.raw'
let gateway: Running

beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.close())

type Stream = { readonly response: IncomingMessage; text(): string; until(part: string | RegExp): Promise<string> }

async function listen(path: string, headers: Record<string, string> = {}): Promise<Stream> {
  const request = get(gateway.url + path, { agent: false, headers })
  request.on('error', () => {})
  onTestFinished(() => void request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  let [text, wake] = ['', () => {}]
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    wake()
  })
  response.on('error', () => {})
  return {
    response,
    text: () => text,
    async until(part) {
      while (!(typeof part === 'string' ? text.includes(part) : part.test(text)))
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return text
    },
  }
}

const open = () => gateway.app.metrics.value('depthcast_sessions', 'sse')

test('a stream is events alone: no length, no chunks, kept by nobody on the way, and a pause for who comes back', async () => {
  const { response, until } = await listen(PATH)
  expect([response.statusCode, response.headers]).toMatchObject([
    200,
    {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close',
    },
  ])
  expect([response.headers['transfer-encoding'], response.headers['content-length']]).toEqual([undefined, undefined])
  const text = await until(/^id: /m)
  expect(text.startsWith('retry: 2000\n\nevent: welcome\ndata: {"protocol":1,')).toBe(true)
  const types = [...text.matchAll(/^event: (\S+)$/gm)].map(([, type]) => type)
  expect(types.filter((type) => type !== 'heartbeat')).toEqual(['welcome', 'subscribed', 'status', 'snapshot'])
})

test('an id follows what moves a view, and nothing else', async () => {
  const { until } = await listen(PATH)
  await until(/^id: /m)
  gateway.script.status('stale')
  gateway.script.delta([100, 9], [])
  const text = await until(/event: update\n[\s\S]*\nid: /)
  const kinds = [...text.matchAll(/^(?:event: (\S+)|(id): \S+\.(\d+))$/gm)].map(
    ([, type, id, seq]) => type ?? `${id} ${seq}`,
  )
  expect(kinds.filter((kind) => kind !== 'heartbeat').slice(3)).toEqual([
    'snapshot',
    'id 1',
    'status',
    'update',
    'id 2',
  ])
})

test('where a browser has got to counts more than the address it came to first', async () => {
  const first = await listen(PATH)
  const old = /^id: (\S+)$/m.exec(await first.until(/^id: /m))?.[1] ?? ''
  gateway.script.delta([100, 9], [])
  const newest = /[\s\S]*^id: (\S+)$/m.exec(await first.until(/\.2\n\n/))?.[1] ?? ''
  expect(newest).not.toBe(old)
  const back = await listen(`${PATH}&resume=${encodeURIComponent(old)}`, { 'last-event-id': newest })
  expect(await back.until('event: status')).toContain('"recovered":true')
  gateway.script.delta([100, 10], [])
  const text = await back.until('event: update')
  expect(text).not.toContain('event: snapshot')
  expect(text).not.toContain('event: subscribed')
  expect(text).toContain('"prev":2')
})

test('a gateway that goes away tells the browser when to come back', async () => {
  const { until, response } = await listen(PATH)
  await until('event: snapshot')
  const closing = gateway.close()
  await until(/retry: \d+\nevent: shutdown\ndata: \{.*"resume":"/)
  await once(response, 'close')
  await closing
})

test('one who is to stay away is told why, and to wait as long as can be told', async () => {
  await gateway.close()
  const files = folder()
  const key = newKey('reader')
  const keys = { kind: 'keys', file: files.write('keys', key.line) } as const
  gateway = await startGateway({ auth: [keys], heartbeatMs: 100 })
  const { until, response } = await listen(`${PATH}&token=${key.key}`)
  await until('event: snapshot')
  files.write('keys', newKey('another').line)
  await until(/event: error\ndata: \{"code":401.*\}\n\nretry: 86400000\n\n$/)
  await once(response, 'close')
})

test('a page of a host that may is told that it may ask, with what headers', async () => {
  await gateway.close()
  gateway = await startGateway({ origins: ['https://app.example'] })
  const ask = (origin: string) => fetch(gateway.url + PATH, { method: 'OPTIONS', headers: { origin } })
  const [good, bad] = [await ask('https://app.example'), await ask('https://evil.example')]
  expect([good.status, good.headers.get('access-control-allow-headers')]).toEqual([
    204,
    expect.stringContaining('last-event-id'),
  ])
  expect(good.headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect(bad.headers.get('access-control-allow-origin')).toBeNull()
  const { response } = await listen(PATH, { origin: 'https://app.example' })
  expect(response.headers['access-control-allow-origin']).toBe('https://app.example')
})

test('who has gone is gone at once', async () => {
  const { until, response } = await listen(PATH)
  await until('event: snapshot')
  expect(open()).toBe(1)
  response.destroy()
  await expect.poll(open).toBe(0)
  expect(gateway.app.metrics.value('depthcast_views')).toBe(0)
})

test('one who stops reading is not sent the past: what it reads first is a little old, and then it is level', async () => {
  const { metrics } = gateway.app
  const client = await stalled()
  let deltas = 0
  while (metrics.value('depthcast_slow_marks_total') === 0) {
    for (let n = 0; n < 100; n++) gateway.script.delta([100, 1 + (deltas++ % 1000), 50 + (deltas % 40), 1], [])
    await new Promise(setImmediate)
  }
  const frames = metrics.value('depthcast_frames_total')
  for (let n = 0; n < 1000; n++) gateway.script.delta([100, 1 + (deltas++ % 1000)], [])
  expect(metrics.value('depthcast_frames_total')).toBe(frames)
  let text = ''
  client.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-20_000)
  })
  client.resume()
  await expect.poll(() => text).toContain(`"seq":${deltas + 1},`)
})

/** A client of bytes that asks and then reads nothing. */
async function stalled(): Promise<Socket> {
  const client = connect(gateway.port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  client.pause()
  client.write(`GET ${PATH} HTTP/1.1\r\nHost: localhost:${gateway.port}\r\n\r\n`)
  await expect.poll(open).toBe(1)
  return client
}

test('a stream behind an unfinished answer is refused, and the answer before it is whole', async () => {
  const { headers } = await fetch(`${gateway.url}/v1/book/test:BTC-USD`)
  const client = connect(gateway.port, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  const request = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost:${gateway.port}\r\n${more}\r\n`
  const wait = request('/v1/book/test:BTC-USD?wait=60000', `If-None-Match: ${headers.get('etag')}\r\n`)
  client.write(wait + request(PATH))
  await expect.poll(() => gateway.app.metrics.value('depthcast_waiting_requests')).toBe(1)
  let text = ''
  client.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  gateway.script.delta([100, 8], [])
  await expect.poll(() => text).toContain('cannot wait behind another answer')
  expect(text).toMatch(/^HTTP\/1.1 200 OK[\s\S]*"seq":2[\s\S]*HTTP\/1.1 400 Bad Request/)
  expect(open()).toBe(0)
})

test('a second question mark begins nothing: what is behind it is not passed over', async () => {
  const response = await fetch(`${gateway.url}${PATH}?token=x`)
  expect([response.status, await response.json()]).toMatchObject([422, { slug: 'unsupported' }])
})
