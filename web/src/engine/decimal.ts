import { fromTicks, type Instrument, type Step } from '@depthcast/market'
import type { NumberStyle } from './number-style.ts'

export { type NumberStyle, numberStyle } from './number-style.ts'

/** U+2212, as wide as a digit; the hyphen is not. */
const MINUS = '\u2212'
/** Stands for a number nobody knows. Never 0. */
export const UNKNOWN = '\u2014'

/**
 * Writes integers on one grid (ticks or lots) as decimals in one locale. Exact: the fast path multiplies only where the product is a safe
 * integer, and everything else goes through BigInt. The last few thousand texts are kept, since a book shows the same prices again and again.
 */
export class DecimalFormat {
  readonly #step: Step
  readonly #style: NumberStyle
  readonly #kept = new Map<number, string>()
  readonly #keptCompact = new Map<number, string>()

  constructor(step: Step, style: NumberStyle) {
    this.#step = step
    this.#style = style
  }

  /** All the decimals the step has: `63,145.0`. */
  full(units: number): string {
    const kept = this.#kept.get(units)
    if (kept !== undefined) return kept
    return keep(this.#kept, units, this.#write(units))
  }

  /** From 10 000 up three or four digits and a unit: `12.4K`, `1.24M`; below that as `full`. */
  compact(units: number): string {
    const kept = this.#keptCompact.get(units)
    if (kept !== undefined) return kept
    const value = Math.abs((units * this.#step.coefficient) / 10 ** this.#step.decimals)
    const text = value < COMPACT_FROM ? this.#write(units) : (units < 0 ? MINUS : '') + shortened(value, this.#style)
    return keep(this.#keptCompact, units, text)
  }

  #write(units: number): string {
    const { decimals, coefficient } = this.#step
    const scaled = Math.abs(units) * coefficient
    const digits = Number.isSafeInteger(scaled)
      ? String(scaled)
      : fromTicks(Math.abs(units), this.#step).replace('.', '')
    return (units < 0 ? MINUS : '') + written(digits, decimals, this.#style)
  }
}

/** Digits of which the last so many are decimals: `631450` with 1 is `63,145.0`. */
export function written(digits: string, decimals: number, style: NumberStyle): string {
  const padded = digits.padStart(decimals + 1, '0')
  const whole = group(padded.slice(0, padded.length - decimals), style)
  return decimals === 0 ? whole : whole + style.decimal + padded.slice(padded.length - decimals)
}

/** From here up values are shortened. */
export const COMPACT_FROM = 10_000

/** `12.4K`, `1.24M`: a value of ten thousand or more in three or four digits. */
export function shortened(value: number, { decimal }: NumberStyle): string {
  for (const { from, unit, decimals } of UNITS) {
    // 999,960 rounds to a million, not to 1000.0K: half of the smaller unit's last digit counts towards the larger one.
    if (value >= from - from / 20_000) return (value / from).toFixed(decimals).replace('.', decimal) + unit
  }
  return String(value)
}

/** How one instrument's prices and sizes are written; before it is known, as integers. */
export type Formats = {
  readonly instrument: Instrument | undefined
  readonly price: DecimalFormat
  readonly size: DecimalFormat
}

export function formatsOf(instrument: Instrument | undefined, style: NumberStyle): Formats {
  const { tickSize, lotSize } = instrument ?? { tickSize: ONE, lotSize: ONE }
  return { instrument, price: new DecimalFormat(tickSize, style), size: new DecimalFormat(lotSize, style) }
}

/**
 * Where the zeros after the last significant decimal begin, the separator included when nothing but zeros follows it; the text's length when
 * there are none. An integer has none: its zeros count.
 */
export function trailingZerosAt(text: string, decimal: string): number {
  const point = text.lastIndexOf(decimal)
  if (point === -1) return text.length
  let end = text.length
  while (end > point + decimal.length && text.charCodeAt(end - 1) === ZERO) end -= 1
  if (end === text.length) return end
  return end === point + decimal.length ? point : end
}

/** Where the last `count` digits of a text begin; separators between them are not counted. */
export function lastDigitsAt(text: string, count: number): number {
  let left = count
  let at = text.length
  while (at > 0 && left > 0) {
    at -= 1
    const code = text.charCodeAt(at)
    if (code >= ZERO && code <= NINE) left -= 1
  }
  return at
}

const ONE: Step = { text: '1', decimals: 0, coefficient: 1 }
const ZERO = 48
const NINE = 57
const KEPT = 4096
const UNITS = [
  { from: 1e12, unit: 'T', decimals: 2 },
  { from: 1e9, unit: 'B', decimals: 2 },
  { from: 1e6, unit: 'M', decimals: 2 },
  { from: 1e3, unit: 'K', decimals: 1 },
] as const

function group(whole: string, style: NumberStyle): string {
  if (style.group === '' || whole.length < style.groupFrom || whole.length <= style.primary) return whole
  let at = whole.length - style.primary
  let text = whole.slice(at)
  while (at > 0) {
    const from = Math.max(0, at - style.secondary)
    text = whole.slice(from, at) + style.group + text
    at = from
  }
  return text
}

function keep(kept: Map<number, string>, units: number, text: string): string {
  if (kept.size >= KEPT) kept.clear()
  kept.set(units, text)
  return text
}
