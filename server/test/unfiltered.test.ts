import type { BookView } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { RING_UPDATES } from '../src/ring.ts'
import { fakeEncoding } from './fakes/door.ts'
import type { Script } from './fakes/feed.ts'
import { FakeGateway } from './fakes/gateway.ts'
import { Listener, viewSpec } from './fakes/listener.ts'

const BTC = 'test:BTC-USD'

function listening(rateMs: 'raw' | 100 | 1000 = 100, depth: number | 'all' = 25) {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const spec = viewSpec('book', BTC, { rateMs, depth, mode: 'unfiltered' })
  const join = (encoding = gateway.encoding) => {
    const listener = new Listener(gateway.hub, spec, encoding)
    gateway.hub.settle()
    return listener
  }
  return { gateway, script, join }
}

let quantity = 1000

/** So many updates, each a change. */
function move(script: Script, count: number): void {
  for (let n = 0; n < count; n++) script.delta([100, quantity++], [])
}

function seqs(listener: Listener): readonly number[] {
  return listener.of('update').map(({ seq }) => seq)
}

function upTo(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n)
}

test('each source update is a message of its own, and those of an interval leave together', () => {
  const { gateway, script, join } = listening()
  const listener = join()
  move(script, 7)
  expect(seqs(listener)).toEqual([])
  gateway.clock.advance(100)
  expect(listener.of('update').map(({ seq, prev, merged }) => [seq, prev, merged])).toEqual(
    upTo(2, 8).map((seq) => [seq, seq - 1, 1]),
  )
  expect(listener.breaches).toEqual([])
})

test('at raw each leaves at once', () => {
  const { script, join } = listening('raw')
  const listener = join()
  script.delta([100, 6], [])
  expect(seqs(listener)).toEqual([2])
  script.delta([100, 7], [])
  expect(seqs(listener)).toEqual([2, 3])
})

test('what leaves the view as it was is no message', () => {
  const { gateway, script, join } = listening()
  const listener = join()
  script.delta([100, 5], [])
  gateway.clock.advance(100)
  expect(seqs(listener)).toEqual([])
})

test('one who stalls gets exactly what it missed, piece by piece and in order, and nothing is encoded again', () => {
  const { gateway, script, join } = listening()
  const [stalled, other] = [join(), join()]
  stalled.room = 3
  for (let n = 0; n < 10; n++) {
    move(script, 5)
    gateway.clock.advance(100)
  }
  expect(seqs(stalled)).toEqual(upTo(2, 4))
  const encoded = gateway.encoding.encoded
  while (seqs(stalled).length < 50) stalled.drain(7)
  expect(seqs(stalled)).toEqual(seqs(other))
  expect(gateway.encoding.encoded).toBe(encoded)
  move(script, 1)
  gateway.clock.advance(100)
  expect([seqs(stalled).at(-1), seqs(other).at(-1)]).toEqual([52, 52])
  expect([stalled.of('gap'), stalled.breaches]).toEqual([[], []])
})

test('one who falls off the ring is told how many updates are lost, exactly, and starts from a whole message', () => {
  const { script, join } = listening('raw')
  const [stalled, other] = [join(), join()]
  stalled.room = 4
  move(script, 4)
  const missed = RING_UPDATES + 1
  move(script, missed)
  stalled.drain()
  expect(stalled.messages.slice(-2)).toMatchObject([
    { type: 'gap', reason: 'slow-client', from: 5, to: 5 + missed, lost: missed, next: 'snapshot' },
    { type: 'snapshot', seq: 5 + missed },
  ])
  move(script, 1)
  expect(seqs(stalled).at(-1)).toBe(seqs(other).at(-1))
  expect((stalled.held as BookView).bids).toEqual((other.held as BookView).bids)
  expect(stalled.breaches).toEqual([])
})

test('one who stands at the very end of the ring loses nothing', () => {
  const { script, join } = listening('raw')
  const stalled = join()
  stalled.room = 0
  move(script, RING_UPDATES)
  stalled.drain()
  expect(seqs(stalled)).toEqual(upTo(2, RING_UPDATES + 1))
  expect(stalled.of('gap')).toEqual([])
})

test('the ring is bounded by what it weighs as well: large updates fall off sooner, and are counted the same', () => {
  const { script, join } = listening('raw', 'all')
  const stalled = join()
  stalled.room = 0
  const wide = (quantity: number) => Array.from({ length: 20_000 }, (_, n) => (n % 2 === 0 ? 50_000 - n / 2 : quantity))
  for (let n = 1; n <= 40; n++) script.delta(wide(n), [])
  stalled.drain()
  expect(stalled.of('gap')).toMatchObject([{ lost: 40, next: 'snapshot' }])
})

test('a newcomer in the middle of an interval gets all before it whole, and only what comes after', () => {
  const { gateway, script, join } = listening(1000)
  const early = join()
  move(script, 3)
  const late = join()
  expect(late.messages).toMatchObject([{ type: 'snapshot', seq: 4 }])
  move(script, 2)
  gateway.clock.advance(1000)
  expect([seqs(early), seqs(late)]).toEqual([upTo(2, 6), [5, 6]])
  move(script, 1)
  gateway.clock.advance(1000)
  expect(seqs(late)).toEqual([5, 6, 7])
  expect([early.breaches, late.breaches]).toEqual([[], []])
})

test('more updates in an interval than can wait leave before its end, and none is lost', () => {
  const { gateway, script, join } = listening(1000)
  const listener = join()
  move(script, 3 * RING_UPDATES)
  expect(listener.of('update').length).toBeGreaterThan(2 * RING_UPDATES)
  gateway.clock.advance(1000)
  expect(seqs(listener)).toEqual(upTo(2, 3 * RING_UPDATES + 1))
  expect(listener.of('gap')).toEqual([])
})

