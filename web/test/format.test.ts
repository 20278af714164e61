import { expect, test } from 'vitest'
import {
  arrow,
  changePercent,
  decimalsOf,
  formatAge,
  formatChange,
  formatCount,
  formatMs,
  formatNumber,
  formatRate,
  formatSize,
  formatTime,
} from '../src/state/format.ts'
import { region } from '../src/state/region.ts'

test.each([
  { step: '0.01', want: 2 },
  { step: '0.25', want: 2 },
  { step: '0.00000001', want: 8 },
  { step: '1e-8', want: 8 },
  { step: '2.5E-3', want: 4 },
  { step: '5', want: 0 },
  { step: '1e2', want: 0 },
])('a step of $step has $want decimals', ({ step, want }) => {
  expect(decimalsOf(step)).toBe(want)
})

test.each([
  { value: 63142.5, decimals: 2, want: '63,142.50' },
  { value: -0.4, decimals: 1, want: '\u22120.4' },
  { value: 0, decimals: 2, want: '0.00' },
  { value: undefined, decimals: 2, want: '—' },
  { value: Number.NaN, decimals: 2, want: '—' },
  { value: Number.POSITIVE_INFINITY, decimals: 0, want: '—' },
])('$value with $decimals decimals reads $want', ({ value, decimals, want }) => {
  expect(formatNumber(value, decimals, 'en')).toBe(want)
})

test('grouping and decimal sign follow the locale, the number of decimals does not', () => {
  expect(formatNumber(63142.5, 2, 'de')).toBe('63.142,50')
})

test.each([
  { value: 9999.5, want: '9,999.50' },
  { value: 12_412, want: '12.4K' },
  { value: 999_949, want: '999.9K' },
  { value: 999_950, want: '1.00M' },
  { value: 999_949_999, want: '999.9M' },
  { value: 999_950_000, want: '1.00B' },
  { value: 3_100_000, want: '3.10M' },
  { value: 2_500_000_000, want: '2.50B' },
  { value: -12_412, want: '\u221212.4K' },
  { value: undefined, want: '—' },
])('a size of $value reads $want', ({ value, want }) => {
  expect(formatSize(value, 2, 'en')).toBe(want)
})

test.each([
  { from: 100, to: 101.24, want: '+1.24%' },
  { from: 100, to: 99.6, want: '\u22120.40%' },
  { from: 100, to: 100, want: '0.00%' },
  { from: 100, to: 99.9999, want: '0.00%' },
  { from: 0, to: 100, want: '—' },
  { from: undefined, to: 100, want: '—' },
  { from: 100, to: Number.NaN, want: '—' },
])('from $from to $to is a change of $want', ({ from, to, want }) => {
  expect(formatChange(from, to, 'en')).toBe(want)
})

test('an arrow never points where the shown percentage is zero', () => {
  expect(arrow(changePercent(100, 100.004))).toBe('')
  expect(arrow(changePercent(100, 100.01))).toBe('▲')
  expect(arrow(changePercent(100, 99.99))).toBe('▼')
  expect(arrow(undefined)).toBe('')
})

test.each([
  { ms: 0, want: '0.0 s' },
  { ms: 204, want: '0.2 s' },
  { ms: 9949, want: '9.9 s' },
  { ms: 9950, want: '10 s' },
  { ms: 14_200, want: '14 s' },
  { ms: 59_600, want: '1 min 00 s' },
  { ms: 185_000, want: '3 min 05 s' },
  { ms: 7_620_000, want: '2 h 07 min' },
  { ms: -5, want: '0.0 s' },
  { ms: Number.NaN, want: '—' },
])('$ms ms ago reads $want', ({ ms, want }) => {
  expect(formatAge(ms)).toBe(want)
})

test.each([
  { bytes: 0, want: '0.0 KB/s' },
  { bytes: 1140, want: '1.1 KB/s' },
  { bytes: 22_400, want: '22 KB/s' },
  { bytes: 1_500_000, want: '1.5 MB/s' },
  { bytes: Number.NaN, want: '—' },
])('$bytes bytes a second read $want', ({ bytes, want }) => {
  expect(formatRate(bytes)).toBe(want)
})

test('counts, milliseconds and times have one way to be written', () => {
  expect(formatCount(1_204_881, 'en')).toBe('1,204,881')
  expect(formatCount(Number.NaN, 'en')).toBe('—')
  expect([formatMs(0.42), formatMs(41.3), formatMs(Number.NaN)]).toEqual(['0.4 ms', '41 ms', '—'])
  expect(formatTime(Date.UTC(2026, 0, 2, 12, 4, 9, 999))).toBe('12:04:09')
  expect(formatTime(Number.NaN)).toBe('—')
})

test('ages, rates and delays are written as the page writes its prices', () => {
  const { value } = region
  region.set({ locale: 'de', timeZone: 'UTC' })
  expect([formatAge(200), formatRate(1100), formatRate(2_500_000), formatMs(0.4)]).toEqual([
    '0,2 s',
    '1,1 KB/s',
    '2,5 MB/s',
    '0,4 ms',
  ])
  region.set(value)
})
