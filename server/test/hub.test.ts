import { ProtocolError } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { Hub, type HubOptions } from '../src/hub.ts'
import { createLog } from '../src/logger.ts'
import { Metrics } from '../src/metrics.ts'
import { FakeClock } from './fakes/clock.ts'
import { fakeEncoding } from './fakes/door.ts'
import { instrument, ScriptedFeed } from './fakes/feed.ts'
import { Listener, viewSpec } from './fakes/listener.ts'

const BTC = 'test:BTC-USD'

function hubOf(options: Partial<HubOptions> = {}) {
  const clock = new FakeClock()
  const metrics = new Metrics()
  const hub = new Hub({ clock, metrics, log: createLog('silent'), ...options })
  const feed = new ScriptedFeed([instrument('BTC')], () => clock.now())
  feed.start(hub)
  const script = feed.script()
  script.snapshot([100, 5, 99, 7], [101, 4, 102, 6])
  script.trade(100, 1)
  return { clock, metrics, hub, script }
}

test('as many views as may be are published, and one more is refused with the number, until one is let go', () => {
  const { hub, metrics } = hubOf({ maxViews: 2 })
  const encoding = fakeEncoding()
  const held = [1, 2].map((depth) => new Listener(hub, viewSpec('book', BTC, { depth }), encoding))
  const third = viewSpec('book', BTC, { depth: 3 })
  let refusal: unknown
  try {
    hub.open(third)
  } catch (error) {
    refusal = error
  }
  expect(refusal).toBeInstanceOf(ProtocolError)
  expect(refusal).toMatchObject({
    code: 503,
    message: expect.stringMatching(/2 views.*limit views/),
    retryAfterMs: 5000,
  })
  expect(hub.open(viewSpec('book', BTC, { depth: 1 }))).toBe(held[0]?.view)
  held[1]?.leave()
  expect(hub.open(third).spec).toBe(third)
  expect(metrics.value('depthcast_views')).toBe(2)
})

test('one that fails to send costs those behind it nothing: they have their turn at the next moment', () => {
  const { hub } = hubOf()
  const sent: string[] = []
  const failing = {
    isTouched: false,
    flush(): void {
      throw new Error('broken')
    },
  }
  const behind = {
    isTouched: false,
    flush(): void {
      sent.push('behind')
    },
  }
  hub.touch(failing)
  hub.touch(behind)
  expect(() => hub.settle()).toThrow('broken')
  hub.settle()
  expect(sent).toEqual(['behind'])
  hub.touch(behind)
  hub.settle()
  expect(sent).toEqual(['behind', 'behind'])
})

test('bars are numbered in an epoch of this gateway, so that another one’s numbers are not taken for its own', () => {
  const { hub } = hubOf({ epoch: 77 })
  const listener = new Listener(hub, viewSpec('candles', BTC), fakeEncoding())
  hub.settle()
  expect(listener.of('candle')).toMatchObject([{ epoch: 77 }])
  const [one, other] = [hubOf(), hubOf()].map((each) => each.hub.listings.get(BTC)?.ledger.epoch ?? 0)
  expect(one).not.toBe(other)
  for (const epoch of [one, other]) expect(Math.floor((epoch ?? 0) / 2 ** 20)).toBe(1_700_000_000)
})

test('what is encoded in a tick is the distinct views times the encodings in use, exactly', () => {
  const { clock, hub, metrics, script } = hubOf()
  const encodings = [fakeEncoding('one'), fakeEncoding('two'), fakeEncoding('three')] as const
  const specs = [
    viewSpec('book', BTC, { depth: 1 }),
    viewSpec('book', BTC, { depth: 2 }),
    viewSpec('book', BTC, { depth: 2, mode: 'unfiltered' }),
    viewSpec('trades', BTC),
    viewSpec('candles', BTC),
    viewSpec('ticker', BTC),
  ]
  // The third encoding is used on the first view alone.
  const listeners = specs.flatMap((spec, view) =>
    Array.from(
      { length: 30 },
      (_, n) => new Listener(hub, spec, encodings[view === 0 ? n % 3 : n % 2] ?? encodings[0]),
    ),
  )
  hub.settle()
  for (let tick = 0; tick < 20; tick++) {
    const before = metrics.value('depthcast_view_encodes_total')
    script.delta([100, 10 + tick], [])
    script.trade(100 + tick, 1)
    clock.advance(100)
    expect(metrics.value('depthcast_view_encodes_total') - before).toBe(specs.length * 2 + 1)
  }
  expect(listeners.flatMap(({ breaches }) => breaches)).toEqual([])
})

test('a book that could not be folded is asked for again, once for each break, and no other is', () => {
  const asked: string[] = []
  const { hub, script } = hubOf({ onDistrust: (id) => asked.push(id) })
  script.delta([100, 6], [])
  script.gap('book', 'checksum')
  script.snapshot([100, 5], [101, 4])
  expect(asked).toEqual([])
  script.skip(1)
  script.delta([100, 6], [])
  script.delta([100, 7], [])
  expect(asked).toEqual([BTC])
  script.snapshot([100, 5], [101, 4])
  const { book } = hub.listings.get(BTC)?.ledger ?? {}
  if (book !== undefined)
    book.apply = () => {
      throw new TypeError('the book is broken')
    }
  script.delta([100, 6], [])
  expect(asked).toEqual([BTC, BTC])
})

test('a book that its feed gives up for a while is one warning with the reason, and nothing is logged of the others', () => {
  const warned: unknown[] = []
  const log = { ...createLog('silent'), warn: (fields: object, event: string) => warned.push({ event, ...fields }) }
  const { script } = hubOf({ log })
  for (const state of ['stale', 'resyncing', 'refused', 'quiet'] as const) script.status(state, 'a reason')
  script.status('degraded', 'resynced 6 times in 10 minutes')
  expect(warned).toEqual([{ event: 'hub.book-given-up', instrument: BTC, reason: 'resynced 6 times in 10 minutes' }])
})
