import { expect, test } from 'vitest'
import { BTC, type Setup, setup } from './fakes/setup.ts'

const config = { type: 'config', granted: { depth: 3, grouping: 1, checksum: true, rateMs: 1000, mode: 'merge' } }

async function moved(it: Setup, why?: string): Promise<{ readonly was: number; readonly sub: number }> {
  const { gateway, wire } = it
  const [was] = gateway.subsOf(wire.link) as [number]
  return { was, sub: gateway.move(wire.link as NonNullable<typeof wire.link>, was, why) }
}

test('what a view is granted instead, and why, can be read, and is told to who listens', async () => {
  const { client, wire, gateway } = await setup()
  gateway.maxDepth = 2
  gateway.why = 'at most 2 levels a side here'
  const book = client.book(BTC, { depth: 5 })
  const told: unknown[] = []
  book.onStatus(({ kind }) => told.push([kind, book.granted?.depth, book.why]))
  await wire.flush()
  expect(book.why).toBe('at most 2 levels a side here')
  expect(told[0]).toEqual(['pending', undefined, undefined])
  expect(told).toContainEqual(['pending', 2, 'at most 2 levels a side here'])
  expect(told.at(-1)).toEqual(['live', 2, 'at most 2 levels a side here'])
  gateway.why = undefined
  await Promise.all([book.modify({ depth: 1 }), wire.flush()])
  expect(book.why).toBeUndefined()
})

test('a config without a move changes what is granted, says why, and the chain goes on', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  const told: unknown[] = []
  book.onStatus(({ kind }) => told.push([kind, book.granted?.rateMs, book.why]))
  const [sub] = gateway.subsOf(wire.link)
  wire.link?.send({ ...config, sub, why: 'the server is busy' } as { type: string })
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect(told).toEqual([
    ['live', 100, undefined],
    ['live', 1000, 'the server is busy'],
  ])
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 9])
  expect(client.stats().resyncs).toBe(0)
})

test('moved to another view by the server, a book is not called live before the whole message of that view', async () => {
  const it = await setup()
  const { client, wire, gateway, btc } = it
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  const kinds: string[] = []
  book.onStatus(({ kind }) => kinds.push(kind))
  const held = book.current
  await moved(it, 'you are slow')
  await wire.trickle(1)
  expect(book.status.kind).toBe('pending')
  expect(book.current).toBe(held)
  expect([book.granted?.rateMs, book.why]).toEqual([200, 'you are slow'])
  await wire.flush()
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect(kinds).toEqual(['live', 'pending', 'live'])
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 9])
  expect(client.stats()).toMatchObject({ chainsBroken: 0, resyncs: 0 })
})

test('trades moved to another view go on without a duplicate', async () => {
  const it = await setup()
  const { client, wire, gateway, btc } = it
  const ids: string[] = []
  client.trades(BTC).subscribe((view) => ids.push(...(view?.added ?? []).map(({ id }) => id)))
  await wire.flush()
  const trade = async (): Promise<void> => {
    gateway.event(btc.trade(100, 1))
    gateway.publish()
    await wire.flush()
  }
  await trade()
  await moved(it)
  await trade()
  await trade()
  expect(ids).toEqual(['t1', 't2', 't3'])
})

test('a modify that meets a move on its way reaches the view it was moved to', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  await moved(it)
  const granted = book.modify({ depth: 1 })
  await wire.flush()
  expect(await granted).toMatchObject({ depth: 1, rateMs: 200 })
  expect(book.current?.bids).toEqual([100, 5])
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
})

test('a view left while the server moves it is left where it was moved to, and so is all that was left with it', async () => {
  const it = await setup()
  const { client, wire, gateway } = it
  const books = [client.book(BTC, { depth: 3 }), client.book(BTC, { depth: 2 }), client.book(BTC, { depth: 1 })]
  await wire.flush()
  await moved(it)
  for (const book of books) book.close()
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toEqual([])
})

test('moved to a view that another subscription holds, it joins that one', async () => {
  const it = await setup()
  const { client, wire, gateway, btc } = it
  const [fast, slow] = [client.book(BTC, { depth: 3 }), client.book(BTC, { depth: 3, rateMs: 200 })]
  await wire.flush()
  const { sub } = await moved(it)
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toEqual([sub])
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect([fast.status.kind, slow.status.kind]).toEqual(['live', 'live'])
  expect(fast.current).toBe(slow.current)
  fast.close()
  slow.close()
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toEqual([])
})

test('mode and the greatest age are asked for as they were given', async () => {
  const { client, wire, gateway } = await setup()
  client.book(BTC, { mode: 'unfiltered', maxAgeMs: 2_000 })
  client.trades(BTC, { maxAgeMs: 3_000 })
  await wire.flush()
  expect(gateway.requests.map(({ body }) => body)).toMatchObject([
    { channel: 'book', mode: 'unfiltered', maxAgeMs: 2_000 },
    { channel: 'trades', maxAgeMs: 3_000 },
  ])
})

test('each update of an unfiltered view is a view of its own', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC, { mode: 'unfiltered' })
  await wire.flush()
  const lots: unknown[] = []
  book.subscribe((view) => lots.push(view?.bids[1]))
  for (const n of [1, 2, 3]) gateway.event(btc.delta([100, n], []))
  gateway.publish()
  await wire.flush()
  expect(lots).toEqual([5, 1, 2, 3])
})

test('too old is a gap with that reason, until the newest state is there', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC, { maxAgeMs: 500 })
  await wire.flush()
  gateway.gap(BTC, { reason: 'too-old', from: 1 })
  await wire.flush()
  expect(book.status).toMatchObject({ kind: 'gap', reason: 'too-old' })
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 9])
})

test('those who share a view are held to the shortest age that any of them asked for', async () => {
  const { client, wire, gateway } = await setup()
  const strict = client.book(BTC, { maxAgeMs: 500 })
  client.book(BTC)
  await wire.flush()
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
  const said = gateway.requests.filter(({ name }) => name !== 'unsubscribe').map(({ body }) => body) as object[]
  expect(said.at(-1)).toMatchObject({ sub: gateway.subsOf(wire.link)[0], maxAgeMs: 500 })
  expect(strict.status.kind).toBe('live')
})
