import { expect, test } from 'vitest'
import { Clock } from '../src/clock.ts'

const START_MS = 1_700_000_000_000

/** A machine's two clocks; `set` moves the one people see. */
function machine() {
  const at = { wall: START_MS, monotonic: 5 }
  return {
    sources: { wall: () => at.wall, monotonic: () => at.monotonic },
    pass(ms: number) {
      at.wall += ms
      at.monotonic += ms
    },
    set(ms: number) {
      at.wall += ms
    },
  }
}

test('runs with the wall clock, finer than a millisecond', () => {
  const { sources, pass } = machine()
  const clock = new Clock(sources)
  pass(0.25)
  expect(clock.now()).toBe(START_MS * 1000 + 250)
  pass(1000)
  expect(clock.now()).toBe(START_MS * 1000 + 1_000_250)
})

test('jumps along when the wall clock is set forwards', () => {
  const { sources, pass, set } = machine()
  const clock = new Clock(sources)
  set(3_600_000)
  pass(10)
  expect(clock.now()).toBe((START_MS + 3_600_010) * 1000)
})

test('set backwards it goes on at half its pace, so that silence is still noticed, until the time has caught up', () => {
  const { sources, pass, set } = machine()
  const clock = new Clock(sources)
  set(-60_000)
  for (let second = 1; second <= 60; second++) {
    pass(1000)
    expect(clock.now()).toBe((START_MS + second * 500) * 1000)
  }
  for (let second = 0; second < 120; second++) {
    const before = clock.now()
    pass(1000)
    expect(clock.now()).toBeGreaterThan(before)
  }
  expect(Math.abs(clock.now() - sources.wall() * 1000)).toBeLessThanOrEqual(50_000)
})

test('a drift too small to matter is left alone', () => {
  const { sources, pass, set } = machine()
  const clock = new Clock(sources)
  set(-20)
  pass(100)
  expect(clock.now()).toBe((START_MS + 100) * 1000)
})
