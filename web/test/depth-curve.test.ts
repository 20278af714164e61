import { step } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberStyle } from '../src/engine/decimal.ts'
import { type DepthBook, type DepthMark, depthCurve, marksAt, middle2Of, reachOf } from '../src/engine/depth-curve.ts'
import { depthGrouping, niceFrom } from '../src/engine/depth-view.ts'
import { QuoteAmount } from '../src/engine/quote-amount.ts'

const WORTH = new QuoteAmount({ tickSize: step('0.5'), lotSize: step('0.001') }, numberStyle('en'))

/** A book that is not crossed, on a grid of its grouping, of any depth. */
const BOOK = fc
  .record({
    grouping: fc.constantFrom(1, 2, 5, 10, 50),
    best: fc.integer({ min: 2000, max: 100_000 }),
    apart: fc.integer({ min: 1, max: 30 }),
    bids: fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 45 })), { maxLength: 40 }),
    asks: fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 45 })), { maxLength: 40 }),
    depth: fc.oneof(fc.integer({ min: 1, max: 45 }), fc.constant('all' as const)),
  })
  .map(({ grouping, best, apart, bids, asks, depth }): DepthBook => {
    const side = (from: number, direction: 1 | -1, levels: readonly (readonly [number, number])[]): number[] => {
      let group = from
      return levels.slice(0, depth === 'all' ? undefined : depth).flatMap(([gap, lots], at) => {
        if (at > 0) group += direction * gap
        return [group * grouping, lots]
      })
    }
    return { bids: side(best, -1, bids), asks: side(best + apart, 1, asks), depth, grouping }
  })
const SPAN = fc.constantFrom(0.5, 1, 2, 5, 10)

type Side = 'bid' | 'ask'
const levelsOf = (book: DepthBook, side: Side): [ticks: number, lots: number][] => {
  const flat = side === 'bid' ? book.bids : book.asks
  return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at] ?? 0, flat[2 * at + 1] ?? 0])
}
/** What there is at a price or better. */
const upTo = (book: DepthBook, { side, ticks }: Pick<DepthMark, 'side' | 'ticks'>): [ticks: number, lots: number][] =>
  levelsOf(book, side).filter(([price]) => (side === 'bid' ? price >= ticks : price <= ticks))

test('every step is the sum of all levels from the best one to it, in lots and exactly in what they are worth', () => {
  fc.assert(
    fc.property(BOOK, SPAN, (book, span) => {
      const curve = depthCurve(book, span, WORTH)
      for (const side of ['bid', 'ask'] as const) {
        const steps = (side === 'bid' ? curve?.bids : curve?.asks)?.steps ?? []
        const levels = levelsOf(book, side)
        expect(steps.map(({ ticks }) => ticks)).toEqual(levels.slice(0, steps.length).map(([ticks]) => ticks))
        for (const [at, { total, worth }] of steps.entries()) {
          const sum = levels.slice(0, at + 1)
          expect(total).toBe(sum.reduce((all, [, lots]) => all + lots, 0))
          expect(worth).toBe(sum.reduce((all, [ticks, lots]) => all + BigInt(ticks) * BigInt(lots), 0n))
        }
      }
    }),
  )
})

test('a curve has every level of the span and none beyond it, and a side ends where the view or the book does before the span', () => {
  fc.assert(
    fc.property(BOOK, SPAN, (book, span) => {
      const curve = depthCurve(book, span, WORTH)
      const middle2 = middle2Of(book)
      if (curve === undefined || middle2 === undefined) {
        expect(book.bids.length + book.asks.length).toBe(0)
        return
      }
      const reach = reachOf(middle2, span)
      for (const side of ['bid', 'ask'] as const) {
        const levels = levelsOf(book, side)
        const { steps, end } = side === 'bid' ? curve.bids : curve.asks
        const within = levels.filter(([ticks]) => Math.abs(ticks - middle2 / 2) <= reach)
        expect(steps).toHaveLength(within.length)
        const of = book.depth !== 'all' && levels.length >= book.depth ? 'view' : 'book'
        const edge = side === 'bid' ? curve.lowest : curve.highest
        const last = levels.at(-1)?.[0]
        const isEnd = last !== undefined && within.length === levels.length && last !== edge
        expect(end).toEqual(isEnd ? { ticks: last, of } : undefined)
      }
    }),
  )
})