test('when the feed loses its thread, what came before goes first, and what comes after starts afresh', () => {
  const { gateway, script, join } = listening(1000)
  const listener = join()
  move(script, 2)
  script.gap('book', 'checksum')
  expect(listener.messages.slice(1).map(({ type }) => type)).toEqual(['update', 'update', 'gap'])
  expect(listener.of('gap')).toMatchObject([{ from: 3, reason: 'checksum', next: 'snapshot' }])
  script.snapshot([90, 1], [91, 1])
  move(script, 2)
  gateway.clock.advance(1000)
  gateway.clock.advance(1000)
  expect((listener.held as BookView).seq).toBe(3)
  expect(listener.breaches).toEqual([])
})

test('a new image without a gap is one more message in its place', () => {
  const { gateway, script, join } = listening()
  const [stalled, other] = [join(), join()]
  stalled.room = 0
  move(script, 2)
  script.snapshot([90, 1], [91, 1])
  script.delta([90, 2], [])
  gateway.clock.advance(100)
  stalled.drain()
  for (const each of [stalled, other]) {
    expect(each.messages.slice(1).map(({ type }) => type)).toEqual(['update', 'update', 'snapshot', 'update'])
    expect(each.breaches).toEqual([])
  }
})

test('an image that a source numbers as one before cannot be taken for it', () => {
  const { gateway, script, join } = listening('raw')
  const stalled = join()
  move(script, 3)
  stalled.room = 0
  move(script, 3)
  const now = gateway.clock.now()
  const stamp = { instrument: BTC, exchangeTime: now, receivedAt: now } as const
  const image = { kind: 'book-snapshot', bids: [90, 1], asks: [91, 1], verified: 'sequence', epoch: 1, seq: 1 } as const
  gateway.hub.event({ ...stamp, ...image })
  gateway.hub.event({ ...stamp, ...image, kind: 'book-delta', bids: [90, 2], asks: [], seq: 2 })
  stalled.drain()
  expect((stalled.held as BookView).bids).toEqual([90, 2])
  expect(stalled.of('gap')).toMatchObject([{ lost: 5 }])
  expect(stalled.breaches).toEqual([])
})

test('candles and tickers go one by one as well', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const join = (name: 'candles' | 'ticker') =>
    new Listener(gateway.hub, viewSpec(name, BTC, { mode: 'unfiltered' }), gateway.encoding)
  const [candles, ticker] = [join('candles'), join('ticker')]
  gateway.hub.settle()
  for (let n = 0; n < 4; n++) script.trade(100 + n, 1)
  gateway.clock.advance(100)
  expect(candles.of('candle').slice(1)).toHaveLength(4)
  expect(
    ticker
      .of('ticker')
      .slice(1)
      .map(({ last }) => last),
  ).toEqual([100, 101, 102, 103])
  expect([candles.breaches, ticker.breaches]).toEqual([[], []])
})

test('each update is encoded once for each encoding that needs it, however many listen and whenever they come', () => {
  const { gateway, script, join } = listening()
  const other = fakeEncoding('other')
  const absent = fakeEncoding('absent')
  for (let n = 0; n < 20; n++) join()
  const slow = Array.from({ length: 20 }, () => join(other))
  for (const one of slow) one.room = 0
  const before = (encoding: string) => gateway.metrics.value('depthcast_view_encodes_total', encoding, 'update')
  expect([before('fake'), before('other')]).toEqual([0, 0])
  for (let tick = 0; tick < 5; tick++) {
    move(script, 6)
    gateway.clock.advance(100)
  }
  expect([before('fake'), before('other')]).toEqual([30, 0])
  for (const one of slow) one.drain()
  expect([before('fake'), before('other'), absent.encoded]).toEqual([30, 30, 0])
})

test('what waited in a view that broke does not come after its new beginning', () => {
  const { gateway, script } = listening()
  const spec = viewSpec('book', BTC, { rateMs: 1000, depth: 2, mode: 'unfiltered' })
  let isBroken = false
  const diff = (state: unknown) => {
    if (isBroken) throw new TypeError('the view is broken')
    return spec.channel.diff(state)
  }
  const listener = new Listener(gateway.hub, { ...spec, channel: { ...spec.channel, diff } }, gateway.encoding)
  gateway.hub.settle()
  move(script, 3)
  isBroken = true
  move(script, 1)
  isBroken = false
  expect(listener.of('gap')).toMatchObject([{ reason: 'restart', next: 'snapshot' }])
  move(script, 2)
  gateway.clock.advance(3000)
  expect((listener.held as BookView).seq).toBe(7)
  expect(listener.breaches).toEqual([])
})

test.each(['merge', 'unfiltered'] as const)(
  'what the source lost while one stalls is told before the bars it missed (%s)',
  (mode) => {
    const gateway = new FakeGateway()
    const script = gateway.begun()
    const listener = new Listener(gateway.hub, viewSpec('candles', BTC, { rateMs: 'raw', mode }), gateway.encoding)
    gateway.hub.settle()
    listener.room = 0
    script.trade(100, 1)
    script.gap('trades', 'disconnected', 7)
    script.trade(101, 1)
    listener.drain()
    expect(listener.of('gap')).toMatchObject([{ reason: 'disconnected', lost: 7 }])
    expect(listener.messages[1]?.type).toBe('gap')
    expect(listener.breaches).toEqual([])
  },
)
