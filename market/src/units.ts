declare const unit: unique symbol

/** A price as a whole number of an instrument's tick sizes. May be negative (spreads, some futures). */
export type Ticks = number & { readonly [unit]: 'ticks' }
/** A quantity as a whole number of an instrument's lot sizes. Never negative. */
export type Lots = number & { readonly [unit]: 'lots' }
/** Whole microseconds since 1970-01-01T00:00Z. */
export type Micros = number & { readonly [unit]: 'micros' }

/** A tick or lot size: `coefficient × 10^-decimals`, in lowest terms. `text` is the same as a plain decimal. */
export type Step = { readonly text: string; readonly decimals: number; readonly coefficient: number }

/**
 * Why a number could not be taken as it stands. Nothing was rounded; the value must be refused by whoever received it.
 *
 * `UNIT_NOT_DECIMAL` not `-?digits[.digits]` · `UNIT_NOT_MULTIPLE` off the grid: the instrument's tick or lot size is not what we think ·
 * `UNIT_OVERFLOW` beyond 2^53 - 1 steps · `UNIT_NEGATIVE` a quantity below zero · `UNIT_NOT_INTEGER` a count with a fraction ·
 * `UNIT_BAD_STEP` a tick or lot size that is not above zero.
 */
export type UnitErrorCode =
  | 'UNIT_NOT_DECIMAL'
  | 'UNIT_NOT_MULTIPLE'
  | 'UNIT_OVERFLOW'
  | 'UNIT_NEGATIVE'
  | 'UNIT_NOT_INTEGER'
  | 'UNIT_BAD_STEP'

/** A number that does not fit; see UnitErrorCode. */
export class UnitError extends Error {
  readonly code: UnitErrorCode

  constructor(code: UnitErrorCode, message: string) {
    super(message)
    this.name = 'UnitError'
    this.code = code
  }
}

/**
 * Reads a tick or lot size: any decimal above zero, exponents allowed (`0.25`, `5`, `0.00000001`, `1e-8`).
 *
 * Trailing zeros carry no meaning: `0.01000000` is the step `0.01`. Throws UnitError UNIT_NOT_DECIMAL, UNIT_BAD_STEP (zero or negative) or
 * UNIT_OVERFLOW (more significant digits than 2^53 - 1 holds, or an exponent beyond ±30).
 */
export function step(text: string): Step {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (parts === null) throw new UnitError('UNIT_NOT_DECIMAL', `step ${quoted(text)} is not a decimal number`)
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  if (sign === '-' || digits === '') throw new UnitError('UNIT_BAD_STEP', `step ${quoted(text)} is not above zero`)

  const significant = digits.replace(/0+$/, '')
  const power = Number(exponent) - fraction.length + (digits.length - significant.length)
  const coefficient = Number(significant) * (power > 0 ? 10 ** power : 1)
  if (!Number.isSafeInteger(coefficient) || Math.abs(power) > MAX_DECIMALS) {
    throw new UnitError(
      'UNIT_OVERFLOW',
      `step ${quoted(text)} does not fit in ${Number.MAX_SAFE_INTEGER} or ${MAX_DECIMALS} decimals`,
    )
  }
  const decimals = Math.max(0, -power)
  return { text: fixed(String(coefficient), decimals), decimals, coefficient }
}

/**
 * A decimal price as ticks, exactly.
 *
 * Zeros beyond the tick size's decimals are fine (`0.35210000` on `0.0001`). Throws UnitError: UNIT_NOT_DECIMAL (exponents and signs other
 * than a leading `-` included), UNIT_NOT_MULTIPLE, UNIT_OVERFLOW. Recovery: the price cannot be used; the instrument's grid is wrong or the
 * frame is.
 */
export function toTicks(price: string, tickSize: Step): Ticks {
  const ticks = parse(price, tickSize)
  return (Number.isNaN(ticks) ? parseSlowly(price, tickSize, 'price') : ticks) as Ticks
}

/** A decimal quantity as lots, exactly; like `toTicks`, and throws UNIT_NEGATIVE below zero. */
export function toLots(quantity: string, lotSize: Step): Lots {
  const parsed = parse(quantity, lotSize)
  const lots = Number.isNaN(parsed) ? parseSlowly(quantity, lotSize, 'quantity') : parsed
  if (lots < 0) throw new UnitError('UNIT_NEGATIVE', `quantity ${quoted(quantity)} is below zero`)
  return lots as Lots
}

/** Ticks as a decimal price with the tick size's number of decimals. Throws UnitError on what is not a safe integer. */
export function fromTicks(ticks: number, tickSize: Step): string {
  return format(ticks, tickSize)
}

