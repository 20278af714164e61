import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binanceEmulator } from '../../src/emulators/binance/emulator.ts'
import { EmulatedWorld, OPENED_AT } from '../emulated.ts'
import { PlainBook, steps } from './facts.ts'

/** BTC-USD has ticks of 0.01 and lots of 0.00000001. */
const DECIMALS = [2, 8] as const

type Diff = {
  readonly e: string
  readonly E: number
  readonly U: number
  readonly u: number
  readonly b: string[][]
  readonly a: string[][]
}
type Seed = { readonly lastUpdateId: number; readonly bids: string[][]; readonly asks: string[][] }

function opened(options: { seed?: number; phaseMs?: number; faults?: readonly string[]; rate?: number } = {}) {
  const { phaseMs, ...rest } = options
  return new EmulatedWorld({
    emulator: (world) => binanceEmulator(world, phaseMs === undefined ? {} : { phaseMs }),
    ...rest,
  })
}

function seedOf(world: EmulatedWorld, limit = 5000): Seed {
  return world.json(`/api/v3/depth?symbol=BTCUSDT&limit=${limit}`) as Seed
}

function bookOf(seed: Seed): PlainBook {
  const book = new PlainBook()
  book.setAll('bids', steps(seed.bids, DECIMALS))
  book.setAll('asks', steps(seed.asks, DECIMALS))
  return book
}

function apply(book: PlainBook, diff: Diff): void {
  book.setAll('bids', steps(diff.b, DECIMALS))
  book.setAll('asks', steps(diff.a, DECIMALS))
}

function truth(world: EmulatedWorld, seq: number) {
  const { bids, asks } = world.host.oracle.book('BTC-USD', seq)!
  return { bids, asks }
}

test('a book kept by the documented procedure is the exchange’s, whatever the seed, the phase and where the snapshot ends', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer({ min: 1, max: 10_000 }),
        phaseMs: fc.integer({ min: 0, max: 99 }),
        speed: fc.constantFrom('@100ms', ''),
        inside: fc.boolean(),
        wait: fc.integer({ min: 0, max: 1_500 }),
        rate: fc.constantFrom(0.2, 1, 8),
      }),
      ({ seed, phaseMs, speed, inside, wait, rate }) => {
        const world = opened({ seed, phaseMs, rate, faults: inside ? ['snapshot-inside:p=1'] : [] })
        world.play(137)
        const client = world.client(`/ws/btcusdt@depth${speed}`)
        world.play(wait)
        // 1 to 3: buffer, then fetch; again while the snapshot is older than the first event.
        let snapshot = seedOf(world)
        world.play(1_300)
        const first = (client.messages() as Diff[])[0]
        while (first !== undefined && snapshot.lastUpdateId < first.U - 1) snapshot = seedOf(world)
        const book = bookOf(snapshot)
        expect(book.flat).toEqual(truth(world, snapshot.lastUpdateId))
        // 4 to 7: drop what is in it, then each event continues the last.
        world.play(2_000)
        let last = snapshot.lastUpdateId
        for (const diff of client.messages() as Diff[]) {
          if (diff.u <= last) continue
          expect(diff.U).toBeLessThanOrEqual(last + 1)
          apply(book, diff)
          last = diff.u
        }
        expect(book.flat).toEqual(truth(world, last))
      },
    ),
    { numRuns: 25 },
  )
})

test('events continue one another, hold more ids than levels, end on one grid of times, and do not come while nothing changes', () => {
  const world = opened({ phaseMs: 37 })
  const client = world.client('/ws/btcusdt@depth@100ms')
  world.play(20_000)
  const diffs = client.messages() as Diff[]
  expect(diffs.length).toBeGreaterThan(50)
  for (const [i, diff] of diffs.entries()) {
    if (i > 0) expect(diff.U).toBe(diffs[i - 1]!.u + 1)
    expect(diff.b.length + diff.a.length).toBeGreaterThan(0)
    expect((diff.E - OPENED_AT / 1000) % 100).toBe(37)
  }
  expect(diffs.some(({ U, u, b, a }) => u - U + 1 > b.length + a.length)).toBe(true)
  const sent = client.heard.map(({ at }) => at / 1000)
  expect(diffs.every(({ E }, i) => sent[i]! >= E && sent[i]! < E + 10)).toBe(true)
  expect(new Set(diffs.map(({ E }) => E)).size).toBe(diffs.length)
})

