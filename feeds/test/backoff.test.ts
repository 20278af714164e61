import { expect, test } from 'vitest'
import { Budget, backoffMs } from '../src/backoff.ts'

test.each([
  { attempt: 0, ceiling: 500 },
  { attempt: 1, ceiling: 1_000 },
  { attempt: 5, ceiling: 16_000 },
  { attempt: 6, ceiling: 30_000 },
  { attempt: 1_000, ceiling: 30_000 },
])('retry $attempt waits anything up to $ceiling ms', ({ attempt, ceiling }) => {
  expect(backoffMs(attempt, () => 0)).toBe(0)
  expect(backoffMs(attempt, () => 0.5)).toBe(ceiling / 2)
  expect(backoffMs(attempt, () => 1 - Number.EPSILON)).toBe(ceiling - 1)
})

test('a budget of two in a second makes the third wait for the first to be a second old', () => {
  const budget = new Budget(2, 1_000)
  expect([budget.take(0), budget.take(100), budget.take(300), budget.take(999)]).toEqual([0, 0, 700, 1])
  expect(budget.take(1_000)).toBe(0)
  expect(budget.take(1_050)).toBe(50)
})

test('what is left of a budget comes back as its attempts grow old', () => {
  const budget = new Budget(3, 1_000)
  expect(budget.left(0)).toBe(3)
  budget.take(0)
  budget.take(400)
  expect(budget.left(999)).toBe(1)
  expect(budget.left(1_000)).toBe(2)
  expect(budget.left(1_400)).toBe(3)
})