test('what the pointer is at is as far from the middle on both sides, to a group, and holds all that is there or better', () => {
  fc.assert(
    fc.property(BOOK, SPAN, fc.integer({ min: 0, max: 1000 }), (book, span, permille) => {
      const curve = depthCurve(book, span, WORTH)
      fc.pre(curve !== undefined)
      const ticks = Math.round(curve.lowest + (permille / 1000) * (curve.highest - curve.lowest))
      const marks = marksAt(curve, ticks)
      for (const mark of marks) {
        const { steps, end } = mark.side === 'bid' ? curve.bids : curve.asks
        const levels = upTo(book, mark).slice(0, steps.length)
        expect(mark.total).toBe(levels.reduce((all, [, lots]) => all + lots, 0))
        expect(mark.worth).toBe(levels.reduce((all, [price, lots]) => all + BigInt(price) * BigInt(lots), 0n))
        const isBound = [curve.lowest, curve.highest, steps[0]?.ticks].includes(mark.ticks)
        if (!isBound) expect(mark.ticks % book.grouping).toBe(0)
        expect(mark.isLeast).toBe(
          end !== undefined && (mark.side === 'bid' ? mark.ticks < end.ticks : mark.ticks > end.ticks),
        )
      }
      const [own, other] = marks
      if (own === undefined || other === undefined) return
      expect(own.side).toBe(2 * ticks < curve.middle2 ? 'bid' : 'ask')
      expect(other.side).not.toBe(own.side)
      const isAtBest = [curve.bids, curve.asks].some(({ steps }) =>
        marks.some((mark) => mark.ticks === steps[0]?.ticks),
      )
      const isAtEdge = marks.some((mark) => mark.ticks === curve.lowest || mark.ticks === curve.highest)
      if (!isAtBest && !isAtEdge) expect(Math.abs(own.ticks + other.ticks - curve.middle2)).toBeLessThan(book.grouping)
    }),
  )
})

test('levels are as coarse as it takes for those that are given to reach the end of the span, and no coarser', () => {
  const of = fc.record({
    middle2: fc.integer({ min: 2, max: 2 ** 40 }),
    spanPercent: SPAN,
    levels: fc.integer({ min: 5, max: 300 }),
  })
  fc.assert(
    fc.property(of, ({ middle2, spanPercent, levels }) => {
      const reach = reachOf(middle2, spanPercent)
      const grouping = depthGrouping({ middle2, spanPercent, levels, asked: undefined })
      expect(Math.ceil(reach / grouping)).toBeLessThanOrEqual(levels)
      // Two and a half times finer, the widest gap of 1, 2 and 5, they would not.
      if (grouping > 1) expect((2.5 * reach) / grouping).toBeGreaterThan(levels * 0.85)
      expect(String(grouping)).toMatch(/^[125]0*$/)
    }),
  )
})

test('a middle that moves a little changes nothing of what is asked for', () => {
  const spanPercent = 2
  const asked = depthGrouping({ middle2: 250_000, spanPercent, levels: 300, asked: undefined })
  for (let middle2 = 240_000; middle2 < 260_000; middle2 += 100)
    expect(depthGrouping({ middle2, spanPercent, levels: 300, asked })).toBe(asked)
  expect(depthGrouping({ middle2: 2_500_000, spanPercent, levels: 300, asked })).toBe(100)
  expect(depthGrouping({ middle2: 25_000, spanPercent, levels: 300, asked })).toBe(1)
})

test.each([
  [0.2, 1],
  [1, 1],
  [1.01, 2],
  [2.1, 5],
  [5.5, 10],
  [10, 10],
  [499, 500],
  [501, 1000],
])('the nice number from %d up is %d', (value, nice) => {
  expect(niceFrom(value)).toBe(nice)
})
