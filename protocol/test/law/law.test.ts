import { CHANNEL_NAMES } from '@depthcast/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { obey } from './law.ts'
import { schedules } from './schedule.ts'
import { bookSubject, candlesSubject, statusSubject, tickerSubject, tradesSubject } from './subjects.ts'

const book = fc
  .record({
    depth: fc.constantFrom<number | 'all'>(1, 2, 4, 'all'),
    grouping: fc.constantFrom(1, 2, 5),
    checksum: fc.boolean(),
  })
  .map(bookSubject)

const LAW = [
  { name: 'book', subjects: book, runs: 8_000 },
  { name: 'trades', subjects: fc.constantFrom(1, 3, 50).map((snapshot) => tradesSubject({ snapshot })), runs: 6_000 },
  { name: 'ticker', subjects: fc.constant(tickerSubject), runs: 2_000 },
  {
    name: 'candles',
    subjects: fc.constantFrom(2, 5, 500).map((bars) => candlesSubject({ interval: '1s', bars })),
    runs: 3_000,
  },
  { name: 'status', subjects: fc.constant(statusSubject), runs: 1_000 },
] as const

test.each(LAW)(
  'clients of $name end with what the server has, however events and mishaps fall, in $runs schedules',
  ({ subjects, runs }) => {
    fc.assert(
      fc.property(subjects as fc.Arbitrary<Parameters<typeof obey>[0]>, schedules, (subject, schedule) =>
        obey(subject, schedule),
      ),
      { numRuns: runs },
    )
  },
)

test('every channel of the registry is under the law, with 10,000 schedules in all', () => {
  expect(LAW.map(({ name }) => name)).toEqual([...CHANNEL_NAMES])
  expect(LAW.reduce((sum, { runs }) => sum + runs, 0)).toBeGreaterThanOrEqual(10_000)
})
