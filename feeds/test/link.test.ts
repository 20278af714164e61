import type { MarketEvent } from '@depthcast/market'
import { expect, test } from 'vitest'
import { Clock } from '../src/clock.ts'
import { Link } from '../src/link.ts'
import { Numbering } from '../src/numbering.ts'
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
    clock: new Clock(),
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
