import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book, BookError } from '../src/index.ts'

describe('a book', () => {
  test('is empty at first', () => {
    const book = new Book()
    expect([book.bids(), book.asks(), book.bidCount, book.askCount]).toEqual([[], [], 0, 0])
    expect([book.bestBid(), book.bestAsk(), book.isCrossed()]).toEqual([undefined, undefined, false])
  })

  test('keeps bids from high to low and asks from low to high', () => {
    const book = new Book()
    book.apply([98, 5, 100, 1, 99, 2], [103, 4, 101, 1, 102, 3])
    expect(book.bids()).toEqual([100, 1, 99, 2, 98, 5])
    expect(book.asks()).toEqual([101, 1, 102, 3, 103, 4])
    expect([book.bestBid(), book.bestAsk(), book.bidCount, book.askCount]).toEqual([100, 101, 3, 3])
  })

  test('gives the best levels when asked for some', () => {
    const book = new Book()
    book.replace([100, 1, 99, 2, 98, 5], [101, 1, 102, 3])
    expect(book.bids(2)).toEqual([100, 1, 99, 2])
    expect(book.asks(9)).toEqual([101, 1, 102, 3])
    expect(book.asks(0)).toEqual([])
  })

  test('takes the last of several entries for one price, in updates and in snapshots', () => {
    const book = new Book()
    book.apply([100, 1, 100, 0, 100, 7], [101, 1, 101, 0])
    expect([book.bids(), book.asks()]).toEqual([[100, 7], []])
    book.replace([100, 1, 99, 1, 100, 3], [102, 2, 102, 0])
    expect([book.bids(), book.asks()]).toEqual([[100, 3, 99, 1], []])
  })

  test('is not changed by the removal of a level it does not have', () => {
    const book = new Book()
    book.replace([100, 1, 98, 1], [101, 1])
    book.apply([99, 0, 101, 0, 97, 0], [100, 0, 102, 0])
    expect([book.bids(), book.asks()]).toEqual([
      [100, 1, 98, 1],
      [101, 1],
    ])
  })

  test('drops everything for a snapshot, and its zero levels are not levels', () => {
    const book = new Book()
    book.replace([100, 1], [101, 1])
    book.replace([90, 2, 89, 0, 88, 1], [])
    expect([book.bids(), book.asks()]).toEqual([[90, 2, 88, 1], []])
    book.clear()
    expect([book.bidCount, book.askCount]).toEqual([0, 0])
  })

  test('takes prices below zero and zero itself', () => {
    const book = new Book()
    book.replace([0, 1, -5, 2], [3, 1])
    book.apply([-7, 4, -0, 9], [-2, 8])
    expect(book.bids()).toEqual([0, 9, -5, 2, -7, 4])
    expect(book.asks()).toEqual([-2, 8, 3, 1])
    expect(book.lotsAt('ask', -2)).toBe(8)
    expect(Object.is(book.bestBid(), 0)).toBe(true)
    book.set('ask', 0, 6)
    expect(book.asks().some((n) => Object.is(n, -0))).toBe(false)
  })

  test.each([
    { name: 'bid below ask', bids: [100, 1], asks: [101, 1], crossed: false },
    { name: 'bid at ask', bids: [101, 1], asks: [101, 1], crossed: true },
    { name: 'bid above ask', bids: [102, 1], asks: [101, 1], crossed: true },
    { name: 'one side only', bids: [102, 1], asks: [], crossed: false },
  ])('says whether it is crossed: $name', ({ bids, asks, crossed }) => {
    const book = new Book()
    book.apply(bids, asks)
    expect(book.isCrossed()).toBe(crossed)
  })

  test('grows past any number of levels it started with', () => {
    const book = new Book()
    const count = 10_000
    for (let level = 0; level < count; level++) book.set('bid', (level * 7919) % count, level + 1)
    expect(book.bidCount).toBe(count)
    expect(book.bids(2)).toEqual([count - 1, book.lotsAt('bid', count - 1), count - 2, book.lotsAt('bid', count - 2)])
  })

  test('visits levels best first until told to stop', () => {
    const book = new Book()
    book.replace([3, 1, 2, 1, 1, 1], [])
    const seen: number[] = []
    book.forEach('bid', (ticks) => {
      seen.push(ticks)
      return ticks > 2
    })
    expect(seen).toEqual([3, 2])
  })

  test.each([
    { name: 'a quantity below zero', levels: [100, -1] },
    { name: 'a fraction of a lot', levels: [100, 0.5] },
    { name: 'a fraction of a tick', levels: [100.5, 1] },
    { name: 'no number as quantity', levels: [100, Number.NaN] },
    { name: 'no number as price', levels: [Number.NaN, 1] },
    { name: 'a quantity past 2^53', levels: [100, 2 ** 53] },
    { name: 'a price past 2^53', levels: [2 ** 53, 1] },
    { name: 'an infinite price', levels: [Number.NEGATIVE_INFINITY, 1] },
    { name: 'half a pair', levels: [100, 1, 99] },
  ])('refuses $name on every way in', ({ levels }) => {
    const book = new Book()
    expect(() => book.apply(levels, [])).toThrow(BookError)
    expect(() => book.apply([], levels)).toThrow(BookError)
    expect(() => book.replace(levels, [])).toThrow(BookError)
    expect(() => book.replace([], levels)).toThrow(BookError)
    if (levels.length === 2) expect(() => book.set('ask', levels[0]!, levels[1]!)).toThrow(BookError)
  })
})

