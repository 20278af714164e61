import { expect, test } from 'vitest'
import { zoneLabel, zoneOffsetMs } from '../src/engine/zone.ts'
import { formatDate, formatNumber, formatTime, formatTimeMs, zoneLabel as zoneNow } from '../src/state/format.ts'
import { properLocale, properZone, region, regionOf } from '../src/state/region.ts'

const HOUR_MS = 3_600_000
/** Clocks in Berlin go from 02:00 to 03:00 at that moment. */
const SPRING = Date.UTC(2026, 2, 29, 1)

test.each([
  { timeZone: 'UTC', at: SPRING, hours: 0, label: 'UTC' },
  { timeZone: 'Europe/Berlin', at: SPRING - 1, hours: 1, label: 'UTC+1' },
  { timeZone: 'Europe/Berlin', at: SPRING, hours: 2, label: 'UTC+2' },
  { timeZone: 'Asia/Kolkata', at: SPRING, hours: 5.5, label: 'UTC+5:30' },
  { timeZone: 'Asia/Kathmandu', at: SPRING, hours: 5.75, label: 'UTC+5:45' },
  { timeZone: 'America/St_Johns', at: Date.UTC(2026, 0, 1), hours: -3.5, label: 'UTC\u22123:30' },
  { timeZone: 'Europe/London', at: Date.UTC(2026, 0, 1), hours: 0, label: 'UTC' },
])('clocks of $timeZone at $at are $label', ({ timeZone, at, hours, label }) => {
  expect(zoneOffsetMs(at, timeZone)).toBe(hours * HOUR_MS)
  expect(zoneLabel(at, timeZone)).toBe(label)
})

test('a time is told by the clocks of its zone, to the millisecond and over the end of the day', () => {
  const at = Date.UTC(2026, 11, 31, 22, 59, 59, 999)
  expect([formatTime(at, 'UTC'), formatTimeMs(at, 'UTC'), formatDate(at, 'UTC')]).toEqual([
    '22:59:59',
    '22:59:59.999',
    '2026-12-31 22:59:59',
  ])
  expect([formatTimeMs(at + 1, 'Europe/Berlin'), formatDate(at + 1, 'Europe/Berlin')]).toEqual([
    '00:00:00.000',
    '2027-01-01 00:00:00',
  ])
  expect(formatTimeMs(Date.UTC(1969, 11, 31, 23, 59, 59, 500), 'Asia/Tokyo')).toBe('08:59:59.500')
})

test('without a zone the page goes by UTC, and a moment nobody knows has no time', () => {
  expect(formatTime(Date.UTC(2026, 6, 1, 12, 4, 9))).toBe('12:04:09')
  expect([formatTime(Number.NaN, 'Asia/Tokyo'), formatDate(Number.POSITIVE_INFINITY)]).toEqual(['—', '—'])
})

test('a zone nobody knows is an error, never a wrong time', () => {
  expect(() => formatTime(SPRING, 'Europe/Atlantis')).toThrow(RangeError)
})

test.each([
  { text: 'asia/tokyo', want: 'Asia/Tokyo' },
  { text: 'Asia/Kolkata', want: 'Asia/Kolkata' },
  { text: 'UTC', want: 'UTC' },
  { text: 'Europe/Atlantis', want: undefined },
  { text: 'system', want: undefined },
  { text: '', want: undefined },
])('as a time zone “$text” is $want', ({ text, want }) => {
  expect(properZone(text)).toBe(want)
})

test.each([
  { text: 'de-ch', want: 'de-CH' },
  { text: 'hi-IN-u-nu-deva', want: 'hi-IN-u-nu-deva' },
  { text: 'xx', want: undefined },
  { text: 'not a tag', want: undefined },
  { text: 'system', want: undefined },
  { text: '', want: undefined },
])('as a locale “$text” is $want', ({ text, want }) => {
  expect(properLocale(text)).toBe(want)
})

test('what was left to the system is what the system says, and nothing else is', () => {
  const system = { locale: navigator.language, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }
  expect(regionOf({ locale: 'system', timeZone: 'system' })).toEqual(system)
  expect(regionOf({ locale: 'de-CH', timeZone: 'Asia/Tokyo' })).toEqual({ locale: 'de-CH', timeZone: 'Asia/Tokyo' })
})

test.each([
  { said: { locale: 'C', timeZone: 'Etc/Unknown' }, why: 'WebKitGTK without a language set, Chromium without a zone' },
  { said: { locale: 'not a tag', timeZone: '' }, why: 'neither is anything' },
  { said: { locale: 'xx', timeZone: 'Europe/Atlantis' }, why: 'both are well formed, and of nowhere' },
])(
  'a system that says $said.locale and $said.timeZone still has a region that numbers and times can go by',
  ({ said }) => {
    const { locale, timeZone } = regionOf({ locale: 'system', timeZone: 'system' }, said)
    expect(formatNumber(1234.5, 1, locale)).toMatch(/^1.234.5$/)
    expect(timeZone).toBe('UTC')
  },
)

test('the page goes by its region until a number or time asks for another, and digits are 0 to 9 in all of them', () => {
  const before = region.value
  region.set({ locale: 'de', timeZone: 'Asia/Tokyo' })
  const at = Date.UTC(2026, 6, 1, 22, 4, 9)
  expect([formatNumber(1234.5, 1), formatTime(at), zoneNow(at)]).toEqual(['1.234,5', '07:04:09', 'UTC+9'])
  expect([formatNumber(1234.5, 1, 'en'), formatTime(at, 'UTC')]).toEqual(['1,234.5', '22:04:09'])
  region.set({ locale: 'ar-EG', timeZone: 'UTC' })
  expect(formatNumber(1234.5, 1)).toMatch(/^1.234.5$/)
  region.set(before)
})
