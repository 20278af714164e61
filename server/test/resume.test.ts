import type { BookView, ChannelName, TradesView } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { fakeEncoding } from './fakes/door.ts'
import { FakeGateway } from './fakes/gateway.ts'
import { Listener, viewSpec } from './fakes/listener.ts'

const BTC = 'test:BTC-USD'

function held(name: ChannelName, mode: 'merge' | 'unfiltered' = 'merge', depth?: number) {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  script.trade(100, 1)
  const spec = viewSpec(name, BTC, { rateMs: 100, mode, ...(depth !== undefined && { depth }) })
  const [away, other] = [0, 1].map(() => new Listener(gateway.hub, spec, gateway.encoding)) as [Listener, Listener]
  gateway.hub.settle()
  return { gateway, script, away, other }
}

test.each(['book', 'trades', 'candles'] as const)(
  'one who holds what was last published of %s is sent nothing',
  (name) => {
    const { gateway, script, away } = held(name)
    const before = away.messages.length
    expect(away.reconnect()).toBe(true)
    expect(away.messages).toHaveLength(before)
    script.delta([100, 6], [])
    script.trade(100, 2)
    gateway.clock.advance(100)
    expect(away.messages.length).toBeGreaterThan(before)
    expect([away.breaches, away.of('gap')]).toEqual([[], []])
  },
)

test('the trades that came while one was away come in one message, each once, without a gap', () => {
  const { gateway, script, away } = held('trades')
  away.room = 0
  for (let n = 0; n < 30; n++) script.trade(100, 1)
  gateway.clock.advance(100)
  away.room = 10
  expect(away.reconnect()).toBe(true)
  expect(away.of('trades')).toHaveLength(2)
  expect((away.held as TradesView).trades.map(([id]) => Number(id))).toEqual(
    Array.from({ length: 31 }, (_, n) => n + 1),
  )
  expect([away.of('gap'), away.breaches]).toEqual([[], []])
})

test('trades that are not kept any more are a gap with their number, and the chain goes on', () => {
  const { gateway, script, away } = held('trades')
  away.room = 0
  for (let n = 0; n < 1500; n++) script.trade(100, 1)
  gateway.clock.advance(100)
  away.room = 10
  expect(away.reconnect()).toBe(true)
  expect(away.of('gap')).toMatchObject([{ reason: 'overflow', from: 1, to: 1501, lost: 500, next: 'continue' }])
  expect(away.breaches).toEqual([])
})

