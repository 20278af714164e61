import type { Levels } from './event.ts'

/** How many levels a side of a delivered view its checksum on the wire covers. */
export const VIEW_CHECKSUM_LEVELS = 100

/**
 * CRC-32 (IEEE, unsigned) of the top `levels` of each side: asks from low to high, then bids from high to low, each level its ticks and its
 * lots as plain decimal integers with nothing between. Levels are flat pairs, best first.
 *
 * On integers this is the rule of Kraken's book checksum, where the decimal point and leading zeros are removed from price and quantity.
 *
 * Source: Kraken WebSocket API v2, "Book checksum", https://docs.kraken.com/api/docs/guides/spot-ws-book-v2.
 */
export function checksum(bids: Levels, asks: Levels, levels = 10): number {
  return (foldSide(foldSide(-1, asks, levels), bids, levels) ^ -1) >>> 0
}

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

const ZERO = 48
const MINUS = 45
/** Digits of one number, least significant last: 2^53 has 16. */
const DIGITS = new Uint8Array(16)

function foldSide(crc: number, side: Levels, levels: number): number {
  const end = Math.min(side.length, levels * 2)
  let folded = crc
  for (let at = 0; at < end; at++) folded = foldInteger(folded, side[at]!)
  return folded
}

/** The characters of `String(n)`, without making the string. */
function foldInteger(crc: number, n: number): number {
  let folded = n < 0 ? foldByte(crc, MINUS) : crc
  let rest = Math.abs(n)
  let at = DIGITS.length
  while (rest > 0x7fffffff) {
    const tenth = Math.floor(rest / 10)
    DIGITS[--at] = rest - tenth * 10
    rest = tenth
  }
  do {
    const tenth = (rest / 10) | 0
    DIGITS[--at] = rest - tenth * 10
    rest = tenth
  } while (rest > 0)
  for (; at < DIGITS.length; at++) folded = foldByte(folded, ZERO + DIGITS[at]!)
  return folded
}

function foldByte(crc: number, byte: number): number {
  return TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
}
