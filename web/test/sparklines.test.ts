import { expect, test } from 'vitest'
import type { History } from '../src/chart/history.ts'
import { linePoints, Sparklines } from '../src/state/sparklines.ts'

test('the line goes from the oldest close to the last price, the highest on top', () => {
  expect(linePoints([10, 20, 15], 12.5, 40, 10)).toBe('0.0,10.0 20.0,0.0 40.0,7.5')
})

test.each([
  { closes: [], last: 1 },
  { closes: [5], last: 6 },
  { closes: [], last: undefined },
])('$closes and $last make no line', ({ closes, last }) => {
  expect(linePoints(closes, last, 40, 10)).toBe('')
})

test('a market that does not move is a line in the middle', () => {
  expect(linePoints([3, 3], 3, 40, 10)).toBe('0.0,5.0 40.0,5.0')
})

test('a row seen again is not fetched again, and one without a history has no line', async () => {
  const asked: string[] = []
  const bars = [{ time: 1, open: 1, high: 2, low: 1, close: 2, volume: 1, rev: 1, final: true }]
  const lines = new Sparklines(async (symbol): Promise<History> => {
    asked.push(symbol)
    return symbol === 'a' ? { kind: 'loaded', bars } : { kind: 'failed', reason: 'none' }
  })
  for (const symbol of ['a', 'b', 'a']) lines.see(symbol, true)
  lines.see('a', false)
  await expect.poll(() => asked).toEqual(['a', 'b'])
  lines.see('a', true)
  await Promise.resolve()
  expect(asked).toEqual(['a', 'b'])
  expect([...lines.closes.value]).toEqual([['a', [2]]])
})
