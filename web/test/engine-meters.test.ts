import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyHistogram } from '../src/engine/latency-histogram.ts'
import { PauseMeter, SecondMeter } from '../src/engine/meters.ts'

test('what is older than a second does not count, though nothing new came', () => {
  const meter = new SecondMeter()
  meter.add(600, 5000)
  meter.add(400, 5450)
  expect(meter.perSecond(5950)).toBe(1000)
  expect(meter.perSecond(6050)).toBe(400)
  expect(meter.perSecond(60_000)).toBe(0)
})

test('a histogram never understates a latency and overstates it by at most a twentieth or a quarter of a millisecond', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 4000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (latencies) => {
        const histogram = new LatencyHistogram()
        for (const latency of latencies) histogram.add(latency, 1000)
        const sorted = latencies.toSorted((a, b) => a - b)
        for (const q of [0.5, 0.99]) {
          const exact = sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? 0
          const told = histogram.quantile(q, 1000)
          expect(told).toBeGreaterThanOrEqual(exact)
          expect(told).toBeLessThanOrEqual(Math.max(exact + 0.25, exact * 1.05))
        }
      },
    ),
  )
})

test('latencies are forgotten after ten seconds, and without any the quantile is unknown', () => {
  const histogram = new LatencyHistogram()
  expect(histogram.quantile(0.5, 0)).toBeNaN()
  histogram.add(900, 1000)
  histogram.add(3, 5000)
  expect(histogram.quantile(0.99, 10_500)).toBeGreaterThan(900)
  expect(histogram.quantile(0.99, 11_500)).toBe(3.25)
  expect(histogram.quantile(0.99, 15_500)).toBeNaN()
})

test('the longest pause is known after five seconds and forgotten after thirty', () => {
  const meter = new PauseMeter()
  let now = 100
  const everyUntil = (ms: number, end: number): void => {
    for (; now <= end; now += ms) meter.mark(now)
  }
  everyUntil(100, 4_900)
  expect(meter.longestMs(now)).toBeUndefined()
  everyUntil(2000, 9_000)
  expect(meter.longestMs(now)).toBe(2000)
  everyUntil(100, 40_000)
  expect(meter.longestMs(now)).toBe(2000)
  everyUntil(100, 50_000)
  expect(meter.longestMs(now)).toBe(100)
})
