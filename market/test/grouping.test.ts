import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book, grouped } from '../src/index.ts'

const MAX = Number.MAX_SAFE_INTEGER

function bookOf(bids: readonly number[], asks: readonly number[]): Book {
  const book = new Book()
  book.replace(bids, asks)
  return book
}

describe('grouping', () => {
  const book = bookOf(
    [1004, 1, 1001, 2, 1000, 3, 999, 4, 995, 5, 990, 6],
    [1005, 1, 1006, 2, 1010, 3, 1011, 4, 1020, 5],
  )

  test.each([
    { side: 'bid', grouping: 1, depth: 2, want: [1004, 1, 1001, 2] },
    { side: 'bid', grouping: 5, depth: 'all', want: [1000, 6, 995, 9, 990, 6] },
    { side: 'ask', grouping: 5, depth: 'all', want: [1005, 1, 1010, 5, 1015, 4, 1020, 5] },
    { side: 'bid', grouping: 10, depth: 1, want: [1000, 6] },
    { side: 'ask', grouping: 10, depth: 2, want: [1010, 6, 1020, 9] },
    { side: 'ask', grouping: 1000, depth: 5, want: [2000, 15] },
  ] as const)('$side by $grouping, depth $depth', ({ side, grouping, depth, want }) => {
    expect(grouped(book, side, grouping, depth)).toEqual(want)
  })

  test('rounds away from the spread below zero too', () => {
    const negative = bookOf([-3, 1, -5, 2, -6, 3], [-2, 1, 0, 2, 1, 3])
    expect(grouped(negative, 'bid', 5, 'all')).toEqual([-5, 3, -10, 3])
    expect(grouped(negative, 'ask', 5, 'all')).toEqual([0, 3, 5, 3])
    expect(grouped(negative, 'ask', 5, 'all').some((n) => Object.is(n, -0))).toBe(false)
  })

  test('is exact next to 2^53, where a quotient would round', () => {
    const far = bookOf([MAX, 1, MAX - 1, 1], [MAX - 7, 1])
    expect(grouped(far, 'bid', 10, 'all')).toEqual([MAX - 1, 2])
    expect(grouped(far, 'ask', 10, 'all')).toEqual([MAX - 1, 1])
  })

  test('refuses a group whose lots or price pass 2^53, and no other', () => {
    const full = bookOf([100, 1, 99, MAX, 60, 7], [MAX, 5])
    expect(grouped(full, 'bid', 1, 'all')).toEqual([100, 1, 99, MAX, 60, 7])
    expect(() => grouped(full, 'bid', 200, 'all')).toThrow(expect.objectContaining({ code: 'UNIT_OVERFLOW' }))
    expect(grouped(full, 'bid', 100, 1)).toEqual([100, 1])
    expect(() => grouped(full, 'ask', 10, 'all')).toThrow(expect.objectContaining({ code: 'UNIT_OVERFLOW' }))
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('refuses a grouping of %d', (grouping) => {
    expect(() => grouped(book, 'bid', grouping, 'all')).toThrow(expect.objectContaining({ code: 'UNIT_NOT_INTEGER' }))
  })

  test('equals the plain sum over rounded prices, loses no lot, and depth only cuts it short', () => {
    const levels = fc
      .array(fc.tuple(fc.integer({ min: -300, max: 300 }), fc.integer({ min: 1, max: 1e9 })), { maxLength: 80 })
      .map((pairs) => pairs.flat())
    fc.assert(
      fc.property(
        levels,
        levels,
        fc.integer({ min: 1, max: 50 }),
        fc.nat({ max: 12 }),
        (bids, asks, grouping, depth) => {
          const some = bookOf(bids, asks)
          for (const side of ['bid', 'ask'] as const) {
            const groups = new Map<number, number>()
            let total = 0
            some.forEach(side, (ticks, lots) => {
              const price = (side === 'bid' ? Math.floor(ticks / grouping) : Math.ceil(ticks / grouping)) * grouping + 0
              groups.set(price, (groups.get(price) ?? 0) + lots)
              total += lots
            })
            const all = grouped(some, side, grouping, 'all')
            expect(all).toEqual([...groups].flat())
            expect(all.reduce((sum, n, at) => (at % 2 === 1 ? sum + n : sum), 0)).toBe(total)
            expect(grouped(some, side, grouping, depth)).toEqual(all.slice(0, depth * 2))
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
