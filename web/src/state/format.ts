import { zoneLabel as zoneLabelAt, zoneOffsetMs } from '../engine/zone.ts'
import { region } from './region.ts'

/** What stands where a number is not known; never 0. */
export const UNKNOWN = '—'
/** The minus sign of typography, as wide as the plus. */
const MINUS = '\u2212'

const formats = new Map<string, Intl.NumberFormat>()

/** How many digits after the point a step has: 2 for `0.25`, 8 for `1e-8`, 0 for `5`. */
export function decimalsOf(step: string): number {
  const [mantissa = '', exponent = '0'] = step.toLowerCase().split('e')
  const fraction = mantissa.split('.')[1] ?? ''
  return Math.max(0, fraction.length - Number(exponent))
}

/** Fixed decimals, grouped by the page's locale where none is given: `63,142.50`. Decimals come from the instrument's tick or lot, never from the value. */
export function formatNumber(value: number | undefined, decimals: number, locale?: string): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN
  return fixed(decimals, locale).format(value).replace('-', MINUS)
}

/** An exact decimal, of which every digit stays: `63142.50` is `63,142.50`. */
export function formatDecimal(decimal: string): string {
  // From text `Intl` takes more digits than a double has.
  return fixed(decimalsOf(decimal), undefined)
    .format(decimal as `${number}`)
    .replace('-', MINUS)
}

/** Sizes of ten thousand and more are shortened: `12.4K`, `3.10M`; below that the lot's decimals. */
export function formatSize(value: number | undefined, decimals: number, locale?: string): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN
  const scale = SCALES.find(({ from }) => Math.abs(value) >= from)
  if (scale === undefined) return formatNumber(value, decimals, locale)
  const short = value / scale.unit
  return `${formatNumber(short, Math.abs(short) < 10 ? 2 : 1, locale)}${scale.suffix}`
}

/** From where the unit below would be rounded up to a thousand of it. */
const SCALES = [
  { from: 999_950_000, unit: 1e9, suffix: 'B' },
  { from: 999_950, unit: 1e6, suffix: 'M' },
  { from: 1e4, unit: 1e3, suffix: 'K' },
] as const

/** A change from `from` to `to` in percent, two decimals and always its sign: `+1.24%`, `−0.40%`, `0.00%`. */
export function formatChange(from: number | undefined, to: number | undefined, locale?: string): string {
  const percent = changePercent(from, to)
  if (percent === undefined) return UNKNOWN
  const rounded = Math.round(percent * 100) / 100
  const sign = rounded > 0 ? '+' : rounded < 0 ? MINUS : ''
  return `${sign}${fixed(2, locale).format(Math.abs(rounded))}%`
}

/** Undefined where either end is unknown or there is nothing to divide by. */
export function changePercent(from: number | undefined, to: number | undefined): number | undefined {
  if (from === undefined || to === undefined || !Number.isFinite(from) || !Number.isFinite(to) || from === 0)
    return undefined
  return (to / from - 1) * 100
}

/** The spread of two prices in basis points of their middle; undefined where either is unknown or there is no middle. */
export function basisPoints(bid: number | undefined, ask: number | undefined): number | undefined {
  if (bid === undefined || ask === undefined || !(bid + ask > 0)) return undefined
  return ((ask - bid) / ((ask + bid) / 2)) * 10_000
}

/** `▲`, `▼` or nothing: colour is never the only sign of a direction. */
export function arrow(change: number | undefined): '▲' | '▼' | '' {
  if (change === undefined || Math.abs(change) < 0.005) return ''
  return change > 0 ? '▲' : '▼'
}

/** Whole numbers with the locale's grouping: sequence numbers, counts. */
export function formatCount(value: number, locale?: string): string {
  return Number.isFinite(value) ? fixed(0, locale).format(value) : UNKNOWN
}

/** How long ago, in the coarsest words that still tell: `0.2 s`, `14 s`, `3 min 05 s`, `2 h 07 min`, `9 d`. */
export function formatAge(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 9.95) return `${formatNumber(seconds, 1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${two(whole % 60)} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${two(minutes % 60)} min` : `${Math.floor(hours / 24)} d`
}

export function formatRate(bytesPerSecond: number): string {
  if (!Number.isFinite(bytesPerSecond)) return UNKNOWN
  const kilobytes = bytesPerSecond / 1000
  if (kilobytes >= 1000) return `${formatNumber(kilobytes / 1000, 1)} MB/s`
  return `${formatNumber(kilobytes, kilobytes >= 10 ? 0 : 1)} KB/s`
}

/** Milliseconds to read, not to count: `0.4 ms`, `41 ms`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN
  return `${formatNumber(ms, ms < 9.95 ? 1 : 0)} ms`
}

/** `12:04:09`, in the page's zone where none is given; `zoneLabel` goes beside it. */
export function formatTime(ms: number, timeZone?: string): string {
  return Number.isFinite(ms) ? local(ms, timeZone).slice(11, 19) : UNKNOWN
}

/** `12:04:09.213`. */
export function formatTimeMs(ms: number, timeZone?: string): string {
  return Number.isFinite(ms) ? local(ms, timeZone).slice(11, 23) : UNKNOWN
}

/** `2026-11-21 12:04:09`. */
export function formatDate(ms: number, timeZone?: string): string {
  return Number.isFinite(ms) ? local(ms, timeZone).slice(0, 19).replace('T', ' ') : UNKNOWN
}

/** `UTC`, `UTC+2`, `UTC−3:30`: how the zone's clocks stood at that moment. */
export function zoneLabel(ms: number, timeZone = region.value.timeZone): string {
  return zoneLabelAt(ms, timeZone)
}

/** ISO 8601 without a zone. */
function local(ms: number, timeZone = region.value.timeZone): string {
  return new Date(ms + zoneOffsetMs(ms, timeZone)).toISOString()
}

/** Digits are 0 to 9 in every locale, on the page as on its canvases. */
function fixed(decimals: number, locale = region.value.locale): Intl.NumberFormat {
  const key = `${locale}/${decimals}`
  let format = formats.get(key)
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, {
      numberingSystem: 'latn',
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    })
    formats.set(key, format)
  }
  return format
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
