import type { ListAck, ModifyAck, ResumeAck, SubscribeAck, UnsubscribeAck } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { TRANSPORTS } from '../../src/transports/index.ts'
import { startGateway } from '../fakes/running.ts'
import { DOORS } from './doors/index.ts'
import { conforms } from './suite.ts'

const BOOK = 'book.test:BTC-USD.all.1.raw'

test('the suite knows every door there is, and what it cannot do', () => {
  const kits = DOORS.map(({ name, can }) => [name, can.join(' ')])
  expect(kits).toEqual([
    ['socketio-msgpack', 'stream requests'],
    ['socketio-json', 'stream requests'],
    ['websocket-msgpack', 'stream requests'],
    ['websocket-json', 'stream requests'],
    // What it hears is in its address, and cannot be changed.
    ['sse', 'stream'],
    // Each answer stands for itself.
    ['poll', ''],
  ])
  for (const { name } of TRANSPORTS) expect(DOORS.some((kit) => kit.name.startsWith(name))).toBe(true)
})

test.each(['/v1/sse?subscribe=book.test:BTC-USD', '/v1/book/test:BTC-USD'])(
  '%s only gives: a POST is refused, and so is a HEAD of what never ends',
  async (path) => {
    const gateway = await startGateway()
    const post = await fetch(gateway.url + path, { method: 'POST', body: '{}' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, path.startsWith('/v1/sse') ? 'GET' : 'GET, HEAD'])
    const head = await fetch(gateway.url + path, { method: 'HEAD' })
    expect(head.status).toBe(path.startsWith('/v1/sse') ? 405 : 200)
    await gateway.close()
  },
)

conforms(['requests'], 'options change live, and the next image is of the new view', async ({ gateway, come }) => {
  const { script, url } = await gateway()
  const client = await come({ subscribe: [BOOK] })
  await client.holds(url)
  const ack = await client.request<ModifyAck>('modify', { sub: client.sub(), depth: 1 })
  expect(ack).toMatchObject({ was: client.sub(), granted: { depth: 1 }, paused: false })
  await client.next('snapshot', ({ sub }) => 'sub' in ack && sub === ack.sub)
  script.delta([100, 0], [])
  await client.holds(url, 'depth=1', 'sub' in ack ? ack.sub : 0)
  expect(client.breaches).toEqual([])
})

conforms(['requests'], 'while paused nothing of the view comes, and then a whole image', async ({ gateway, come }) => {
  const { script, url } = await gateway()
  const client = await come({ subscribe: [BOOK, 'trades.test:BTC-USD.raw'] })
  const [sub] = [client.sub()]
  await client.holds(url)
  expect(await client.request('modify', { sub, paused: true })).toMatchObject({ paused: true })
  const before = client.of('update').length
  script.delta([100, 9], [])
  script.trade(100, 1)
  await client.next('trades', ({ trades }) => trades.length === 1)
  expect(client.of('update')).toHaveLength(before)
  expect(await client.request('modify', { sub, paused: false })).toMatchObject({ paused: false })
  await client.holds(url)
  expect(client.of('snapshot')).toHaveLength(2)
})

conforms(['requests'], 'subscribe, list, ping and unsubscribe are answered', async ({ gateway, come }) => {
  const { script } = await gateway()
  const client = await come()
  const { results } = (await client.request('subscribe', {
    channel: 'book',
    symbols: ['test:BTC-USD', 'test:NOBODY-USD'],
    rateMs: 'raw',
  })) as Extract<SubscribeAck, { results: unknown }>
  expect(results).toMatchObject([{ symbol: 'test:BTC-USD', granted: { rateMs: 'raw' } }, { error: { code: 404 } }])
  const sub = client.sub()
  const { subs } = (await client.request<ListAck>('list')) as Extract<ListAck, { subs: unknown }>
  expect(subs).toMatchObject([{ sub, channel: 'book', symbol: 'test:BTC-USD', paused: false }])
  expect(await client.request('ping', { t: 5.25 })).toMatchObject({ t: 5.25, serverTime: expect.any(Number) })
  expect(await client.request<UnsubscribeAck>('unsubscribe', { sub })).toEqual({ subs: [sub] })
  const heard = client.heard.length
  script.delta([100, 9], [])
  expect(await client.request('list')).toEqual({ subs: [] })
  expect(client.heard.slice(heard).filter(({ type }) => type === 'update')).toEqual([])
})

conforms(['requests'], 'acks move the window, are not answered, and are held against what was sent', async (stage) => {
  const { script, url, app } = await stage.gateway()
  const client = await stage.come({ subscribe: [BOOK] })
  await client.holds(url)
  client.tell('ack', { n: client.heard.length })
  for (let n = 1; n <= 50; n++) script.delta([100, n], [])
  await client.holds(url)
  client.tell('ack', { n: client.heard.length })
  await expect.poll(() => app.metrics.value('depthcast_acks_total')).toBe(2)
  client.tell('ack', { n: 1_000_000 })
  expect(await client.next('error')).toMatchObject({ code: 400, re: 'ack' })
})

conforms(['requests'], 'one that cannot take its own window is caught up once it acks', async ({ gateway, come }) => {
  const { script, url, app } = await gateway({ limits: { ...loadConfig().limits, windowBytes: 4096 } })
  const client = await come({ subscribe: [BOOK] })
  await client.holds(url)
  client.tell('ack', { n: client.heard.length })
  await expect.poll(() => app.metrics.value('depthcast_acks_total')).toBe(1)
  for (let n = 1; n <= 400; n++) script.delta([100, n], [])
  await client.request('ping', { t: 1 })
  const heard = client.heard.length
  expect(client.book().place?.seq).toBeLessThan(201)
  client.tell('ack', { n: heard })
  await client.holds(url)
  expect(client.heard.slice(heard).filter(({ type }) => type !== 'heartbeat')).toHaveLength(1)
})

conforms(['requests'], 'a request for the token is answered with one', async ({ gateway, come }) => {
  await gateway()
  const client = await come({ subscribe: [BOOK] })
  await client.next('snapshot')
  expect(await client.request<ResumeAck>('resume')).toEqual({ resume: expect.stringMatching(/^\S+~\d+\.\d+\.\d+$/) })
})
