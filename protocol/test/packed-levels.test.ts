import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packLevels, unpackLevels } from '../src/packed-levels.ts'

const MAX = Number.MAX_SAFE_INTEGER
const FAR = 2 ** 52 - 1
const hex = (side: unknown) => Buffer.from(side as Uint8Array).toString('hex')
/** Bits as 0 and 1, with spaces between what is said, filled up to whole bytes. */
const bytesOf = (bits: string) => {
  const said = bits.replaceAll(' ', '')
  const bytes = said.padEnd(Math.ceil(said.length / 8) * 8, '0').match(/.{8}/g) ?? []
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2))
}

/** The JavaScript reader of docs/clients.md, as it is printed there. */
const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8')
const [, printed] = /^## A packed side\n.*?```js\n(.*?)\n```/ms.exec(page)!
const levelsOfPage = new Function(`${printed}; return levels`)() as (packed: Uint8Array, away: 1 | -1) => number[]

const quantity = (most: number) =>
  fc.oneof(
    fc.constantFrom(0, 1, 10, 50_000_000, 100_000_000, most, most - 1, most - (most % 10), most - (most % 1e7)),
    fc.nat(1_000).chain((n) => fc.constantFrom(n, n * 100, n * 1e7, n * 1e10)),
    fc.integer({ min: 0, max: 53 }).chain((digits) => fc.nat(Math.min(most, 2 ** digits))),
  )
/** A side in order, best first, each price once, of prices at most so far from zero and quantities at most so large. */
const sideOf = (direction: 1 | -1, price: number, lots: number) => {
  const near = (middle: number) => fc.integer({ min: middle - 40, max: middle + 40 })
  const prices = [near(0), near(9_650_000), near(price - 40), near(40 - price), fc.integer({ min: -price, max: price })]
  return fc
    .uniqueArray(fc.tuple(fc.oneof(...prices), quantity(lots)), { selector: ([ticks]) => ticks, maxLength: 30 })
    .map((pairs) => ({ direction, levels: pairs.toSorted(([a], [b]) => (a - b) * direction).flat() }))
}
const sides = (price: number, lots: number) => fc.oneof(sideOf(1, price, lots), sideOf(-1, price, lots))

// Worked out by hand from docs/protocol.md; spaces stand between what is said.
test.each([
  { name: 'the best bid of the page', bids: [1_012_345, 150_000_000], bits: '01011101110010011110010 1111 11110' },
  {
    name: 'a mantissa after another, and a distance',
    bids: [1_012_345, 150_000_000, 1_012_340, 2_000_000],
    bits: '01011101110010011110010 1111 11110 00101 1110 1001',
  },
  {
    name: 'a level that is gone, whose mantissa moves no order',
    bids: [1_012_345, 0, 1_012_338, 30_000_000],
    bits: '01011101110010011110010 1000 00111 1111 10010',
  },
  {
    name: 'a price below zero, and a quantity in the order of a small one',
    bids: [-3, 1, -5, 1],
    bits: '100000000000000000101 0 100000000000000000000 010 0 1',
  },
  {
    name: 'neighbours, a bit each',
    bids: [5, 0, 4, 0, 3, 0],
    bits: '100000000000000001010 1000 1 1000 1 1000',
  },
  {
    name: 'distances in the order of the one before',
    bids: [30, 0, 20, 0, 12, 0, 11, 0],
    bits: '100000000000000111100 1000 0001010 1000 1111 1000 100 1000',
  },
  {
    name: 'the order 1, which follows 2 and 3',
    bids: [5, 0, 2, 0, 1, 0],
    bits: '100000000000000001010 1000 011 1000 10 1000',
  },
  { name: 'a quantity of nothing', bids: [5, 0], bits: '100000000000000001010 1000' },
  { name: 'a quantity with zeros', bids: [5, 50_000_000], bits: '100000000000000001010 1111 10100' },
  {
    name: 'a quantity with more zeros than are counted',
    bids: [5, 3_000_000_000],
    bits: '100000000000000001010 1111 0000100111011',
  },
  { name: 'a quantity with one zero', bids: [5, 130], bits: '100000000000000001010 1001 11100' },
  {
    name: 'a quantity without zeros',
    bids: [5, 131],
    bits: '100000000000000001010 0 100000000000010000010',
  },
  { name: 'a side with nothing', bids: [], bits: '' },
])('$name is said in $bits', ({ bids, bits }) => {
  const packed = bytesOf(bits)
  expect(hex(packLevels(bids, -1))).toBe(hex(packed))
  expect(unpackLevels(packed, -1)).toEqual(bids)
})

