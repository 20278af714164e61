import { expect, test } from 'vitest'
import { newKey } from '../../src/auth/api-keys.ts'
import { loadConfig } from '../../src/config.ts'
import { folder } from '../fakes/folder.ts'
import { startGateway } from '../fakes/running.ts'
import { conforms, type Stage } from './suite.ts'
import { Refused } from './wire.ts'

const BOOK = 'book.test:BTC-USD.all.1.raw'

/** What a client who is not let in is told. */
async function refusal(coming: Promise<unknown>): Promise<Refused> {
  const outcome = await coming.catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(Refused)
  return outcome as Refused
}

/** Does something bad beside a client who has done nothing, which must not notice. */
async function besideAnother({ gateway, come, door }: Stage, spoil: (url: string) => Promise<void>): Promise<void> {
  const { script, url, app } = await gateway()
  const good = await come({ subscribe: [BOOK] })
  await good.holds(url)
  await spoil(url)
  script.delta([100, 8], [])
  await good.holds(url)
  expect(good.of('error')).toEqual([])
  await expect.poll(() => app.metrics.value('depthcast_sessions', door.encoding)).toBe(1)
}

conforms(['requests'], 'what cannot be read ends that connection alone, after a word', async (stage) => {
  await besideAnother(stage, async () => {
    const bad = await stage.come()
    bad.send(stage.door.malformed ?? '')
    expect(await bad.next('error')).toMatchObject({ code: 400, slug: 'bad-request' })
    await bad.closed
  })
})

conforms(['requests'], 'a message that is too big is refused with 413 and closes with 4013', async (stage) => {
  await besideAnother(stage, async () => {
    const bad = await stage.come()
    bad.tell('ping', { t: 1, x: 'x'.repeat(70_000) })
    expect(await bad.next('error')).toMatchObject({
      code: 413,
      slug: 'too-big',
      message: expect.stringContaining('65536'),
    })
    expect(await bad.closed).toBe(4013)
  })
})

conforms(['requests'], 'a message that is far too big is not even read', async (stage) => {
  await besideAnother(stage, async () => {
    const bad = await stage.come()
    bad.tell('ping', { t: 1, x: 'x'.repeat(2_000_000) })
    expect(await bad.closed).toBe(1009)
    expect(bad.of('error')).toEqual([])
  })
})

conforms(['requests'], 'requests that are none are refused by name, and change nothing', async ({ gateway, come }) => {
  await gateway()
  const client = await come()
  const refused = async (name: string, payload: unknown) =>
    (await client.request<{ error: Refused['wire'] }>(name, payload)).error
  expect(await refused('steal', {})).toMatchObject({ code: 400, message: expect.stringContaining('subscribe') })
  expect(await refused('toString', {})).toMatchObject({ code: 400 })
  expect(await refused('__proto__', {})).toMatchObject({ code: 400 })
  for (const payload of [null, 7, [], { channel: 'book' }, { channel: 'books', symbols: ['x'] }, { n: {} }])
    expect(await refused('subscribe', payload)).toMatchObject({ code: expect.any(Number), message: expect.any(String) })
  expect(await client.request('list')).toEqual({ subs: [] })
})

conforms(['requests'], 'a client that sends without end is told the limit, then cut; another is not', async (stage) => {
  await besideAnother(stage, async () => {
    const flood = await stage.come()
    const refused = flood.next('error', ({ code }) => code === 429)
    for (let n = 0; n < 400; n++) flood.tell('ping', { t: n })
    expect(await refused).toMatchObject({
      slug: 'rate-limited',
      message: expect.stringContaining('100'),
      retryAfterMs: expect.any(Number),
    })
    expect(await flood.closed).toBe(4129)
  })
})

