import { expect, test } from 'vitest'
import { FAULTS } from '../src/faults/table.ts'
import { strike } from '../src/virtual/matrix.ts'
import { complaints } from '../src/virtual/report.ts'

// Kraken's checksum is of ten levels a side, its books are of a thousand: an update lost below the tenth shows in the next fresh book.

/** Three books on a socket: each is asked for afresh every minute, and judged when both sockets are half a second past its moment. */
const LONGEST_MS = 63_000
const DROP = FAULTS.find(({ name }) => name === 'drop')!

test('a lost update of any level is found or mended within the minute, and costs that book alone', async () => {
  const cells = await Promise.all([2, 5, 9, 11, 16, 17, 18, 19, 20, 21].map((seed) => strike(DROP, 'kraken', seed)))
  expect(cells.flatMap(complaints)).toEqual([])
  for (const { silentMs } of cells) expect(silentMs).toBeLessThan(LONGEST_MS)
  const byFreshBook = cells.filter(({ detected }) => detected === 'FEED_ORACLE_MISMATCH')
  expect(byFreshBook.length).toBeGreaterThan(0)
  expect(byFreshBook.every(({ lost }) => lost.length === 1)).toBe(true)
}, 60_000)
