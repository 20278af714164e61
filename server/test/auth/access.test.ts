import { once } from 'node:events'
import { io } from 'socket.io-client'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { newKey } from '../../src/auth/api-keys.ts'
import { folder } from '../fakes/folder.ts'
import { type Running, startGateway } from '../fakes/running.ts'

const [full, btc, admin] = [newKey('full'), newKey('btc'), newKey('admin')]
const LINES = [
  full.line,
  JSON.stringify({ ...JSON.parse(btc.line), symbols: ['test:BTC-*'], channels: ['book'], maxDepth: 1 }),
]
const PAGE = 'https://app.example'

let gateway: Running
beforeEach(async () => {
  const files = folder()
  gateway = await startGateway(
    {
      auth: [{ kind: 'keys', file: files.write('keys', LINES.join('\n')) }],
      adminTokenFile: files.write('admin', admin.key),
      origins: [PAGE],
    },
    ['BTC', 'ETH'],
  )
  onTestFinished(() => gateway.close())
})

type Said = { readonly token?: string; readonly origin?: string; readonly method?: string }

async function get(path: string, { token, origin, method = 'GET' }: Said = {}) {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(origin === undefined ? {} : { origin }),
  }
  const response = await fetch(gateway.url + path, { method, headers })
  const text = await response.text()
  return { status: response.status, text, headers: response.headers }
}

const BOOK = '/v1/book/test:BTC-USD'
const READS = ['/v1/instruments', '/v1/feeds', BOOK, '/v1/trades/test:BTC-USD', '/v1/candles/test:BTC-USD']
const OPERATORS = ['/metrics', '/v1/server', '/v1/admin/sessions']

test.each(READS)('%s wants a token, says so, and gives nothing before', async (path) => {
  const refused = await get(path)
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  expect(JSON.parse(refused.text)).toMatchObject({
    code: 401,
    slug: 'unauthorized',
    message: expect.stringMatching(/^missing: /),
  })
  expect((await get(path, { token: newKey('x').key })).text).toContain('unknown: ')
  expect((await get(path, { token: admin.key })).status).toBe(401)
  expect((await get(path, { token: full.key })).status).toBe(200)
})

test.each(OPERATORS)("%s is the operators': no client's key opens it", async (path) => {
  expect((await get(path)).status).toBe(401)
  expect((await get(path, { token: full.key })).status).toBe(401)
  expect((await get(path, { token: admin.key })).status).toBe(200)
})

test("who is refused at the operators' pages is counted like anyone who is refused", async () => {
  const refused = (reason: string) => gateway.app.metrics.value('depthcast_auth_refusals_total', reason)
  await get('/metrics')
  expect([refused('missing'), refused('unknown')]).toEqual([1, 0])
  await get('/v1/admin/sessions', { token: full.key })
  expect([refused('missing'), refused('unknown')]).toEqual([1, 1])
})

test('anyone may ask how the gateway is', async () => {
  expect((await get('/healthz')).status).toBe(200)
})

test('a key sees and reads what it is entitled to, and is told what that is', async () => {
  const token = btc.key
  expect(JSON.parse((await get('/v1/instruments', { token })).text)).toMatchObject([{ id: 'test:BTC-USD' }])
  expect(JSON.parse((await get(BOOK, { token })).text)).toMatchObject({
    bids: [['1.00', '0.005']],
    asks: [['1.01', '0.004']],
  })
  expect((await get(`${BOOK}?depth=2`, { token })).text).toContain('from 1 to 1')
  expect(await get('/v1/book/test:ETH-USD', { token })).toMatchObject({
    status: 403,
    text: expect.stringContaining('you may have test:BTC-*'),
  })
  // Not even whether there is such an instrument.
  expect((await get('/v1/book/test:XYZ-USD', { token })).status).toBe(403)
  expect(await get('/v1/trades/test:BTC-USD', { token })).toMatchObject({
    status: 403,
    text: expect.stringContaining('you may have book'),
  })
})

test('a page that may is let in and may read the answer, refusals too; another is refused and may not', async () => {
  const token = full.key
  const good = await get(BOOK, { token, origin: PAGE })
  expect([good.status, good.headers.get('access-control-allow-origin'), good.headers.get('vary')]).toEqual([
    200,
    PAGE,
    'origin',
  ])
  expect((await get(BOOK, { origin: PAGE })).headers.get('access-control-allow-origin')).toBe(PAGE)
  const bad = await get(BOOK, { token, origin: 'https://evil.example' })
  expect([bad.status, bad.headers.get('access-control-allow-origin')]).toEqual([403, null])
  const own = await get(BOOK, { token, origin: gateway.url })
  expect(own.status).toBe(200)
  const preflight = await get(BOOK, { method: 'OPTIONS', origin: PAGE })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, PAGE])
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
  const other = await get(BOOK, { method: 'OPTIONS', origin: 'https://evil.example' })
  expect(other.headers.get('access-control-allow-origin')).toBeNull()
})

