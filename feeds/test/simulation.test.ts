import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Day, type Print } from '../src/simulation/day.ts'
import { Fundamental, STEP_SECONDS } from '../src/simulation/fundamental.ts'
import { ARRIVALS, type Arrival, Hawkes } from '../src/simulation/hawkes.ts'
import { Random } from '../src/simulation/random.ts'

const MINUTE = 60_000_000

test('a seed and a name always give the same draws', () => {
  const random = new Random(7, 'simulated:BTC-USD orders')
  expect([random.below(1000), random.below(1000), random.below(1000)]).toEqual(DRAWS_OF_7)
})

test.each([
  ['uniform', 0.5, (random: Random) => random.uniform()],
  ['exponential', 1, (random: Random) => random.exponential()],
  ['normal', 0, (random: Random) => random.normal()],
  ['the square of normal', 1, (random: Random) => random.normal() ** 2],
  ['pareto of tail 3', 1.5, (random: Random) => random.pareto(3)],
  ['chance of 0.2', 0.2, (random: Random) => Number(random.chance(0.2))],
])('%s has mean %d', (name, mean, draw) => {
  const random = new Random(3, name)
  let sum = 0
  for (let i = 0; i < 50_000; i += 1) sum += draw(random)
  expect(Math.abs(sum / 50_000 - mean)).toBeLessThan(0.03)
})

const RATES = { take: 1, rest: 12, pull: 4 }
const HOUR = 3600

test.each(['hawkes', 'poisson'] as const)('orders of every kind keep their long-run rate under %s', (model) => {
  const counts = { take: 0, rest: 0, pull: 0 }
  for (const { kind } of arrivals(model, 20 * HOUR)) counts[kind] += 1
  for (const kind of ARRIVALS) {
    const perSecond = counts[kind] / (20 * HOUR)
    expect(perSecond / RATES[kind], kind).toBeGreaterThan(0.9)
    expect(perSecond / RATES[kind], kind).toBeLessThan(1.1)
  }
})

test('orders come in bursts, and so do trades: their number in a second varies as bursts of bursts do', () => {
  expect(dispersion(arrivals('hawkes', 2 * HOUR))).toBeGreaterThan(8)
  expect(dispersion(arrivals('hawkes', 2 * HOUR).filter(({ kind }) => kind === 'take'))).toBeGreaterThan(3)
  expect(dispersion(arrivals('poisson', 2 * HOUR))).toBeLessThan(1.1)
})

test('of all orders, those that another one called for are seven to nine in ten', () => {
  // In long windows variance over mean is 1 / (1 - branching ratio)^2 (Hawkes 1971).
  const calledFor = 1 - 1 / Math.sqrt(dispersion(arrivals('hawkes', 20 * HOUR, 10), 60))
  expect(calledFor).toBeGreaterThan(0.7)
  expect(calledFor).toBeLessThan(0.9)
})

test('where the horizon falls between arrivals changes their number by nothing but chance', () => {
  for (const horizon of [0.01, 1000]) {
    expect(arrivals('hawkes', 3 * HOUR, horizon).length / (3 * HOUR) / 17, String(horizon)).toBeGreaterThan(0.9)
    expect(arrivals('hawkes', 3 * HOUR, horizon).length / (3 * HOUR) / 17, String(horizon)).toBeLessThan(1.1)
  }
})

test('rates at which the others alone would bring more than asked for are refused', () => {
  const random = new Random(1, 'arrivals')
  expect(() => new Hawkes({ take: 1, rest: 1, pull: 1 }, 'hawkes', random)).toThrow(RangeError)
})

test('a value moves by its daily volatility, in calms and storms', () => {
  const value = new Fundamental(START, { seed: 2, model: 'hawkes', rate: 1 })
  const moves = returnsOf(value, 1_500_000, 600)
  const squares = moves.map((move) => move ** 2)
  const mean = squares.reduce((a, b) => a + b, 0) / squares.length
  const daily = Math.sqrt((mean * 86_400) / (600 * STEP_SECONDS))
  expect(daily).toBeGreaterThan(0.015)
  expect(daily).toBeLessThan(0.03)
  const calm = squares.toSorted((a, b) => a - b).slice(0, squares.length / 2)
  expect(calm.reduce((a, b) => a + b, 0) / calm.length).toBeLessThan(mean / 8)
})