test('an unfiltered view goes on from any position in its ring, one by one', () => {
  const { gateway, script, away, other } = held('book', 'unfiltered')
  away.room = 0
  for (let n = 0; n < 9; n++) script.delta([100, 10 + n], [])
  gateway.clock.advance(100)
  away.room = 4
  expect(away.reconnect([1, 1])).toBe(true)
  expect(away.of('update').map(({ seq }) => seq)).toEqual([2, 3, 4, 5])
  away.room = 100
  expect(away.reconnect([1, 5])).toBe(true)
  expect(away.of('update').map(({ seq }) => seq)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect((away.held as BookView).bids).toEqual((other.held as BookView).bids)
  expect([away.breaches, away.of('gap')]).toEqual([[], []])
})

test('one who holds more than its interval has sent waits for the others', () => {
  const { gateway, script, away, other } = held('book', 'unfiltered')
  script.delta([100, 6], [])
  script.delta([100, 7], [])
  away.restartWhole()
  expect(away.messages.at(-1)).toMatchObject({ type: 'snapshot', seq: 3 })
  expect(away.reconnect([1, 3])).toBe(true)
  gateway.clock.advance(100)
  script.delta([100, 8], [])
  gateway.clock.advance(100)
  expect(away.messages.slice(-1)).toMatchObject([{ type: 'update', seq: 4 }])
  expect(other.of('update').map(({ seq }) => seq)).toEqual([2, 3, 4])
  expect(away.breaches).toEqual([])
})

test.each([
  { name: 'of the future', position: [1, 99] },
  { name: 'of another epoch', position: [7, 1] },
  { name: 'between two updates', position: [1, 2] },
  { name: 'that no numbers have', position: [0, 0] },
] as const)('a position $name leads nowhere: a whole message comes', ({ position }) => {
  for (const mode of ['merge', 'unfiltered'] as const) {
    const { gateway, script, away } = held('book', mode, 1)
    // The first leaves a view of one level as it was.
    script.delta([50, 1], [])
    script.delta([100, 9], [])
    gateway.clock.advance(100)
    expect(away.reconnect([...position])).toBe(false)
    expect(away.messages.at(-1)).toMatchObject({ type: 'snapshot', seq: 3 })
    expect(away.breaches).toEqual([])
  }
})

test('a ticker is never the one that was held: it counts its own messages', () => {
  const { away } = held('ticker')
  expect(away.reconnect()).toBe(false)
  expect(away.of('ticker')).toHaveLength(2)
})

test('nobody goes on in a book that broke, even from where it ended', () => {
  for (const mode of ['merge', 'unfiltered'] as const) {
    const { gateway, script, away } = held('book', mode)
    script.gap('book', 'checksum')
    expect(away.reconnect([1, 1])).toBe(false)
    expect(away.of('snapshot')).toHaveLength(1)
    script.snapshot([90, 1], [91, 1])
    gateway.clock.advance(100)
    expect(away.of('snapshot')).toHaveLength(2)
    expect(away.breaches).toEqual([])
  }
})

test('one who was away when the source lost trades is not told that nothing was missed', () => {
  const { gateway, script, away } = held('trades')
  const position = away.view.positionOf(away.share)
  const told = away.of('gap').length
  away.view.pause(away.share)
  script.gap('trades', 'disconnected', 7)
  script.trade(100, 1)
  gateway.clock.advance(100)
  expect([away.of('gap').length, away.reconnect(position)]).toEqual([told, false])
  expect(away.of('trades').at(-1)).not.toHaveProperty('prev')
})

test('a client is told that what it holds is too old, and gets all of it anew', () => {
  const { gateway, script, away } = held('book')
  away.room = 0
  script.delta([100, 6], [])
  gateway.clock.advance(100)
  away.view.expire(away.share, 'too-old')
  away.view.expire(away.share, 'too-old')
  expect(away.of('gap')).toMatchObject([{ reason: 'too-old', from: 1, next: 'snapshot' }])
  away.drain()
  expect(away.messages.at(-1)).toMatchObject({ type: 'snapshot', seq: 2 })
  expect(away.breaches).toEqual([])
})

test('five thousand clients who come back together cost one encode a view and encoding', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  script.trade(100, 1)
  const encodings = [gateway.encoding, fakeEncoding('other')]
  const specs = [
    viewSpec('book', BTC),
    viewSpec('trades', BTC),
    viewSpec('book', BTC, { mode: 'unfiltered' }),
    viewSpec('candles', BTC),
  ]
  const clients = specs.flatMap((spec, view) =>
    Array.from({ length: 1250 }, (_, n) => new Listener(gateway.hub, spec, encodings[(n + view) % 2] as never)),
  )
  gateway.hub.settle()
  const positions = clients.map(({ view, share }) => view.positionOf(share))
  for (const client of clients) client.room = 0
  script.delta([100, 6], [])
  for (let n = 0; n < 5; n++) script.trade(100, 1)
  gateway.clock.advance(100)
  for (const client of clients) client.room = 10
  const before = gateway.metrics.value('depthcast_view_encodes_total')
  const recovered = clients.filter((client, n) => client.reconnect(positions[n]))
  expect(gateway.metrics.value('depthcast_view_encodes_total') - before).toBe(specs.length * encodings.length)
  expect(recovered).toHaveLength(2500)
  expect(clients.flatMap(({ breaches }) => breaches)).toEqual([])
})