function socketIo(path: string, { token, origin }: Said) {
  const client = io(gateway.url, {
    path,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    ...(token === undefined ? {} : { auth: { token } }),
    ...(origin === undefined ? {} : { extraHeaders: { origin } }),
  })
  onTestFinished(() => void client.disconnect())
  return new Promise<unknown>((resolve) => {
    client.once('welcome', () => resolve('welcome'))
    client.once('connect_error', (error) => resolve((error as unknown as { data: { code: number } }).data.code))
  })
}

async function webSocket(_path: string, { token, origin }: Said) {
  const client = new WebSocket(`${gateway.url.replace('http', 'ws')}/v1/stream`, 'depthcast.v1.json', {
    ...(origin === undefined ? {} : { origin }),
  })
  onTestFinished(() => client.terminate())
  await once(client, 'open')
  client.send(JSON.stringify(['hello', token === undefined ? {} : { token }]))
  const [message] = (await once(client, 'message')) as [Buffer]
  const [type, body] = JSON.parse(String(message)) as [string, { readonly code?: number }]
  return type === 'welcome' ? type : body.code
}

async function sse(_path: string, { token, origin }: Said) {
  const response = await fetch(`${gateway.url}/v1/sse?subscribe=book.test:BTC-USD`, {
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(origin === undefined ? {} : { origin }),
    },
  })
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  await reader?.cancel()
  return response.ok && Buffer.from(value ?? []).includes('event: ') ? 'welcome' : response.status
}

const DOORS: readonly (readonly [string, (path: string, said: Said) => Promise<unknown>])[] = [
  ['/socket.io-json/', socketIo],
  ['/v1/stream', webSocket],
  ['/v1/sse', sse],
]

test.each(DOORS)('the door %s opens to keys alone, and to pages that may', async (path, come) => {
  expect(await come(path, {})).toBe(401)
  expect(await come(path, { token: newKey('x').key })).toBe(401)
  expect(await come(path, { token: admin.key })).toBe(401)
  expect(await come(path, { token: full.key })).toBe('welcome')
  expect(await come(path, { token: full.key, origin: PAGE })).toBe('welcome')
  expect(await come(path, { token: full.key, origin: gateway.url })).toBe('welcome')
  expect(await come(path, { token: full.key, origin: 'https://evil.example' })).toBe(403)
})

test("without a token of their own, operators' pages are shut and say how to open them", async () => {
  const shut = await startGateway()
  onTestFinished(() => shut.close())
  const response = await fetch(`${shut.url}/v1/admin/sessions`)
  expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('--admin-token-file')])
  // What everyone may read on an open gateway.
  expect((await fetch(`${shut.url}/metrics`)).status).toBe(200)
})

test('operators see who is connected, a page at a time, and no secret', async () => {
  for (const [token, name] of [
    [full.key, 'one'],
    [btc.key, 'two'],
  ] as const) {
    const client = io(gateway.url, {
      path: '/socket.io-json/',
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: { token, client: name },
    })
    onTestFinished(() => void client.disconnect())
    await client.emitWithAck('subscribe', { channel: 'book', symbols: ['test:BTC-USD'], depth: 1 })
  }
  const { text } = await get('/v1/admin/sessions', { token: admin.key })
  const { total, sessions } = JSON.parse(text) as { total: number; sessions: readonly { client: string }[] }
  expect(total).toBe(2)
  expect(sessions).toMatchObject(
    ['one', 'two'].map((client, index) => ({
      client,
      identity: `key:${['full', 'btc'][index]}`,
      address: '127.0.0.1',
      door: 'socketio-json',
      subscriptions: [{ channel: 'book', symbol: 'test:BTC-USD', granted: { depth: 1 } }],
    })),
  )
  for (const { key } of [full, btc, admin]) expect(text).not.toContain(key.slice(3))
  const page = JSON.parse((await get('/v1/admin/sessions?offset=1&limit=1', { token: admin.key })).text)
  expect(page).toMatchObject({ total: 2, offset: 1, sessions: [{ client: sessions[1]?.client }] })
  expect((await get('/v1/admin/sessions?limit=1001', { token: admin.key })).status).toBe(422)
  expect((await get('/metrics', { token: admin.key })).text).toContain('depthcast_sessions{door="socketio-json"} 2')
})
