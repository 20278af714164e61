import { expect, test } from 'vitest'
import { soak } from '../src/virtual/soak.ts'

test('with every fault again and again no book is wrong while it is marked right, and all are true in the end', () => {
  const symbols = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'FOO-USD']
  const venues = ['kraken', 'binance', 'coinbase'] as const
  const report = soak({ seed: 11, symbols, venues, minutes: 4, rate: 0.5 }, () => {})
  expect({ wrongs: report.wrongs, lost: report.lost }).toEqual({ wrongs: [], lost: [] })
  expect(report.struck).toBeGreaterThan(100)
  expect(report.resyncs).toBeGreaterThan(50)
  expect(report.compared).toBeGreaterThan(10_000)
}, 120_000)
