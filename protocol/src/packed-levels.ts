import { BitReader, LONGEST_CODE, orderOf, putBits, putNumber, TOUCHED_BEYOND } from './exp-golomb.ts'

/**
 * One side of a book as bits, filled up with zeros to whole bytes: for each level, best first, its price and its quantity, in numbers from 0
 * whose code is of the order that suits the number of the same kind before it (`putNumber`, `orderOf`).
 *
 * - The first price p is said as 2p, or as −2p − 1 below zero, in the order 20; each other one as its distance from the one before, away from
 *   the spread, less 1. Distances begin with the order 0.
 * - A quantity q that ends in no zero is said as a bit 0 and q − 1; such begin with the order 20. One that does, as a bit 1, three bits e, and
 *   m − 1 where q = m × 10^e, e from 1 to 7; such begin with the order 4. Quantity 0 is a bit 1 and three bits 0.
 *
 * What is kept in mind is what was said, distance − 1, q or m. Numbers of a side are of much the same size, so a level takes 3 to 4 bytes where
 * flat msgpack integers take 7 to 10.
 *
 * A side that cannot be said so stays the flat array it is: with prices from 2^52 up, or not in order, or with a quantity that is none.
 */
export function packLevels(levels: readonly number[], direction: 1 | -1): Uint8Array | readonly number[] {
  const last = levels.length - 2
  if (last < 0) return EMPTY
  if (!isPackable(levels[0]!) || !isPackable(levels[last]!)) return levels
  const bytes = poolFor(levels.length)
  const start = taken
  bytes.setUint8(start, 0)
  const orders = { distance: 0, plain: FIRST_PLAIN, mantissa: FIRST_MANTISSA }
  let price = levels[0]!
  let at = putNumber(bytes, start * 8, price < 0 ? -2 * price - 1 : 2 * price, FIRST_PRICE)
  for (let i = 0; i <= last; i += 2) {
    if (i > 0) {
      const next = levels[i]!
      const between = (next - price) * direction - 1
      if (!(between >= 0)) return levels
      at = putNumber(bytes, at, between, orders.distance)
      orders.distance = orderOf(between)
      price = next
    }
    const quantity = levels[i + 1]!
    if (!(quantity >= 0 && quantity <= Number.MAX_SAFE_INTEGER)) return levels
    at = putQuantity(bytes, at, quantity, orders)
  }
  taken = Math.ceil(at / 8)
  return new Uint8Array(bytes.buffer, start, taken - start)
}

/**
 * The flat pairs of a packed side, whatever the bytes; undefined where they end inside a number or a level, hold a number past 2^53 − 1, or go on
 * with zeros after the byte of the last level.
 */
export function unpackLevels(bytes: Uint8Array, direction: 1 | -1): number[] | undefined {
  const levels: number[] = []
  const reader = new BitReader(bytes)
  const end = afterLastOne(bytes)
  let distance = 0
  let plain = FIRST_PLAIN
  let mantissa = FIRST_MANTISSA
  let price = 0
  let quantity = 0
  while (reader.at < end) {
    if (levels.length > 0) {
      const between = reader.number(distance)
      distance = orderOf(between)
      price += (between + 1) * direction
    } else {
      const number = reader.number(FIRST_PRICE)
      price = number % 2 === 0 ? number / 2 : -(number + 1) / 2
    }
    if (reader.bits(1) === 0) {
      quantity = reader.number(plain) + 1
      plain = orderOf(quantity)
    } else {
      const zeros = reader.bits(3)
      if (zeros === 0) quantity = 0
      else {
        const number = reader.number(mantissa) + 1
        mantissa = orderOf(number)
        quantity = number * TENS[zeros]!
      }
    }
    if (Math.abs(price) > Number.MAX_SAFE_INTEGER || quantity > Number.MAX_SAFE_INTEGER) return undefined
    levels.push(price, quantity)
  }
  const filling = bytes.length * 8 - reader.at
  return filling >= 0 && filling < 8 ? levels : undefined
}

/** What a number of each kind is about as large as, until one has been said. */
const FIRST_PRICE = 20
const FIRST_PLAIN = 20
const FIRST_MANTISSA = 4
/** As many zeros of a quantity as three bits count. */
const MOST_ZEROS = 7
const TENS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7] as const

const EMPTY = new Uint8Array(0)
/** Two codes and four bits a level. */
const MOST_BYTES_A_LEVEL = Math.ceil((2 * LONGEST_CODE + 4) / 8)
const POOL_BYTES = 65_536
/** Where sides are written one after the other, as an array of its own for each costs more than filling it; full, it is left to who still reads it. */
let pool = new DataView(new ArrayBuffer(POOL_BYTES))
let taken = 0

type Orders = { distance: number; plain: number; mantissa: number }

/** The pool, with room for these levels from `taken` on. */
function poolFor(numbers: number): DataView {
  const most = (numbers / 2) * MOST_BYTES_A_LEVEL + TOUCHED_BEYOND
  if (pool.byteLength - taken < most) {
    pool = new DataView(new ArrayBuffer(Math.max(POOL_BYTES, most)))
    taken = 0
  }
  return pool
}

/** Twice the number, and the distance between two such, stay exact. */
function isPackable(price: number): boolean {
  return price < 2 ** 52 && price > -(2 ** 52)
}

function putQuantity(bytes: DataView, at: number, quantity: number, orders: Orders): number {
  if (quantity === 0) return putBits(bytes, at, 0b1000, 4)
  let mantissa = quantity
  let zeros = 0
  for (let tenth = tenthOf(quantity); tenth > 0 && zeros < MOST_ZEROS; tenth = tenthOf(tenth)) {
    mantissa = tenth
    zeros++
  }
  const order = zeros === 0 ? orders.plain : orders.mantissa
  if (zeros === 0) orders.plain = orderOf(mantissa)
  else orders.mantissa = orderOf(mantissa)
  const next = zeros === 0 ? putBits(bytes, at, 0, 1) : putBits(bytes, at, 0b1000 | zeros, 4)
  return putNumber(bytes, next, mantissa - 1, order)
}

/** The tenth of a number above 0 that ends in a zero, else 0. */
function tenthOf(number: number): number {
  // Below 2^31 it is a multiplication to the engine; % is a call where numbers pass 32 bits.
  const tenth = number <= 0x7fff_ffff ? ((number | 0) / 10) | 0 : Math.floor(number / 10)
  return tenth * 10 === number ? tenth : 0
}

/** Every level has a bit 1 in its price, so where none is left a side ends. */
function afterLastOne(bytes: Uint8Array): number {
  let length = bytes.length
  while (length > 0 && bytes[length - 1] === 0) length--
  if (length === 0) return 0
  const byte = bytes[length - 1]!
  return length * 8 - (31 - Math.clz32(byte & -byte))
}
