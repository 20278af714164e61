import { step } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { numberStyle } from '../src/engine/decimal.ts'
import { TapeFilter, valueText } from '../src/engine/tape-filter.ts'
import { valuesAround } from '../src/panels/tape-values.ts'

test.each([
  { value: '1000', ticks: 126_284, lots: 16, want: true },
  { value: '1000', ticks: 126_284, lots: 15, want: false },
  { value: '63.142', ticks: 126_284, lots: 1, want: true },
  { value: '63.1421', ticks: 126_284, lots: 1, want: false },
  { value: '0', ticks: 1, lots: 1, want: true },
  { value: '<b>', ticks: 1, lots: 1, want: true },
])('$lots thousandths at $ticks halves are worth $value: $want', ({ value, ticks, lots, want }) => {
  expect(new TapeFilter(value, { tickSize: step('0.5'), lotSize: step('0.001') }).passes(ticks, lots)).toBe(want)
})

test('the limit is exact to the last digit, however large the numbers are', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 50 }),
      fc.integer({ min: 1, max: 2 ** 50 }),
      fc.integer({ min: -2, max: 2 }),
      (ticks, lots, off) => {
        const worth = BigInt(ticks) * BigInt(lots)
        const limit = worth + BigInt(off)
        if (limit < 0n) return
        const filter = new TapeFilter(String(limit), { tickSize: step('1'), lotSize: step('1') })
        expect(filter.passes(ticks, lots)).toBe(worth >= limit)
      },
    ),
  )
})

test('a value is written as the region writes numbers', () => {
  expect(valueText('100000', numberStyle('en'))).toBe('100,000')
  expect(valueText('0.001', numberStyle('de'))).toBe('0,001')
})

test.each([
  { last: 96_000, volume24h: 19_400, want: ['0', '100', '1000', '10000', '100000', '1000000'] },
  { last: 0.04, volume24h: 1000, want: ['0', '0.00001', '0.0001', '0.001', '0.01', '0.1'] },
  { last: undefined, volume24h: undefined, want: ['0', '100', '1000', '10000', '100000', '1000000'] },
])('where a day turns over $volume24h at $last, $want are offered', ({ last, volume24h, want }) => {
  expect(valuesAround({ last, volume24h })).toEqual(want)
})
