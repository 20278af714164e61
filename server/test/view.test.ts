import type { BookView } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import type { FakeClient } from './fakes/client.ts'
import { fakeEncoding } from './fakes/door.ts'
import { FakeGateway } from './fakes/gateway.ts'

const SYMBOL = 'test:BTC-USD'
const HUGE = Number.MAX_SAFE_INTEGER - 1

function bookOf(client: FakeClient, sub: number): BookView {
  return client.held.get(sub)?.view as BookView
}

function subscribed(client: FakeClient, options: object): number {
  const [result] = client.subscribe('book', [SYMBOL], options)
  if (result === undefined || 'error' in result) throw new Error(`refused: ${JSON.stringify(result)}`)
  client.door.flush()
  return result.sub
}

test('a view that the market moves past without touching it says within a second that it holds, once', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  const sub = subscribed(client, { depth: 1, rateMs: 100 })
  script.delta([50, 9], [])
  script.delta([50, 8], [])
  gateway.clock.advance(1100)
  client.door.flush()
  expect(client.of('update')).toMatchObject([{ sub, seq: 3, prev: 1, merged: 2, bids: [], asks: [] }])
  expect(bookOf(client, sub)).toMatchObject({ seq: 3, bids: [100, 5] })
  gateway.clock.advance(5000)
  client.door.flush()
  expect(client.of('update')).toHaveLength(1)
  expect(client.breaches).toEqual([])
})

test('a change and its undoing in one tick cost one update at most: that the view holds', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  const sub = subscribed(client, { depth: 1, rateMs: 100 })
  script.delta([100, 6], [])
  script.delta([100, 5], [])
  gateway.clock.advance(1100)
  client.door.flush()
  expect(client.of('update')).toMatchObject([{ sub, seq: 3, merged: 2, bids: [] }])
})

test('a grouping whose groups pass 2^53 lots is refused with what would be allowed, and nothing else notices', () => {
  const gateway = new FakeGateway()
  const script = gateway.feed.script(0)
  script.status('live')
  script.snapshot([99, HUGE, 98, HUGE], [101, 4])
  const client = gateway.connect()
  const fine = subscribed(client, { grouping: 1 })
  const [coarse] = client.subscribe('book', [SYMBOL], { grouping: 10 })
  expect(coarse).toMatchObject({
    symbol: SYMBOL,
    error: { code: 422, message: expect.stringContaining('finer grouping') },
  })
  expect(client.modify(fine, { grouping: 10 })).toMatchObject({ error: { code: 422 } })
  client.door.flush()
  expect([...client.held.keys()]).toEqual([fine])
  expect(client.differences()).toEqual([])
})

test('a view whose groups come to pass 2^53 lots is told a gap, shows nothing, and starts afresh when they fit again', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const client = gateway.connect()
  const fine = subscribed(client, { grouping: 1, rateMs: 100 })
  const coarse = subscribed(client, { grouping: 10, rateMs: 100 })
  script.delta([100, 0, 99, HUGE, 98, HUGE], [])
  gateway.clock.advance(200)
  client.door.flush()
  expect(client.of('gap')).toMatchObject([{ sub: coarse, reason: 'overflow', next: 'snapshot' }])
  expect(bookOf(client, fine).bids).toEqual([99, HUGE, 98, HUGE])
  const late = gateway.connect()
  expect(late.subscribe('book', [SYMBOL], { grouping: 10, rateMs: 100 })).toMatchObject([{ sub: coarse }])
  gateway.clock.advance(2000)
  late.door.flush()
  expect(late.of('snapshot')).toEqual([])
  script.delta([98, 0], [])
  gateway.clock.advance(200)
  client.door.flush()
  late.door.flush()
  for (const each of [client, late]) {
    expect(bookOf(each, coarse).bids).toEqual([90, HUGE])
    expect(each.differences()).toEqual([])
    expect(each.breaches).toEqual([])
  }
})

test('an image that a source numbers as the one before leaves none of the one before, in any encoding', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  const watching = gateway.connect()
  subscribed(watching, { rateMs: 100 })
  const other = fakeEncoding('other')
  const passing = gateway.connect(other)
  passing.modify(subscribed(passing, { rateMs: 100 }), { paused: true })
  const stamp = { instrument: SYMBOL, exchangeTime: gateway.clock.now(), receivedAt: gateway.clock.now() } as const
  const image = { kind: 'book-snapshot', bids: [90, 1], asks: [91, 1], verified: 'sequence', epoch: 1, seq: 1 } as const
  gateway.hub.event({ ...stamp, ...image })
  gateway.clock.advance(200)
  const late = gateway.connect(other)
  subscribed(late, { rateMs: 100 })
  for (const client of [watching, late]) expect(client.of('snapshot').at(-1)).toMatchObject({ bids: [90, 1] })
})
