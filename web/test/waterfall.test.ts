import { expect, test } from 'vitest'
import type { PanelReport } from '../src/engine/messages.ts'
import { type Connection, describeLatency } from '../src/state/describe.ts'
import type { FeedsReport } from '../src/state/ops-wire.ts'
import { readCosts } from '../src/state/quote-costs.ts'
import { typicalOf } from '../src/state/typical.ts'
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

const FEEDS = {
  at: 1,
  feeds: [
    { name: 'kraken', latency: 3100 },
    { name: 'coinbase/2', latency: 9000 },
  ],
  instruments: ['simulated', 'kraken'].map((venue) => ({
    id: `${venue}:BTC-USD`,
    venue,
    waits: [
      { rateMs: 100, p50Ms: 9, p99Ms: 98, overMs: 14_000 },
      { rateMs: 50, p50Ms: 30, p99Ms: 51, overMs: 14_000 },
    ],
  })),
} as unknown as FeedsReport

test('where the gateway says what is typical, its receipt stands between the venue and its send, and the sum is what was measured', () => {
  const waterfall = waterfallOf(REPORT, CONNECTION, typicalOf(REPORT, FEEDS))
  expect(waterfall?.legs.map(({ name, value, from, share }) => [name, value, from, share])).toEqual([
    ['Venue’s time to gateway’s receipt', '3.0 ms', 0, 0.15],
    ['Gateway’s receipt to its send', 'typically 9.0 ms, p99 98 ms, held for up to 100 ms', 0.15, 0.45],
    ['Gateway’s send to received', '4.0 ms ± 0.4 ms', 0.6, 0.2],
    ['Received to drawn', '4.0 ms, p99 12 ms', expect.closeTo(0.8), 0.2],
  ])
  expect(waterfall?.total).toBe('21 ms ± 0.4 ms, p99 60 ms')
})

test('a venue’s way is only told beyond its fastest, and enters no sum', () => {
  const waterfall = waterfallOf(UNKNOWN_CLOCK, CONNECTION, typicalOf(UNKNOWN_CLOCK, FEEDS))
  expect(waterfall?.legs.slice(0, 2).map(({ value, share }) => [value, share])).toEqual([
    ['3.1 ms beyond the fastest, of which nobody knows how long it took', 0],
    ['typically 9.0 ms, p99 98 ms, held for up to 100 ms', 9 / 17],
  ])
  expect(waterfall?.total).toBe('8.5 ms ± 0.4 ms, p99 20 ms from its send')
  expect(waterfall?.notes.join()).toContain('its clock and the gateway’s were never compared')
})

test('a gateway that does not say what is typical, or not of this rate, leaves one way as it was', () => {
  expect(typicalOf({ ...REPORT, granted: { rateMs: 250 } }, FEEDS)?.wait).toBeUndefined()
  expect(typicalOf({ ...REPORT, symbol: 'kraken:ETH-USD' }, FEEDS)).toBeUndefined()
  const none = waterfallOf(REPORT, CONNECTION, typicalOf({ ...REPORT, granted: { rateMs: 250 } }, FEEDS))
  expect(none).toEqual(waterfallOf(REPORT, CONNECTION))
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

test('panels, lists, the connection itself and what was closed since are all that comes', () => {
  const reports = [
    { ...REPORT, bytes: 9000 },
    { ...REPORT, panel: 'alerts:simulated:BTC-USD', bytesPerSecond: 100, bytes: 400 },
  ]
  const quotes = readCosts(
    ['a', 'b'],
    costs([600, 3], [300, 60]),
    readCosts(['a', 'b'], costs([0, 0], [0, 0]), new Map(), 1),
    1000,
  )
  const users = new Map([
    ['a', new Set(['watch-1', 'page', 'alerts'])],
    ['b', new Set(['watch-1'])],
  ])
  const downstream = { bytes: 20_000, ownBytes: 5000, ownBytesPerSecond: 40 }
  const usersOf = (symbol: string): ReadonlySet<string> => users.get(symbol) ?? new Set()
  expect(bandwidthOf({ reports, quotes, usersOf, connection: { ...CONNECTION, downstream } })).toEqual([
    { who: 'ladder-1', bytesPerSecond: 800, bytes: 9000 },
    { who: 'alerts', bytesPerSecond: 300, bytes: 600 },
    { who: 'watch-1', bytesPerSecond: 500, bytes: 500 },
    { who: 'page', bytesPerSecond: 200, bytes: 200 },
    { who: 'connection', bytesPerSecond: 40, bytes: 5000 },
    { who: 'closed', bytesPerSecond: 3000 - 800 - 300 - 500 - 200 - 40, bytes: 20_000 - 9000 - 600 - 500 - 200 - 5000 },
  ])
})

/** Bytes and messages of each quote; of nothing else is anything known. */
function costs(...quotes: readonly (readonly [bytes: number, messages: number])[]): Float64Array {
  return Float64Array.from(quotes.flatMap(([bytes, messages]) => [bytes, messages, ...Array(8).fill(Number.NaN)]))
}