test('values of one seed move together, of two seeds do not', () => {
  const returns = (symbol: string, seed: number) =>
    returnsOf(new Fundamental({ ...START, symbol }, { seed, model: 'hawkes', rate: 1 }), 600_000, 10)
  const together = correlation(returns('BTC-USD', 1), returns('ETH-USD', 1))
  expect(together).toBeGreaterThan(0.25)
  expect(together).toBeLessThan(0.75)
  expect(Math.abs(correlation(returns('BTC-USD', 1), returns('ETH-USD', 2)))).toBeLessThan(0.05)
})

test('a value learns from the market: it gives in to a mid that stays elsewhere', () => {
  const value = new Fundamental(START, { seed: 2, model: 'hawkes', rate: 1 })
  for (let i = 0; i < 300; i += 1) value.step(20_000, CALM)
  expect(value.ticks).toBeGreaterThan(19_000)
})

test('24 h figures are those of the prints of the last 1440 minutes', () => {
  const print = fc.record({
    after: fc.oneof(fc.integer({ min: 0, max: 2 * MINUTE }), fc.integer({ min: 0, max: 900 * MINUTE })),
    ticks: fc.integer({ min: 1, max: 1000 }),
    lots: fc.integer({ min: 1, max: 50 }),
  })
  fc.assert(
    fc.property(fc.array(print, { minLength: 1, maxLength: 80 }), (steps) => {
      const day = new Day()
      const prints: Print[] = []
      let at = -1440 * MINUTE
      for (const step of steps) {
        at += step.after
        prints.push({ at, ticks: step.ticks, lots: step.lots })
        day.add({ at, ticks: step.ticks, lots: step.lots })
        const recent = prints.filter((one) => Math.floor(one.at / MINUTE) > Math.floor(at / MINUTE) - 1440)
        expect(day.figures(at)).toEqual({
          open: recent[0]?.ticks,
          high: Math.max(...recent.map((one) => one.ticks)),
          low: Math.min(...recent.map((one) => one.ticks)),
          lots: recent.reduce((sum, one) => sum + one.lots, 0),
        })
      }
    }),
  )
})

test('a day without a print leaves the figures of the last minute that had one', () => {
  const day = new Day()
  expect(day.figures(0)).toBeUndefined()
  day.add({ at: 0, ticks: 7, lots: 1 })
  day.add({ at: 5 * MINUTE, ticks: 9, lots: 2 })
  expect(day.figures(1443 * MINUTE)).toEqual({ open: 9, high: 9, low: 9, lots: 2 })
  expect(day.figures(9999 * MINUTE)).toEqual({ open: 9, high: 9, low: 9, lots: 2 })
})

/** Pinned: another generator, or another way to seed it, would change every recorded stream. */
const DRAWS_OF_7 = [605, 291, 240]

const START = { symbol: 'BTC-USD', ticks: 10_000, dailyVolatility: 0.02 }
const CALM = { activity: 1, volatility: 1, caution: 1, drift: 0 }

/** Log returns over so many steps each, of a value that the market agrees with. */
function returnsOf(value: Fundamental, steps: number, each: number): number[] {
  const returns: number[] = []
  let before = value.ticks
  for (let i = 1; i <= steps; i += 1) {
    value.step(value.ticks, CALM)
    if (i % each !== 0) continue
    returns.push(Math.log(value.ticks / before))
    before = value.ticks
  }
  return returns
}

/** Arrivals of so many seconds, drawn `horizon` seconds at a time. */
function arrivals(model: 'hawkes' | 'poisson', seconds: number, horizon = 0.1): { at: number; kind: Arrival }[] {
  const hawkes = new Hawkes(RATES, model, new Random(1, 'arrivals'))
  const found: { at: number; kind: Arrival }[] = []
  for (let step = 1, at = 0; step * horizon <= seconds; ) {
    const wait = hawkes.next(step * horizon - at, 1)
    if (wait === Number.POSITIVE_INFINITY) {
      at = step * horizon
      step += 1
    } else {
      at += wait
      found.push({ at, kind: hawkes.kind })
    }
  }
  return found
}

/** Variance over mean of the number in each window. */
function dispersion(found: readonly { readonly at: number }[], window = 1): number {
  const counts = new Array<number>(Math.floor((found.at(-1)?.at ?? 0) / window)).fill(0)
  for (const { at } of found) {
    const place = Math.floor(at / window)
    if (place < counts.length) counts[place] = (counts[place] ?? 0) + 1
  }
  const mean = found.length / counts.length
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length / mean
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0)
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b))
}
