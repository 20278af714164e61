import { readFileSync } from 'node:fs'
import { io } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { newKey } from '../src/auth/api-keys.ts'
import type { Config } from '../src/config.ts'
import type { LoadReport } from '../src/load-report.ts'
import { folder } from './fakes/folder.ts'
import { type Running, startGateway } from './fakes/running.ts'

const BTC = 'test:BTC-USD'

async function gatewayWith(overrides: Partial<Config> = {}): Promise<Running> {
  const gateway = await startGateway(overrides, ['BTC', 'ETH'])
  onTestFinished(() => gateway.close())
  return gateway
}

async function get(gateway: Running, path: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(gateway.url + path, { headers })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** A report made after this call, not the one that others were given a moment ago. */
async function freshReport(gateway: Running): Promise<LoadReport> {
  const { body: before } = await get(gateway, '/v1/server')
  return expect
    .poll(async () => (await get(gateway, '/v1/server')).body)
    .toSatisfy((report: LoadReport) => report.at > before.at)
    .then(async () => (await get(gateway, '/v1/server')).body)
}

test('each instrument says its state, what stands behind its book since when, and how often it began anew', async () => {
  const gateway = await gatewayWith()
  const before = Date.now() * 1000
  gateway.script.gap('book')
  gateway.script.gap('trades')
  gateway.script.status('resyncing', 'expected sequence 2, received 5')
  expect((await get(gateway, '/v1/feeds')).body.instruments).toMatchObject([
    {
      id: BTC,
      state: 'resyncing',
      reason: 'expected sequence 2, received 5',
      isValid: false,
      resyncs: 1,
    },
    { id: 'test:ETH-USD', state: 'connecting', since: 0, isValid: false, verified: 'none', seq: 0, resyncs: 0 },
  ])
  gateway.script.snapshot([100, 5], [101, 4])
  gateway.script.status('live')
  const { status, headers, body } = await get(gateway, '/v1/feeds')
  expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
  const [btc, eth] = body.instruments
  expect(btc).toMatchObject({ venue: 'test', state: 'live', isValid: true, verified: 'sequence', epoch: 2, seq: 1 })
  expect(btc.heardAt).toBeGreaterThanOrEqual(before)
  expect(btc.verifiedAt).toBeGreaterThanOrEqual(before)
  expect(body.at).toBeGreaterThanOrEqual(btc.heardAt)
  expect([eth.heardAt, eth.verifiedAt]).toEqual([undefined, undefined])
})

test('a trade makes an instrument younger, and nothing of its book', async () => {
  const gateway = await gatewayWith()
  const [before] = (await get(gateway, '/v1/feeds')).body.instruments
  await expect.poll(() => Date.now() * 1000).toBeGreaterThan(before.heardAt)
  gateway.script.trade(100, 5)
  const [after] = (await get(gateway, '/v1/feeds')).body.instruments
  expect(after.heardAt).toBeGreaterThan(before.heardAt)
  expect([after.seq, after.verifiedAt]).toEqual([before.seq, before.verifiedAt])
})

test('a delta that nobody missed and that does not continue its book counts as a resync too', async () => {
  const gateway = await gatewayWith()
  gateway.script.skip(3)
  gateway.script.delta([100, 6], [])
  expect((await get(gateway, '/v1/feeds')).body.instruments[0]).toMatchObject({ isValid: false, resyncs: 1 })
})

test('sources are what /healthz says of them, also while one has failed', async () => {
  const gateway = await gatewayWith()
  gateway.feed.state = 'failed'
  const [{ body: health }, { status, body }] = await Promise.all([get(gateway, '/healthz'), get(gateway, '/v1/feeds')])
  expect([status, body.feeds]).toEqual([200, health.feeds])
  expect(body.feeds).toMatchObject([{ name: 'test', state: 'failed' }])
})

test('the server counts its clients by door, its views, and what left', async () => {
  const gateway = await gatewayWith()
  const first = (await get(gateway, '/v1/server')).body as LoadReport
  expect(first).toMatchObject({
    clients: { total: 0, held: 0, slowed: 0, subscriptions: 0 },
    views: { total: 0, degraded: 0, floorMs: 0 },
    totals: { bytes: 0, frames: 0, encodes: 0, events: 2, faults: 0 },
    version: JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version,
  })
  const client = io(gateway.url, { path: '/socket.io-json/', transports: ['websocket'], reconnection: false })
  onTestFinished(() => void client.disconnect())
  await client.emitWithAck('subscribe', { channel: 'book', symbols: [BTC] })
  const second = await freshReport(gateway)
  expect(second).toMatchObject({
    startedAt: first.startedAt,
    clients: { total: 1, doors: { 'socketio-json': 1 }, subscriptions: 1 },
    views: { total: 1 },
  })
  expect(second.totals.encodes).toBeGreaterThan(0)
  expect(second.totals.bytes).toBeGreaterThan(100)
  expect(second.loop.overMs).toBeGreaterThanOrEqual(1000)
  expect(second.loop.maxMs).toBeGreaterThanOrEqual(second.loop.p99Ms)
  expect(second.memory.rss).toBeGreaterThan(second.memory.heap)
})

test('a loop that was held up is told to both who look, the metrics and the report, each for itself', async () => {
  const gateway = await gatewayWith()
  const until = performance.now() + 100
  while (performance.now() < until);
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  const [, late] = /^depthcast_event_loop_delay_seconds\{quantile="0.99"\} (\S+)$/m.exec(text) ?? []
  expect(Number(late)).toBeGreaterThan(0.05)
  expect((await get(gateway, '/v1/server')).body.loop.maxMs).toBeGreaterThan(50)
})

test('all who ask within a second get the same report of the server', async () => {
  const gateway = await gatewayWith()
  const reports = await Promise.all(Array.from({ length: 20 }, () => get(gateway, '/v1/server')))
  const times = reports.map(({ body }) => body.at as number)
  const span = Math.max(...times) - Math.min(...times)
  // Twenty answers in one second are one report; a machine that took longer for them made one a second.
  expect(new Set(times).size).toBeLessThanOrEqual(1 + Math.floor(span / 1e6))
})

test.each(['/v1/feeds', '/v1/server'])('%s takes no parameters, and no method but GET', async (path) => {
  const gateway = await gatewayWith()
  expect(await get(gateway, `${path}?verbose=1`)).toMatchObject({
    status: 422,
    body: { code: 422, slug: 'unsupported', message: expect.stringContaining('verbose') },
  })
  const posted = await fetch(gateway.url + path, { method: 'POST' })
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
})

test('with --auth a key hears of its own instruments alone, and nothing of the server', async () => {
  const [full, eth, admin] = [newKey('full'), newKey('eth'), newKey('admin')]
  const files = folder()
  const lines = [full.line, JSON.stringify({ ...JSON.parse(eth.line), symbols: ['test:ETH-*'] })]
  const gateway = await gatewayWith({
    auth: [{ kind: 'keys', file: files.write('keys', lines.join('\n')) }],
    adminTokenFile: files.write('admin', admin.key),
  })
  const seenBy = async (token: string) =>
    (await get(gateway, '/v1/feeds', token)).body.instruments.map(({ id }: { id: string }) => id)
  expect(await seenBy(full.key)).toEqual([BTC, 'test:ETH-USD'])
  expect(await seenBy(eth.key)).toEqual(['test:ETH-USD'])
  expect(JSON.stringify((await get(gateway, '/v1/feeds', eth.key)).body)).not.toContain('BTC')
  expect(await get(gateway, '/v1/feeds')).toMatchObject({ status: 401, body: { slug: 'unauthorized' } })
  for (const token of [undefined, full.key, eth.key]) expect((await get(gateway, '/v1/server', token)).status).toBe(401)
  const client = io(gateway.url, {
    path: '/socket.io-json/',
    transports: ['websocket'],
    reconnection: false,
    auth: { token: full.key, client: 'the-desk' },
  })
  onTestFinished(() => void client.disconnect())
  await client.emitWithAck('subscribe', { channel: 'book', symbols: [BTC] })
  const { status, body } = await get(gateway, '/v1/server', admin.key)
  expect([status, body.clients.total]).toEqual([200, 1])
  for (const word of ['the-desk', '127.0.0.1', 'key:', full.key.slice(3)])
    expect(JSON.stringify(body)).not.toContain(word)
})

const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
const [, SECTION = ''] = /\n## Sources and load, as JSON\n([\s\S]*?)\n## /.exec(PAGE) ?? []
/** The first cells of its two tables. */
const [FEEDS, SERVER] = SECTION.split('`GET /v1/server`').map((half) =>
  [...half.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name),
)

/** Every field there is, as the page writes it. What is a list of things, or named by its content, is one field. */
function fields(of: object, path = ''): string[] {
  return Object.entries(of).flatMap(([name, value]) => {
    const at = path + name
    if (['feeds', 'instruments[].waits', 'clients.doors'].includes(at)) return [at]
    if (Array.isArray(value)) return fields(value[0], `${at}[].`)
    return typeof value === 'object' && value !== null ? fields(value, `${at}.`) : [at]
  })
}

test('how long what was received waited until it was sent is told by rate, of rates that are in use', async () => {
  const gateway = await gatewayWith()
  gateway.script.snapshot([100, 5], [101, 4])
  gateway.script.status('live')
  const waits = async () => (await get(gateway, '/v1/feeds')).body.instruments[0].waits
  expect(await waits()).toEqual([])
  const client = io(gateway.url, { path: '/socket.io-json/', transports: ['websocket'], reconnection: false })
  onTestFinished(() => void client.disconnect())
  await client.emitWithAck('subscribe', { channel: 'book', symbols: [BTC], rateMs: 50 })
  gateway.script.delta([100, 6], [])
  await expect.poll(waits).toHaveLength(1)
  const [{ rateMs, p50Ms, p99Ms, count }] = await waits()
  expect({ rateMs, count }).toEqual({ rateMs: 50, count: 1 })
  expect(p50Ms).toBeGreaterThan(0)
  expect(p99Ms).toBe(p50Ms)
})

test('docs/operations.md names every field of both, in their order, and no other', async () => {
  const gateway = await gatewayWith()
  gateway.script.status('halted', 'the venue says so')
  expect(FEEDS).toEqual(fields((await get(gateway, '/v1/feeds')).body))
  expect(SERVER).toEqual(fields((await get(gateway, '/v1/server')).body))
})
