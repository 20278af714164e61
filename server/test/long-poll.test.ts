import { afterEach, beforeEach, expect, test } from 'vitest'
import { ANYONE } from '../src/auth/gatekeeper.ts'
import { loadConfig } from '../src/config.ts'
import { Listing } from '../src/listing.ts'
import { Metrics } from '../src/metrics.ts'
import { WaitingRoom } from '../src/routes/waiting-room.ts'
import { FakeClock } from './fakes/clock.ts'
import { instrument } from './fakes/feed.ts'
import { type Running, startGateway } from './fakes/running.ts'

const PATH = '/v1/book/test:BTC-USD'
let gateway: Running

beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.close())

type Body = { readonly seq: number; readonly bids: readonly string[][]; readonly message?: string }
type Got = { readonly status: number; readonly etag: string; readonly body: Body }

async function get(path: string, etag?: string, signal?: AbortSignal): Promise<Got> {
  const headers = etag === undefined ? {} : { 'if-none-match': etag }
  const response = await fetch(gateway.url + path, { headers, ...(signal && { signal }) })
  const text = await response.text()
  const body = (text === '' ? undefined : JSON.parse(text)) as Body
  return { status: response.status, etag: response.headers.get('etag') ?? '', body }
}

const untilWaiting = (count: number) =>
  expect.poll(() => gateway.app.metrics.value('depthcast_waiting_requests'), { interval: 1 }).toBe(count)

test('a book has an etag: the same state is 304, another one is given', async () => {
  const first = await get(PATH)
  expect(first.etag).toMatch(/^"[^"]+"$/)
  expect(await get(PATH, first.etag)).toEqual({ status: 304, etag: first.etag, body: undefined })
  expect((await get(PATH, `"other", W/${first.etag}`)).status).toBe(304)
  gateway.script.delta([100, 6], [])
  const second = await get(PATH, first.etag)
  expect([second.status, second.body.seq, second.etag === first.etag]).toEqual([200, 2, false])
})

test.each(['?depth=1', '?grouping=10'])('%s has an etag of its own', async (query) => {
  const [whole, cut] = [await get(PATH), await get(PATH + query)]
  expect(cut.etag).not.toBe(whole.etag)
  expect((await get(PATH + query, whole.etag)).status).toBe(200)
})

test('another state of the instrument is another etag: the body says it', async () => {
  const { etag } = await get(PATH)
  gateway.script.status('stale')
  expect(await get(PATH, etag)).toMatchObject({ status: 200, body: { state: 'stale', seq: 1 } })
})

test('a request that waits is answered as soon as the book differs, and not before', async () => {
  const { etag } = await get(PATH)
  const waiting = [get(`${PATH}?wait=60000`, etag), get(`${PATH}?wait=60000`, etag)]
  await untilWaiting(2)
  gateway.script.trade(100, 1)
  await untilWaiting(2)
  gateway.script.delta([100, 6], [])
  for (const { status, body } of await Promise.all(waiting))
    expect([status, body.seq, body.bids[0]]).toEqual([200, 2, ['1.00', '0.006']])
  await untilWaiting(0)
})

test('one who does not hold the present state need not wait', async () => {
  expect((await get(`${PATH}?wait=60000`)).status).toBe(200)
  expect((await get(`${PATH}?wait=60000`, '"old"')).status).toBe(200)
})

test('nothing new until the time is over is 304', async () => {
  const { etag } = await get(PATH)
  expect(await get(`${PATH}?wait=30`, etag)).toEqual({ status: 304, etag, body: undefined })
  await untilWaiting(0)
})

test('a book that stops being one to trust while somebody waits is 503', async () => {
  const { etag } = await get(PATH)
  const waiting = get(`${PATH}?wait=60000`, etag)
  await untilWaiting(1)
  gateway.script.gap('book', 'checksum')
  expect(await waiting).toMatchObject({ status: 503, body: { slug: 'not-ready' } })
})

