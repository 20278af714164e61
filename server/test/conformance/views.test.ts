import { expect } from 'vitest'
import { hasUring } from '../fakes/kernel.ts'
import { conforms } from './suite.ts'

const BOOK = 'book.test:BTC-USD.all.1.raw'
const TRADES = 'trades.test:BTC-USD.raw'

conforms(['stream'], 'the first word is welcome, with every limit', async ({ gateway, come }) => {
  await gateway()
  const client = await come({ subscribe: [BOOK] })
  const { protocol, limits, heartbeatMs } = await client.next('welcome')
  expect(client.order[0]).toBe('welcome')
  expect([protocol, heartbeatMs]).toEqual([1, 2000])
  expect(Object.keys(limits).sort()).toEqual([
    'bytesPerSecond',
    'connections',
    'connectionsPerAddress',
    'connectionsPerKey',
    'handshakeMs',
    'maxDepth',
    'messageBytes',
    'messagesPerSecond',
    'minRateMs',
    'subscriptions',
    'symbolsPerRequest',
    'symbolsPerSecond',
    'views',
    'windowBytes',
  ])
})

conforms(['stream'], 'what a subscription answers comes first, then the state, then the image', async (stage) => {
  await stage.gateway()
  const client = await stage.come({ subscribe: [BOOK] })
  await client.next('snapshot')
  expect(client.order).toEqual(['welcome', 'answer to subscribe', 'status', 'snapshot'])
  expect(client.results).toMatchObject([{ symbol: 'test:BTC-USD', tick: '0.01', lot: '0.001' }])
})

conforms([], 'the book is the server’s, whatever happens to it', async ({ gateway, come }) => {
  const { script, url } = await gateway()
  const client = await come({ subscribe: [BOOK] })
  await client.holds(url)
  script.delta([99, 0, 98, 3], [101, 9])
  await client.holds(url)
  script.delta([100, 1, 97, 4], [103, 2, 102, 0])
  await client.holds(url)
  expect(client.book().bids[0]).toEqual(['1.00', '0.001'])
})

conforms([], 'a grouped and truncated book is the server’s', async ({ gateway, come }) => {
  const { script, url } = await gateway()
  const client = await come({ subscribe: ['book.test:BTC-USD.2.10.raw'] })
  script.delta([98, 3, 89, 4], [111, 2])
  await client.holds(url, 'depth=2&grouping=10')
  expect(client.book().bids).toEqual([
    ['1.00', '0.005'],
    ['0.90', '0.010'],
  ])
})

conforms(['stream'], 'trades come once and in order', async ({ gateway, come }) => {
  const { script } = await gateway()
  script.trade(100, 1)
  const client = await come({ subscribe: [TRADES] })
  await client.next('trades')
  for (let n = 2; n <= 20; n++) script.trade(100 + n, n, n % 2 === 0 ? 'buy' : 'sell')
  await client.next('trades', ({ seq }) => seq === 20)
  expect(client.tape().trades.map(([id]) => id)).toEqual(Array.from({ length: 20 }, (_, n) => String(n + 1)))
  expect(client.tape().trades.at(-1)).toEqual(['20', '1.20', '0.020', 1, expect.any(Number)])
  expect(client.breaches).toEqual([])
})

conforms(['stream'], 'ticker, bars and status come in decimal strings', async ({ gateway, come }) => {
  const { script } = await gateway()
  const aliases = ['ticker.test:BTC-USD.raw', 'candles.test:BTC-USD.1d.raw', 'status.test:BTC-USD']
  const client = await come({ subscribe: aliases })
  script.trade(102, 3)
  script.ticker(102)
  script.status('stale', 'nothing heard')
  expect(await client.next('ticker', ({ last }) => last !== undefined)).toMatchObject({ last: '1.02', bid: '1.00' })
  expect(await client.next('candle', ({ candles }) => candles.length > 0)).toMatchObject({
    candles: [{ close: '1.02', volume: '0.003', trades: 1, final: false }],
  })
  expect(await client.next('status', ({ state }) => state === 'stale')).toMatchObject({
    symbol: 'test:BTC-USD',
    reason: 'nothing heard',
  })
})

conforms(['stream'], 'a gap of the feed is told before the fresh image', async ({ gateway, come }) => {
  const { script, url } = await gateway()
  const client = await come({ subscribe: [BOOK] })
  await client.holds(url)
  script.gap('book', 'checksum')
  script.snapshot([90, 5], [91, 4])
  expect(await client.next('gap')).toMatchObject({ sub: client.sub(), reason: 'checksum', next: 'snapshot' })
  await client.next('snapshot')
  expect(client.order.filter((type) => type === 'gap' || type === 'snapshot')).toEqual(['snapshot', 'gap', 'snapshot'])
  await client.holds(url)
})