test('any side comes back, up to the largest numbers there are', () => {
  fc.assert(
    fc.property(sides(FAR, MAX), ({ levels, direction }) => {
      const packed = packLevels(levels, direction)
      expect(packed).toBeInstanceOf(Uint8Array)
      expect(unpackLevels(packed as Uint8Array, direction)).toEqual(levels)
    }),
    { numRuns: 5_000 },
  )
})

test('the reader of docs/clients.md gives the same of any side with numbers below 2^51', () => {
  fc.assert(
    fc.property(sides(2 ** 51 - 1, 2 ** 51 - 1), ({ levels, direction }) => {
      expect(levelsOfPage(packLevels(levels, direction) as Uint8Array, direction)).toEqual(levels)
    }),
    { numRuns: 5_000 },
  )
})

test.each([
  { name: 'the furthest price below zero and the furthest above', levels: [-FAR, MAX, FAR, MAX - 1] },
  { name: 'neighbours after the furthest distance', levels: [-FAR, 1, FAR - 1, 1, FAR, 1] },
  { name: 'the smallest quantity after the largest', levels: [1, MAX, 2, 1, 3, MAX, 4, MAX - 1] },
  { name: 'the largest mantissa after the smallest', levels: [1, 10, 2, MAX - (MAX % 10), 3, 10, 4, 0] },
  { name: 'a mantissa that keeps zeros', levels: [1, 9e15, 2, 1e15, 3, 1e8] },
])('$name come back', ({ levels }) => {
  expect(unpackLevels(packLevels(levels, 1) as Uint8Array, 1)).toEqual(levels)
})

test.each([
  { name: 'from 2^52 up', levels: [1, 1, 2 ** 52, 1] },
  { name: 'from −2^52 down', levels: [-(2 ** 52), 1, 1, 1] },
  { name: 'that are equal', levels: [1, 1, 1, 2] },
  { name: 'in the other order', levels: [1, 1, 3, 1, 2, 1, 4, 1] },
  { name: 'that are none', levels: [1, 1, Number.NaN, 1, 2, 1] },
  { name: 'and a quantity below 0', levels: [1, 1, 2, -1] },
  { name: 'and a quantity past 2^53', levels: [1, 2 ** 53] },
])('a side with prices $name stays a flat array', ({ levels }) => {
  expect(packLevels(levels, 1)).toBe(levels)
  const next = [1, 15, 2, 4_000]
  expect(unpackLevels(packLevels(next, 1) as Uint8Array, 1)).toEqual(next)
})

test('sides packed before stand while others are packed', () => {
  const all = Array.from({ length: 3_000 }, (_, i) => [i, 2 ** 40 + i, i + 1 + i ** 3, i * 100])
  const packed = all.map((levels) => packLevels(levels, 1) as Uint8Array)
  packed.forEach((bytes, i) => {
    expect(unpackLevels(bytes, 1)).toEqual(all[i])
  })
})

test('a side that is cut off has fewer levels or is none, and so has one with zeros after it', () => {
  fc.assert(
    fc.property(sides(FAR, MAX), fc.nat(), ({ levels, direction }, cut) => {
      const packed = packLevels(levels, direction) as Uint8Array
      const kept = unpackLevels(packed.subarray(0, packed.length === 0 ? 0 : cut % packed.length), direction)
      if (kept !== undefined) {
        expect(kept.length).toBeLessThan(levels.length || 1)
        expect(kept).toEqual(levels.slice(0, kept.length))
      }
      expect(unpackLevels(Uint8Array.from([...packed, 0]), direction)).toBeUndefined()
    }),
    { numRuns: 5_000 },
  )
})