conforms(['stream'], 'one client too many is refused with the number there may be', async ({ gateway, come }) => {
  await gateway({ limits: { ...loadConfig().limits, connections: 1 } })
  await come({ subscribe: [BOOK] })
  const { wire, closeCode } = await refusal(come({ subscribe: [BOOK] }))
  expect(wire).toMatchObject({ code: 406, slug: 'connection-limit', message: expect.stringMatching(/\b1\b/) })
  expect(closeCode ?? 4106).toBe(4106)
})

conforms(['stream'], 'one subscription too many fails alone, with the limit', async ({ gateway, come }) => {
  await gateway({ limits: { ...loadConfig().limits, subscriptions: 1 } })
  const client = await come({ subscribe: [BOOK, 'ticker.test:BTC-USD'] })
  expect(client.results).toMatchObject([
    { symbol: 'test:BTC-USD' },
    { error: { code: 405, message: expect.stringMatching(/\b1\b/) } },
  ])
})

conforms(['requests'], 'more symbols than a request may name are refused with the limit', async ({ gateway, come }) => {
  await gateway({ limits: { ...loadConfig().limits, symbolsPerRequest: 2 } })
  const client = await come()
  const aliases = [BOOK, 'ticker.test:BTC-USD', 'trades.test:BTC-USD']
  expect(await client.request('subscribe', aliases)).toMatchObject({
    error: { code: 405, message: expect.stringMatching(/3.*2/) },
  })
})

conforms([], 'without a token, or with a wrong one, nobody comes in', async ({ gateway, come }) => {
  const key = newKey('reader')
  const { url } = await gateway({ auth: [{ kind: 'keys', file: folder().write('keys', key.line) }] })
  for (const coming of [{}, { token: newKey('other').key }]) {
    const { wire, closeCode } = await refusal(come({ ...coming, subscribe: [BOOK] }))
    expect(wire).toMatchObject({ code: 401, slug: 'unauthorized' })
    expect(closeCode ?? 4001).toBe(4001)
  }
  const client = await come({ token: key.key, subscribe: [BOOK] })
  await client.next('snapshot')
  expect((await fetch(`${url}/v1/book/test:BTC-USD`)).status).toBe(401)
})

conforms(['requests'], 'another version of the protocol is refused by number', async ({ gateway, come }) => {
  await gateway()
  const { wire, closeCode } = await refusal(come({ protocol: 2 }))
  expect(wire).toMatchObject({ code: 426, slug: 'protocol-version' })
  expect(closeCode ?? 4026).toBe(4026)
})

conforms([], 'an instrument nobody has is 404 for who asks for nothing else', async ({ gateway, come, door }) => {
  await gateway()
  const coming = come({ subscribe: ['book.test:NOBODY-USD'] })
  if (door.can.includes('requests')) expect((await coming).results).toMatchObject([{ error: { code: 404 } }])
  else expect((await refusal(coming)).wire).toMatchObject({ code: 404, slug: 'unknown-symbol' })
})

test.each([
  ['/v1/sse', 400, 'subscribe=<alias>'],
  ['/v1/sse?subscribe=nonsense', 400, '<channel>.<symbol>'],
  ['/v1/sse?subscribe=', 400, ''],
  ['/v1/sse?subscrib=book.test:BTC-USD', 422, 'subscrib'],
  ['/v1/sse?subscribe=book.test:BTC-USD.0', 422, 'depth'],
  ['/v1/sse?__proto__=1', 422, '__proto__'],
  ['/v1/sse?resume=x', 422, 'brings nothing back'],
  [`/v1/sse?subscribe=${'x'.repeat(20_000)}`, 431, ''],
])('%s is refused with %i, and nothing is left of it', async (path, status, word) => {
  const gateway = await startGateway()
  const response = await fetch(gateway.url + path)
  const text = await response.text()
  expect([response.status, text]).toEqual([status, expect.stringContaining(word)])
  await expect.poll(() => gateway.app.metrics.value('depthcast_sessions', 'sse')).toBe(0)
  await gateway.close()
})
