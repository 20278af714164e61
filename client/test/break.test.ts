import { expect, test } from 'vitest'
import { BTC, ETH, setup } from './fakes/setup.ts'
import type { Mischief } from './fakes/wire-pair.ts'

/** Meddles with the first message of that type, and with no other. */
function once(type: string, change: (body: Record<string, unknown>) => readonly unknown[]): Mischief {
  let isDone = false
  return ({ name, value }) => {
    if (isDone || name !== type) return [value]
    isDone = true
    return change(value as Record<string, unknown>)
  }
}

test.each([
  {
    name: 'a changed quantity',
    change: (m: Record<string, unknown>) => [{ ...m, bids: [100, 9999] }],
    slug: 'checksum-mismatch',
  },
  {
    name: 'a wrong checksum',
    change: (m: Record<string, unknown>) => [{ ...m, checksum: 1 }],
    slug: 'checksum-mismatch',
  },
  {
    name: 'an update of another seq',
    change: (m: Record<string, unknown>) => [{ ...m, prev: 77 }],
    slug: 'chain-broken',
  },
  {
    name: 'an update of another epoch',
    change: (m: Record<string, unknown>) => [{ ...m, epoch: 77 }],
    slug: 'chain-broken',
  },
  { name: 'the same update twice', change: (m: Record<string, unknown>) => [m, m], slug: 'chain-broken' },
  {
    name: 'a removal of what is not there',
    change: (m: Record<string, unknown>) => [{ ...m, bids: [1, 0] }],
    slug: 'chain-broken',
  },
  {
    name: 'a price that is no integer',
    change: (m: Record<string, unknown>) => [{ ...m, bids: [100.5, 1] }],
    slug: 'malformed-message',
  },
  {
    name: 'levels that are text',
    change: (m: Record<string, unknown>) => [{ ...m, bids: [['1.00', '1']] }],
    slug: 'malformed-message',
  },
  { name: 'half a level', change: (m: Record<string, unknown>) => [{ ...m, bids: [100] }], slug: 'malformed-message' },
])('$name quarantines the book, which is live again only with a fresh snapshot', async ({ change, slug }) => {
  const { client, wire, gateway, btc, errors } = await setup()
  const book = client.book(BTC)
  const other = client.book(ETH)
  await wire.flush()
  const states: string[] = []
  book.onStatus(({ kind }) => states.push(kind))
  const otherStates: string[] = []
  other.onStatus(({ kind }) => otherStates.push(kind))
  wire.mischief = once('update', change)
  gateway.event(btc.delta([100, 55], []))
  gateway.publish()
  await wire.flush()
  expect(states).toEqual(['live', 'invalid', 'live'])
  expect(otherStates).toEqual(['live'])
  expect(errors.map((error) => error.slug)).toEqual([slug])
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 55])
  expect(gateway.requests.map(({ name }) => name)).toEqual(['subscribe', 'unsubscribe', 'subscribe'])
  expect(client.stats()).toMatchObject({ resyncs: 1 })
})

test('what is missing between two updates has its numbers, and what came twice has none', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC)
  await wire.flush()
  const held = book.current?.seq ?? Number.NaN
  const told: unknown[] = []
  book.onStatus((status) => {
    if (status.kind === 'invalid') told.push([status.from, status.to])
  })
  wire.mischief = once('update', () => [])
  for (const lots of [55, 56]) {
    gateway.event(btc.delta([100, lots], []))
    gateway.publish()
    await wire.flush()
  }
  wire.mischief = once('update', (m) => [m, m])
  gateway.event(btc.delta([100, 57], []))
  gateway.publish()
  await wire.flush()
  expect(told).toEqual([
    [held, held + 1],
    [undefined, undefined],
  ])
})

test('while a book is quarantined the last good one is kept, and nothing that arrives changes it', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC)
  await wire.flush()
  const good = book.current
  wire.mischief = ({ name, value }) =>
    name === 'update' ? [{ ...(value as object), bids: [100, 9999] }] : name === 'subscribe' ? [] : [value]
  gateway.event(btc.delta([100, 55], []))
  gateway.publish()
  await wire.flush()
  expect(book.status).toMatchObject({ kind: 'invalid', error: { slug: 'checksum-mismatch' } })
  expect(book.current).toBe(good)
  expect(good?.bids.slice(0, 2)).toEqual([100, 5])
})

test('a book that keeps breaking is asked for less and less often', async () => {
  const { client, wire, gateway, btc, host } = await setup()
  client.book(BTC)
  await wire.flush()
  wire.mischief = ({ name, value }) => (name === 'snapshot' ? [{ ...(value as object), checksum: 1 }] : [value])
  gateway.event(btc.snapshot([100, 1], [101, 1]))
  gateway.publish()
  const asked: number[] = []
  for (let second = 0; second < 60; second++) {
    const before = gateway.requests.length
    for (let step = 0; step < 10; step++) {
      host.advance(100)
      gateway.heartbeat()
      await wire.flush()
    }
    asked.push(gateway.requests.slice(before).filter(({ name }) => name === 'subscribe').length)
  }
  const sum = (from: number, to: number): number => asked.slice(from, to).reduce((a, b) => a + b, 0)
  expect(sum(0, 10)).toBeLessThan(12)
  expect(sum(30, 60)).toBeGreaterThan(1)
  expect(sum(30, 60)).toBeLessThan(8)
})

test('a gap told by the server keeps the book out of live until the snapshot of the new epoch', async () => {
  const { client, wire, gateway, btc } = await setup()
  const book = client.book(BTC)
  await wire.flush()
  gateway.gap(BTC, { reason: 'sequence', from: 4, to: 9 })
  await wire.flush()
  expect(book.status).toMatchObject({ kind: 'gap', reason: 'sequence', from: 4, to: 9 })
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 5])
  gateway.event(btc.snapshot([200, 1], [201, 1]))
  gateway.publish()
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(book.current).toMatchObject({ bids: [200, 1], epoch: 3 })
  expect(client.stats()).toMatchObject({ gaps: 1, resyncs: 0 })
})

test('updates without the snapshot they need do not make a book; the snapshot is asked for again', async () => {
  const { client, wire, gateway, btc, host } = await setup()
  wire.mischief = once('snapshot', () => [])
  const book = client.book(BTC)
  await wire.flush()
  gateway.event(btc.delta([100, 3], []))
  gateway.publish()
  await wire.flush()
  expect(book.status.kind).toBe('pending')
  expect(book.current).toBeUndefined()
  host.advance(2_000)
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(book.current?.bids.slice(0, 2)).toEqual([100, 3])
})

test('an empty book is a book, and a view with nothing to show stays pending', async () => {
  const { client, wire, gateway, btc } = await setup()
  gateway.event(btc.snapshot([], []))
  const book = client.book(BTC)
  await wire.flush()
  expect(book.status.kind).toBe('live')
  expect(book.current).toMatchObject({ bids: [], asks: [], bestBid: undefined, spread: undefined })
})
