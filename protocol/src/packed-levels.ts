/**
 * One side of a book as bytes: for each level, best first, its price and its quantity, each as a whole number in groups of seven bits, the
 * lowest group first, every byte but the last with its top bit set (LEB128).
 *
 * - The first price p is said as 2p, or as −2p − 1 below zero; each other one as its distance from the one before, away from the spread.
 * - A quantity q is said as 2q, or, where it ends in zeros, as m × 10^e with e from 1 to 7: 16m + 2e + 1.
 *
 * A book has many quantities like 50000000 lots and few far from their neighbours, so a level takes 4 to 5 bytes where flat msgpack integers
 * take 7 to 10. A side that cannot be said so without rounding, with prices from 2^52 up, stays the flat array it is.
 */
export function packLevels(levels: readonly number[], direction: 1 | -1): Uint8Array | readonly number[] {
  const last = levels.length - 2
  if (last < 0) return EMPTY
  if (!isPackable(levels[0]!) || !isPackable(levels[last]!)) return levels
  const most = levels.length * LONGEST
  if (pool.length - taken < most) {
    pool = new Uint8Array(Math.max(POOL_BYTES, most))
    taken = 0
  }
  const start = taken
  let price = levels[0]!
  let at = put(price < 0 ? -2 * price - 1 : 2 * price, start)
  at = put(shortened(levels[1]!), at)
  for (let i = 2; i <= last; i += 2) {
    const next = levels[i]!
    at = put((next - price) * direction, at)
    at = put(shortened(levels[i + 1]!), at)
    price = next
  }
  taken = at
  return pool.subarray(start, at)
}

/** The flat pairs of a packed side, whatever the bytes; undefined where they end inside a number or a level, or hold a longer number. */
export function unpackLevels(bytes: Uint8Array, direction: 1 | -1): number[] | undefined {
  const levels: number[] = []
  let price = 0
  let number = 0
  let unit = 1
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte > 0x7f) {
      if (unit >= UNIT_LIMIT) return undefined
      number += (byte - 0x80) * unit
      unit *= 0x80
      continue
    }
    number += byte * unit
    if (levels.length % 2 === 1) levels.push(quantityOf(number))
    else {
      if (levels.length > 0) price += number * direction
      else price = number % 2 === 0 ? number / 2 : -(number + 1) / 2
      levels.push(price)
    }
    number = 0
    unit = 1
  }
  return unit === 1 && levels.length % 2 === 0 ? levels : undefined
}

const EMPTY = new Uint8Array(0)
/** Bytes of the longest number: 2^54 − 2, twice the largest quantity. */
const LONGEST = 8
/** What the last of them counts. */
const UNIT_LIMIT = 0x80 ** (LONGEST - 1)
/** Past it the number for a shortened quantity would pass 2^53, and be rounded. */
const SHORTENED_BELOW = 2 ** 52
const TENS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7] as const

const POOL_BYTES = 65_536
/** Where sides are written one after the other, as an array of its own for each costs more than filling it; full, it is left to who still reads it. */
let pool = new Uint8Array(POOL_BYTES)
let taken = 0

/** Twice the number, and the distance between two such, stay exact. */
function isPackable(price: number): boolean {
  return price < 2 ** 52 && price > -(2 ** 52)
}

function put(number: number, at: number): number {
  let rest = number
  let next = at
  // Bit operations end at 32 bits.
  while (rest > 0x7fff_ffff) {
    pool[next++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  while (rest > 0x7f) {
    pool[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  pool[next++] = rest
  return next
}

function shortened(quantity: number): number {
  if (quantity === 0 || quantity % 10 !== 0 || quantity >= SHORTENED_BELOW) return 2 * quantity
  let mantissa = quantity / 10
  let zeros = 1
  while (zeros < 7 && mantissa % 10 === 0) {
    mantissa /= 10
    zeros++
  }
  return 16 * mantissa + 2 * zeros + 1
}

function quantityOf(number: number): number {
  if (number % 2 === 0) return number / 2
  return Math.floor(number / 16) * TENS[((number % 16) - 1) / 2]!
}
