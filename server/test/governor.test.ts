import type { BookView } from '@depthcast/protocol'
import { expect, test } from 'vitest'
import { Governor, type Targets } from '../src/governor.ts'
import { createLog } from '../src/logger.ts'
import type { Floor } from '../src/pacer.ts'
import { FakeClock } from './fakes/clock.ts'
import { fakeEncoding } from './fakes/door.ts'
import { FakeGateway } from './fakes/gateway.ts'
import { Listener, viewSpec } from './fakes/listener.ts'

const BTC = 'test:BTC-USD'

/** A governor whose load a test sets: milliseconds late, bytes a second. */
function governed(targets: Targets) {
  const clock = new FakeClock()
  const floors: Floor[] = []
  const load = { late: 0, perSecond: 0 }
  const start = clock.now()
  let bytes = 0
  let at = start
  const governor = new Governor({
    clock,
    log: createLog('silent'),
    targets,
    load: {
      lateMs: () => load.late,
      bytes() {
        bytes += (load.perSecond * (clock.now() - at)) / 1e6
        at = clock.now()
        return bytes
      },
    },
    apply: (floor) => floors.push(floor),
  })
  governor.start()
  const seconds = (count: number) => clock.advance(count * 1000)
  return { clock, governor, floors, load, seconds }
}

test('a loop that stays late raises the floor rung by rung, and no further than the last', () => {
  const { floors, load, seconds } = governed({ delayMs: 100, bytesPerSecond: 0 })
  load.late = 101
  seconds(20)
  expect(floors).toEqual([100, 250, 500, 1000])
})

test('one late second is no reason', () => {
  const { floors, load, seconds } = governed({ delayMs: 100, bytesPerSecond: 0 })
  for (let n = 0; n < 10; n++) {
    load.late = 500
    seconds(1)
    load.late = 0
    seconds(1)
  }
  expect(floors).toEqual([])
})

test('more bytes than the target raise it as well, and a target of 0 is none', () => {
  const { floors, load, seconds } = governed({ delayMs: 0, bytesPerSecond: 1_000_000 })
  load.late = 10_000
  load.perSecond = 900_000
  seconds(10)
  expect(floors).toEqual([])
  load.perSecond = 1_100_000
  seconds(2)
  expect(floors).toEqual([100])
})

test('it sinks one rung at a time once the load is well under the target, and stays while it is only just under', () => {
  const { floors, load, seconds } = governed({ delayMs: 100, bytesPerSecond: 0 })
  load.late = 200
  seconds(6)
  floors.length = 0
  load.late = 80
  seconds(60)
  expect(floors).toEqual([])
  load.late = 10
  seconds(9)
  expect(floors).toEqual([])
  seconds(1)
  expect(floors).toEqual([250])
  seconds(20)
  expect(floors).toEqual([250, 100, 0])
})

test('a load that comes back each time the floor sinks makes it wait longer each time', () => {
  const { floors, load, seconds } = governed({ delayMs: 100, bytesPerSecond: 0 })
  let changes = 0
  for (let n = 0; n < 600; n++) {
    load.late = floors.at(-1) === 100 ? 10 : 150
    if (floors.at(-1) === 250) load.late = 10
    seconds(1)
    if (n === 299) changes = floors.length
  }
  expect(floors.length - changes).toBeLessThan(changes / 2)
})

test('without targets nothing is looked at', () => {
  const { clock } = governed({ delayMs: 0, bytesPerSecond: 0 })
  expect(clock.pending).toBe(0)
})

test('once stopped it looks no more', () => {
  const { governor, floors, load, seconds } = governed({ delayMs: 100, bytesPerSecond: 0 })
  load.late = 500
  seconds(1)
  governor.stop()
  seconds(60)
  expect(floors).toEqual([])
})

test('the floor slows the views that are faster, tells everyone on them once, and the chain goes on', () => {
  const gateway = new FakeGateway()
  const script = gateway.begun()
  const other = fakeEncoding('other')
  const on = (rateMs: 'raw' | 100 | 1000, encoding = gateway.encoding) =>
    new Listener(gateway.hub, viewSpec('book', BTC, { rateMs }), encoding)
  const [raw, rawToo, fast, slow] = [on('raw'), on('raw', other), on(100), on(1000)]
  const paused = new Listener(gateway.hub, viewSpec('book', BTC, { rateMs: 'raw' }), gateway.encoding, true)
  gateway.hub.settle()
  script.delta([100, 6], [])
  const encoded = gateway.metrics.value('depthcast_view_encodes_total')
  gateway.hub.setFloor(250)
  for (const each of [raw, rawToo, paused, fast]) {
    expect(each.of('config')).toMatchObject([{ sub: each.view.id, granted: { rateMs: 250 }, why: /every 250 ms/ }])
    expect(each.of('config')[0]).not.toHaveProperty('was')
  }
  expect(slow.of('config')).toEqual([])
  expect(gateway.metrics.value('depthcast_view_encodes_total') - encoded).toBe(3)
  expect(gateway.metrics.value('depthcast_views_degraded')).toBe(2)
  expect(gateway.metrics.value('depthcast_rate_floor_seconds')).toBe(0.25)
  const before = raw.of('update').length
  for (let n = 0; n < 10; n++) {
    script.delta([100, 10 + n], [])
    gateway.clock.advance(25)
  }
  gateway.clock.advance(250)
  expect(raw.of('update').length - before).toBeLessThanOrEqual(2)
  gateway.hub.setFloor(0)
  for (const each of [raw, fast])
    expect(each.of('config').at(-1)).toMatchObject({ granted: { rateMs: each.view.spec.rateMs } })
  script.delta([100, 77], [])
  expect((raw.held as BookView).bids.slice(0, 2)).toEqual([100, 77])
  gateway.clock.advance(1000)
  for (const each of [raw, rawToo, fast, slow]) {
    expect((each.held as BookView).bids.slice(0, 2)).toEqual([100, 77])
    expect([each.breaches, each.of('gap')]).toEqual([[], []])
  }
  expect(gateway.metrics.value('depthcast_views_degraded')).toBe(0)
})

test('who comes while the floor is up has what there is at present, and is told why', () => {
  const gateway = new FakeGateway()
  gateway.begun()
  gateway.hub.setFloor(500)
  const listener = new Listener(gateway.hub, viewSpec('book', BTC, { rateMs: 'raw' }), gateway.encoding)
  expect(listener.view.granted.rateMs).toBe(500)
  expect(listener.view.why).toMatch(/load.*500 ms/)
  expect(gateway.metrics.value('depthcast_views_degraded')).toBe(1)
  listener.leave()
  expect(gateway.metrics.value('depthcast_views_degraded')).toBe(0)
})

test.each([
  { from: 0, to: 250 },
  { from: 250, to: 0 },
  { from: 500, to: 100 },
  { from: 100, to: 1000 },
] as const)(
  'news that waits while the floor moves from $from to $to comes once, when it is due at the new rate',
  ({ from, to }) => {
    const gateway = new FakeGateway()
    const script = gateway.begun()
    gateway.hub.setFloor(from)
    const [moved, settled] = [50, to === 0 ? 50 : to].map(
      (rateMs) => new Listener(gateway.hub, viewSpec('book', BTC, { rateMs: rateMs as 50 }), gateway.encoding),
    )
    gateway.hub.settle()
    script.delta([100, 6], [])
    gateway.hub.setFloor(to)
    for (let ms = 0; ms <= 1000; ms++) {
      gateway.clock.advance(1)
      expect(moved?.of('update').length).toBe(settled?.of('update').length)
    }
    expect(moved?.of('update')).toHaveLength(1)
  },
)