describe('whatever is done to a book', () => {
  const price = fc.oneof(fc.integer({ min: -15, max: 15 }), fc.integer({ min: -400, max: 400 }), fc.maxSafeInteger())
  const quantity = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  )
  const levels = fc.array(fc.tuple(price, quantity), { maxLength: 60 }).map((pairs) => pairs.flat())
  const operation = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('apply' as const), bids: levels, asks: levels }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace' as const), bids: levels, asks: levels }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace-sorted' as const), bids: levels, asks: levels }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('clear' as const), bids: fc.constant([]), asks: fc.constant([]) }),
    },
  )

  test('it equals a plain map of prices, and each side is strictly sorted', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 30 }), (operations) => {
        const book = new Book()
        const model = { bids: new Map<number, number>(), asks: new Map<number, number>() }
        for (const { kind, bids, asks } of operations) {
          if (kind !== 'apply') {
            model.bids.clear()
            model.asks.clear()
          }
          foldInto(model.bids, bids)
          foldInto(model.asks, asks)
          if (kind === 'apply') book.apply(bids, asks)
          else if (kind === 'replace') book.replace(bids, asks)
          else if (kind === 'replace-sorted') book.replace(sorted(model.bids, -1), sorted(model.asks, 1))
          else book.clear()

          const bidsWanted = sorted(model.bids, -1)
          const asksWanted = sorted(model.asks, 1)
          expect(book.bids()).toEqual(bidsWanted)
          expect(book.asks()).toEqual(asksWanted)
          expect([book.bidCount, book.askCount]).toEqual([model.bids.size, model.asks.size])
          expect([book.bestBid(), book.bestAsk()]).toEqual([bidsWanted[0], asksWanted[0]])
          for (const [ticks, lots] of model.bids) expect(book.lotsAt('bid', ticks)).toBe(lots)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('a side of a thousand levels, churned near the touch and far from it, equals the map', () => {
    const churn = fc.array(fc.tuple(fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 1500 })), fc.nat({ max: 3 })), {
      minLength: 200,
      maxLength: 400,
    })
    fc.assert(
      fc.property(churn, (updates) => {
        const book = new Book()
        const model = new Map<number, number>()
        for (let ticks = 0; ticks < 1000; ticks++) model.set(ticks, 1 + (ticks % 5))
        book.replace([], sorted(model, 1))
        for (const [ticks, lots] of updates) {
          book.set('ask', ticks, lots)
          foldInto(model, [ticks, lots])
        }
        expect(book.asks()).toEqual(sorted(model, 1))
      }),
      { numRuns: 50 },
    )
  })
})

function foldInto(model: Map<number, number>, levels: readonly number[]): void {
  for (let at = 0; at < levels.length; at += 2) {
    if (levels[at + 1] === 0) model.delete(levels[at]!)
    else model.set(levels[at]!, levels[at + 1]!)
  }
}

function sorted(model: ReadonlyMap<number, number>, sign: 1 | -1): number[] {
  return [...model].sort(([a], [b]) => (a < b ? -sign : sign)).flat()
}