test('a quiet symbol sends nothing, not even empty events', () => {
  const world = new EmulatedWorld({ emulator: binanceEmulator, symbols: ['PAXG-USD'] })
  const client = world.client('/ws/paxgusdt@depth@100ms')
  world.play(60_000)
  const diffs = client.messages() as Diff[]
  expect(diffs.length).toBeGreaterThan(0)
  expect(diffs.length).toBeLessThan(200)
  expect(diffs.every(({ b, a }) => b.length + a.length > 0)).toBe(true)
})

test('a halt takes an update id and changes no level; the directory shows it', () => {
  const world = new EmulatedWorld({ emulator: binanceEmulator, scenario: 'halt', symbols: ['BTC-USD'] })
  const client = world.client('/ws/btcusdt@depth@100ms')
  const status = () =>
    (world.json('/api/v3/exchangeInfo') as { symbols: { status: string }[] }).symbols.map((one) => one.status).join()
  const seen = [0, 65, 30].map((seconds) => {
    world.play(1_000 * seconds)
    return status()
  })
  expect(seen).toEqual(['TRADING,TRADING', 'BREAK,BREAK', 'TRADING,TRADING'])
  const diffs = client.messages('depthUpdate') as Diff[]
  expect(diffs.every(({ U }, i) => i === 0 || U === diffs[i - 1]!.u + 1)).toBe(true)
  expect(diffs.every(({ b, a }) => b.length + a.length > 0)).toBe(true)
})

test('a request from ahead of the exchange does not end a batch that is not over', () => {
  const world = opened({ phaseMs: 0 })
  const client = world.client('/ws/btcusdt@depth@100ms')
  for (let i = 0; i < 30; i += 1) {
    world.play(70)
    const query = new URLSearchParams({ symbol: 'BTCUSDT', limit: '5' })
    world.host.http({ now: world.now + 90_000, method: 'GET', path: '/api/v3/depth', query, address: 'ahead' })
  }
  const times = (client.messages() as Diff[]).map(({ E }) => E)
  expect(new Set(times).size).toBe(times.length)
  expect(times.every((time) => time <= world.now / 1000)).toBe(true)
})

test('both speeds tell the same changes', () => {
  const world = opened()
  const client = world.client('/stream?streams=btcusdt@depth/btcusdt@depth@100ms')
  world.play(10_050)
  const of = (stream: string) =>
    client
      .messages(`"${stream}"`)
      .map(({ data }) => data as Diff)
      .filter(({ E }) => E <= OPENED_AT / 1000 + 9_000)
  const [slow, fast] = [of('btcusdt@depth'), of('btcusdt@depth@100ms')]
  expect(slow.length).toBeGreaterThan(5)
  expect(fast.length).toBeGreaterThan(4 * slow.length)
  for (const [i, diff] of slow.entries()) {
    const parts = fast.filter(({ U, u }) => U >= diff.U && u <= diff.u)
    expect([parts[0]?.U, parts.at(-1)?.u, parts.at(-1)?.E]).toEqual([diff.U, diff.u, diff.E])
    const [one, many] = [new PlainBook(), new PlainBook()]
    apply(one, { ...diff, b: diff.b.filter(([, size]) => !/^0\.0+$/.test(size!)), a: [] })
    for (const part of parts) apply(many, { ...part, a: [] })
    expect(one.flat.bids).toEqual(many.flat.bids)
    if (i > 0) expect(diff.U).toBe(slow[i - 1]!.u + 1)
  }
})

test.each([5, 10, 20])('@depth%i is the top of the exchange’s book at an id that is the end of a diff', (levels) => {
  const world = opened()
  const client = world.client(`/stream?streams=btcusdt@depth@100ms/btcusdt@depth${levels}@100ms`)
  world.play(5_000)
  const ends = new Set(client.messages('depthUpdate').map(({ data }) => (data as Diff).u))
  const partials = client.messages('lastUpdateId').map(({ data }) => data as Seed)
  expect(partials.length).toBeGreaterThan(30)
  for (const { lastUpdateId, bids, asks } of partials) {
    expect(ends.has(lastUpdateId)).toBe(true)
    const whole = truth(world, lastUpdateId)
    expect(steps(bids, DECIMALS)).toEqual(whole.bids.slice(0, 2 * levels))
    expect(steps(asks, DECIMALS)).toEqual(whole.asks.slice(0, 2 * levels))
  }
})

