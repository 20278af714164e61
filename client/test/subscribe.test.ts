import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { connect } from '../src/index.ts'
import type { SubscriptionStatus } from '../src/state.ts'
import { BTC, ETH, setup } from './fakes/setup.ts'

const kinds = (states: readonly SubscriptionStatus[]): string[] => states.map((state) => state.kind)

test('a book goes from pending to live, with its instrument, what was granted, and prices both as ticks and as text', async () => {
  const { client, wire } = await setup()
  const book = client.book(BTC, { depth: 2 })
  const states: SubscriptionStatus[] = []
  book.onStatus((state) => states.push(state))
  expect(book.current).toBeUndefined()
  await wire.flush()
  expect(kinds(states)).toEqual(['pending', 'live'])
  expect(book.status).toMatchObject({ kind: 'live', instrument: 'live' })
  expect(book.instrument).toMatchObject({ id: BTC, base: 'BTC', quote: 'USD', tickSize: { text: '0.01' } })
  expect(book.granted).toMatchObject({ depth: 2, grouping: 1, rateMs: 100 })
  expect(book.current).toMatchObject({
    bids: [100, 5, 99, 6],
    asks: [101, 4, 102, 3],
    checksum: 'ok',
    bestBid: 100,
    bestAsk: 101,
    spread: 1,
  })
  expect(book.current?.levels()).toEqual({
    bids: [
      ['1.00', '0.005'],
      ['0.99', '0.006'],
    ],
    asks: [
      ['1.01', '0.004'],
      ['1.02', '0.003'],
    ],
  })
})

test('each update gives a new view and leaves the one before as it was', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC, { depth: 2 })
  await wire.flush()
  const before = book.current
  const kept = JSON.stringify(before)
  gateway.event(btc.delta([100, 8], []))
  gateway.publish()
  await wire.flush()
  expect(book.current).not.toBe(before)
  expect(book.current?.bids).toEqual([100, 8, 99, 6])
  expect(JSON.stringify(before)).toBe(kept)
})

test('subscriptions that ask for the same share one at the server, which ends with the last of them', async () => {
  const { client, wire, gateway } = await setup()
  const first = client.book(BTC, { depth: 2 })
  const second = client.book(BTC, { depth: 2 })
  const other = client.book(BTC, { depth: 3 })
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toHaveLength(2)
  expect(second.current).toBe(first.current)
  expect(other.current?.bids).toHaveLength(6)
  first.close()
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toHaveLength(2)
  second.close()
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
  expect(other.status.kind).toBe('live')
})

test('a subscription that joins a view already flowing has its newest state at once', async () => {
  const { client, wire } = await setup()
  const first = client.book(BTC)
  await wire.flush()
  const second = client.book(BTC)
  expect(second.status.kind).toBe('live')
  expect(second.current).toBe(first.current)
})

test('what is asked for in one turn leaves in one request a channel and options, as many symbols each as the server takes', async () => {
  const { client, wire, gateway } = await setup()
  for (const symbol of [BTC, ETH, 'a:A-A', 'b:B-B', 'c:C-C']) client.ticker(symbol)
  client.book(BTC)
  await wire.flush()
  expect(gateway.requests.map(({ name, body }) => [name, body.channel, body.symbols.length])).toEqual([
    ['subscribe', 'ticker', 3],
    ['subscribe', 'ticker', 2],
    ['subscribe', 'book', 1],
  ])
})

test('two asks that are granted the same view become one, and ending one does not end the other', async () => {
  const { client, wire, gateway, btc } = await setup()
  gateway.maxDepth = 2
  const five = client.book(BTC, { depth: 5 })
  const nine = client.book(BTC, { depth: 9 })
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
  expect([five.status.kind, nine.status.kind]).toEqual(['live', 'live'])
  five.close()
  gateway.event(btc.delta([100, 1], []))
  gateway.publish()
  await wire.flush()
  expect(nine.current?.bids.slice(0, 2)).toEqual([100, 1])
})

test('leaving a view while another ask for it is on its way does not end that one', async () => {
  const { client, wire, gateway, btc } = await setup()
  gateway.maxDepth = 2
  const five = client.book(BTC, { depth: 5 })
  await wire.flush()
  const nine = client.book(BTC, { depth: 9 })
  await wire.trickle(0)
  five.close()
  await wire.flush()
  gateway.event(btc.delta([100, 1], []))
  gateway.publish()
  await wire.flush()
  expect(nine.current?.bids.slice(0, 2)).toEqual([100, 1])
})