test('who has gone is forgotten', async () => {
  const { etag } = await get(PATH)
  const leaving = new AbortController()
  const waiting = get(`${PATH}?wait=60000`, etag, leaving.signal).catch((error: Error) => error.name)
  await untilWaiting(1)
  leaving.abort()
  expect(await waiting).toBe('AbortError')
  await untilWaiting(0)
})

test('no more wait than there may be clients', async () => {
  await gateway.close()
  gateway = await startGateway({ limits: { ...loadConfig().limits, connections: 1 } })
  const { etag } = await get(PATH)
  const waiting = get(`${PATH}?wait=60000`, etag)
  await untilWaiting(1)
  expect(await get(`${PATH}?wait=60000`, etag)).toMatchObject({
    status: 503,
    body: { message: '1 requests wait, as many as may (connections)' },
  })
  gateway.script.delta([100, 6], [])
  expect((await waiting).status).toBe(200)
})

test('a gateway that goes away keeps nobody waiting', async () => {
  const { etag } = await get(PATH)
  const waiting = get(`${PATH}?wait=60000`, etag)
  await untilWaiting(1)
  const closed = gateway.close()
  expect(await waiting).toMatchObject({ status: 503, body: { message: 'this gateway is going away' } })
  await closed
})

test.each(['60001', '-1', '1e3', 'x'])('wait=%s is refused with what is allowed', async (wait) => {
  expect(await get(`${PATH}?wait=${wait}`)).toMatchObject({
    status: 422,
    body: { message: 'wait must be a whole number from 0 to 60000' },
  })
})

test('no more of one address wait than clients of it there may be', async () => {
  await gateway.close()
  gateway = await startGateway({ limits: { ...loadConfig().limits, connectionsPerAddress: 1 } })
  const { etag } = await get(PATH)
  const waiting = get(`${PATH}?wait=60000`, etag)
  await untilWaiting(1)
  expect(await get(`${PATH}?wait=60000`, etag)).toMatchObject({
    status: 406,
    body: { message: '1 requests wait from this address: limit connectionsPerAddress is 1' },
  })
  gateway.script.delta([100, 6], [])
  expect((await waiting).status).toBe(200)
  const { etag: next } = await get(PATH)
  const again = get(`${PATH}?wait=60000`, next)
  await untilWaiting(1)
  gateway.script.delta([100, 7], [])
  expect((await again).status).toBe(200)
})

test('with one key no more wait than may connect with it, from wherever', async () => {
  const metrics = new Metrics()
  const limits = { connections: 9, connectionsPerAddress: 9, connectionsPerKey: 9 }
  const room = new WaitingRoom({ clock: new FakeClock(), metrics, limits })
  const listing = new Listing(instrument('BTC'), 1)
  const entitlements = { ...ANYONE.entitlements, connections: 1 }
  const wait = (address: string, key: string) =>
    room.wait(listing, {
      look: () => undefined,
      forMs: 60_000,
      otherwise: { body: 'nothing' },
      who: { address, identity: { ...ANYONE, key, entitlements } },
      onGone() {},
    })
  const first = wait('192.0.2.1', 'key:a')
  await expect(wait('192.0.2.2', 'key:a')).rejects.toThrow(
    '1 requests wait with this key: limit connectionsPerKey is 1',
  )
  const other = wait('192.0.2.2', 'key:b')
  room.close()
  await Promise.allSettled([first, other])
  expect(metrics.value('depthcast_waiting_requests')).toBe(0)
})

test('who has gone before it could wait is not waited for', async () => {
  const metrics = new Metrics()
  const limits = { connections: 1, connectionsPerAddress: 1, connectionsPerKey: 1 }
  const room = new WaitingRoom({ clock: new FakeClock(), metrics, limits })
  const otherwise = { body: 'nothing' }
  const who = { address: '192.0.2.1', identity: ANYONE }
  const wait = { look: () => undefined, forMs: 60_000, otherwise, who, onGone: (gone: () => void) => gone() }
  expect(await room.wait(new Listing(instrument('BTC'), 1), wait)).toBe(otherwise)
  expect(metrics.value('depthcast_waiting_requests')).toBe(0)
})
