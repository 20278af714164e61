import { expect, test } from 'vitest'
import { booksHealth } from '../src/book-health.ts'
import { METRICS } from '../src/metric-table.ts'
import { FakeGateway } from './fakes/gateway.ts'

const BTC = 'test:BTC-USD'

test('what clients were told is lost to them is what the metric says, client by client', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const clients = [gateway.connect(), gateway.connect(), gateway.connect()]
  for (const client of clients) client.subscribe('trades', [BTC], { rateMs: 'raw' })
  const stalled = clients.slice(0, 2)
  for (const { door } of stalled) door.stalled = true
  for (let n = 0; n < 3456; n++) script.trade(100, 1)
  for (const { door } of stalled) {
    door.stalled = false
    door.flush()
  }
  const told = clients.flatMap((client) => client.of('gap').map(({ lost = 0 }) => lost))
  expect(told).toHaveLength(2)
  expect(gateway.metrics.value('depthcast_lost_total')).toBe(told.reduce((sum, lost) => sum + lost))
})

test('what was merged is counted once a view, however many listen', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  for (let n = 0; n < 3; n++) gateway.connect().subscribe('book', [BTC], { rateMs: 100 })
  gateway.clock.advance(1000)
  const before = gateway.metrics.value('depthcast_merged_total')
  for (let n = 1; n <= 5; n++) script.delta([100, n], [])
  gateway.clock.advance(1000)
  expect(gateway.metrics.value('depthcast_merged_total') - before).toBe(4)
})

test('offset and latency of a source are told in seconds while they are known, and not at all while they are not', async () => {
  const gateway = new FakeGateway()
  const counts = { state: 'open', frames: 3, errors: 0, reconnects: 0, rolls: 2, checks: {} } as const
  let known = {}
  gateway.metrics.watchFeeds(() => [
    { name: 'one', ...counts, clockOffset: -13_000, latency: 2_500 },
    { name: 'two', ...counts, ...known },
  ])
  const lines = async () => (await gateway.metrics.expose()).text.split('\n')
  known = { clockOffset: 1, latency: 0 }
  expect(await lines()).toContain('depthcast_feed_clock_offset_seconds{feed="two"} 0.000001')
  known = {}
  const now = await lines()
  for (const line of [
    'depthcast_feed_clock_offset_seconds{feed="one"} -0.013',
    'depthcast_feed_latency_seconds{feed="one"} 0.0025',
    'depthcast_feed_rolls_total{feed="two"} 2',
  ])
    expect(now).toContain(line)
  expect(now.filter((line) => /^depthcast_feed_(clock|latency).*two/.test(line))).toEqual([])
})

test('a source’s checks, what it keeps, what it may still do and how soon it was proven are told, each while it is known', async () => {
  const gateway = new FakeGateway()
  const counts = { state: 'open', frames: 3, errors: 0, reconnects: 0 } as const
  let known = {}
  gateway.metrics.watchFeeds(() => [
    {
      name: 'one',
      ...counts,
      checks: { checksum: { passed: 7, failed: 1 }, oracle: { passed: 2, failed: 0 } },
      ...known,
    },
  ])
  const lines = async () => (await gateway.metrics.expose()).text.split('\n')
  known = { firstVerifiedAfter: 120_000, bufferedUpdates: 12, connectsLeft: 0 }
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'depthcast_feed_checks_total{feed="one",check="checksum",outcome="passed"} 7',
      'depthcast_feed_checks_total{feed="one",check="checksum",outcome="failed"} 1',
      'depthcast_feed_checks_total{feed="one",check="oracle",outcome="passed"} 2',
      'depthcast_feed_first_verified_seconds{feed="one"} 0.12',
      'depthcast_feed_buffered_updates{feed="one"} 12',
      'depthcast_feed_connects_left{feed="one"} 0',
    ]),
  )
  known = {}
  expect((await lines()).filter((line) => /^depthcast_feed_(first|buffered|connects)/.test(line))).toEqual([])
})

test('every instrument counts in one state, and the oldest verification is that of a book shown as right', async () => {
  const gateway = new FakeGateway(['BTC', 'ETH', 'SOL', 'XRP'])
  gateway.metrics.watchBooks(() => booksHealth(gateway.hub.listings.values(), gateway.clock.now()))
  const [old, , broken] = [gateway.begun(0), gateway.begun(1), gateway.begun(2)]
  const lines = async () =>
    (await gateway.metrics.expose()).text.split('\n').filter((line) => /^depthcast_(instruments|book_age)/.test(line))
  gateway.clock.advance(4_000)
  old.delta([100, 6], [])
  gateway.feed.script(1).delta([100, 6], [])
  gateway.clock.advance(3_000)
  old.delta([100, 7], [])
  broken.gap('book', 'checksum')
  broken.status('resyncing')
  expect(await lines()).toEqual([
    'depthcast_instruments{venue="test",state="live"} 2',
    'depthcast_instruments{venue="test",state="resyncing"} 1',
    'depthcast_instruments{venue="test",state="connecting"} 1',
    'depthcast_book_age_seconds{venue="test"} 3',
  ])
  gateway.feed.script(1).status('stale')
  expect(await lines()).toContain('depthcast_book_age_seconds{venue="test"} 0')
  old.verified = 'none'
  old.delta([100, 8], [])
  expect(await lines()).not.toContainEqual(expect.stringContaining('book_age'))
})

test('resyncs are counted by their cause, apart from holes in the trades, and levels as they come', async () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  script.gap('book', 'checksum')
  script.snapshot([100, 5], [101, 4])
  script.delta([100, 6, 99, 0], [102, 1])
  script.gap('trades', 'sequence', 3)
  const { metrics } = gateway
  expect(metrics.value('depthcast_feed_gaps_total', 'book', 'checksum')).toBe(1)
  expect(metrics.value('depthcast_feed_gaps_total', 'book')).toBe(1)
  expect(metrics.value('depthcast_feed_gaps_total', 'trades')).toBe(1)
  expect(metrics.value('depthcast_feed_levels_total')).toBe(4 + 2 + 3)
})

test('what waits for clients is read when somebody looks, with its words', async () => {
  const gateway = new FakeGateway()
  gateway.metrics.watchClients(() => ({ bufferedBytes: 7, unconfirmedBytes: 8, held: 2, slowed: 0, lagMs: 1500 }))
  const { text } = await gateway.metrics.expose()
  for (const line of [
    'depthcast_buffered_bytes 7',
    'depthcast_unconfirmed_bytes 8',
    'depthcast_sessions_held 2',
    'depthcast_lag_seconds 1.5',
    `# HELP depthcast_lag_seconds ${METRICS.depthcast_lag_seconds.help}`,
  ])
    expect(text.split('\n')).toContain(line)
  expect(text).toMatch(/depthcast_cpu_seconds_total\{mode="user"\} \d/)
})

test('how late the event loop ran is told in seconds, as it is read', async () => {
  const { metrics } = new FakeGateway()
  metrics.watchLoop(() => ({ p50Ms: 0, p99Ms: 2.5, maxMs: 9 }))
  const lines = (await metrics.expose()).text.split('\n')
  expect(lines.filter((line) => line.startsWith('depthcast_event_loop'))).toEqual([
    'depthcast_event_loop_delay_seconds{quantile="0.5"} 0',
    'depthcast_event_loop_delay_seconds{quantile="0.99"} 0.0025',
  ])
})
