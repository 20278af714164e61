import { expect, test } from 'vitest'
import { PictureLatency, venueMs } from '../src/engine/latency.ts'
import { stage } from './fakes/engine-stage.ts'
import { ASKS, BIDS } from './fakes/ladder-stage.ts'

const SIMULATED = 'simulated:BTC-USD'
/** What the waterfall may be off by, ms: half a round trip, and a bucket of the histogram. */
const WITHIN_MS = 5

/** A ladder of the symbol, after the first pings, with its gateway's clock set off by `skewMs`. */
async function follow({ symbol = SIMULATED, skewMs = 0, there = 2, back = 3 }) {
  const on = stage({ lag: { there, back } })
  on.gateway.skewMs = skewMs
  void on.start()
  await on.flow(20)
  void on.open('ladder')
  await on.flow(20)
  on.tell({ kind: 'panel-symbol', panel: 'ladder', symbol })
  await on.flow(20)
  on.gateway.book(symbol, { seq: 1, bids: BIDS, asks: ASKS })
  await on.flow(20)
  on.clock.runFrame()
  let seq = 1
  return {
    ...on,
    /** Updates that happened `lagMs` before they were sent, each painted `paintMs` after it came; then what the report says. */
    async updates(count: number, lagMs: number, paintMs: number) {
      for (let sent = 0; sent < count; sent += 1) {
        seq += 1
        const { serverTime } = on.gateway
        const [bids, asks] = [[126_285, seq], []]
        on.gateway.send('update', {
          sub: on.gateway.sub('book', symbol),
          ...{
            epoch: 1,
            seq,
            prev: seq - 1,
            merged: 1,
            serverTime,
            exchangeTime: serverTime - lagMs * 1000,
            bids,
            asks,
          },
        })
        await on.flow(back + paintMs)
        on.clock.runFrame()
      }
      return on.report('ladder').latency
    },
  }
}

test.each([
  { skewMs: 0, there: 0, back: 0 },
  { skewMs: 90_000, there: 1, back: 1 },
  { skewMs: -3_217, there: 1, back: 7 },
  { skewMs: 3_600_000, there: 7, back: 1 },
  { skewMs: -86_400_000, there: 3, back: 4 },
])(
  'with a gateway $skewMs ms off, $there ms there and $back ms back, each way on the waterfall is within 5 ms of the truth',
  async (line) => {
    const on = await follow(line)
    const latency = await on.updates(20, 12, 6)
    expect(Math.abs((latency?.venue ?? Number.NaN) - 12)).toBeLessThanOrEqual(WITHIN_MS)
    expect(Math.abs((latency?.way ?? Number.NaN) - line.back)).toBeLessThanOrEqual(WITHIN_MS)
    expect(Math.abs((latency?.screenP50 ?? Number.NaN) - (12 + line.back + 6))).toBeLessThanOrEqual(WITHIN_MS)
    const { clock } = on.last('connection') ?? {}
    expect(Math.abs((clock?.offsetMs ?? Number.NaN) - line.skewMs)).toBeLessThanOrEqual((clock?.errorMs ?? 0) + 0.01)
    // The stage's clock goes by whole milliseconds.
    expect(clock?.errorMs).toBeLessThanOrEqual((line.there + line.back) / 2 + 1)
  },
)

test('a gateway whose clock is set is right on the waterfall again with its next ping', async () => {
  const on = await follow({ skewMs: 0 })
  await on.updates(5, 12, 6)
  on.gateway.skewMs = 40_000
  // Pings are five seconds apart, and figures are of the last ten.
  for (let n = 1; n <= 16; n += 1) {
    on.gateway.send('heartbeat', { serverTime: on.gateway.serverTime, n })
    await on.flow(1000)
  }
  const latency = await on.updates(20, 12, 6)
  expect(Math.abs((latency?.way ?? Number.NaN) - 3)).toBeLessThanOrEqual(WITHIN_MS)
})

test('a venue whose clock nobody knows has no place on the waterfall, however near its times seem', async () => {
  const on = await follow({ symbol: 'kraken:BTC-USD' })
  const latency = await on.updates(5, 12, 6)
  expect(latency?.venue).toBeNaN()
  expect(Math.abs((latency?.screenP50 ?? Number.NaN) - (3 + 6))).toBeLessThanOrEqual(WITHIN_MS)
})

test.each([
  { name: 'sent after it happened', exchangeTime: 1_000_000, want: 12 },
  { name: 'a recording', exchangeTime: -1e12, want: undefined },
  { name: 'sent before it happened', exchangeTime: 1_013_000, want: undefined },
  { name: 'without a time', exchangeTime: undefined, want: undefined },
])('what is $name took $want ms from the venue to the gateway’s send', ({ exchangeTime, want }) => {
  expect(venueMs(SIMULATED, { exchangeTime, serverTime: 1_012_000 })).toBe(want)
})

test('a book that comes back after a break tells of the past: how old that is, is no way to the screen', async () => {
  const on = await follow({})
  await on.updates(5, 12, 6)
  on.gateway.drop()
  await on.flow(3000)
  on.gateway.book(SIMULATED, { seq: 400, bids: BIDS, asks: ASKS, exchangeTime: on.gateway.serverTime - 50_000_000 })
  await on.flow(20)
  on.clock.runFrame()
  await on.flow(500)
  expect(on.report('ladder')).toMatchObject({ seq: 400, state: { kind: 'quiet' } })
  expect(on.report('ladder').latency?.screenP99).toBeLessThan(1000)
})

test('each message counts, not only the one that waited longest for its picture', () => {
  const latency = new PictureLatency()
  for (let picture = 1; picture <= 50; picture += 1) {
    const at = picture * 16
    for (const waits of [15, 4, 2]) latency.received(at - waits, undefined, 1)
    expect(latency.painted(at)).toBe(true)
  }
  expect(latency.paint(0.5, 800)).toBeCloseTo(4, 0)
  expect(latency.paint(0.99, 800)).toBeCloseTo(15, 0)
  expect(latency.read(800)?.screenP50).toBeCloseTo(5, 0)
  expect(latency.painted(801)).toBe(false)
})

test('where no picture comes for long, nothing grows, and the first to come says how late it is', () => {
  const latency = new PictureLatency()
  for (let message = 0; message < 10_000; message += 1) latency.received(message / 10, undefined, 1)
  expect(latency.painted(1000)).toBe(true)
  expect(latency.paint(0.99, 1000)).toBeGreaterThanOrEqual(1000)
  // Hidden meanwhile: nobody waited for it.
  latency.received(1100, undefined, 1)
  latency.forgetWaiting()
  expect(latency.painted(9000)).toBe(false)
})
