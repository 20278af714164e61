import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TradeDots } from '../src/engine/heatmap-dots.ts'
import { gridAround, isFitting, rowAt, stepFor, ticksOf } from '../src/engine/heatmap-grid.ts'
import { type BookSample, HEAT_ROWS, HeatRing, LONGEST_GAP } from '../src/engine/heatmap-ring.ts'
import { SteadyScale } from '../src/engine/heatmap-scale.ts'
import { HeatWindow } from '../src/engine/heatmap-window.ts'

const MS = 250
/** A time that no column begins at. */
const NOON = 1_700_000_000_100

/** A book around a mid: distinct levels of either side, best first. */
const book = fc
  .record({
    mid: fc.integer({ min: 900, max: 1100 }),
    bids: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
    asks: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
    lots: fc.array(fc.integer({ min: 1, max: 2 ** 50 }), { minLength: 24, maxLength: 24 }),
  })
  .map(({ mid, bids, asks, lots }): BookSample => {
    const side = (away: readonly number[], direction: 1 | -1, first: number): number[] =>
      away.toSorted((a, b) => a - b).flatMap((ticks, at) => [mid + direction * ticks, lots[first + at] ?? 1])
    return { bids: side(bids, -1, 0), asks: side(asks, 1, 12), grouping: 1 }
  })

type Step =
  | { readonly kind: 'sample'; readonly after: number; readonly book: BookSample }
  | { readonly kind: 'trade'; readonly after: number }
  | { readonly kind: 'break' }
const after = fc.integer({ min: 0, max: 4 * MS })
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('sample' as const), after, book }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('trade' as const), after }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'break' as const }) },
  ),
  { minLength: 1, maxLength: 40 },
)

/** Further out than all levels of a side. */
function isBeyond({ bids, asks }: BookSample, ticks: number): boolean {
  return ticks < (bids.at(-2) ?? 0) || ticks > (asks.at(-2) ?? 0)
}

function lotsOf({ bids, asks }: BookSample, ticks: number): number {
  for (const levels of [bids, asks])
    for (let at = 0; at < levels.length; at += 2) if (levels[at] === ticks) return levels[at + 1] ?? 0
  return 0
}

test('every cell is what the book last said before the column ended, and nothing where the stream had broken', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const ring = new HeatRing(64)
      const said: { time: number; book: BookSample; brokeAt: number | undefined }[] = []
      let now = NOON
      for (const step of all as Step[]) {
        if (step.kind === 'break') {
          ring.breakOff()
          const last = said.at(-1)
          if (last !== undefined) last.brokeAt ??= now
          continue
        }
        now += step.after
        if (step.kind === 'trade') ring.advance(now, MS)
        else {
          ring.sample(now, step.book, MS)
          said.push({ time: now, book: step.book, brokeAt: undefined })
        }
      }
      for (let column = ring.first; column <= ring.last; column += 1) {
        const start = ring.time(column)
        const last = said.findLast(({ time }) => time < start + MS)
        const isHeld = last !== undefined && (last.brokeAt === undefined || last.brokeAt >= start)
        expect(ring.isGap(column)).toBe(!isHeld)
        for (let ticks = 840; ticks <= 1160; ticks += 1) {
          const lots = ring.lots(column, ticks, 1)
          if (!isHeld || isBeyond(last.book, ticks)) expect(lots).toBeNaN()
          else if (!Number.isNaN(lots)) expect(lots).toBe(lotsOf(last.book, ticks))
          else expect(Math.abs(ticks - ring.mid(column))).toBeGreaterThanOrEqual(HEAT_ROWS / 2 - 1)
        }
      }
      for (let column = ring.first + 1; column <= ring.last; column += 1)
        expect(ring.time(column) - ring.time(column - 1)).toBe(MS)
    }),
    { numRuns: 60 },
  )
})

test('coarser groups are those the server would have made: bids rounded down, asks up', () => {
  fc.assert(
    fc.property(book, fc.constantFrom(2, 4, 8), (sample, coarse) => {
      const ring = new HeatRing(4)
      ring.sample(NOON, sample, MS)
      const groups = new Map<number, number>()
      const add = (levels: readonly number[], round: (groups: number) => number): void => {
        for (let at = 0; at < levels.length; at += 2) {
          const group = round((levels[at] ?? 0) / coarse) * coarse
          groups.set(group, (groups.get(group) ?? 0) + (levels[at + 1] ?? 0))
        }
      }
      add(sample.bids, Math.floor)
      add(sample.asks, Math.ceil)
      for (let ticks = 840; ticks <= 1160; ticks += 1) {
        if (ticks % coarse !== 0) continue
        const lots = ring.lots(0, ticks, coarse)
        if (!Number.isNaN(lots)) expect(lots).toBe(groups.get(ticks) ?? 0)
      }
      const best = Math.floor((sample.bids[0] ?? 0) / coarse) * coarse
      if (!isBeyond(sample, best)) expect(ring.lots(0, best, coarse)).not.toBeNaN()
    }),
  )
})

