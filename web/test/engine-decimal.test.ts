import { fromTicks, step } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DecimalFormat, lastDigitsAt, numberStyle, trailingZerosAt } from '../src/engine/decimal.ts'

test.each([
  { locale: 'en', tick: '0.5', ticks: 126_290, want: '63,145.0' },
  { locale: 'en', tick: '0.01', ticks: 5, want: '0.05' },
  { locale: 'en', tick: '0.01', ticks: -12_345_678, want: '\u2212123,456.78' },
  { locale: 'en', tick: '5', ticks: 2469, want: '12,345' },
  { locale: 'en', tick: '0.25', ticks: 4, want: '1.00' },
  { locale: 'de', tick: '0.5', ticks: 126_290, want: '63.145,0' },
  { locale: 'en-IN', tick: '0.01', ticks: 1_234_567_890, want: '1,23,45,678.90' },
  { locale: 'es', tick: '0.01', ticks: 123_456, want: '1234,56' },
  { locale: 'es', tick: '0.01', ticks: 1_234_567, want: '12.345,67' },
  { locale: 'ar-EG', tick: '1', ticks: 1234, want: '1,234' },
])('$ticks steps of $tick are written $want in $locale', ({ locale, tick, ticks, want }) => {
  expect(new DecimalFormat(step(tick), numberStyle(locale)).full(ticks)).toBe(want)
})

test.each([
  { lot: '0.001', lots: 9_999_999, want: '9,999.999' },
  { lot: '0.001', lots: 12_400_000, want: '12.4K' },
  { lot: '1', lots: 10_000, want: '10.0K' },
  { lot: '1', lots: 999_949, want: '999.9K' },
  { lot: '1', lots: 999_950, want: '1.00M' },
  { lot: '1', lots: 1_240_000, want: '1.24M' },
  { lot: '1', lots: 2_500_000_000, want: '2.50B' },
])('a size of $lots lots of $lot is written $want', ({ lot, lots, want }) => {
  expect(new DecimalFormat(step(lot), numberStyle('en')).compact(lots)).toBe(want)
})

test('separators aside, every count on every grid is written exactly as the market writes it', () => {
  const grids = fc.constantFrom('1', '5', '0.25', '0.01', '0.0000001', '1e-8', '0.00000025').map((text) => step(text))
  fc.assert(
    fc.property(grids, fc.maxSafeInteger(), (grid, units) => {
      const format = new DecimalFormat(grid, numberStyle('en'))
      const plain = format.full(units).replaceAll(',', '').replace('\u2212', '-')
      expect(plain).toBe(fromTicks(units, grid))
      expect(format.full(units)).toBe(format.full(units))
    }),
  )
})

test.each([
  { text: '0.310', want: '0.31|0' },
  { text: '1.000', want: '1|.000' },
  { text: '0.001', want: '0.001|' },
  { text: '1,200', want: '1,200|' },
  { text: '12.4K', want: '12.4K|' },
])('the zeros that carry nothing are cut off: $want', ({ text, want }) => {
  const at = trailingZerosAt(text, '.')
  expect(`${text.slice(0, at)}|${text.slice(at)}`).toBe(want)
})

test.each([
  { text: '63,145.0', want: '63,14|5.0' },
  { text: '0.0123', want: '0.01|23' },
  { text: '1,234', want: '1,2|34' },
  { text: '7', want: '|7' },
])('the last two digits are found past separators: $want', ({ text, want }) => {
  const at = lastDigitsAt(text, 2)
  expect(`${text.slice(0, at)}|${text.slice(at)}`).toBe(want)
})
