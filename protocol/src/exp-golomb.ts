// Whole numbers from 0 as bits, the highest bit of each byte first, in Exp-Golomb codes: of the order k, v is said as w = v + 2^k, after as many
// zeros as w has binary digits beyond k + 1. The closer 2^k is to v, the shorter. Source: ITU-T H.264, section 9.1, where k is 0.

/** Bits of the longest code: 2^53 − 1 + 2^52 has 54 digits, and fewer zeros stand before them. */
export const LONGEST_CODE = 2 * 54
/** Bytes after the last bit that a write may touch. */
export const TOUCHED_BEYOND = 4

/**
 * Writes the lowest `count` bits, 1 to 25, of a number that has no more, at the bit `at`. Gives the bit after them.
 *
 * What was in the byte of `at` is kept and must be 0 from there on, as it is after a write; the three bytes after it are overwritten.
 */
export function putBits(bytes: DataView, at: number, bits: number, count: number): number {
  const word = bits << (32 - count - (at & 7))
  const first = at >>> 3
  bytes.setUint32(first, word | (bytes.getUint8(first) << 24))
  return at + count
}

/** Writes a whole number from 0 to 2^53 − 1 in the code of an order from 0 to 52, at the bit `at` and as `putBits` does. Gives the bit after it. */
export function putNumber(bytes: DataView, at: number, number: number, order: number): number {
  if (number < 2 ** 30 && order < 30) {
    const raised = number + (1 << order)
    const count = 2 * (32 - Math.clz32(raised)) - order - 1
    if (count <= 25) return putBits(bytes, at, raised, count)
  }
  // Bit operations end at 32 bits, and w may pass 2^53.
  let high = Math.floor(number / LOW)
  let low = number - high * LOW
  if (order >= LOW_BITS) high += 1 << (order - LOW_BITS)
  else low += 1 << order
  if (low >= LOW) {
    low -= LOW
    high++
  }
  const digits = high === 0 ? 32 - Math.clz32(low) : 32 + LOW_BITS - Math.clz32(high)
  let next = putWide(bytes, at, 0, digits - order - 1)
  if (high > 0) next = putWide(bytes, next, high, digits - LOW_BITS)
  return putBits(bytes, next, low, Math.min(digits, LOW_BITS))
}

/** The order that suits a number about as large as this one. */
export function orderOf(number: number): number {
  if (number >= 2 ** 32) return 63 - Math.clz32(number / 2 ** 32)
  return number < 2 ? 0 : 31 - Math.clz32(number)
}

/** Reads such bits, one after the other; past the end of the bytes they are zeros. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** How many bits have been read; more than there are where it went past the end. */
  get at(): number {
    return this.#at
  }

  /** The next bits, 1 to 25, as a number. */
  bits(count: number): number {
    const bits = this.#word() >>> (32 - count)
    this.#at += count
    return bits
  }

  /** The number said next in the code of this order; Infinity where it is past 2^53 − 1. */
  number(order: number): number {
    const word = this.#word()
    const zeros = Math.clz32(word)
    const count = 2 * zeros + order + 1
    if (count > 25) return this.#long(order)
    this.#at += count
    return (word >>> (32 - count)) - (1 << order)
  }

  #long(order: number): number {
    let zeros = 0
    for (let run = 25; run === 25; zeros += run) {
      if (zeros > MOST_DIGITS) return Number.POSITIVE_INFINITY
      run = Math.min(Math.clz32(this.#word()), 25)
      this.#at += run
    }
    const digits = zeros + order + 1
    if (digits > MOST_DIGITS) return Number.POSITIVE_INFINITY
    if (digits <= LOW_BITS) return this.bits(digits) - (1 << order)
    const half = Math.min(digits - LOW_BITS, 15)
    let high = digits - LOW_BITS > half ? this.bits(digits - LOW_BITS - half) : 0
    high = (high << half) | this.bits(half)
    const low = this.bits(LOW_BITS)
    const number =
      order >= LOW_BITS ? (high - (1 << (order - LOW_BITS))) * LOW + low : high * LOW + (low - (1 << order))
    return number > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : number
  }

  /** The next 25 bits at least, from the highest of 32 on. */
  #word(): number {
    const bytes = this.#bytes
    const first = this.#at >>> 3
    let word = 0
    if (first + 4 <= bytes.length) {
      word = (bytes[first]! << 24) | (bytes[first + 1]! << 16) | (bytes[first + 2]! << 8) | bytes[first + 3]!
    } else {
      for (let i = first, shift = 24; i < bytes.length; i++, shift -= 8) word |= bytes[i]! << shift
    }
    return word << (this.#at & 7)
  }
}

const MOST_DIGITS = 54
/** Numbers past 32 bits are taken in two: what is below this, and how often this. */
const LOW_BITS = 24
const LOW = 2 ** LOW_BITS

/** As `putBits`, for a number of up to 30 bits, in any count of them. */
function putWide(bytes: DataView, at: number, bits: number, count: number): number {
  let next = at
  let left = count
  for (; left > 40; left -= 20) next = putBits(bytes, next, 0, 20)
  if (left > 20) next = putBits(bytes, next, bits >>> 20, left - 20)
  if (left > 20) return putBits(bytes, next, bits & 0xf_ffff, 20)
  return left > 0 ? putBits(bytes, next, bits, left) : next
}