test('finer groups than were kept are not known, and neither is what lies beyond the last level of a side', () => {
  const ring = new HeatRing(4)
  ring.sample(NOON, { bids: [1000, 5, 992, 6], asks: [1008, 7], grouping: 8 }, MS)
  expect(ring.lots(0, 1000, 4)).toBeNaN()
  expect(ring.lots(0, 992, 8)).toBe(6)
  expect(ring.lots(0, 984, 8)).toBeNaN()
  expect(ring.lots(0, 1008, 8)).toBe(7)
  expect(ring.lots(0, 1016, 8)).toBeNaN()
  // Of a book all levels count from the best one: without that there are none.
  ring.sample(NOON + MS, { bids: [1000, 5], asks: [], grouping: 8 }, MS)
  expect(ring.lots(1, 1016, 8)).toBe(0)
})

test('a full ring forgets the oldest column, and only that', () => {
  const ring = new HeatRing(4)
  for (let at = 0; at < 6; at += 1)
    ring.sample(NOON + at * MS, { bids: [999, at + 1], asks: [1001, 1], grouping: 1 }, MS)
  expect([ring.first, ring.last]).toEqual([2, 5])
  expect([2, 3, 4, 5].map((column) => ring.lots(column, 999, 1))).toEqual([3, 4, 5, 6])
})

test('a long break is a short stretch of nothing, with the true times on both sides', () => {
  const ring = new HeatRing(256)
  const sample: BookSample = { bids: [999, 1], asks: [1001, 1], grouping: 1 }
  ring.sample(NOON, sample, MS)
  ring.breakOff()
  ring.sample(NOON + 3_600_000, sample, MS)
  expect(ring.last).toBeLessThanOrEqual(LONGEST_GAP + 1)
  expect(ring.time(ring.last)).toBe(Math.floor((NOON + 3_600_000) / MS) * MS)
  expect(Array.from({ length: ring.last - 1 }, (_, at) => ring.isGap(at + 1))).not.toContain(false)
})

test('a break within one column is still marked', () => {
  const ring = new HeatRing(8)
  const sample: BookSample = { bids: [999, 1], asks: [1001, 1], grouping: 1 }
  ring.sample(NOON, sample, MS)
  ring.breakOff()
  ring.sample(NOON + 1, sample, MS)
  expect([ring.last, ring.isGap(0), ring.isBroken(0)]).toEqual([0, false, true])
  ring.sample(NOON + MS, sample, MS)
  expect(ring.isBroken(1)).toBe(false)
})

test('a clock that was set back begins new columns, and does not stop the picture', () => {
  const ring = new HeatRing(8)
  const sample: BookSample = { bids: [999, 1], asks: [1001, 1], grouping: 1 }
  ring.sample(NOON, sample, MS)
  ring.breakOff()
  ring.sample(NOON - 60_000, sample, MS)
  ring.sample(NOON - 60_000 + MS, sample, MS)
  expect(ring.last).toBe(2)
})

test('trades of one price and side in one column are one dot, and dots that made room are gone', () => {
  const dots = new TradeDots(8, 3)
  dots.add(1, 1000, 5, 1)
  dots.add(1, 1000, 7, 1)
  dots.add(1, 1000, 2, -1)
  expect([...dots.of(1)]).toEqual([
    { ticks: 1000, lots: 2, side: -1, trades: 1 },
    { ticks: 1000, lots: 12, side: 1, trades: 2 },
  ])
  for (const ticks of [1001, 1002, 1003]) dots.add(1, ticks, 1, 1)
  expect([...dots.of(1)].map(({ ticks }) => ticks)).toEqual([1003, 1002, 1001])
  // A column's place is another's after a while.
  dots.add(9, 1004, 1, 1)
  expect([...dots.of(1)]).toEqual([])
  expect([...dots.of(9)].map(({ ticks }) => ticks)).toEqual([1004])
})

