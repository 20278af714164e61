import { expect, test } from 'vitest'
import { FAULT_VENUES } from '../src/faults/fault.ts'
import { FAULTS } from '../src/faults/table.ts'
import { soak, soakFaults } from '../src/virtual/soak.ts'

test('with every fault again and again no book is wrong while it is marked right, and all are true in the end', async () => {
  const symbols = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'FOO-USD']
  const report = await soak({ seed: 11, symbols, venues: FAULT_VENUES, minutes: 4, everyS: 120, rate: 0.5 }, () => {})
  expect({ wrongs: report.wrongs, lost: report.lost }).toEqual({ wrongs: [], lost: [] })
  expect(report.struck).toBeGreaterThan(100)
  expect(report.resyncs).toBeGreaterThan(50)
  expect(report.compared).toBeGreaterThan(10_000)
  expect(report.oldS).toBeLessThan(60)
  expect(report.rolls).toBeGreaterThan(0)
  // What stays unseen for a while is there, and is a small part.
  expect(report.silent).toBeGreaterThan(0)
  expect(report.silent).toBeLessThan(report.compared / 10)
})

test('the soak does every fault at every venue that can show it', () => {
  const done = new Set(
    soakFaults({ venues: FAULT_VENUES, minutes: 4, everyS: 120 }).map((spec) => /^[^:]+:[^:]+/.exec(spec)?.[0]),
  )
  const possible = FAULTS.flatMap(({ name, at }) =>
    FAULT_VENUES.flatMap((venue) => ('impossible' in at[venue] ? [] : [`${name}:${venue}`])),
  )
  expect(done).toEqual(new Set(possible))
})
