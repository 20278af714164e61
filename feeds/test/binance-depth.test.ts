import { Book, type Micros } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DepthDiff, DepthJoin } from '../src/venues/binance/depth.ts'

const AT = 1 as Micros

function diff(first: number, last: number): DepthDiff {
  return { first, last, bids: [first, 1], asks: [], exchangeTime: AT }
}

test.each([
  { name: 'already in the snapshot', seed: 10, kept: [diff(5, 9)], applied: 0 },
  { name: 'that end exactly at the snapshot', seed: 10, kept: [diff(5, 10)], applied: 0 },
  { name: 'that begin exactly after the snapshot', seed: 10, kept: [diff(11, 12)], applied: 1 },
  { name: 'that hold the snapshot in their middle', seed: 10, kept: [diff(8, 12)], applied: 1 },
  { name: 'on both sides of the snapshot', seed: 10, kept: [diff(5, 10), diff(11, 12), diff(13, 20)], applied: 2 },
])('a snapshot joins kept events $name', ({ seed, kept, applied }) => {
  const join = new DepthJoin()
  for (const each of kept) join.offer(each)
  const joined = join.join(seed)
  expect(joined.joined && joined.apply.length).toBe(applied)
})

test.each([
  { name: 'one id before the first kept event', seed: 9, want: true },
  { name: 'two ids before the first kept event', seed: 8, want: false },
])('a snapshot $name joins: $want', ({ seed, want }) => {
  const join = new DepthJoin()
  join.offer(diff(10, 12))
  expect(join.join(seed).joined).toBe(want)
})

test('a snapshot that is too old leaves what was kept for the next one', () => {
  const join = new DepthJoin()
  join.offer(diff(10, 12))
  join.offer(diff(13, 14))
  expect(join.join(5)).toEqual({ joined: false, seedId: 5, firstId: 10 })
  const joined = join.join(11)
  expect(joined.joined && joined.apply).toEqual([diff(10, 12), diff(13, 14)])
})

test.each([
  { name: 'continues the book', next: diff(11, 12), fate: 'apply' },
  { name: 'overlaps the book', next: diff(9, 12), fate: 'apply' },
  { name: 'is older than the book', next: diff(8, 10), fate: 'skip' },
  { name: 'leaves a hole', next: diff(12, 13), fate: 'hole' },
])('after a snapshot on an unheard stream an event that $name is met with: $fate', ({ next, fate }) => {
  const join = new DepthJoin()
  join.join(10)
  expect(join.offer(next).fate).toBe(fate)
})

test('a hole before the snapshot makes what was kept before it useless', () => {
  const join = new DepthJoin()
  join.offer(diff(1, 2))
  expect(join.offer(diff(5, 6))).toMatchObject({ fate: 'hole', expected: 3, received: 5 })
  expect(join.join(2).joined).toBe(false)
  expect(join.join(4).joined).toBe(true)
})

test('ids that start again are noticed, not waited for', () => {
  const join = new DepthJoin()
  join.join(1_000)
  join.offer(diff(1_001, 1_001))
  const fates = Array.from({ length: 20 }, (_, index) => join.offer(diff(index + 1, index + 1)).fate)
  expect(fates.slice(0, 19).every((fate) => fate === 'skip')).toBe(true)
  expect(fates[19]).toBe('hole')
  expect(join.isJoined).toBe(false)
})

/** A venue's stream: batches of ids, each id setting one price, with the book after each id. */
const stream = fc.array(
  fc.record({ size: fc.integer({ min: 1, max: 5 }), price: fc.integer({ min: 1, max: 9 }), lots: fc.nat(3) }),
  {
    minLength: 2,
    maxLength: 40,
  },
)

test('wherever a snapshot falls in the stream, the joined book is the venue’s book', () => {
  fc.assert(
    fc.property(stream, fc.nat(), fc.nat(), (steps, seedPick, arrivalPick) => {
      const { diffs, bookAt, lastId } = venue(steps)
      const seedId = seedPick % (lastId + 1)
      const arrival = arrivalPick % (diffs.length + 1)
      const join = new DepthJoin()
      const book = new Book()
      for (const each of diffs.slice(0, arrival)) join.offer(each)
      const joined = join.join(seedId)
      // A seed from the future of the stream is a venue's right; one from its past only when nothing is missing between.
      expect(joined.joined).toBe(true)
      if (!joined.joined) return
      book.replace(bookAt(seedId), [])
      for (const each of joined.apply) book.apply(each.bids, each.asks)
      for (const each of diffs.slice(arrival)) {
        const { fate } = join.offer(each)
        expect(fate).not.toBe('hole')
        if (fate === 'apply') book.apply(each.bids, each.asks)
      }
      expect(book.bids()).toEqual(sorted(bookAt(lastId)))
    }),
    { numRuns: 300 },
  )
})

test('whichever event is lost after the join, it is noticed at the next one', () => {
  fc.assert(
    fc.property(stream, fc.nat(), (steps, lostPick) => {
      const { diffs } = venue(steps)
      const lost = lostPick % (diffs.length - 1)
      const join = new DepthJoin()
      join.join(0)
      const fates = diffs.filter((_, index) => index !== lost).map((each) => join.offer(each).fate)
      expect(fates.indexOf('hole')).toBe(lost)
    }),
    { numRuns: 300 },
  )
})

function venue(steps: readonly { size: number; price: number; lots: number }[]) {
  const states: Map<number, number>[] = [new Map()]
  const diffs: DepthDiff[] = []
  for (const { size, price, lots } of steps) {
    const first = states.length
    const changed = new Map<number, number>()
    for (let id = 0; id < size; id++) {
      const state = new Map(states.at(-1))
      const at = ((price + id) % 9) + 1
      state.set(at, lots)
      changed.set(at, lots)
      states.push(state)
    }
    diffs.push({ first, last: states.length - 1, bids: [...changed].flat(), asks: [], exchangeTime: AT })
  }
  return { diffs, lastId: states.length - 1, bookAt: (id: number) => [...(states[id] ?? [])].flat() }
}

function sorted(flat: readonly number[]): number[] {
  const book = new Book()
  book.replace(flat, [])
  return book.bids()
}
