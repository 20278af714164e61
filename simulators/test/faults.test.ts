import { expect, test } from 'vitest'
import { FAULT_VENUES } from '../src/faults/fault.ts'
import { FaultSchedule } from '../src/faults/schedule.ts'
import { FaultSpecError, parseFault } from '../src/faults/spec.ts'
import { FAULTS } from '../src/faults/table.ts'

function schedule(specs: readonly string[], seed = 1) {
  let now = 0
  const faults = new FaultSchedule(specs.map(parseFault), seed, () => now)
  return {
    faults,
    /** Asks once a second, and gives the seconds in which it struck. */
    seconds: (count: number, fault: string, where: { venue: string; symbol?: string }): number[] =>
      Array.from({ length: count }, (_, second) => {
        now = second * 1_000_000
        return faults.strikes(fault, where) ? second : -1
      }).filter((second) => second >= 0),
  }
}

const KRAKEN = { venue: 'kraken', symbol: 'BTC-USD' }

test.each([
  { spec: 'drop', seconds: [0] },
  { spec: 'drop:kraken', seconds: [0] },
  { spec: 'drop:binance', seconds: [] },
  { spec: 'drop:after=3s', seconds: [3] },
  { spec: 'drop:count=2', seconds: [0, 1] },
  { spec: 'drop:every=4s', seconds: [0, 4, 8] },
  { spec: 'drop:kraken:every=4s:count=2:after=1s', seconds: [1, 5] },
  { spec: 'drop:every=2s:until=5s', seconds: [0, 2, 4] },
  { spec: 'drop:symbol=btc-usd', seconds: [0] },
  { spec: 'drop:symbol=ETH-USD', seconds: [] },
])('$spec strikes in the seconds $seconds of ten', ({ spec, seconds }) => {
  expect(schedule([spec]).seconds(10, 'drop', KRAKEN)).toEqual(seconds)
})

test('a chance strikes about as often as it says, at the same opportunities for the same seed, at others for another', () => {
  const of = (seed: number) => schedule(['drop:p=.1'], seed).seconds(2_000, 'drop', KRAKEN)
  expect(of(1).length).toBeGreaterThan(150)
  expect(of(1).length).toBeLessThan(250)
  expect(of(1)).toEqual(of(1))
  expect(of(1)).not.toEqual(of(2))
})

test('strikes are counted where they happened, with the time of the first', () => {
  const { faults, seconds } = schedule(['drop:after=2s:count=3', 'stall:kraken'])
  seconds(4, 'drop', KRAKEN)
  seconds(5, 'drop', { venue: 'coinbase', symbol: 'ETH-USD' })
  expect(faults.counts()).toEqual([
    { fault: 'drop', venue: 'kraken', symbol: 'BTC-USD', count: 2, firstAt: 2_000_000 },
    { fault: 'drop', venue: 'coinbase', symbol: 'ETH-USD', count: 1, firstAt: 2_000_000 },
  ])
})

test('a fault does not strike where it cannot happen, and a name that is none is a mistake of ours', () => {
  const { seconds, faults } = schedule(['sequence-gap:p=1'])
  expect(seconds(5, 'sequence-gap', KRAKEN)).toEqual([])
  expect(seconds(5, 'sequence-gap', { venue: 'binance' }).length).toBe(5)
  expect(() => faults.strikes('sequence-hole', KRAKEN)).toThrow(RangeError)
})

test.each([
  { spec: 'drip', says: "'drip' is no fault" },
  { spec: 'close-1007', says: 'close-1000, close-1001' },
  { spec: 'drop:okx', says: 'allowed are kraken, binance, coinbase' },
  { spec: 'wrong-checksum:binance', says: 'cannot happen at binance (no checksum on the wire), allowed are kraken' },
  { spec: 'drop:q=1', says: 'p=, after=, until=, every=, count=, symbol=, for=' },
  { spec: 'drop:p=0', says: 'a chance above 0' },
  { spec: 'drop:p=1.5', says: 'a chance above 0' },
  { spec: 'drop:after=10', says: 'after=10s' },
  { spec: 'drop:count=0', says: 'a whole number from 1' },
  { spec: 'stall:for=x', says: 'for=5s' },
])('$spec is refused and what is allowed is named: $says', ({ spec, says }) => {
  expect(() => parseFault(spec)).toThrow(FaultSpecError)
  expect(() => parseFault(spec)).toThrow(says)
})

test('every fault has a name of its own, and at each venue a detector or a reason', () => {
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length)
  for (const { at } of FAULTS) {
    for (const venue of FAULT_VENUES) {
      const cell = at[venue]
      expect('impossible' in cell ? cell.impossible : cell.detectors).not.toHaveLength(0)
    }
  }
})
