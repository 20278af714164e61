import { expect, test } from 'vitest'
import type { PanelReport } from '../src/engine/messages.ts'
import { type Connection, describeLatency } from '../src/state/describe.ts'
import { bandwidthOf, waterfallOf } from '../src/state/waterfall.ts'

const CONNECTION: Connection = {
  kind: 'connection',
  state: 'open',
  bytesPerSecond: 3000,
  latencyMs: 3,
  breaks: 0,
  clock: { offsetMs: -42, errorMs: 0.4 },
}
const REPORT = {
  panel: 'ladder-1',
  symbol: 'simulated:BTC-USD',
  bytesPerSecond: 800,
  paintP50: 4,
  paintP99: 12,
  granted: { rateMs: 100 },
  latency: { venue: 12, way: 4, screenP50: 21, screenP99: 60 },
} as unknown as PanelReport
const UNKNOWN_CLOCK: PanelReport = {
  ...REPORT,
  symbol: 'kraken:BTC-USD',
  latency: { venue: Number.NaN, way: 4, screenP50: 8.5, screenP99: 20 },
}

test('each way begins where the one before ends, with how far it may be off', () => {
  const waterfall = waterfallOf(REPORT, CONNECTION)
  expect(waterfall?.legs.map(({ value, from, share }) => [value, from, share])).toEqual([
    ['12 ms, held for up to 100 ms', 0, 0.6],
    ['4.0 ms ± 0.4 ms', 0.6, 0.2],
    ['4.0 ms, p99 12 ms', 0.8, 0.2],
  ])
  expect(waterfall?.legs[1]?.errorShare).toBeCloseTo(0.02)
  expect(waterfall?.title).toBe('Venue to screen')
  expect(waterfall?.total).toBe('21 ms ± 0.4 ms, p99 60 ms')
  expect(waterfall?.notes).toContain('A simulated market: its times are the gateway’s own.')
})

test('a venue whose clock is not known says so, and is in no sum', () => {
  const waterfall = waterfallOf(UNKNOWN_CLOCK, CONNECTION)
  expect(waterfall?.legs.map(({ value, share }) => [value, share])).toEqual([
    ['the venue’s clock is not known', 0],
    ['4.0 ms ± 0.4 ms', 0.5],
    ['4.0 ms, p99 12 ms', 0.5],
  ])
  expect(waterfall?.title).toBe('Gateway to screen')
})

test('before the clocks were compared nothing is claimed', () => {
  const { latency: _, ...unmeasured } = REPORT
  expect(waterfallOf(unmeasured, CONNECTION)).toBeUndefined()
  expect(describeLatency(unmeasured)).toBeUndefined()
})

test('the strip counts from the venue where its clock is known, else from the gateway', () => {
  expect(describeLatency(REPORT)).toEqual({ from: 'venue', ms: '21 ms' })
  expect(describeLatency(UNKNOWN_CLOCK)).toEqual({ from: 'gateway', ms: '8.5 ms' })
})

test('what the panels cost and the rest are all that comes', () => {
  expect(bandwidthOf([REPORT, { ...REPORT, panel: 'tape-1', bytesPerSecond: 200 }], 3000)).toEqual([
    { panel: 'ladder-1', bytesPerSecond: 800 },
    { panel: 'tape-1', bytesPerSecond: 200 },
    { panel: undefined, bytesPerSecond: 2000 },
  ])
})
