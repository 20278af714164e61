import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { FakeMarket } from './fakes/market.ts'
import { ModelGateway } from './fakes/model-gateway.ts'
import { BTC, ETH, type Setup, setup } from './fakes/setup.ts'

const lost = new ClientError('connection-lost', 'gone')

/** The connection breaks, and is there again when this is over; `meanwhile` happens in between. */
async function reconnect({ wire, host }: Setup, meanwhile: () => void = () => {}): Promise<void> {
  wire.link?.end({ error: lost, next: 'backoff' })
  meanwhile()
  host.advance(1_000)
  await wire.flush()
}

const since = ({ gateway }: Setup): unknown => gateway.requests.findLast(({ name }) => name === 'subscribe')?.body.since

function trade({ gateway, btc }: Setup, count: number): void {
  for (let i = 0; i < count; i++) gateway.event(btc.trade(100 + i, 1))
  gateway.publish()
}

test('a view that did not change is live again with the answer, and nothing of it is sent or given again', async () => {
  const it = await setup()
  const { client, wire } = it
  const book = client.book(BTC)
  await wire.flush()
  const held = book.current
  const [views, kinds]: [unknown[], string[]] = [[], []]
  book.subscribe((view) => views.push(view))
  book.onStatus(({ kind }) => kinds.push(kind))
  const heard = book.stats().messages
  await reconnect(it)
  expect(since(it)).toEqual([[2, 1]])
  expect(book.current).toBe(held)
  expect(views).toEqual([held])
  expect(kinds.filter((kind, i) => kind !== kinds[i - 1])).toEqual(['live', 'stale', 'live'])
  expect(book.stats().messages).toBe(heard)
  expect(client.stats()).toMatchObject({ recovered: 1, reconnects: 1 })
})

test('what was missed is caught up with update by update, and the book is not called live before it is there', async () => {
  const it = await setup()
  const { client, wire, gateway, btc, host } = it
  const book = client.book(BTC)
  await wire.flush()
  const seen: string[] = []
  book.subscribe((view) => seen.push(`${view?.bids[1]} ${book.status.kind}`))
  wire.link?.end({ error: lost, next: 'backoff' })
  for (const lots of [7, 8, 9]) {
    gateway.event(btc.delta([100, lots], []))
    gateway.publish()
  }
  host.advance(1_000)
  await wire.flush()
  expect(seen).toEqual(['5 live', '7 stale', '8 stale', '9 live'])
  expect(book.current?.checksum).toBe('ok')
})

test('between the answer and the catch-up the book is stale, however long that takes', async () => {
  const it = await setup()
  const { client, wire, gateway, btc, host } = it
  const book = client.book(BTC)
  await wire.flush()
  wire.link?.end({ error: lost, next: 'backoff' })
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  host.advance(1_000)
  // Welcome and the pings' answers first, then the answer to subscribe and the status, and the update stays on its way.
  wire.mischief = ({ name, value }) => (name === 'update' ? [] : [value])
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
  expect(client.stats().recovered).toBe(1)
  expect(book.status).toMatchObject({ kind: 'stale', because: 'connection' })
})

test('a server that does not say where the view stands is taken at its word', async () => {
  const it = await setup()
  const { client, wire, host } = it
  const book = client.book(BTC)
  await wire.flush()
  wire.mischief = ({ name, value }) => {
    const answer = value as { readonly results?: readonly object[] }
    if (name !== 'subscribe') return [value]
    return [{ results: answer.results?.map((result) => ({ ...result, at: undefined })) }]
  }
  wire.link?.end({ error: lost, next: 'backoff' })
  host.advance(1_000)
  await wire.flush()
  expect(book.status.kind).toBe('live')
})

test('bars of the same gateway go on, and only those that changed are said to have', async () => {
  const it = await setup()
  const { client, wire, host } = it
  const candles = client.candles(BTC, { interval: '1s' })
  await wire.flush()
  trade(it, 1)
  host.advance(1_000)
  trade(it, 1)
  await wire.flush()
  const before = candles.current?.candles.length
  await reconnect(it, () => trade(it, 1))
  expect(before).toBe(2)
  expect(candles.current).toMatchObject({ isReset: false })
  expect(candles.current?.changed).toHaveLength(1)
})

test('another gateway goes on with the source\u2019s numbers and not with those of the one before', async () => {
  const it = await setup()
  const { client, wire, gateway, host, btc } = it
  const other = new ModelGateway(host, [BTC], { epoch: 7777 })
  const [book, trades] = [client.book(BTC), client.trades(BTC)]
  const candles = client.candles(BTC)
  for (const event of [btc.snapshot([100, 5], [101, 4]), btc.trade(100, 1)])
    for (const each of [gateway, other]) each.event(event)
  await wire.flush()
  gateway.publish()
  await wire.flush()
  const held = book.current
  wire.serve(other)
  await reconnect(it)
  expect([book.status.kind, trades.status.kind, candles.status.kind]).toEqual(['live', 'live', 'live'])
  expect(book.current).toBe(held)
  expect(client.stats().recovered).toBe(2)
  expect(candles.current).toMatchObject({ isReset: true, epoch: 7777 })
})