test('an unknown symbol is refused with its code, the loop over it throws, and the others live', async () => {
  const { client, wire } = await setup()
  const bad = client.book('coinbase:NO-PE')
  const good = client.book(BTC)
  await wire.flush()
  expect(bad.status).toMatchObject({ kind: 'refused', error: { code: 404, slug: 'unknown-symbol' } })
  expect(good.status.kind).toBe('live')
  await expect(bad[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(ClientError)
})

test('an instrument that was refused as unknown is granted once the server lists it', async () => {
  const { client, wire, gateway } = await setup()
  const [late, never] = [client.book('test:LATE-USD'), client.book('test:NONE-USD')]
  await wire.flush()
  const before = gateway.requests.length
  gateway.heartbeat()
  await wire.flush()
  gateway.heartbeat()
  await wire.flush()
  expect(gateway.requests.length - before, 'once, with the first heartbeat: some may have come since').toBe(1)
  expect(late.status.kind).toBe('refused')
  gateway.list('test:LATE-USD')
  gateway.heartbeat()
  await wire.flush()
  expect([late.granted?.rateMs, late.status.kind]).toEqual([100, 'pending'])
  expect(never.status.kind).toBe('refused')
})

test('a refusal that may pass is asked again after the pause it names', async () => {
  const { client, wire, gateway, host } = await setup()
  gateway.refusals.push({
    name: 'subscribe',
    error: { code: 503, slug: 'not-ready', message: 'starting', retryAfterMs: 700 },
  })
  const book = client.book(BTC)
  await wire.flush()
  expect(book.status.kind).toBe('pending')
  host.advance(699)
  await wire.flush()
  expect(gateway.requests).toHaveLength(1)
  host.advance(1)
  await wire.flush()
  expect(book.status.kind).toBe('live')
})

test('paused means that the server sends nothing, and resumed that a fresh snapshot came first', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC)
  await wire.flush()
  const held = book.current
  book.pause()
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toEqual([])
  expect(book.status.kind).toBe('paused')
  expect(book.current).toBe(held)
  gateway.event(btc.delta([100, 77], []))
  book.resume()
  expect(book.status.kind).toBe('stale')
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 77])
})

test('the status of an instrument is its subscriptions state: what the source is not worth is not called live', async () => {
  const { client, wire, gateway } = await setup()
  const book = client.book(BTC)
  const status = client.status(BTC)
  await wire.flush()
  const seen: string[] = []
  for (const state of ['quiet', 'stale', 'resyncing', 'halted', 'ended', 'degraded', 'live'] as const) {
    gateway.status(BTC, state, 'why')
    await wire.flush()
    seen.push(`${state}: ${book.status.kind} ${status.current?.state}`)
  }
  expect(seen).toEqual([
    'quiet: live quiet',
    'stale: stale stale',
    'resyncing: gap resyncing',
    'halted: live halted',
    'ended: live ended',
    'degraded: stale degraded',
    'live: live live',
  ])
})

test('what stands behind a book, and when it last did, is there beside its status, which a newer time alone does not change', async () => {
  const { client, wire, gateway, host } = await setup()
  const book = client.book(BTC)
  const status = client.status(BTC)
  expect(book.integrity).toBeUndefined()
  await wire.flush()
  const first = { verified: 'sequence', verifiedAt: host.now() * 1000 }
  gateway.status(BTC, 'halted')
  await wire.flush()
  expect([book.integrity, status.current]).toMatchObject([first, first])
  const kinds: string[] = []
  book.onStatus(({ kind }) => kinds.push(kind))
  gateway.verified(BTC, 'halted', { since: host.now() * 1000, verifiedAt: first.verifiedAt + 5_000_000 })
  await wire.flush()
  expect(book.integrity).toEqual({ verified: 'sequence', verifiedAt: first.verifiedAt + 5_000_000 })
  expect(kinds).toEqual(['live'])
})

test('after close every loop has ended, nothing is held at the server, and nothing can be asked', async () => {
  const { client, wire, gateway, host } = await setup()
  const book = client.book(BTC)
  await wire.flush()
  const seen: number[] = []
  const loop = (async () => {
    for await (const view of book) seen.push(view.seq)
  })()
  await wire.flush()
  client.close()
  await loop
  await wire.flush()
  expect(seen).toEqual([1])
  expect(book.status.kind).toBe('closed')
  expect(client.state.kind).toBe('closed')
  expect(gateway.links.size).toBe(0)
  expect(host.pending).toBe(0)
  expect(() => client.book(BTC)).toThrow('the client is closed')
  await expect(book.modify({ depth: 1 })).rejects.toThrow('closed')
})

