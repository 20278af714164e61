import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
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

beforeEach(async () => {
  gateway = await startGateway({}, ['BTC', 'ETH'])
})
afterEach(() => gateway.close())

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
