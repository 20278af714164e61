import { expect, test } from 'vitest'
import { aligned } from '../src/print.ts'
import { stamped, stampsIn } from '../src/stamp.ts'
import { percentile } from '../src/stats.ts'
import { stampMicros } from '../src/ticker.ts'

test.each([
  { share: 0.5, of: [4, 1, 3, 2], is: 2 },
  { share: 0.99, of: Array.from({ length: 100 }, (_, n) => 100 - n), is: 99 },
  { share: 0.99, of: [7], is: 7 },
  { share: 0.5, of: [10, 9, 100], is: 10 },
])('the $share percentile of $of is the nearest rank', ({ share, of, is }) => {
  expect(percentile(of, share)).toBe(is)
})

test('there is no percentile of nothing', () => {
  expect(percentile([], 0.5)).toBeNaN()
})

test('a payload has its size, and its stamp is found in whatever it is wrapped in', () => {
  const before = stampMicros()
  const payload = stamped(300)
  const after = stampMicros()
  expect(payload).toHaveLength(300)
  const [stamp, ...more] = stampsIn(Buffer.from(`42["update","${payload}"]`))
  expect(more).toEqual([])
  expect(stamp).toBeGreaterThanOrEqual(before)
  expect(stamp).toBeLessThanOrEqual(after)
  expect(stampsIn(Buffer.from(`${payload}${payload}`))).toHaveLength(2)
})

test('a table has its first column to the left and the others to the right', () => {
  expect(
    aligned([
      ['who', 'µs'],
      ['Depthcast', '7.5'],
      ['ws', '10.25'],
    ]),
  ).toEqual(['who           µs', 'Depthcast    7.5', 'ws         10.25'])
})
