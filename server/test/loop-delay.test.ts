import { expect, test } from 'vitest'
import { LoopDelay } from '../src/loop-delay.ts'

/** A loop whose lateness a test decides: `sample` lets the timer come so many ms after it was due. */
function looped() {
  let now = 1000
  let beat: (() => void) | undefined
  let stepMs = 0
  let running = 0
  const loop = new LoopDelay({
    now: () => now,
    every(ms, run) {
      running++
      stepMs = ms
      beat = run
      return () => {
        running--
        beat = undefined
      }
    },
  })
  loop.start()
  const sample = (lateMs: number, times = 1) => {
    for (let n = 0; n < times; n++) {
      now += stepMs + lateMs
      beat?.()
    }
  }
  return { loop, sample, running: () => running }
}

test('a loop that is never late says 0, not the time between two samples', () => {
  const { loop, sample } = looped()
  const look = loop.reader()
  sample(0, 200)
  expect(look()).toEqual({ p50Ms: 0, p99Ms: 0, maxMs: 0 })
})

test('before there is a sample nothing was late', () => {
  expect(looped().loop.reader()()).toEqual({ p50Ms: 0, p99Ms: 0, maxMs: 0 })
})

test('what is late is told to a hundredth: the half, the worst of a hundred, the worst', () => {
  const { loop, sample } = looped()
  const look = loop.reader()
  sample(2, 970)
  sample(50, 29)
  sample(500)
  const { p50Ms, p99Ms, maxMs } = look()
  for (const [told, was] of [
    [p50Ms, 2],
    [p99Ms, 50],
    [maxMs, 500],
  ] as const)
    expect(Math.abs(told / was - 1)).toBeLessThan(0.01)
})

test('a timer that comes early after a late one is not late', () => {
  const { loop, sample } = looped()
  const look = loop.reader()
  for (let n = 0; n < 100; n++) sample(n % 2 === 0 ? 5 : -5)
  expect(look().p50Ms).toBe(0)
})

test('each who looks hears of all since it looked last, whoever else looks meanwhile', () => {
  const { loop, sample } = looped()
  const [often, seldom] = [loop.reader(), loop.reader()]
  sample(100)
  expect(often().maxMs).toBeCloseTo(100, 0)
  sample(0)
  expect(often().maxMs).toBe(0)
  expect(seldom().maxMs).toBeCloseTo(100, 0)
  expect(seldom().maxMs).toBe(0)
})

test('one timer serves all who look, and none is left when it is over', () => {
  const { loop, running } = looped()
  for (let n = 0; n < 3; n++) loop.reader()
  expect(running()).toBe(1)
  loop.close()
  expect(running()).toBe(0)
})

test('a process that is held up for a while is told so by the machine’s own loop', async () => {
  const loop = new LoopDelay()
  const look = loop.reader()
  loop.start()
  const until = performance.now() + 200
  while (performance.now() < until);
  let most = 0
  await expect
    .poll(() => {
      most = Math.max(most, look().maxMs)
      return most
    })
    .toBeGreaterThan(130)
  loop.close()
})
