import type { MarketEvent, Micros } from '@depthcast/market'
import { expect, test } from 'vitest'
import { Clock } from '../src/clock.ts'
import { Link } from '../src/link.ts'
import { Numbering } from '../src/numbering.ts'
import { realWorld } from '../src/outside.ts'
import type { Protocol } from '../src/venue.ts'
import { VenueBudget } from '../src/venue-budget.ts'
import { instrument } from './driver.ts'

const BTC = instrument('inside', 'BTC-USD', 'BTC', 'USD')

test('a venue in process that breaks tells a gap, is given up, and says so; nothing is called live after', () => {
  const events: MarketEvent[] = []
  const errors: string[] = []
  const broken: Protocol = {
    step: () => {
      throw new RangeError('a fault of ours')
    },
  }
  const limits = { connects: 1, perMs: 1000, sendsPerSecond: 1 }
  const link = new Link({
    name: 'inside',
    plan: { venue: 'inside', url: undefined, instruments: [BTC], options: {} },
    protocol: () => broken,
    limits,
    outside: realWorld(),
    budget: new VenueBudget(limits),
    numbering: new Numbering(1),
    sink: { instrument: () => {}, event: (event) => events.push(event) },
    onError: ({ code }) => errors.push(code),
  })
  link.start()
  expect(errors).toEqual(['FEED_PROTOCOL'])
  expect(events).toMatchObject([
    { kind: 'gap', stream: 'book', reason: 'protocol', instrument: BTC.id },
    { kind: 'status', state: 'degraded', reason: expect.stringContaining('a fault of ours') },
  ])
  expect(link.health()).toMatchObject({ state: 'failed', reason: expect.stringContaining('a fault of ours') })
})

test('a tick does not come before its time, though our clock was set back and runs at half its pace', async () => {
  let wall = 1_000_000
  const clock = new Clock({ wall: () => wall, monotonic: () => performance.now() })
  wall = 0
  const limits = { connects: 1, perMs: 1000, sendsPerSecond: 1 }
  let due = 0
  let tick: (now: number) => void = () => {}
  const ticked = new Promise<number>((resolve) => {
    tick = resolve
  })
  const protocol: Protocol = {
    step({ kind, now }) {
      if (kind === 'tick') tick(now)
      if (kind !== 'open') return []
      due = now + 20_000
      return [{ kind: 'timer', at: due as Micros }]
    },
  }
  const link = new Link({
    name: 'inside',
    plan: { venue: 'inside', url: undefined, instruments: [BTC], options: {} },
    protocol: () => protocol,
    limits,
    outside: realWorld(clock),
    budget: new VenueBudget(limits),
    numbering: new Numbering(1),
    sink: { instrument: () => {}, event: () => {} },
    onError: () => {},
  })
  link.start()
  expect(await ticked).toBeGreaterThanOrEqual(due)
  await link.close()
})
