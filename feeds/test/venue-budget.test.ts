import { expect, test } from 'vitest'
import { VenueBudget } from '../src/venue-budget.ts'

const LIMITS = { connects: 2, perMs: 1_000, sendsPerSecond: 10 }

test.each([
  { count: 'address', waits: [0, 100, 100] },
  { count: 'socket', waits: [0, 0, 100] },
] as const)(
  'two sockets of a venue that counts per $count are paced by what they send together',
  ({ count, waits }) => {
    const budget = new VenueBudget({ ...LIMITS, sendsCountPer: count })
    const [one, two] = [budget.sends(), budget.sends()]
    expect([one.take(0), two.take(0), one.take(0)]).toEqual(waits)
    expect(one.take(100)).toBe(0)
  },
)

test('messages are spaced evenly: a pause before does not allow a burst after', () => {
  const sends = new VenueBudget(LIMITS).sends()
  const sentAt: number[] = []
  for (let now = 5_000; sentAt.length < 4; ) {
    const waitMs = sends.take(now)
    if (waitMs === 0) sentAt.push(now)
    now += waitMs
  }
  expect(sentAt).toEqual([5_000, 5_100, 5_200, 5_300])
})

test('after a request too many, none goes out before the venue said so, whoever asks', () => {
  const budget = new VenueBudget(LIMITS)
  expect(budget.request(0)).toBe(0)
  budget.hold(30_000)
  budget.hold(20_000)
  expect(budget.request(1_000)).toBe(29_000)
  expect(budget.request(30_000)).toBe(0)
})

test('requests are spaced where the venue limits them', () => {
  const budget = new VenueBudget({ ...LIMITS, requestsPerSecond: 1 })
  expect([budget.request(0), budget.request(400), budget.request(1_000)]).toEqual([0, 600, 0])
})