test('a position of another epoch is worth nothing: a whole message comes, and until then it is stale', async () => {
  const it = await setup()
  const { client, wire, host } = it
  const book = client.book(BTC)
  await wire.flush()
  const restarted = new ModelGateway(host, [BTC])
  restarted.event(new FakeMarket(host, BTC, 500).snapshot([70, 1], [71, 1]))
  wire.serve(restarted)
  const kinds: string[] = []
  book.onStatus(({ kind }) => kinds.push(kind))
  await reconnect(it)
  expect(book.current).toMatchObject({ bids: [70, 1], epoch: 501 })
  expect(kinds.filter((kind, i) => kind !== kinds[i - 1])).toEqual(['live', 'stale', 'live'])
  expect(client.stats().recovered).toBe(0)
})

test('recovered in another depth than what is held is not taken: the book is asked for afresh', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  await reconnect(it, () => {
    gateway.maxDepth = 2
  })
  expect(book.status.kind).toBe('live')
  expect(book.granted).toMatchObject({ depth: 2 })
  expect(book.current?.bids).toEqual([100, 5, 99, 6])
  expect(client.stats()).toMatchObject({ recovered: 0, chainsBroken: 0, checksumFailures: 0, resyncs: 1 })
})

test('what was modified or paused meanwhile is asked for without a position', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const modified = client.book(BTC, { depth: 3 })
  const paused = client.book(ETH)
  await wire.flush()
  await reconnect(it, () => {
    void modified.modify({ depth: 2 })
    paused.pause()
    paused.resume()
  })
  const asked = gateway.requests.filter(({ name }) => name === 'subscribe').slice(2)
  expect(asked.map(({ body }) => body.since)).toEqual([undefined, undefined])
  expect(modified.current?.bids).toEqual([100, 5, 99, 6])
  expect([modified.status.kind, paused.status.kind]).toEqual(['live', 'live'])
})

test('a view that is broken, or whose modify is on its way, has no position to offer', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const [broken, modifying] = [client.book(BTC), client.book(ETH, { depth: 2 })]
  await wire.flush()
  gateway.gap(BTC)
  await wire.flush()
  void modifying.modify({ depth: 1 })
  await wire.trickle(0)
  await reconnect(it, () => gateway.publish())
  const asked = gateway.requests.filter(({ name }) => name === 'subscribe').slice(2)
  expect(asked.map(({ body }) => body.since)).toEqual([undefined, undefined])
  expect([broken.status.kind, modifying.status.kind]).toEqual(['live', 'live'])
  expect(modifying.current?.bids).toEqual([50, 1])
})

test('a connection lost before the answer loses no position', async () => {
  const it = await setup()
  const { client, wire, host } = it
  const book = client.book(BTC)
  await wire.flush()
  wire.link?.end({ error: lost, next: 'backoff' })
  host.advance(1_000)
  await wire.trickle(1)
  expect(client.state.kind).toBe('open')
  await reconnect(it)
  expect(since(it)).toEqual([[2, 1]])
  expect(client.stats()).toMatchObject({ recovered: 1, reconnects: 2 })
  expect(book.status.kind).toBe('live')
})

test('a chain that breaks after it was recovered is resynced as any other', async () => {
  const it = await setup()
  const { client, wire, gateway, btc, errors } = it
  const book = client.book(BTC)
  await wire.flush()
  await reconnect(it)
  wire.mischief = ({ name, value }) => [name === 'update' ? { ...(value as object), prev: 77 } : value]
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect(errors.map(({ slug }) => slug)).toEqual(['chain-broken'])
  expect(book.status.kind).toBe('live')
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 9])
  expect(since(it)).toBeUndefined()
})

test('two asks that share a view offer what was held of it once', async () => {
  const it = await setup()
  const { client, wire, gateway, btc } = it
  gateway.maxDepth = 2
  const [five, nine] = [client.book(BTC, { depth: 5 }), client.book(BTC, { depth: 9 })]
  await wire.flush()
  await reconnect(it, () => {
    gateway.event(btc.delta([100, 9], []))
    gateway.publish()
  })
  const asked = gateway.requests.filter(({ name }) => name === 'subscribe').slice(-2)
  expect(asked.map(({ body }) => body.since)).toEqual([[[2, 1]], undefined])
  expect([five.status.kind, nine.status.kind]).toEqual(['live', 'live'])
  expect(nine.current?.bids).toEqual([100, 9, 99, 6])
  expect(client.stats()).toMatchObject({ chainsBroken: 0, resyncs: 0 })
})
