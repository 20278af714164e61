import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coinbaseEmulator } from '../../src/emulators/coinbase/emulator.ts'
import { EmulatedWorld, OPENED_AT, type TestClient } from '../emulated.ts'
import { inSteps, PlainBook, restingOrders, steps } from './facts.ts'

/** BTC-USD has ticks of 0.01 and lots of 0.00000001. */
const DECIMALS = [2, 8] as const
const SIGNED = { key: 'k', passphrase: 'p', timestamp: '1767225600', signature: `${'A'.repeat(43)}=` }

type Snapshot = { readonly bids: string[][]; readonly asks: string[][]; readonly time: string }
type Update = { readonly changes: ['buy' | 'sell', string, string][]; readonly time: string }

function opened(
  options: { seed?: number; faults?: readonly string[]; rate?: number; symbols?: readonly string[] } = {},
) {
  return new EmulatedWorld({ emulator: (world) => coinbaseEmulator(world), ...options })
}

function follow(world: EmulatedWorld, channels: readonly string[], more: object = {}): TestClient {
  return world.client('/').send({ type: 'subscribe', product_ids: ['BTC-USD'], channels, ...more })
}

/** Whatever came last of the book, folded by a plain reading of the documentation: sizes are absolute, zero is numeric. */
function fold(client: TestClient): { readonly book: PlainBook; readonly time: string } {
  let book = new PlainBook()
  let time = ''
  for (const message of client.messages() as (Record<string, unknown> & Partial<Snapshot & Update>)[]) {
    if (message.type === 'snapshot') {
      book = new PlainBook()
      book.setAll('bids', steps(message.bids!, DECIMALS))
      book.setAll('asks', steps(message.asks!, DECIMALS))
    } else if (message.type === 'l2update') {
      for (const [side, price, size] of message.changes!) {
        book.set(side === 'buy' ? 'bids' : 'asks', inSteps(price, 2), inSteps(size, 8))
      }
    } else continue
    time = message.time!
  }
  return { book, time }
}

/** µs since the opening. */
function sinceOpening(time: string): number {
  return Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26)) - OPENED_AT
}

function truthAt(world: EmulatedWorld, time: string) {
  const { oracle } = world.host
  const { bids, asks } = oracle.book('BTC-USD', oracle.seqAt('BTC-USD', sinceOpening(time)))!
  return { bids, asks }
}

test('a book folded from snapshot and updates is the exchange’s as of the time of the last one', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer({ min: 1, max: 10_000 }),
        before: fc.integer({ min: 0, max: 700 }),
        after: fc.integer({ min: 0, max: 3_000 }),
        rate: fc.constantFrom(0.3, 1, 8),
        channel: fc.constantFrom('level2_batch', 'level2'),
      }),
      ({ seed, before, after, rate, channel }) => {
        const world = opened({ seed, rate }).play(before)
        const client = follow(world, [channel], SIGNED)
        world.play(after)
        const { book, time } = fold(client)
        expect(book.flat).toEqual(truthAt(world, time))
      },
    ),
    { numRuns: 30 },
  )
})

test('batches come every 50 ms at most, with the time of their last change; unbatched updates have one change each', () => {
  const world = opened()
  const [batched, each] = [follow(world, ['level2_batch']), follow(world, ['level2'], SIGNED)]
  world.play(10_000)
  const at = batched.heard.filter((one) => one.kind === 'frame' && one.text.includes('l2update')).map((one) => one.at)
  expect(at.length).toBeGreaterThan(50)
  expect(Math.min(...at.slice(1).map((one, i) => one - at[i]!))).toBeGreaterThanOrEqual(40_000)
  const last = batched.messages('l2update').map((one) => one as unknown as Update)
  const single = each.messages('l2update').map((one) => one as unknown as Update)
  expect(single.every(({ changes }) => changes.length === 1)).toBe(true)
  expect(single.length).toBeGreaterThan(2 * last.length)
  const times = new Set(single.map(({ time }) => time))
  expect(last.every(({ time }) => times.has(time))).toBe(true)
})

test('a deleted level is zero in one of many spellings', () => {
  const world = opened()
  const client = follow(world, ['level2_batch'])
  world.play(20_000)
  const sizes = client
    .messages('l2update')
    .flatMap((one) => (one as unknown as Update).changes.map(([, , size]) => size))
  const zeros = new Set(sizes.filter((size) => Number(size) === 0))
  expect([...zeros].sort()).toEqual(['0', '0.0', '0.00', '0.000', '0.000000', '0.00000000'])
})

test('a product left and asked for again begins with a fresh snapshot', () => {
  const world = opened()
  const client = follow(world, ['level2_batch'])
  world.play(1_000)
  client.send({ type: 'unsubscribe', product_ids: ['BTC-USD'], channels: ['level2_batch'] }).forget()
  world.play(1_000)
  expect(client.frames()).toEqual([])
  client.send({ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['level2_batch'] })
  world.play(1_000)
  expect(client.frames('"snapshot"').length).toBe(1)
  const { book, time } = fold(client)
  expect(book.flat).toEqual(truthAt(world, time))
})

