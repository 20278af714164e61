import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isoMicros, lastWins, sideOfBook, Unreadable } from '../src/venues/wire.ts'

// Flat levels `[ticks, lots, …]`, few prices, so that some are named twice and some lists are in order.
const LEVELS = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 3 })), { maxLength: 6 })
  .map((pairs) => pairs.flat())

test('of a price named twice the last quantity stands, and every price is there once', () => {
  fc.assert(
    fc.property(LEVELS, (flat) => {
      const wanted = new Map<number, number>()
      for (let at = 0; at < flat.length; at += 2) wanted.set(flat[at]!, flat[at + 1]!)
      const got = lastWins([...flat])
      expect(got).toHaveLength(wanted.size * 2)
      expect(new Map(pairs(got))).toEqual(wanted)
    }),
  )
})

test('a side of a book has its levels best first and no empty ones, in whatever order they came', () => {
  fc.assert(
    fc.property(LEVELS, fc.constantFrom('bid', 'ask'), (flat, side) => {
      const levels = lastWins([...flat])
      const wanted = pairs(levels).filter(([, lots]) => lots > 0)
      wanted.sort(([a], [b]) => (side === 'bid' ? b - a : a - b))
      expect(sideOfBook(levels, side)).toEqual(wanted.flat())
    }),
  )
})

test.each([
  { text: '2023-11-14T22:13:20.244075Z', us: 244_075 },
  { text: '2023-11-14T22:13:20.24407Z', us: 244_070 },
  { text: '2023-11-14T22:13:20.5Z', us: 500_000 },
  { text: '2023-11-14T22:13:20.000001Z', us: 1 },
  { text: '2023-11-14T22:13:20.244075999Z', us: 244_075 },
  { text: '2023-11-14T22:13:20Z', us: 0 },
])('the time $text is $us µs into its second, however many decimals it has', ({ text, us }) => {
  expect(isoMicros(text)).toBe(1_700_000_000_000_000 + us)
})

test.each(['', 'soon', '2023-11-14', '2023-11-14T22:13:20', '2023-13-14T22:13:20Z', '2023-11-14T22:13:20+01:00'])(
  '%j is no time',
  (text) => {
    expect(() => isoMicros(text)).toThrow(Unreadable)
  },
)

function pairs(flat: readonly number[]): [number, number][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[index * 2]!, flat[index * 2 + 1]!])
}
