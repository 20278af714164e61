import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { checksum } from '@depthcast/market'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ANYONE, openHouse } from '../src/auth/gatekeeper.ts'
import type { Identity } from '../src/auth/identity.ts'
import { turnstile } from '../src/auth/turnstile.ts'
import { loadConfig } from '../src/config.ts'
import { METRICS } from '../src/metric-table.ts'
import { type Request, router } from '../src/routes/router.ts'
import { type Running, startGateway } from './fakes/running.ts'

let gateway: Running
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'depthcast-'))
  gateway = await startGateway({ webDir: folder }, ['BTC', 'ETH'])
})
afterEach(async () => {
  await gateway.close()
  rmSync(folder, { recursive: true })
})

async function get(path: string, init?: RequestInit): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(gateway.url + path, init)
  const text = await response.text()
  const isJson = text !== '' && response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
}

test('the book is decimal strings, best first, with the checksum of exactly these levels', async () => {
  const expected = {
    instrument: 'test:BTC-USD',
    epoch: 1,
    seq: 1,
    state: 'live',
    exchangeTime: expect.any(Number),
    bids: [
      ['1.00', '0.005'],
      ['0.99', '0.007'],
    ],
    asks: [
      ['1.01', '0.004'],
      ['1.02', '0.006'],
    ],
    checksum: checksum([100, 5, 99, 7], [101, 4, 102, 6], 100),
  }
  expect(await get('/v1/book/test:BTC-USD?depth=all')).toMatchObject({ status: 200, body: expected })
  expect(await get('/v1/book/test%3ABTC-USD?depth=1')).toMatchObject({
    body: { bids: [['1.00', '0.005']], checksum: checksum([100, 5], [101, 4], 100) },
  })
  expect(await get('/v1/book/test:BTC-USD?grouping=10')).toMatchObject({
    body: {
      bids: [
        ['1.00', '0.005'],
        ['0.90', '0.007'],
      ],
      asks: [['1.10', '0.010']],
    },
  })
})

test('a book that is not to be trusted is not shown', async () => {
  gateway.script.gap('book', 'checksum')
  gateway.script.status('resyncing')
  expect(await get('/v1/book/test:BTC-USD')).toMatchObject({
    status: 503,
    body: { code: 503, slug: 'not-ready', message: expect.stringContaining('resyncing') },
  })
  expect(await get('/v1/book/test:ETH-USD')).toMatchObject({ status: 503 })
})

test.each([
  ['/v1/book/test:BTX-USD', 404, 'test:BTC-USD'],
  ['/v1/book/test:BTC-USD?depth=0', 422, 'from 1 to 1000000, or all'],
  ['/v1/book/test:BTC-USD?depth=5&depth=6', 422, 'more than once'],
  ['/v1/book/test:BTC-USD?depth=1e3', 422, 'depth'],
  ['/v1/book/test:BTC-USD?grouping=0.5', 422, 'grouping'],
  ['/v1/book/test:BTC-USD?dept=5', 422, 'allowed: depth, grouping'],
  ['/v1/book/test:BTC-USD?depth=5?grouping=2', 422, 'depth must be'],
  ['/v1/trades/test:BTC-USD?limit=100000', 422, 'limit'],
  ['/v1/candles/test:BTC-USD?interval=2m', 422, '1m'],
  ['/v1/instruments?x=1', 422, 'x'],
  ['/v1/book/%E0%A4%A', 400, 'address'],
  ['/v1/nothing', 404, '/v1/nothing'],
])('%s is refused with %i as JSON', async (path, status, word) => {
  expect(await get(path)).toMatchObject({
    status,
    body: { code: status, slug: expect.any(String), message: expect.stringContaining(word) },
  })
})

test('a name that is far too long is not said back whole', async () => {
  const { status, body } = await get(`/v1/book/${'x'.repeat(9000)}`)
  expect(status).toBe(404)
  expect(JSON.stringify(body).length).toBeLessThan(300)
})

