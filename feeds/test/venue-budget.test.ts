import { expect, test } from 'vitest'
import { VenueBudget } from '../src/venue-budget.ts'
import { binance } from '../src/venues/binance.ts'

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

/** What goes out within a minute, by when it was asked for again whenever it was put off. Each of `asking` asks on as long as it may. */
function minute(budget: VenueBudget, asking: readonly { weight: number; canWait?: true }[]): number[] {
  const spent = asking.map(() => 0)
  for (let now = 0; now < 60_000; now += 10) {
    for (const [index, wanted] of asking.entries()) {
      while (budget.request(now, wanted) === 0) spent[index]! += wanted.weight
    }
  }
  return spent
}

test.each([
  { name: 'one connection', asking: [{ weight: 50 }] },
  { name: 'two, as in a roll', asking: [{ weight: 50 }, { weight: 50 }] },
  { name: 'heavy and light ones', asking: [{ weight: 250 }, { weight: 20 }, { weight: 5 }] },
  { name: 'what can wait, too', asking: [{ weight: 50 }, { weight: 250, canWait: true }] },
] as const)('within a minute binance is not asked for more than an address may, with $name', ({ asking }) => {
  const spent = minute(new VenueBudget(binance.describe().limits), asking).reduce((sum, weight) => sum + weight, 0)
  expect(spent).toBeGreaterThan(5_000)
  expect(spent).toBeLessThanOrEqual(6_000)
})

test('a heavy request is not passed over for ever by light ones', () => {
  const [heavy] = minute(new VenueBudget(binance.describe().limits), [{ weight: 250 }, { weight: 5 }])
  expect(heavy).toBeGreaterThan(0)
})

test('requests that can wait take a fifth, and fifty whole books of binance go round in three minutes', () => {
  const { limits } = binance.describe()
  const [spent] = minute(new VenueBudget(limits), [{ weight: 50, canWait: true }])
  expect(spent).toBeLessThanOrEqual(6_000 / 5)
  expect(spent).toBeGreaterThanOrEqual((50 * 50) / 3)
})

test('requests that can wait do so until others have left half of what may be spent at once', () => {
  const budget = new VenueBudget({ ...LIMITS, requestWeight: { burst: 100, perSecond: 10 } })
  expect(budget.request(0, { weight: 70 })).toBe(0)
  expect(budget.request(0, { weight: 1, canWait: true })).toBe(2_000)
  expect(budget.request(0, { weight: 1 })).toBe(0)
  expect(budget.request(2_200, { weight: 1, canWait: true })).toBe(0)
})

test.each([
  { limits: { requestsPerSecond: 1 }, apart: 5_000 },
  { limits: {}, apart: 200 },
])('where requests have no weight, those that can wait are $apart ms apart', ({ limits, apart }) => {
  const budget = new VenueBudget({ ...LIMITS, ...limits })
  expect(budget.request(0, { canWait: true })).toBe(0)
  expect(budget.request(0, { canWait: true })).toBe(apart)
  expect(budget.request(apart, { canWait: true })).toBe(0)
})
