import { expect, test } from 'vitest'
import { parseFault } from '../src/faults/spec.ts'
import { FAULTS } from '../src/faults/table.ts'
import { strike } from '../src/virtual/matrix.ts'
import { complaints } from '../src/virtual/report.ts'
import { VirtualWorld } from '../src/virtual/world.ts'

// Kraken's checksum is of ten levels a side, its books are of a thousand: an update lost below the tenth shows in the next fresh book.

/** Three books on a socket: each is asked for afresh every minute, and judged when both sockets are a second and a half past its moment. */
const LONGEST_MS = 64_000
const DROP = FAULTS.find(({ name }) => name === 'drop')!

test('a lost update of any level is found or mended within the minute, and costs that book alone', async () => {
  const cells = await Promise.all([2, 5, 9, 11, 16, 17, 18, 19, 20, 21].map((seed) => strike(DROP, 'kraken', seed)))
  expect(cells.flatMap(complaints)).toEqual([])
  for (const { silentMs } of cells) expect(silentMs).toBeLessThan(LONGEST_MS)
  const byFreshBook = cells.filter(({ detected }) => detected === 'FEED_ORACLE_MISMATCH')
  expect(byFreshBook.length).toBeGreaterThan(0)
  expect(byFreshBook.every(({ lost }) => lost.length === 1)).toBe(true)
})

test('sockets that dawdle, stall and repeat themselves, and clocks that jump, raise no doubt about a right book', async () => {
  const doubts: string[] = []
  const names = ['delay', 'burst', 'stall', 'duplicate', 'clock-skew', 'clock-regress']
  const world = new VirtualWorld({
    seed: 5,
    preset: 'crypto',
    rate: 0.5,
    symbols: ['BTC-USD', 'ETH-USD', 'SOL-USD', 'FOO-USD'],
    venues: ['kraken'],
    faults: names.map((name, index) => parseFault(`${name}:kraken:every=40s:after=${5 + index * 7}s`)),
    hear: (heard) => {
      if (heard.kind === 'error' && heard.error.code === 'FEED_ORACLE_MISMATCH') doubts.push(heard.error.message)
    },
  })
  await world.run(360_000)
  expect(doubts).toEqual([])
  expect(world.health[0]?.checks.oracle?.passed).toBeGreaterThan(15)
})