test('the most levels a client may have hold for HTTP too', async () => {
  const shallow = await startGateway({ limits: { ...loadConfig().limits, maxDepth: 1 } })
  const [whole, all] = await Promise.all(
    ['', '?depth=all'].map((query) => fetch(`${shallow.url}/v1/book/test:BTC-USD${query}`)),
  )
  expect(await whole?.json()).toMatchObject({ bids: [['1.00', '0.005']] })
  expect([all?.status, await all?.json()]).toEqual([
    422,
    expect.objectContaining({ message: 'depth must be a whole number from 1 to 1' }),
  ])
  await shallow.close()
})

test('what fails on our side is a bare 500 for the client, and the whole error for the log', async () => {
  const failures: unknown[] = []
  const broken = {
    pattern: '/broken',
    access: 'open' as const,
    handle: () => {
      throw new Error('secret')
    },
  }
  const server = createServer(
    router([broken], {
      turnstile: turnstile({ gatekeeper: openHouse, operator: undefined, isOpen: true }),
      otherwise: () => {},
      failed: (error, path) => failures.push([String(error), path]),
    }),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/broken?x=1`)
  expect([response.status, await response.json()]).toEqual([
    500,
    { code: 500, slug: 'internal', message: expect.not.stringContaining('secret') },
  ])
  expect(failures).toEqual([['Error: secret', '/broken']])
  server.close()
})

test('reading is all there is: another method is refused with what is allowed', async () => {
  const { status, headers } = await get('/v1/instruments', { method: 'POST' })
  expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect((await get('/v1/instruments', { method: 'HEAD' })).status).toBe(200)
})

test('instruments, trades and bars are listed in decimal strings', async () => {
  gateway.script.trade(100, 5, 'buy')
  gateway.script.trade(102, 1, 'sell')
  expect((await get('/v1/instruments')).body).toMatchObject([
    {
      id: 'test:BTC-USD',
      venue: 'test',
      venueSymbol: 'BTCUSD',
      base: 'BTC',
      quote: 'USD',
      tickSize: '0.01',
      lotSize: '0.001',
      state: 'live',
    },
    { id: 'test:ETH-USD', state: 'connecting' },
  ])
  expect((await get('/v1/trades/test:BTC-USD?limit=1')).body).toMatchObject({
    seq: 2,
    trades: [{ seq: 2, id: '2', price: '1.02', quantity: '0.001', side: 'sell' }],
  })
  const bars = (await get('/v1/candles/test:BTC-USD?interval=1d')).body as { candles: readonly object[] }
  expect(bars).toMatchObject({ instrument: 'test:BTC-USD', interval: '1d' })
  expect(bars.candles.at(-1)).toMatchObject({
    open: expect.any(String),
    close: '1.02',
    trades: expect.any(Number),
    final: false,
  })
})

test('every metric of the table is exposed with its help, and nothing else', async () => {
  const { body, headers } = await get('/metrics')
  const named = [...String(body).matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => [name, help])
  expect(named.sort()).toEqual(
    Object.entries(METRICS)
      .map(([name, { help }]) => [name, help])
      .sort(),
  )
  expect(headers.get('content-type')).toContain('text/plain')
  expect(body).toContain('depthcast_feed_events_total{kind="book-snapshot"} 1')
})

test('without a build the page says how to make one, and with one it is served compressed, cached and fenced in', async () => {
  expect(await get('/')).toMatchObject({ status: 503, body: expect.stringContaining('npm run build') })
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Depthcast</title>')
  writeFileSync(join(folder, 'assets', 'app-1a2b.js'), 'export {}')
  writeFileSync(join(folder, 'assets', 'app-1a2b.js.br'), brotliCompressSync('export {}'))
  const page = await get('/')
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<title>Depthcast') })
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const script = await get('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'br' } })
  expect(script.body).toBe('export {}')
  expect([script.headers.get('content-encoding'), script.headers.get('cache-control')]).toEqual([
    'br',
    'public, max-age=31536000, immutable',
  ])
  expect((await get('/../package.json')).status).toBe(404)
  expect((await get('/%2e%2e/package.json')).status).toBe(404)
})

/** A build in the gateway's folder; `mark` is in all of its files. */
function build(mark: string): void {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  const script = `export const mark = '${mark}'`
  writeFileSync(join(folder, `assets/app-${mark}.js`), script)
  writeFileSync(join(folder, `assets/app-${mark}.js.br`), brotliCompressSync(script))
  writeFileSync(join(folder, `assets/app-${mark}.js.gz`), gzipSync(script))
  writeFileSync(join(folder, 'index.html'), `<!doctype html><title>${mark}</title>`)
  writeFileSync(join(folder, '.built-from'), mark)
}

test('a new build is served at once, pages of the one before still find their parts, and a vanished folder takes nothing away', async () => {
  build('one')
  expect((await get('/')).body).toContain('one')
  rmSync(folder, { recursive: true })
  expect([(await get('/')).status, (await get('/assets/app-one.js')).status]).toEqual([200, 200])
  mkdirSync(folder)
  build('number-two')
  expect((await get('/')).body).toContain('number-two')
  expect([(await get('/assets/app-number-two.js')).status, (await get('/assets/app-one.js')).status]).toEqual([
    200, 200,
  ])
})

test.each(['bytes=10-5', 'bytes=99999-', 'bytes=-0', 'bytes=a-b', 'lines=1'])(
  'the range %s is answered whole',
  async (range) => {
    build('one')
    expect(await get('/', { headers: { range } })).toMatchObject({ status: 200, body: expect.stringContaining('one') })
    expect((await get('/healthz')).status).toBe(200)
  },
)

test.each([
  ['br, gzip', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['identity', null],
])('who reads %s gets %s, and 304 for the same bytes again', async (accepted, encoding) => {
  build('one')
  const headers = { 'accept-encoding': accepted }
  const first = await get('/assets/app-one.js', { headers })
  expect([first.headers.get('content-encoding'), first.body]).toEqual([encoding, "export const mark = 'one'"])
  const etag = first.headers.get('etag') ?? ''
  const again = await get('/assets/app-one.js', { headers: { ...headers, 'if-none-match': `"other", W/${etag}` } })
  expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag])
})

test('a HEAD has the headers of the GET and no body, and what begins with a dot is not there', async () => {
  build('one')
  const [whole, head] = [await get('/'), await get('/', { method: 'HEAD' })]
  expect([head.status, head.body, head.headers.get('content-type')]).toEqual([200, '', 'text/html; charset=utf-8'])
  expect(head.headers.get('content-length')).toBe(String(String(whole.body).length))
  expect((await get('/.built-from')).status).toBe(404)
})

test('a file of the page can be read and nothing else: another method is told so, and what is not there is not', async () => {
  build('one')
  for (const path of ['/', '/assets/app-one.js']) {
    const { status, headers } = await get(path, { method: 'POST', body: 'x' })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  }
  expect((await get('/assets/app-two.js', { method: 'POST' })).status).toBe(404)
})

test.each([
  ['*', 304],
  ['"another"', 200],
  ['', 200],
])('who says that it holds %s of a file gets %i', async (held, status) => {
  build('one')
  expect((await get('/assets/app-one.js', { headers: { 'if-none-match': held } })).status).toBe(status)
})

test('a client that goes while it is looked at who it is leaves nobody waiting', async () => {
  const passing = Promise.withResolvers<Identity>()
  const gone = Promise.withResolvers<void>()
  const route = {
    pattern: '/slow',
    access: 'client' as const,
    handle: ({ onGone }: Request) => {
      onGone(() => gone.resolve())
      return { body: '' }
    },
  }
  const turnstile = { pass: () => passing.promise, preflight() {} }
  const server = createServer(router([route], { turnstile, otherwise() {}, failed() {} })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  socket.destroy()
  await once(response, 'close')
  passing.resolve(ANYONE)
  await gone.promise
  server.close()
})
