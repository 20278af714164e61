import type { BookView, ServerMessage } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { fakeEncoding } from './fakes/door.ts'
import { FakeGateway } from './fakes/gateway.ts'

// One bad thing fails alone: each test breaks one part and looks at all the others.

const BTC = 'test:BTC-USD'
const ETH = 'test:ETH-USD'
const HUGE = Number.MAX_SAFE_INTEGER - 1

/** An encoding that fails on messages of this type for as long as `isBroken`. */
function breakable(type: ServerMessage['type']) {
  const sound = fakeEncoding('breakable')
  return {
    ...sound,
    isBroken: false,
    encode(message: ServerMessage) {
      if (this.isBroken && message.type === type) throw new TypeError('the encoder is broken')
      return sound.encode(message)
    },
  }
}

test.each(['raw', 100] as const)(
  'a view that cannot be encoded at rate %s fails alone, is told, and starts afresh',
  (rateMs) => {
    const gateway = new FakeGateway(['BTC', 'ETH'])
    const [btc, eth] = [gateway.begun(0), gateway.begun(1)]
    const encoding = breakable('update')
    const unlucky = gateway.connect(encoding)
    unlucky.subscribe('book', [BTC], { rateMs, depth: 1 })
    const others = gateway.connect()
    others.subscribe('book', [BTC], { rateMs, depth: 2 })
    others.subscribe('book', [BTC], { rateMs: 100, depth: 'all' })
    others.subscribe('book', [ETH], { rateMs: 100 })
    encoding.isBroken = true
    btc.delta([100, 6], [])
    eth.delta([100, 8], [])
    gateway.clock.advance(200)
    expect(gateway.hub.listings.get(BTC)?.ledger.bookValid).toBe(true)
    expect(others.differences()).toEqual([])
    expect(others.of('gap')).toEqual([])
    expect(unlucky.of('gap')).toMatchObject([{ reason: 'restart', next: 'snapshot' }])
    expect(gateway.metrics.value('depthcast_hub_errors_total')).toBe(1)
    encoding.isBroken = false
    gateway.clock.advance(2000)
    expect(unlucky.differences()).toEqual([])
    btc.delta([100, 7], [])
    gateway.clock.advance(200)
    for (const client of [unlucky, others]) {
      expect(client.differences()).toEqual([])
      expect(client.breaches).toEqual([])
    }
  },
)

test('a first image that does not fit is no image, and ends nothing', () => {
  const gateway = new FakeGateway()
  const script = gateway.feed.script(0)
  const early = gateway.connect()
  early.subscribe('book', [BTC], { grouping: 10, rateMs: 1000 })
  script.snapshot([99, HUGE, 98, HUGE], [101, 4])
  const late = gateway.connect()
  const [result] = late.subscribe('book', [BTC], { grouping: 10, rateMs: 1000 })
  expect(result).toMatchObject({ symbol: BTC, sub: expect.any(Number) })
  gateway.clock.advance(1100)
  expect(late.of('snapshot')).toEqual([])
  script.delta([98, 0], [])
  gateway.clock.advance(1100)
  for (const client of [early, late]) expect(client.of('snapshot')).toMatchObject([{ bids: [90, HUGE] }])
})

test('a line that fails under a write ends that session, and the next in the same round has its frames', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const [unlucky, other] = [gateway.connect(), gateway.connect()]
  for (const client of [unlucky, other]) client.subscribe('book', [BTC], { rateMs: 100 })
  unlucky.door.write = () => {
    throw new Error('the socket is broken')
  }
  script.delta([100, 6], [])
  gateway.clock.advance(200)
  expect(other.differences()).toEqual([])
  expect(unlucky.door.closed).toMatchObject({ code: 4100 })
  expect(gateway.sessions.size).toBe(1)
  gateway.sessions.start()
  gateway.clock.advance(10_000)
  expect(other.of('heartbeat').length).toBeGreaterThan(3)
})

test('a status that cannot be encoded costs the book nothing', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const encoding = breakable('status')
  const client = gateway.connect(encoding)
  client.subscribe('book', [BTC], { rateMs: 'raw' })
  encoding.isBroken = true
  script.status('quiet')
  script.delta([100, 6], [])
  const [held] = client.held.values()
  expect((held?.view as BookView | undefined)?.bids).toEqual([100, 6, 99, 7])
  expect(client.of('gap')).toEqual([])
})