test('the reader of docs/clients.md ends on a side that is cut off', () => {
  const packed = bytesOf('100000000000000001010 0 100000000000010000010 00000000')
  for (let bytes = 0; bytes < packed.length; bytes++) {
    try {
      expect(levelsOfPage(packed.subarray(0, bytes), 1).length).toBeLessThan(4)
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError)
    }
  }
})

const PRICE = '100000000000000001010'
/** The code of the order k, as docs/protocol.md has it. */
const code = (v: number | bigint, k: number) => {
  const w = (BigInt(v) + 2n ** BigInt(k)).toString(2)
  return `${'0'.repeat(w.length - k - 1)}${w}`
}

test.each([
  { name: 'end inside a price', bits: '1000000000000000' },
  { name: 'end inside how many zeros a quantity has', bits: `${PRICE} 111` },
  { name: 'end inside a mantissa', bits: `${PRICE} 1111 10110 00000 1011 1` },
  { name: 'end inside a quantity', bits: `${PRICE} 0 1000000000` },
  { name: 'end inside the price of another level', bits: `${PRICE} 1000 000000000000001` },
  { name: 'are nothing but zeros', bits: '00000000' },
  { name: 'go on with a byte of zeros', bits: `${PRICE} 1000 0000000 00000000` },
  { name: 'count zeros without end', bits: `${'0'.repeat(320)}1` },
  { name: 'hold a first price past 2^53', bits: `${code(2n ** 54n - 2n ** 20n - 1n, 20)} 1000` },
  { name: 'hold a quantity of 2^53', bits: `${PRICE} 0 ${code(MAX, 20)}` },
  { name: 'hold a mantissa that is a quantity past 2^53', bits: `${PRICE} 1001 ${code(900_719_925_474_099, 4)}` },
  { name: 'lead to a price past 2^53', bits: `${code(2n ** 53n - 2n, 20)} 1000 ${code(MAX, 0)} 1000` },
])('bytes that $name are no side', ({ bits }) => {
  expect(unpackLevels(bytesOf(bits), 1)).toBeUndefined()
})

test.each([
  { name: 'quantity', bits: `${PRICE} 0 ${code(MAX - 1, 20)}`, levels: [5, MAX] },
  { name: 'mantissa', bits: `${PRICE} 1001 ${code(900_719_925_474_098, 4)}`, levels: [5, 9_007_199_254_740_990] },
  { name: 'price', bits: `${code(2n ** 53n - 2n, 20)} 1000 ${code(2n ** 52n - 1n, 0)} 1000`, levels: [FAR, 0, MAX, 0] },
])('the largest $name is read', ({ bits, levels }) => {
  expect(unpackLevels(bytesOf(bits), 1)).toEqual(levels)
})

test('whatever the bytes are, reading them throws nothing, and gives whole numbers', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.array(fc.constantFrom(0, 0, 0, 1, 128, 255), { maxLength: 60 }).map((all) => Uint8Array.from(all)),
  )
  let sides = 0
  fc.assert(
    fc.property(bytes, fc.constantFrom(1, -1), (packed, direction) => {
      const levels = unpackLevels(packed, direction as 1 | -1)
      if (levels === undefined) return
      sides++
      expect(levels.length % 2).toBe(0)
      expect(levels.every(Number.isSafeInteger)).toBe(true)
      const isOrdered = levels.every((n, i) => i % 2 === 1 || i === 0 || (n - levels[i - 2]!) * direction > 0)
      expect(isOrdered).toBe(true)
    }),
    { numRuns: 20_000 },
  )
  expect(sides).toBeGreaterThan(100)
})