conforms(['stream'], 'an alias that cannot be had fails alone', async ({ gateway, come }) => {
  const { url } = await gateway()
  const client = await come({ subscribe: ['book.test:NOBODY-USD', 'nonsense', BOOK] })
  expect(client.results).toMatchObject([
    { error: { code: 404, slug: 'unknown-symbol' } },
    { error: { code: expect.any(Number), message: expect.any(String) } },
    { symbol: 'test:BTC-USD' },
  ])
  await client.next('snapshot')
  await client.holds(url, 'depth=all', client.sub(2))
})

conforms(['stream'], 'several views of one instrument live side by side', async ({ gateway, come }) => {
  const { script, url } = await gateway()
  const client = await come({ subscribe: [BOOK, 'book.test:BTC-USD.1.1.raw', 'book.test:BTC-USD.all.10.raw', TRADES] })
  script.delta([100, 0, 88, 1], [109, 2])
  script.trade(99, 1)
  await client.holds(url, 'depth=all', client.sub(0))
  await client.holds(url, 'depth=1', client.sub(1))
  await client.holds(url, 'depth=all&grouping=10', client.sub(2))
  await client.next('trades', ({ sub, trades }) => sub === client.sub(3) && trades.length === 1)
  expect(client.breaches).toEqual([])
})

conforms(['stream'], 'unfiltered, each source update is a message of its own', async ({ gateway, come }) => {
  const { script, url } = await gateway()
  const client = await come({ subscribe: ['book.test:BTC-USD.all.1.50ms.unfiltered'] })
  await client.next('snapshot')
  for (let n = 1; n <= 9; n++) script.delta([100, n], [])
  await client.next('update', ({ seq }) => seq === 10)
  expect(client.of('update').map(({ merged, bids }) => [merged, bids])).toEqual(
    Array.from({ length: 9 }, (_, n) => [1, [['1.00', `0.00${n + 1}`]]]),
  )
  await client.holds(url)
})

conforms(
  ['stream', 'requests'],
  'what lies unread for longer than maxAgeMs is told, though all of it had left',
  async (stage) => {
    const { script, url, app } = await stage.gateway()
    const client = await stage.come({ subscribe: [BOOK] })
    await client.request('modify', { sub: client.sub(), maxAgeMs: 20_000 })
    const told = () => app.metrics.value('depthcast_view_encodes_total', stage.door.encoding, 'gap')
    // It reads what it is sent: nobody tells it anything.
    for (let n = 1; n <= 20; n++) {
      script.delta([100, n], [])
      await client.next('update', ({ seq }) => seq === n + 1)
    }
    expect(told()).toBe(0)
    await client.request('modify', { sub: client.sub(), maxAgeMs: 200 })
    client.reads(false)
    script.delta([100, 50], [])
    await expect.poll(told).toBeGreaterThan(0)
    script.delta([100, 60], [])
    client.reads(true)
    expect(await client.next('gap')).toMatchObject({ sub: client.sub(), reason: 'too-old', next: 'snapshot' })
    await client.next('snapshot')
    await client.holds(url)
  },
)

conforms(['stream'], 'heartbeats count up', async ({ gateway, come }) => {
  await gateway({ heartbeatMs: 100 })
  const client = await come({ subscribe: [BOOK] })
  const beats = [await client.next('heartbeat'), await client.next('heartbeat'), await client.next('heartbeat')]
  expect(beats.map(({ n }) => n)).toEqual([1, 2, 3])
})

conforms(['stream'], 'fifty listeners of one view cost one encode a tick', async ({ gateway, come, door }) => {
  const { app, script } = await gateway()
  const clients = await Promise.all(Array.from({ length: 50 }, () => come({ subscribe: [BOOK] })))
  await Promise.all(clients.map((client) => client.next('snapshot')))
  const encodes = (kind: string) => app.metrics.value('depthcast_view_encodes_total', door.encoding, kind)
  expect(encodes('snapshot')).toBe(1)
  for (let n = 2; n <= 6; n++) {
    const all = clients.map((client) => client.next('update', ({ seq }) => seq === n))
    script.delta([100, n], [])
    await Promise.all(all)
  }
  expect(encodes('update')).toBe(5)
})

for (const ioUring of ['auto', 'off'] as const) {
  conforms(['stream'], `what several get in one moment each gets whole, io_uring ${ioUring}`, async (stage) => {
    const { script, url, app } = await stage.gateway({ ioUring })
    const clients = [
      await stage.come({ subscribe: [BOOK, TRADES] }),
      await stage.come({ subscribe: [BOOK] }),
      await stage.come({ subscribe: [BOOK] }),
    ]
    for (const client of clients) await client.holds(url)
    for (let n = 1; n <= 40; n++) script.delta([100, n, 99 - (n % 7), n], [101, n % 3, 103 + (n % 5), n])
    for (const client of clients) await client.holds(url)
    expect(clients.flatMap(({ breaches }) => breaches)).toEqual([])
    // Streams of events have ids of their own, so no two are sent the same.
    const isTogether = ioUring === 'auto' && hasUring() && stage.door.can.includes('requests')
    expect(app.metrics.value('depthcast_io_uring_writes_total') > 0).toBe(isTogether)
  })
}
