import type { Micros } from '@depthcast/market'
import { expect, test } from 'vitest'
import type { Output } from '../src/venue.ts'
import { Seconds } from '../src/venues/seconds.ts'
import { START } from './driver.ts'

/** A clock started at START, and when it asked to be woken. */
function started() {
  const seconds = new Seconds()
  const out: Output[] = []
  seconds.start(START, out)
  const timers = () => out.flatMap((output) => (output.kind === 'timer' ? [output.at - START] : []))
  return { seconds, timers, passed: (us: number) => seconds.passed((START + us) as Micros, out), out }
}

test('a second passes once, and the next is counted from when it was noticed', () => {
  const { passed, timers } = started()
  expect([999_999, 1_000_000, 1_000_001, 1_999_999, 2_300_000, 3_000_000, 3_300_000].map(passed)).toEqual([
    ...[false, true, false, false, true, false, true],
  ])
  expect(timers()).toEqual([1_000_000, 2_000_000, 3_300_000, 4_300_000])
})

test('a tick that something else asked for starts no second clock', () => {
  const { passed, timers } = started()
  for (let us = 0; us < 1_000_000; us += 100_000) passed(us)
  expect(timers()).toEqual([1_000_000])
})

test('another socket finds the clock running', () => {
  const { seconds, timers, passed, out } = started()
  seconds.start((START + 400_000) as Micros, out)
  expect(timers()).toEqual([1_000_000])
  expect(passed(1_000_000)).toBe(true)
})
