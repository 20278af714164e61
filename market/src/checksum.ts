import type { Levels } from './event.ts'

/** How many levels a side of a delivered view its checksum on the wire covers. */
export const VIEW_CHECKSUM_LEVELS = 100

/**
 * CRC-32 (IEEE, unsigned) of the top `levels` of each side: asks from low to high, then bids from high to low, each level its ticks and its
 * lots as plain decimal integers with nothing between. Levels are flat pairs of safe integers, best first.
 *
 * On integers this is the rule of Kraken's book checksum, where the decimal point and leading zeros are removed from price and quantity.
 *
 * Source: Kraken WebSocket API v2, "Book checksum", https://docs.kraken.com/api/docs/guides/spot-ws-book-v2.
 */
export function checksum(bids: Levels, asks: Levels, levels = 10): number {
  return (foldSide(foldSide(-1, asks, levels), bids, levels) ^ -1) >>> 0
}

const ZERO = 48
const MINUS = 45
/** Two halves of eight digits each hold any safe integer. */
const HALF = 100_000_000
const LONGEST = 17

/** The text being summed, in pieces. Strings would do, at twice the time. */
const TEXT = new Uint8Array(4096)
const PAIRS = Array.from({ length: 100 }, (_, pair) => String(pair).padStart(2, '0'))
const TENS = Uint8Array.from(PAIRS, (pair) => pair.charCodeAt(0))
const ONES = Uint8Array.from(PAIRS, (pair) => pair.charCodeAt(1))

/** Four tables of 256: what a byte does to the sum when none, one, two or three more follow it in the same step ("slicing by four"). */
const TABLES = new Int32Array(1024)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  TABLES[byte] = crc
}
for (let at = 256; at < 1024; at++) {
  const before = TABLES[at - 256]!
  TABLES[at] = (before >>> 8) ^ TABLES[before & 0xff]!
}

function foldSide(crc: number, side: Levels, levels: number): number {
  const count = Math.min(side.length, levels * 2)
  let folded = crc
  let end = 0
  for (let at = 0; at < count; at++) {
    if (end + LONGEST > TEXT.length) {
      folded = foldText(folded, end)
      end = 0
    }
    end = write(side[at]!, end)
  }
  return foldText(folded, end)
}

function foldText(crc: number, end: number): number {
  let folded = crc
  let at = 0
  for (; at + 4 <= end; at += 4) {
    folded ^= TEXT[at]! | (TEXT[at + 1]! << 8) | (TEXT[at + 2]! << 16) | (TEXT[at + 3]! << 24)
    folded =
      TABLES[768 + (folded & 0xff)]! ^
      TABLES[512 + ((folded >>> 8) & 0xff)]! ^
      TABLES[256 + ((folded >>> 16) & 0xff)]! ^
      TABLES[folded >>> 24]!
  }
  for (; at < end; at++) folded = TABLES[(folded ^ TEXT[at]!) & 0xff]! ^ (folded >>> 8)
  return folded
}

/** Writes the characters of `String(n)` at `start`; returns where they end. */
function write(n: number, start: number): number {
  let at = start
  if (n < 0) TEXT[at++] = MINUS
  const size = Math.abs(n)
  if (size < HALF) return writeDigits(size, digitsOf(size), at)
  const high = Math.floor(size / HALF)
  return writeDigits(size - high * HALF, 8, writeDigits(high, digitsOf(high), at))
}

/** Writes so many digits, two at a time from the last. */
function writeDigits(n: number, digits: number, start: number): number {
  let rest = n
  let to = start + digits
  while (to > start + 1) {
    const hundredth = (rest / 100) | 0
    const pair = rest - hundredth * 100
    TEXT[--to] = ONES[pair]!
    TEXT[--to] = TENS[pair]!
    rest = hundredth
  }
  if (to > start) TEXT[start] = ZERO + rest
  return start + digits
}

/** How many digits a whole number under 10^8 has. */
function digitsOf(n: number): number {
  if (n < 10_000) return n < 100 ? (n < 10 ? 1 : 2) : n < 1000 ? 3 : 4
  return n < 1_000_000 ? (n < 100_000 ? 5 : 6) : n < 10_000_000 ? 7 : 8
}
