import { expect, test } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { BTC, setup } from './fakes/setup.ts'

test('modify changes the view in place, keeps what was not named, and tells what was granted', async () => {
  const { client, wire, gateway } = await setup()
  const book = client.book(BTC, { depth: 3, rateMs: 250 })
  await wire.flush()
  const granted = book.modify({ depth: 1 })
  await wire.flush()
  expect(await granted).toMatchObject({ depth: 1, rateMs: 250 })
  expect(book.granted).toMatchObject({ depth: 1, rateMs: 250 })
  expect(book.current?.bids).toEqual([100, 5])
  expect(book.status.kind).toBe('live')
  expect(gateway.requests.map(({ name }) => name)).toEqual(['subscribe', 'modify'])
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
})

test('until the first image of the new view is there the former one stays and is not called live', async () => {
  const { client, wire } = await setup()
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  const before = book.current
  wire.mischief = ({ name, value }) => (name === 'snapshot' ? [] : [value])
  void book.modify({ depth: 1 })
  await wire.flush()
  expect(book.status.kind).toBe('pending')
  expect(book.current).toBe(before)
})

test('frames of the former view that come after the answer change nothing', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  const [old] = gateway.subsOf(wire.link)
  void book.modify({ depth: 1 })
  await wire.flush()
  wire.link?.send({
    type: 'update',
    sub: old,
    epoch: 2,
    seq: 2,
    prev: 1,
    serverTime: 1,
    merged: 1,
    bids: [100, 1],
    asks: [],
  } as { type: string })
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(book.current?.bids).toEqual([100, 5])
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect(book.current?.bids).toEqual([100, 9])
})

test('frames of the new view right behind the answer are not lost', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  void book.modify({ depth: 1 })
  // The answer, the snapshot and an update arrive as one.
  await wire.trickle(0)
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(book.current?.bids).toEqual([100, 9])
  expect(client.stats()).toMatchObject({ chainsBroken: 0, resyncs: 0 })
})

test('one of two who share a view modifies alone; the other notices nothing', async () => {
  const { client, wire, gateway } = await setup()
  const first = client.book(BTC, { depth: 3 })
  const second = client.book(BTC, { depth: 3 })
  await wire.flush()
  const states: string[] = []
  second.onStatus(({ kind }) => states.push(kind))
  void first.modify({ depth: 1 })
  await wire.flush()
  expect(first.current?.bids).toEqual([100, 5])
  expect(second.current?.bids).toHaveLength(6)
  expect(states).toEqual(['live'])
  expect(gateway.subsOf(wire.link)).toHaveLength(2)
})

test('modifying into a view that another holds joins it', async () => {
  const { client, wire, gateway } = await setup()
  const wide = client.book(BTC, { depth: 3 })
  const narrow = client.book(BTC, { depth: 1 })
  await wire.flush()
  await wide.modify({ depth: 1 })
  await wire.flush()
  expect(wide.current).toBe(narrow.current)
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
})

test('a modify that turns out to be granted what another holds joins it too', async () => {
  const { client, wire, gateway, btc } = await setup()
  gateway.maxDepth = 2
  const full = client.book(BTC, { depth: 2 })
  const small = client.book(BTC, { depth: 1 })
  await wire.flush()
  void small.modify({ depth: 99 })
  await wire.flush()
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect([small.status.kind, full.status.kind]).toEqual(['live', 'live'])
  expect(small.current?.bids).toEqual([100, 9, 99, 6])
  expect(full.current).toBe(small.current)
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
})

test('a refused modify rejects with the code and leaves all as it was', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC, { depth: 2 })
  await wire.flush()
  gateway.refusals.push({
    name: 'modify',
    error: { code: 422, slug: 'unsupported', message: 'depth must be a whole number from 1 up' },
  })
  const answer = expect(book.modify({ depth: -1 })).rejects.toMatchObject({ code: 422, slug: 'unsupported' })
  await wire.flush()
  await answer
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(book.current?.bids).toEqual([100, 9, 99, 6])
  expect(book.granted).toMatchObject({ depth: 2 })
})

test('the last of several modifies in a row is what counts', async () => {
  const { client, wire, gateway } = await setup()
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  const all = [1, 2, 3, 1, 2].map((depth) => book.modify({ depth }))
  await wire.flush()
  await Promise.all(all)
  await wire.flush()
  expect(book.granted).toMatchObject({ depth: 2 })
  expect(book.current?.bids).toEqual([100, 5, 99, 6])
  expect(book.status.kind).toBe('live')
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
})

test('a modify on the way when the connection is lost is asked for on the next', async () => {
  const { client, wire, host } = await setup()
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  const granted = book.modify({ depth: 1 })
  await wire.trickle(0)
  wire.link?.end({ error: new ClientError('connection-lost', 'gone'), next: 'backoff' })
  host.advance(1_000)
  await wire.flush()
  expect(await granted).toMatchObject({ depth: 1 })
  expect(book.current?.bids).toEqual([100, 5])
})

test('closing while a modify is on its way leaves nothing behind at the server', async () => {
  const { client, wire, gateway } = await setup()
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  const granted = expect(book.modify({ depth: 1 })).rejects.toMatchObject({ slug: 'closed' })
  await wire.trickle(0)
  book.close()
  await wire.flush()
  await granted
  expect(gateway.subsOf(wire.link)).toEqual([])
})

test('what the server grants anew by itself is what granted says', async () => {
  const { client, wire, gateway } = await setup()
  const book = client.book(BTC, { depth: 3 })
  await wire.flush()
  const [sub] = gateway.subsOf(wire.link)
  wire.link?.send({
    type: 'config',
    sub,
    granted: { depth: 3, grouping: 1, rateMs: 1000, mode: 'merge' },
    why: 'busy',
  } as { type: string })
  await wire.flush()
  expect(book.granted).toMatchObject({ rateMs: 1000 })
  expect(book.status.kind).toBe('live')
})

test('a refused modify of a view that is shared leaves all as it was, too', async () => {
  const { client, wire, gateway, btc } = await setup()
  const first = client.book(BTC, { depth: 2 })
  const second = client.book(BTC, { depth: 2 })
  await wire.flush()
  gateway.refusals.push({ name: 'subscribe', error: { code: 422, slug: 'unsupported', message: 'no' } })
  const answer = expect(first.modify({ depth: -1 })).rejects.toMatchObject({ code: 422 })
  await wire.flush()
  await answer
  gateway.event(btc.delta([100, 9], []))
  gateway.publish()
  await wire.flush()
  expect([first.status.kind, second.status.kind]).toEqual(['live', 'live'])
  expect(first.current?.bids).toEqual([100, 9, 99, 6])
  expect(gateway.subsOf(wire.link)).toHaveLength(1)
})

test('a subscription moving to another view stays live on its own until that is granted', async () => {
  const { client, wire, gateway } = await setup()
  const first = client.book(BTC, { depth: 2 })
  client.book(BTC, { depth: 2 })
  await wire.flush()
  const states: string[] = []
  first.onStatus(({ kind }) => states.push(kind))
  const granted = first.modify({ depth: 1 })
  expect(first.status.kind).toBe('live')
  await wire.flush()
  expect(await granted).toMatchObject({ depth: 1 })
  expect(states).toEqual(['live', 'pending', 'live'])
  expect(gateway.subsOf(wire.link)).toHaveLength(2)
})
