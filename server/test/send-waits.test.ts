import type { Micros } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SendWaits } from '../src/send-waits.ts'

const START = 1_700_000_000_000_000
const at = (us: number): Micros => (START + us) as Micros

function waits(...ms: readonly number[]): SendWaits {
  const of = new SendWaits()
  for (const wait of ms) of.add(at(0), at(wait * 1000))
  return of
}

test('a wait is never told as less than it was, nor as 10 % more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 50_000_000 }), (us) => {
      const of = new SendWaits()
      of.add(at(0), at(us))
      const { p50Ms = 0 } = of.read(at(us)) ?? {}
      expect(p50Ms).toBeGreaterThanOrEqual(us / 1000 - 0.001)
      expect(p50Ms).toBeLessThan((us / 1000) * 1.1)
    }),
  )
})

test('the median and the slowest of a hundred', () => {
  const of = waits(...Array.from({ length: 98 }, () => 20), 400, 400)
  const { p50Ms = 0, p99Ms = 0, count } = of.read(at(400_000)) ?? {}
  expect([Math.round(p50Ms / 10), Math.round(p99Ms / 100), count]).toEqual([2, 4, 100])
})

test('what is older than twenty seconds is forgotten, what is younger than ten is not', () => {
  const of = waits(20)
  expect(of.read(at(9_000_000))).toMatchObject({ count: 1 })
  of.add(at(11_000_000), at(11_020_000))
  expect(of.read(at(12_000_000))).toMatchObject({ count: 2, overMs: 11_980 })
  expect(of.read(at(22_000_000))).toMatchObject({ count: 1 })
  expect(of.read(at(60_000_000))).toBeUndefined()
})

test('a recording’s times, and those of a clock that was set back, are no waits', () => {
  const of = waits(-5)
  of.add(at(0), at(90_000_000))
  expect(of.read(at(90_000_000))).toBeUndefined()
})