test('REST gives the same book at every level of detail', () => {
  const world = opened().play(5_000)
  const { bids, asks } = world.host.oracle.book('BTC-USD')!
  type Rest = { bids: [string, string, number][]; asks: [string, string, number][]; sequence: number }
  const at = (level: number) => world.json(`/products/BTC-USD/book?level=${level}`) as Rest
  expect([steps(at(1).bids as never, DECIMALS), steps(at(1).asks as never, DECIMALS)]).toEqual([
    bids.slice(0, 2),
    asks.slice(0, 2),
  ])
  expect([steps(at(2).bids as never, DECIMALS), steps(at(2).asks as never, DECIMALS)]).toEqual([bids, asks])
  const orders = new PlainBook()
  for (const [price, size] of at(3).asks) {
    const ticks = inSteps(price, 2)
    orders.set('asks', ticks, (orders.asks.get(ticks) ?? 0) + inSteps(size, 8))
  }
  expect(orders.flat.asks).toEqual(asks)
  expect(new Set(at(3).bids.map(([, , id]) => id)).size).toBe(at(3).bids.length)
  expect(at(2).asks.reduce((sum, [, , count]) => sum + count, 0)).toBe(at(3).asks.length)
})

test('the full channel counts without a hole, and its orders make up the book', () => {
  const world = opened()
  const client = follow(world, ['full'], SIGNED)
  const start = (world.json('/products/BTC-USD/book') as { sequence: number }).sequence
  world.play(60_000)
  type Full = {
    sequence: number
    type: string
    order_id: string
    side: string
    price: string
    remaining_size: string
    new_size: string
    maker_order_id: string
    size: string
  }
  const messages = client.messages('"sequence"') as unknown as Full[]
  expect(messages.map(({ sequence }) => sequence)).toEqual(messages.map((_, i) => start + 1 + i))
  const received = messages.filter(({ type }) => type === 'received').map(({ order_id }) => order_id)
  expect(new Set(received).size, 'no order is received twice').toBe(received.length)
  const open = new Map<string, { price: number; lots: number; side: string }>()
  for (const one of messages) {
    if (one.type === 'open')
      open.set(one.order_id, { price: inSteps(one.price, 2), lots: inSteps(one.remaining_size, 8), side: one.side })
    if (one.type === 'done') open.delete(one.order_id)
    const changed = open.get(one.type === 'match' ? one.maker_order_id : one.order_id)
    if (one.type === 'change' && changed !== undefined) changed.lots = inSteps(one.new_size, 8)
    if (one.type === 'match' && changed !== undefined) changed.lots -= inSteps(one.size, 8)
  }
  const resting = restingOrders({ seed: 7, symbol: 'BTC-USD', until: 60_000_000 })
  const sorted = (orders: [number, number][]) => orders.sort(([a, x], [b, y]) => a - b || x - y)
  expect(sorted([...open.values()].map(({ price, lots }) => [price, lots]))).toEqual(sorted(resting))
  const rest = world.json('/products/BTC-USD/book?level=3') as {
    bids: [string, string, string][]
    asks: [string, string, string][]
  }
  const told = new Map(
    [...rest.bids, ...rest.asks].map(([price, size, id]) => [id, [inSteps(price, 2), inSteps(size, 8)]]),
  )
  expect(open.size).toBeGreaterThan(20)
  for (const [id, { price, lots }] of open) expect(told.get(id)).toEqual([price, lots])
})

test('huge-snapshot: more than 20 MB, and still the book', () => {
  const world = opened({ faults: ['huge-snapshot:p=1'] }).play(300)
  const client = follow(world, ['level2_batch'])
  expect(client.frames('"snapshot"')[0]!.length).toBeGreaterThan(20 * 1024 * 1024)
  const { book, time } = fold(client)
  expect(book.flat).toEqual(truthAt(world, time))
})

test('snapshots can be large without a fault', () => {
  const world = new EmulatedWorld({ emulator: (one) => coinbaseEmulator(one, { snapshotBytes: 1_000_000 }) })
  expect(follow(world, ['level2_batch']).frames('"snapshot"')[0]!.length).toBeGreaterThanOrEqual(1_000_000)
})

test.each([
  { fault: 'wrong-book:after=1s', differs: 1, snapshots: 1 },
  { fault: 'snapshot-unasked:after=1s', differs: 0, snapshots: 2 },
])('$fault: $differs wrong books, $snapshots snapshots', ({ fault, differs, snapshots }) => {
  const world = opened({ faults: [fault] })
  const client = follow(world, ['level2_batch'])
  let wrong = 0
  for (let i = 0; i < 40; i += 1) {
    world.play(50)
    const { book, time } = fold(client)
    const truth = truthAt(world, time)
    if (JSON.stringify(book.flat) !== JSON.stringify(truth)) wrong += 1
  }
  expect(Math.min(wrong, 1)).toBe(differs)
  expect(client.frames('"snapshot"').length).toBe(snapshots)
})

test('precision-change: a price has a decimal that the product has not', () => {
  const world = opened({ faults: ['precision-change:after=1s'] })
  const client = follow(world, ['level2_batch'])
  world.play(3_000)
  const prices = client
    .messages('l2update')
    .flatMap((one) => (one as unknown as Update).changes.map(([, price]) => price))
  expect(
    prices.filter((price) => !/^\d+\.\d\d$/.test(price)).map((price) => price.length - price.indexOf('.')),
  ).toEqual([4])
})