/** Lots as a decimal quantity with the lot size's number of decimals. Throws UnitError on what is not a safe integer from 0 up. */
export function fromLots(lots: number, lotSize: Step): string {
  if (lots < 0) throw new UnitError('UNIT_NEGATIVE', `lots ${lots} is below zero`)
  return format(lots, lotSize)
}

/** Names a safe integer a count of ticks. Throws UnitError otherwise. */
export function ticks(n: number): Ticks {
  return whole(n, 'ticks') as Ticks
}

/** Names a safe integer from 0 up a count of lots. Throws UnitError otherwise. */
export function lots(n: number): Lots {
  if (n < 0) throw new UnitError('UNIT_NEGATIVE', `lots ${n} is below zero`)
  return whole(n, 'lots') as Lots
}

/** Names a safe integer a time in µs since 1970. Throws UnitError otherwise. */
export function micros(n: number): Micros {
  return whole(n, 'micros') as Micros
}

const MAX_DECIMALS = 30
const ZERO = 48
const MINUS = 45
const POINT = 46

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent)

/**
 * The count of steps in a plain decimal, or NaN for anything that is not the common case: `parseSlowly` then says what it is.
 *
 * A sum that passes 2^53 in doubles never comes back under it, so one comparison at the end finds every overflow.
 */
function parse(text: string, { decimals, coefficient }: Step): number {
  const end = text.length
  const start = text.charCodeAt(0) === MINUS ? 1 : 0
  let at = start
  let value = 0
  let digit = text.charCodeAt(at) - ZERO
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit
    digit = text.charCodeAt(++at) - ZERO
  }
  if (at === start) return Number.NaN

  let missing = decimals
  if (at < end) {
    if (digit !== POINT - ZERO || at + 1 === end) return Number.NaN
    const keep = Math.min(end, at + 1 + decimals)
    missing -= keep - at - 1
    for (at++; at < keep; at++) {
      digit = text.charCodeAt(at) - ZERO
      if (!(digit >= 0 && digit <= 9)) return Number.NaN
      value = value * 10 + digit
    }
    for (; at < end; at++) if (text.charCodeAt(at) !== ZERO) return Number.NaN
  }
  if (missing > 0) value *= POWERS_OF_TEN[missing] ?? Number.NaN
  if (!(value <= Number.MAX_SAFE_INTEGER) || value % coefficient !== 0) return Number.NaN
  value /= coefficient
  return start === 1 && value !== 0 ? -value : value
}

/** The same in big integers: for values whose digits pass 2^53 although their count of steps may not, and to name what is wrong. */
function parseSlowly(
  text: string,
  { text: stepText, decimals, coefficient }: Step,
  what: 'price' | 'quantity',
): number {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (parts === null) throw new UnitError('UNIT_NOT_DECIMAL', `${what} ${quoted(text)} is not a plain decimal number`)
  const [, sign, integer = '', fraction = ''] = parts
  const value = BigInt(integer + fraction.slice(0, decimals).padEnd(decimals, '0'))
  const size = BigInt(coefficient)
  if (value % size !== 0n || /[^0]/.test(fraction.slice(decimals))) {
    throw new UnitError('UNIT_NOT_MULTIPLE', `${what} ${quoted(text)} is not a multiple of ${stepText}`)
  }
  const steps = value / size
  if (steps > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new UnitError(
      'UNIT_OVERFLOW',
      `${what} ${quoted(text)} is ${steps} steps of ${stepText}, at most ${Number.MAX_SAFE_INTEGER} fit`,
    )
  }
  return sign === '-' && steps !== 0n ? -Number(steps) : Number(steps)
}

function format(count: number, { decimals, coefficient }: Step): string {
  whole(count, 'count')
  const size = Math.abs(count)
  const product = size * coefficient
  const digits = product <= Number.MAX_SAFE_INTEGER ? String(product) : String(BigInt(size) * BigInt(coefficient))
  return count < 0 ? `-${fixed(digits, decimals)}` : fixed(digits, decimals)
}

/** Puts the point into a string of digits. */
function fixed(digits: string, decimals: number): string {
  if (decimals === 0) return digits
  const padded = digits.padStart(decimals + 1, '0')
  return `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`
}

function whole(n: number, what: string): number {
  if (Number.isSafeInteger(n)) return n === 0 ? 0 : n
  if (Number.isInteger(n)) throw new UnitError('UNIT_OVERFLOW', `${what} ${n} is beyond ±${Number.MAX_SAFE_INTEGER}`)
  throw new UnitError('UNIT_NOT_INTEGER', `${what} ${n} is not a whole number`)
}

/** The text as a message can carry it: what an exchange sends may be long. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
