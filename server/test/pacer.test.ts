import { expect, test } from 'vitest'
import { type Paced, Pacer, RATES_MS, rateAtLeast } from '../src/pacer.ts'
import { FakeClock } from './fakes/clock.ts'

function paced(rateMs: Paced['rateMs'], clock: FakeClock) {
  const at: number[] = []
  return { rateMs, at, publish: () => void at.push(clock.now() / 1000) }
}

test.each([
  { asked: 0, rate: 10 },
  { asked: 10, rate: 10 },
  { asked: 11, rate: 20 },
  { asked: 100, rate: 100 },
  { asked: 101, rate: 200 },
  { asked: 5000, rate: 5000 },
  { asked: 5001, rate: undefined },
])('a wish for $asked ms is a rate of $rate ms', ({ asked, rate }) => {
  expect(rateAtLeast(asked)).toBe(rate)
})

test('what has news is published once, within its rate', () => {
  const clock = new FakeClock()
  const pacer = new Pacer(clock, () => {})
  for (const rateMs of RATES_MS) {
    const start = clock.now() / 1000
    const one = paced(rateMs, clock)
    pacer.mark(one)
    pacer.mark(one)
    clock.advance(rateMs + 1)
    expect(one.at).toHaveLength(1)
    expect((one.at[0] ?? 0) - start).toBeLessThanOrEqual(rateMs + 1)
  }
})

test('what always has news is published no more often than its rate', () => {
  const clock = new FakeClock()
  const pacer = new Pacer(clock, () => {})
  const one = paced(50, clock)
  for (let ms = 0; ms < 2000; ms++) {
    pacer.mark(one)
    clock.advance(1)
  }
  expect(one.at.length).toBeGreaterThanOrEqual(39)
  expect(one.at.length).toBeLessThanOrEqual(40)
  for (let i = 1; i < one.at.length; i++) expect((one.at[i] ?? 0) - (one.at[i - 1] ?? 0)).toBeGreaterThanOrEqual(49)
})

test('everything of one rate is published at the same instants, whenever it came', () => {
  const clock = new FakeClock()
  const pacer = new Pacer(clock, () => {})
  const [early, late] = [paced(100, clock), paced(100, clock)]
  pacer.mark(early)
  clock.advance(3)
  pacer.mark(late)
  clock.advance(200)
  expect(late.at).toEqual(early.at)
})

test('the rates do not all fall on the same millisecond', () => {
  const clock = new FakeClock()
  const pacer = new Pacer(clock, () => {})
  const all = RATES_MS.map((rateMs) => paced(rateMs, clock))
  for (let ms = 0; ms < 5000; ms++) {
    for (const one of all) pacer.mark(one)
    clock.advance(1)
  }
  const busiest = new Map<number, number>()
  for (const { at } of all) for (const ms of at) busiest.set(Math.floor(ms), (busiest.get(Math.floor(ms)) ?? 0) + 1)
  expect(Math.max(...busiest.values())).toBeLessThan(RATES_MS.length / 2)
})

test('a round ends once, after all that was due is published', () => {
  const clock = new FakeClock()
  const seen: string[] = []
  const pacer = new Pacer(clock, () => seen.push('end'))
  pacer.mark({ rateMs: 20, publish: () => seen.push('one') })
  pacer.mark({ rateMs: 20, publish: () => seen.push('two') })
  clock.advance(25)
  expect(seen).toEqual(['one', 'two', 'end'])
})

test('no timer runs while nothing has news', () => {
  const clock = new FakeClock()
  const pacer = new Pacer(clock, () => {})
  const one = paced(100, clock)
  pacer.mark(one)
  clock.advance(500)
  expect(clock.pending).toBe(0)
  pacer.mark(one)
  pacer.stop()
  clock.advance(500)
  expect(one.at).toHaveLength(1)
})

test('a wall clock that is set back an hour delays nothing by more than its rate', () => {
  const clock = new FakeClock()
  const pacer = new Pacer(clock, () => {})
  const one = paced(100, clock)
  pacer.mark(one)
  clock.set(clock.now() - 3_600_000_000)
  clock.advance(101)
  expect(one.at).toHaveLength(1)
})

test('what was dropped is not published', () => {
  const clock = new FakeClock()
  const pacer = new Pacer(clock, () => {})
  const one = paced(100, clock)
  pacer.mark(one)
  pacer.drop(one)
  clock.advance(1000)
  expect(one.at).toEqual([])
})

test('another rate neither loses nor doubles what waits, and raw has it at once', () => {
  const clock = new FakeClock()
  const pacer = new Pacer(clock, () => {})
  const one = {
    at: [] as number[],
    rateMs: 1000 as Paced['rateMs'],
    publish: () => void one.at.push(clock.now() / 1000),
  }
  pacer.mark(one)
  pacer.change(one, () => {
    one.rateMs = 50
  })
  clock.advance(51)
  expect(one.at).toHaveLength(1)
  pacer.mark(one)
  pacer.change(one, () => {
    one.rateMs = 'raw'
  })
  expect(one.at).toHaveLength(2)
  pacer.change(one, () => {
    one.rateMs = 100
  })
  clock.advance(2000)
  expect(one.at).toHaveLength(2)
})
