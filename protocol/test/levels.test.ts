import { ChainBroken } from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changedLevels, foldLevels } from '../src/levels.ts'

const side = fc.constantFrom('bid' as const, 'ask' as const)
const ladder = fc.uniqueArray(fc.tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: 1, max: 5 })), {
  selector: ([price]) => price,
  maxLength: 30,
})
const bestFirst = (of: 'bid' | 'ask', levels: readonly (readonly [number, number])[]) =>
  levels.toSorted(([a], [b]) => (of === 'bid' ? b - a : a - b)).flat()

test('the changes between two sides, folded into the first, give the second', () => {
  fc.assert(
    fc.property(side, ladder, ladder, (of, from, to) => {
      const before = bestFirst(of, from)
      const after = bestFirst(of, to)
      expect(foldLevels(of, before.slice(), changedLevels(of, before, after))).toEqual(after)
    }),
    { numRuns: 2_000 },
  )
})

test('changes name each price that differs once, and no other', () => {
  fc.assert(
    fc.property(side, ladder, ladder, (of, from, to) => {
      const changes = changedLevels(of, bestFirst(of, from), bestFirst(of, to))
      const before = new Map(from)
      const after = new Map(to)
      const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
        (price) => before.get(price) !== after.get(price),
      )
      expect(changes).toEqual(
        bestFirst(
          of,
          differing.map((price) => [price, after.get(price) ?? 0]),
        ),
      )
    }),
    { numRuns: 2_000 },
  )
})

test('new quantities go into the array that is held; a level that comes or goes makes a new one', () => {
  const held = [10, 1, 9, 1]
  expect(foldLevels('bid', held, [9, 5])).toBe(held)
  expect(held).toEqual([10, 1, 9, 5])
  expect(foldLevels('bid', held, [9, 0])).not.toBe(held)
})

test.each([
  { name: 'removes a level that is not held', changes: [8, 0] },
  { name: 'removes a level between others that is not held', changes: [9, 2, 8, 0, 7, 1] },
  { name: 'names a price twice', changes: [9, 2, 9, 3] },
  { name: 'is out of order among levels held', changes: [9, 2, 10, 3] },
  { name: 'is out of order among new levels', changes: [6, 2, 8, 3] },
])('a change that $name breaks the chain', ({ changes }) => {
  expect(() => foldLevels('bid', [10, 1, 9, 1, 7, 1], changes)).toThrow(ChainBroken)
})