test.each(['', 'localhost:8080', 'ftp://127.0.0.1', '/relative'])('connect(%j) throws at once', (url) => {
  expect(() => connect(url)).toThrow(ClientError)
})

test('bytes, messages and merged source updates are counted for each subscription and for the client', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC)
  const other = client.book(ETH)
  await wire.flush()
  const before = other.stats()
  for (const lots of [1, 2, 3]) gateway.event(btc.delta([100, lots], []))
  gateway.publish()
  await wire.flush()
  expect(book.stats()).toMatchObject({ messages: 2, updates: 2, merged: 4 })
  expect(book.stats().bytes).toBeGreaterThan(40)
  expect(other.stats()).toEqual(before)
  expect(client.stats()).toMatchObject({ subscriptions: 2, gaps: 0, checksumFailures: 0, reconnects: 0 })
  expect(client.stats().bytesIn).toBeGreaterThan(book.stats().bytes + other.stats().bytes)
})

test('what several subscriptions share is split evenly, so that all together cost what came', async () => {
  const { client, wire, gateway, btc } = await setup()
  const alone = client.book(BTC)
  await wire.flush()
  expect(alone.stats()).toMatchObject({ sharedBy: 1, bytesShare: alone.stats().bytes })
  const twin = client.book(BTC)
  const other = client.book(ETH)
  await wire.flush()
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect([alone, twin, other].map((book) => book.stats().sharedBy)).toEqual([2, 2, 1])
  expect(twin.stats()).toMatchObject({ messages: 1, bytesShare: twin.stats().bytes / 2 })
  const shares = [alone, twin, other].reduce((sum, book) => sum + book.stats().bytesShare, 0)
  const { bytesOfViews, bytesIn } = client.stats()
  expect(shares).toBe(bytesOfViews)
  expect(bytesIn).toBeGreaterThan(bytesOfViews)
})

test('changes of bars are counted by their numbers: a message of many is not one', async () => {
  const { client, wire, gateway } = await setup()
  const bars = client.candles(BTC, { interval: '1m' })
  await wire.flush()
  const [sub] = gateway.subsOf(wire.link)
  const bar = { openTime: 0, open: 1, high: 1, low: 1, close: 1, volume: 1, trades: 1, rev: 1, final: false }
  const { merged, updates } = bars.stats()
  const whole = { type: 'candle', sub, epoch: 9, seq: 40, serverTime: 1, candles: [bar] }
  wire.link?.send(whole as { type: string })
  wire.link?.send({ ...whole, seq: 47, prev: 40, candles: [{ ...bar, rev: 8 }] } as { type: string })
  await wire.flush()
  expect(bars.stats()).toMatchObject({ updates: updates + 2, merged: merged + 1 + 7 })
})

test('a whole message that makes up for missed ones is counted with what it has merged', async () => {
  const { client, wire, gateway } = await setup()
  const book = client.book(BTC)
  await wire.flush()
  const { epoch, seq } = book.current!
  const [sub] = gateway.subsOf(wire.link)
  const whole = { type: 'snapshot', sub, epoch, seq: seq + 7, serverTime: 1, bids: [100, 1], asks: [101, 1] }
  wire.link?.send(whole as { type: string })
  await wire.flush()
  expect(book.stats()).toMatchObject({ updates: 2, merged: 1 + 7 })
  wire.link?.send({ ...whole, epoch: epoch + 1, seq: 90 } as { type: string })
  await wire.flush()
  expect(book.stats()).toMatchObject({ updates: 3, merged: 1 + 7 + 1 })
})

test('a listener that throws stops neither the other listeners nor the client', async () => {
  const { client, wire } = await setup()
  const book = client.book(BTC)
  const uncaught: unknown[] = []
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  try {
    const seen: number[] = []
    book.subscribe((view) => {
      if (view !== undefined) throw new Error('mine')
    })
    book.subscribe((view) => seen.push(view?.seq ?? 0))
    await wire.flush()
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual([0, 1])
    expect(uncaught).toMatchObject([{ message: 'mine' }])
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of before) process.on('uncaughtException', listener)
  }
})