test('the rows cover the span with a fair number of rows, and what the mid may drift to was kept', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 2 ** 40 }), fc.constantFrom(0.1, 0.25, 0.5, 1, 2), (mid, span) => {
      const step = stepFor(mid, span)
      expect(Number.isInteger(Math.log2(step))).toBe(true)
      expect(isFitting(step, mid, span)).toBe(true)
      const grid = gridAround(undefined, mid, span, step)
      expect(grid.rows).toBeLessThanOrEqual(HEAT_ROWS / 2)
      const half = (mid * span) / 100
      // Half a row is what rounding to rows may cost.
      expect(ticksOf(grid, -0.5)).toBeGreaterThanOrEqual(mid + half - step)
      expect(ticksOf(grid, grid.rows - 0.5)).toBeLessThanOrEqual(mid - half + step)
      // Columns keep HEAT_ROWS / 2 rows to either side of their own mid, which may be a quarter of the height away.
      const drifted = mid + (grid.rows / 4) * step
      expect(drifted - (HEAT_ROWS / 2) * step).toBeLessThanOrEqual(ticksOf(grid, grid.rows - 1) + step)
    }),
  )
})

test('the rows stay where they are until the mid has drifted a quarter of the height', () => {
  const grid = gridAround(undefined, 126_000, 0.5, 16)
  const quarter = (grid.rows / 4) * grid.step
  expect(gridAround(grid, 126_000 + quarter - 16, 0.5, 16)).toBe(grid)
  expect(gridAround(grid, 126_000 - quarter + 16, 0.5, 16)).toBe(grid)
  const moved = gridAround(grid, 126_000 + quarter + 16, 0.5, 16)
  expect(Math.abs(rowAt(moved, 126_000 + quarter + 16) - moved.rows / 2)).toBeLessThanOrEqual(1)
})

test('one giant does not make the rest look like nothing, and a little more or less changes no colour', () => {
  const scale = new SteadyScale()
  const sizes = Array.from({ length: 200 }, (_, at) => 100 + at)
  scale.measure((see) => [...sizes, 1e9].forEach(see))
  expect(scale.value).toBeLessThan(700)
  const before = scale.value
  expect(scale.measure((see) => sizes.map((lots) => lots * 1.1).forEach(see))).toBe(false)
  expect(scale.value).toBe(before)
  expect(scale.measure((see) => sizes.map((lots) => lots * 10).forEach(see))).toBe(true)
})

test('scrolled away it stays with its columns, counts what came, and never leaves what is kept', () => {
  const ring = new HeatRing(16)
  const sample: BookSample = { bids: [999, 1], asks: [1001, 1], grouping: 1 }
  const grow = (to: number): void => {
    while (ring.last < to) ring.sample(NOON + (ring.last + 1) * MS, sample, MS)
  }
  const window = new HeatWindow(ring)
  grow(9)
  window.fit(6)
  expect(window.scroll(3)).toBe(true)
  grow(12)
  expect([window.start, window.end, window.unseen]).toEqual([1, 6, 3])
  expect(window.scroll(-5)).toBe(true)
  expect([window.end, window.unseen]).toEqual([11, 1])
  window.scroll(100)
  expect(window.start).toBe(0)
  grow(30)
  window.fit(6)
  expect(window.start).toBe(ring.first)
  window.resume()
  expect([window.end, window.unseen]).toEqual([30, 0])
})

test('a clock that went back writes nothing over what was seen before it did', () => {
  const ring = new HeatRing(16)
  const sample = (lots: number): BookSample => ({ bids: [999, lots], asks: [1001, 1], grouping: 1 })
  for (let at = 0; at < 4; at += 1) ring.sample(NOON + at * MS, sample(at + 1), MS)
  ring.breakOff()
  ring.sample(NOON - 3_600_000, sample(9), MS)
  expect([0, 1, 2, 3, 4].map((column) => ring.lots(column, 999, 1))).toEqual([1, 2, 3, 4, 9])
})

test('columns of nothing are as fine as what was known before them', () => {
  const ring = new HeatRing(16)
  ring.sample(NOON, { bids: [992, 5], asks: [1008, 7], grouping: 8 }, MS)
  ring.breakOff()
  ring.advance(NOON + 3 * MS, MS)
  expect(ring.isGap(ring.last)).toBe(true)
  expect(ring.step(ring.last)).toBe(8)
})
