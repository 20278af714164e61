import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Arrivals } from '../src/simulation/arrivals.ts'
import { Day, type Print } from '../src/simulation/day.ts'
import { FairValue } from '../src/simulation/fair-value.ts'
import { Ladder } from '../src/simulation/ladder.ts'
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
  ['poisson of 2.5', 2.5, (random: Random) => random.poisson(2.5)],
  ['chance of 0.2', 0.2, (random: Random) => Number(random.chance(0.2))],
])('%s has mean %d', (name, mean, draw) => {
  const random = new Random(3, name)
  let sum = 0
  for (let i = 0; i < 50_000; i += 1) sum += draw(random)
  expect(Math.abs(sum / 50_000 - mean)).toBeLessThan(0.03)
})

test('log-uniform draws reach every number below the bound, the small ones most', () => {
  const random = new Random(3, 'log-uniform')
  const counts = new Array<number>(20).fill(0)
  for (let i = 0; i < 20_000; i += 1) {
    const draw = random.logUniform(20)
    counts[draw] = (counts[draw] ?? Number.NaN) + 1
  }
  expect(counts).toHaveLength(20)
  expect(counts.every((count) => count > 0)).toBe(true)
  expect(counts[0] ?? 0).toBeGreaterThan(5 * (counts[19] ?? 0))
})

test('arrivals keep their long-run rate and come in bursts', () => {
  const arrivals = new Arrivals(40, new Random(1, 'arrivals'))
  const perSecond = new Array<number>(2000).fill(0)
  for (let time = arrivals.next(); time < 2000; time += arrivals.next()) {
    const second = Math.floor(time)
    perSecond[second] = (perSecond[second] ?? 0) + 1
  }
  const mean = perSecond.reduce((a, b) => a + b, 0) / 2000
  const variance = perSecond.reduce((sum, count) => sum + (count - mean) ** 2, 0) / 2000
  expect(mean).toBeGreaterThan(36)
  expect(mean).toBeLessThan(44)
  // Independent arrivals have variance / mean 1.
  expect(variance / mean).toBeGreaterThan(2)
})

test('a fair value moves by its daily volatility, in calms and storms, and stays above nothing', () => {
  const fair = new FairValue({ ticks: 10_000, dailyVolatility: 0.02 }, new Random(2, 'fair'))
  const moves: number[] = []
  for (let i = 0; i < 40_000; i += 1) {
    const before = Math.log(fair.ticks)
    fair.advance(60)
    moves.push(Math.log(fair.ticks) - before)
  }
  const squares = moves.map((move) => move ** 2)
  const mean = squares.reduce((a, b) => a + b, 0) / squares.length
  const daily = Math.sqrt(mean * 1440)
  expect(daily).toBeGreaterThan(0.015)
  expect(daily).toBeLessThan(0.03)
  const calm = squares.toSorted((a, b) => a - b).slice(0, 20_000)
  expect(calm.reduce((a, b) => a + b, 0) / 20_000).toBeLessThan(mean / 8)
  fair.push(-1e9)
  expect(fair.ticks).toBeGreaterThanOrEqual(1 - 1e-9)
})

type Order = { readonly ticks: number; lots: number }

test('a ladder keeps price, then time: it fills and cancels exactly as a plain list of orders would', () => {
  const ticks = fc.integer({ min: 1, max: 12 })
  const lots = fc.integer({ min: 1, max: 9 })
  const action = fc.oneof(
    fc.record({ do: fc.constant('add' as const), ticks, lots }),
    fc.record({ do: fc.constant('take' as const), ticks, lots: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ do: fc.constant('cancel' as const), ticks, lots: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ do: fc.constant('cancel level' as const), ticks, lots }),
  )
  fc.assert(
    fc.property(
      fc.constantFrom('bid' as const, 'ask' as const),
      fc.array(action, { maxLength: 60 }),
      (side, actions) => {
        const better = side === 'bid' ? -1 : 1
        const ladder = new Ladder(side)
        let orders: Order[] = []
        for (const act of actions) {
          if (act.do === 'add') {
            ladder.add(act.ticks, act.lots)
            orders.push({ ticks: act.ticks, lots: act.lots })
            orders = orders.toSorted((a, b) => (a.ticks - b.ticks) * better)
          } else if (act.do === 'take') {
            const { fills, rest } = taken(orders, act.lots, (price) => (price - act.ticks) * better <= 0)
            expect(ladder.take(act.lots, act.ticks, 0)).toEqual(fills)
            orders = rest
          } else if (act.do === 'cancel') {
            const at = orders.filter((order) => order.ticks === act.ticks)[act.lots]
            expect(ladder.cancelBetween(act.ticks, act.ticks, act.lots)).toBe(at?.ticks)
            orders = orders.filter((order) => order !== at)
          } else {
            ladder.cancelLevel(act.ticks)
            orders = orders.filter((order) => order.ticks !== act.ticks)
          }
          expect(ladder.flat()).toEqual(summed(orders))
          expect(ladder.levels).toBe(summed(orders).length / 2)
          expect(ladder.best()?.ticks).toBe(orders[0]?.ticks)
          expect(ladder.ordersBetween(3, 8)).toBe(orders.filter((order) => order.ticks >= 3 && order.ticks <= 8).length)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('a taker never gets at the last levels a ladder is told to keep', () => {
  const ladder = new Ladder('ask')
  for (let ticks = 1; ticks <= 5; ticks += 1) ladder.add(ticks, 10)
  expect(ladder.take(1000, 100, 2)).toEqual([1, 2, 3].map((ticks) => ({ ticks, lots: 10 })))
  expect(ladder.flat()).toEqual([4, 10, 5, 10])
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

/** Takes from orders sorted best first, oldest first at a price. */
function taken(orders: readonly Order[], wanted: number, allowed: (ticks: number) => boolean) {
  const fills: Order[] = []
  const rest: Order[] = []
  let left = wanted
  for (const order of orders) {
    const lots = allowed(order.ticks) ? Math.min(left, order.lots) : 0
    left -= lots
    if (lots > 0) fills.push({ ticks: order.ticks, lots })
    if (order.lots > lots) rest.push({ ticks: order.ticks, lots: order.lots - lots })
  }
  return { fills, rest }
}

/** Orders sorted by price as flat levels. */
function summed(orders: readonly Order[]): number[] {
  const levels = new Map<number, number>()
  for (const order of orders) levels.set(order.ticks, (levels.get(order.ticks) ?? 0) + order.lots)
  return [...levels].flat()
}