test('bookTicker is the best of the exchange’s book at its update id, without a kind or a time', () => {
  const world = opened()
  const client = world.client('/ws/btcusdt@bookTicker')
  world.play(3_000)
  const tickers = client.messages()
  expect(tickers.length).toBeGreaterThan(30)
  for (const ticker of tickers) {
    expect(Object.keys(ticker)).toEqual(['u', 's', 'b', 'B', 'a', 'A'])
    const { bids, asks } = truth(world, Number(ticker.u))
    expect(steps([[ticker.b, ticker.B] as string[], [ticker.a, ticker.A] as string[]], DECIMALS)).toEqual([
      ...bids.slice(0, 2),
      ...asks.slice(0, 2),
    ])
  }
})

test('a snapshot ends where a batch ends, or with `snapshot-inside` where the last event was', () => {
  for (const [faults, isInside] of [
    [[], false],
    [['snapshot-inside:p=1'], true],
  ] as const) {
    const world = opened({ faults, phaseMs: 0 })
    const client = world.client('/ws/btcusdt@depth@100ms')
    const ends: number[] = []
    for (let i = 0; i < 30; i += 1) {
      world.play(90)
      ends.push(seedOf(world, 100).lastUpdateId)
    }
    world.play(200)
    const batches = new Set([0, ...(client.messages() as Diff[]).map(({ u }) => u)])
    expect(ends.every((id) => batches.has(id))).toBe(!isInside)
  }
})

test('limits cut a snapshot to its best levels', () => {
  const world = opened().play(200)
  const whole = seedOf(world, 5000)
  expect(whole.bids.length).toBeGreaterThan(100)
  for (const limit of [1, 5, 100]) expect(seedOf(world, limit).bids).toEqual(whole.bids.slice(0, limit))
  expect(seedOf(world, 9999)).toEqual(whole)
  const byDefault = world.json('/api/v3/depth?symbol=BTCUSDT') as Seed
  expect(byDefault.asks).toEqual(whole.asks.slice(0, 100))
})

test.each([
  { fault: 'snapshot-old', of: (first: Seed, second: Seed) => [first.lastUpdateId, second.lastUpdateId], is: [0, 0] },
  {
    fault: 'snapshot-cached',
    of: (first: Seed, second: Seed) => [first.lastUpdateId > 0, second.lastUpdateId === first.lastUpdateId],
    is: [true, true],
  },
  { fault: 'outside-seed', of: (first: Seed) => [first.bids.length, first.asks.length], is: [20, 20] },
])('$fault: the snapshot is not the one of now', ({ fault, of, is }) => {
  const world = opened({ faults: [`${fault}:p=1`] }).play(500)
  const first = seedOf(world)
  world.play(2_000)
  expect(of(first, seedOf(world))).toEqual(is)
})

test.each([
  { fault: 'sequence-gap', U: (u: number) => u + 4 },
  { fault: 'sequence-duplicate', U: (u: number) => u },
  { fault: 'sequence-reset', U: () => 1 },
])('$fault: the ids go wrong once, and the snapshot goes with them', ({ fault, U }) => {
  const world = opened({ faults: [`${fault}:after=1s`] })
  const client = world.client('/ws/btcusdt@depth@100ms')
  world.play(3_000)
  const diffs = client.messages() as Diff[]
  const odd = diffs.flatMap((diff, i) => (i > 0 && diff.U !== diffs[i - 1]!.u + 1 ? [[diff.U, diffs[i - 1]!.u]] : []))
  expect(odd).toEqual([[U(odd[0]![1]!), odd[0]![1]]])
  const before = seedOf(world)
  world.play(500)
  const book = bookOf(before)
  for (const diff of client.messages() as Diff[]) {
    if (diff.E > diffs.at(-1)!.E && diff.u > before.lastUpdateId) apply(book, diff)
  }
  expect(book.flat).toEqual(bookOf(seedOf(world)).flat)
})

test('wrong-book: an update lies about the best bid, and only that', () => {
  const world = opened({ faults: ['wrong-book:after=1s'] })
  const client = world.client('/ws/btcusdt@depth@100ms')
  const book = bookOf(seedOf(world))
  world.play(5_000)
  const wrong: string[] = []
  for (const diff of client.messages() as Diff[]) {
    apply(book, diff)
    const [is, should] = [book.flat, truth(world, diff.u)]
    const differs = is.bids.findIndex((value, i) => value !== should.bids[i])
    if (differs >= 0) wrong.push(`bid ${differs} by ${is.bids[differs]! - should.bids[differs]!}`)
    expect(is.asks).toEqual(should.asks)
  }
  expect(wrong[0]).toBe('bid 1 by 1')
})
