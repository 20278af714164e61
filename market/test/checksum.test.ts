import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checksum, step, toLots, toTicks, VIEW_CHECKSUM_LEVELS } from '../src/index.ts'

/** The worked example of Kraken's documentation: docs.kraken.com/api/docs/guides/spot-ws-book-v2. */
const KRAKEN_ASKS =
  '45285.2 0.00100000 45286.4 1.54571953 45286.6 1.54571109 45289.6 1.54560911 45290.2 0.15890660 45291.8 1.54553491 45294.7 0.04454749 45296.1 0.35380000 45297.5 0.09945542 45299.5 0.18772827'
const KRAKEN_BIDS =
  '45283.5 0.10000000 45283.4 1.54582015 45282.1 0.10000000 45281.0 0.10000000 45280.3 1.54592586 45279.0 0.07990000 45277.6 0.03310103 45277.5 0.30000000 45277.3 1.54602737 45276.6 0.15445238'

test('the documented example of Kraken gives the documented checksum', () => {
  expect(checksum(krakenLevels(KRAKEN_BIDS), krakenLevels(KRAKEN_ASKS))).toBe(3310070434)
})

test('levels beyond the asked number do not count, missing ones are just not there', () => {
  const bids = krakenLevels(KRAKEN_BIDS)
  const asks = krakenLevels(KRAKEN_ASKS)
  expect(checksum([...bids, 1, 1], [...asks, 9_999_999, 1])).toBe(3310070434)
  expect(checksum([...bids, 1, 1], asks, 11)).not.toBe(3310070434)
  expect(checksum(bids.slice(0, 6), asks.slice(0, 2))).toBe(crc32(textOf(bids.slice(0, 6), asks.slice(0, 2), 10)))
  expect(checksum([], [])).toBe(0)
})

test('a changed quantity, price or side changes it', () => {
  const bids = krakenLevels(KRAKEN_BIDS)
  const asks = krakenLevels(KRAKEN_ASKS)
  const seen = new Set([checksum(bids, asks), checksum(asks, bids)])
  for (let at = 0; at < bids.length; at++) seen.add(checksum(bids.with(at, bids[at]! + 1), asks))
  expect(seen.size).toBe(2 + bids.length)
})

test('numbers of every length are written whole, around every power of ten', () => {
  const edges = Array.from({ length: 16 }, (_, power) => [10 ** power - 1, 10 ** power, 10 ** power + 1]).flat()
  for (const n of [...edges, ...edges.map((edge) => -edge)]) {
    expect(checksum([n, n], [])).toBe(crc32(`${n}${n}`))
  }
})

test('a view of any length is summed whole', () => {
  const levels = Array.from({ length: 5000 }, (_, at) => Number.MAX_SAFE_INTEGER - at)
  expect(checksum(levels, levels, 2500)).toBe(crc32(textOf(levels, levels, 2500)))
})

test('it equals zlib over the text, for any integers', () => {
  const integer = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer(),
    fc.integer({ min: -11, max: 11 }),
    fc.constantFrom(99_999_999, 100_000_000, 2 ** 31 - 1, 2 ** 31, 9_007_199_199_999_999, Number.MAX_SAFE_INTEGER),
  )
  const levels = fc.array(integer, { maxLength: 240 }).map((numbers) => numbers.slice(0, numbers.length & ~1))
  fc.assert(
    fc.property(levels, levels, fc.constantFrom(1, 10, 25, VIEW_CHECKSUM_LEVELS), (bids, asks, count) => {
      expect(checksum(bids, asks, count)).toBe(crc32(textOf(bids, asks, count)))
    }),
    { numRuns: 1000 },
  )
})

function textOf(bids: readonly number[], asks: readonly number[], levels: number): string {
  return [...asks.slice(0, levels * 2), ...bids.slice(0, levels * 2)].map(String).join('')
}

function krakenLevels(text: string): number[] {
  return text
    .split(' ')
    .map((decimal, at) => (at % 2 === 0 ? toTicks(decimal, step('0.1')) : toLots(decimal, step('0.00000001'))))
}
