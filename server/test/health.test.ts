import type { FeedHealth } from '@depthcast/feeds'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { systemClock } from '../src/clock.ts'
import { loadConfig } from '../src/config.ts'
import { createLog } from '../src/logger.ts'
import { healthRoutes } from '../src/routes/operations.ts'
import { ScriptedFeed } from './fakes/feed.ts'
import { type Running, startGateway } from './fakes/running.ts'

let gateway: Running

beforeEach(async () => {
  gateway = await startGateway({}, ['BTC', 'ETH'])
})
afterEach(() => gateway.close())

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(gateway.url + path)
  return { status: response.status, body: await response.json() }
}

/** Sources in these states, as a gateway with one book would have them. */
function sourcesIn(...states: readonly FeedHealth['state'][]): void {
  gateway.feed.health = () =>
    states.map((state, index) => ({
      name: `source-${index}`,
      state,
      ...(state !== 'open' && { reason: 'the venue says so' }),
      frames: 0,
      errors: 0,
      reconnects: 0,
      checks: {},
    }))
}

test('health is ready with instruments, and names the sources', async () => {
  expect(await get('/healthz')).toMatchObject({
    status: 200,
    body: { live: true, ready: true, reasons: [], feeds: [{ name: 'test', state: 'open' }] },
  })
})

test.each([{ states: ['waiting', 'failed', 'open'] }, { states: ['failed', 'ended'] }] as const)(
  'a gateway whose sources are $states is ready: some of them has something',
  async ({ states }) => {
    sourcesIn(...states)
    expect(await get('/healthz')).toMatchObject({
      status: 200,
      body: { ready: true, reasons: [], feeds: states.map((state) => ({ state })) },
    })
  },
)

test.each([
  { states: ['waiting'] },
  { states: ['failed'] },
  { states: ['waiting', 'failed'] },
  { states: ['connecting', 'starting', 'waiting'] },
] as const)('a gateway whose sources are $states lives and is not ready, and says why of each', async ({ states }) => {
  sourcesIn(...states)
  const reasons = states.map((state, index) => `feed source-${index} ${state}: the venue says so`)
  for (const path of ['/healthz', '/readyz'])
    expect(await get(path)).toMatchObject({ status: 503, body: { live: true, ready: false, reasons } })
  expect(await get('/livez')).toMatchObject({ status: 200, body: { live: true } })
})

test('a book that is stale takes nothing from being ready, nor does one that the venue refuses; all of them refused do', async () => {
  gateway.script.status('stale', 'nothing from the venue')
  gateway.feed.script(1).status('refused', 'not a product')
  expect((await get('/healthz')).status).toBe(200)
  gateway.script.status('refused', 'not a product')
  expect(await get('/healthz')).toMatchObject({
    status: 503,
    body: { live: true, ready: false, reasons: ['every instrument is refused by its venue'] },
  })
})

test('a gateway that goes away lives on, and is not ready', async () => {
  const route = (name: 'live' | 'ready') =>
    healthRoutes({
      hub: gateway.app.hub,
      clock: systemClock(),
      feeds: () => gateway.feed.health(),
      isDraining: () => true,
    })
      .find(({ pattern }) => pattern === `/${name}z`)
      ?.handle({} as never, '')
  expect(await route('live')).toMatchObject({ status: 200 })
  expect(await route('ready')).toMatchObject({ status: 503, body: { reasons: ['the gateway is going away'] } })
})

test('while no instrument is known, health says which source is waited for', async () => {
  const feed = new ScriptedFeed([])
  feed.state = 'waiting'
  const empty = createApp(loadConfig(['--port', '0']), { feed, log: createLog('silent') })
  const { url } = await empty.listen()
  const response = await fetch(`${url}/healthz`)
  expect([response.status, await response.json()]).toEqual([
    503,
    expect.objectContaining({ reasons: ['no instrument is known yet', expect.stringContaining('feed test waiting')] }),
  ])
  await empty.close()
})
