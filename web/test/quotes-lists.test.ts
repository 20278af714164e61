import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InstrumentRow } from '../src/state/desk.ts'
import type { Quote } from '../src/state/quotes.ts'
import { barOf, breadthOf, scaleOf } from '../src/state/quotes-breadth.ts'
import { listMoved, listWith, listWithout } from '../src/state/quotes-list.ts'
import { nextSort, sortRows, turnover } from '../src/state/quotes-order.ts'
import { windowOf } from '../src/state/quotes-window.ts'

const row = (base: string): InstrumentRow => ({
  id: `test:${base}-USD`,
  venue: 'test',
  base,
  quote: 'USD',
  tickSize: '0.01',
  lotSize: '0.001',
  state: 'live',
})
const NOTHING: Quote = {
  bid: undefined,
  ask: undefined,
  last: undefined,
  open24h: undefined,
  high24h: undefined,
  low24h: undefined,
  volume24h: undefined,
  updatedAt: undefined,
  state: 'live',
  direction: undefined,
  flashes: 0,
  flashedAt: 0,
}
const quoted = (last: number, more: Partial<Quote> = {}): Quote => ({ ...NOTHING, last, ...more })
const ROWS = ['C', 'A', 'D', 'B'].map(row)
const QUOTES = new Map([
  ['test:A-USD', quoted(100, { open24h: 80, bid: 99, ask: 101, volume24h: 1 })],
  ['test:B-USD', quoted(2, { open24h: 4, bid: 1.99, ask: 2.01, volume24h: 900 })],
  ['test:C-USD', quoted(50, { open24h: 50, bid: 49.99, ask: 50, volume24h: 3 })],
])
const order = (by: Parameters<typeof sortRows>[2]) =>
  sortRows(ROWS, QUOTES, by)
    .map(({ base }) => base)
    .join('')

test.each([
  { by: 'own', down: false, want: 'CADB' },
  { by: 'name', down: false, want: 'ABCD' },
  { by: 'name', down: true, want: 'DCBA' },
  { by: 'last', down: true, want: 'ACBD' },
  { by: 'last', down: false, want: 'BCAD' },
  { by: 'change', down: true, want: 'ACBD' },
  { by: 'spread', down: false, want: 'CBAD' },
  // 1 × 100, 900 × 2, 3 × 50: what was traded, not how many coins.
  { by: 'volume', down: true, want: 'BCAD' },
] as const)('by $by, down $down: $want, and what is unknown comes last', ({ by, down, want }) => {
  expect(order({ by, down })).toBe(want)
})

test('rows that are equal stay as the list has them', () => {
  const same = new Map(ROWS.map(({ id }) => [id, quoted(7)]))
  expect(sortRows(ROWS, same, { by: 'last', down: true })).toEqual(ROWS)
})

test('a head pressed three times gives the own order back; numbers begin at the top, names at the start', () => {
  const own = { by: 'own', down: false } as const
  const first = nextSort(own, 'change')
  const second = nextSort(first, 'change')
  expect([first, second, nextSort(second, 'change')]).toEqual([
    { by: 'change', down: true },
    { by: 'change', down: false },
    own,
  ])
  expect(nextSort(first, 'name')).toEqual({ by: 'name', down: false })
})

test('a turnover of which half is unknown is unknown', () => {
  expect(turnover(quoted(5))).toBeUndefined()
  expect(turnover({ ...NOTHING, volume24h: 5 })).toBeUndefined()
  expect(turnover(quoted(5, { volume24h: 3 }))).toBe(15)
})

test('an instrument is on a list once, moves a place at a time, and stays at either end', () => {
  expect(listWith(['a', 'b'], 'a')).toEqual(['a', 'b'])
  expect(listWith(['a'], 'b')).toEqual(['a', 'b'])
  expect(listWithout(['a', 'b'], 'a')).toEqual(['b'])
  expect(listMoved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b'])
  expect(listMoved(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c'])
  expect(listMoved(['a', 'b'], 'a', -1)).toEqual(['a', 'b'])
  expect(listMoved(['a', 'b'], 'b', 1)).toEqual(['a', 'b'])
})

test('a market is counted by what is shown: 0.00 % went neither way, and what is unknown counts nowhere', () => {
  const quotes = [102, 101, 100.004, 97].map((last) => quoted(last, { open24h: 100 }))
  expect(breadthOf([...quotes, undefined, quoted(3)])).toEqual({
    up: 2,
    down: 1,
    flat: 1,
    unknown: 2,
    median: expect.closeTo(0.502, 10),
  })
  expect(breadthOf([undefined])).toEqual({ up: 0, down: 0, flat: 0, unknown: 1, median: undefined })
})

test('bars are as long as their share of the largest change, and weighed among those quoted in the same currency', () => {
  const rows = [
    { quote: 'USD', figures: quoted(110, { open24h: 100, volume24h: 4 }) },
    { quote: 'USD', figures: quoted(110, { open24h: 220, volume24h: 1 }) },
    { quote: 'JPY', figures: quoted(9000, { open24h: 9000, volume24h: 10 }) },
  ]
  const scale = scaleOf(rows)
  const bars = rows.map(({ quote, figures }) => barOf(quote, figures, scale))
  expect(bars[0]).toEqual({ length: expect.closeTo(0.2, 10), weight: 1 })
  expect(bars[1]).toEqual({ length: -1, weight: 0.5 })
  expect(bars[2]).toEqual({ length: 0, weight: 1 })
  expect(barOf('USD', undefined, scale)).toBeUndefined()
})

test('a long list holds what is in sight and what has the focus, and stands for every row', () => {
  void fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 0, max: 60_000 }),
      fc.integer({ min: 0, max: 2000 }),
      fc.option(fc.nat(1999), { nil: undefined }),
      (count, top, height, keep) => {
        const part = windowOf({ count, top, height, rowHeight: 24 }, keep)
        expect(part.above + (part.to - part.from) + part.below).toBe(count)
        const inPage = (at: number): boolean => at >= part.from && at < part.to
        const seen = [Math.floor(top / 24), Math.ceil((top + height) / 24) - 1].filter((at) => at < count && height > 0)
        for (const at of seen) expect(inPage(at)).toBe(true)
        if (keep !== undefined && keep < count) expect(inPage(keep)).toBe(true)
      },
    ),
  )
})

test('what was scrolled far away is not in the page', () => {
  const part = windowOf({ count: 1000, top: 12_000, height: 480, rowHeight: 24 })
  expect(part.to - part.from).toBeLessThan(60)
})
