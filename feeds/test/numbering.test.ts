import { lots, ticks, type VenueEvent } from '@depthcast/market'
import { expect, test } from 'vitest'
import { firstEpoch, Numbering } from '../src/numbering.ts'
import { START } from './driver.ts'

const STAMP = { instrument: 'x:A-B', exchangeTime: undefined, receivedAt: START } as const
const IMAGE = { ...STAMP, bids: [], asks: [], verified: 'none' } as const
const SNAPSHOT: VenueEvent = { ...IMAGE, kind: 'book-snapshot' }
const DELTA: VenueEvent = { ...IMAGE, kind: 'book-delta' }
const STATUS: VenueEvent = { ...STAMP, kind: 'status', state: 'live' }
const TRADE: VenueEvent = { ...STAMP, kind: 'trade', tradeId: '1', price: ticks(1), quantity: lots(1), side: 'buy' }
const COUNTED: VenueEvent = { ...STAMP, kind: 'gap', stream: 'trades', reason: 'sequence', lost: 2 }
const UNCOUNTED: VenueEvent = { ...STAMP, kind: 'gap', stream: 'trades', reason: 'disconnected' }

test.each([
  {
    name: 'a snapshot opens an epoch, deltas count up in it',
    events: [SNAPSHOT, DELTA, DELTA, SNAPSHOT, DELTA],
    want: ['7.1', '7.2', '7.3', '8.1', '8.2'],
  },
  {
    name: 'a status between deltas takes none of their numbers',
    events: [SNAPSHOT, STATUS, DELTA],
    want: ['7.1', '7.1', '7.2'],
  },
  {
    name: 'a gap in the trades of known size leaves their epoch',
    events: [TRADE, COUNTED, TRADE],
    want: ['7.1', '7.1', '7.2'],
  },
  {
    name: 'a gap in the trades of unknown size opens an epoch',
    events: [TRADE, UNCOUNTED, TRADE],
    want: ['7.1', '7.1', '8.1'],
  },
])('$name', ({ events, want }) => {
  const numbering = new Numbering(7)
  expect(events.map((event) => numbering.number(event)).map(({ epoch, seq }) => `${epoch}.${seq}`)).toEqual(want)
})

test('instruments are numbered apart', () => {
  const numbering = new Numbering(7)
  numbering.number(SNAPSHOT)
  expect(numbering.number({ ...SNAPSHOT, instrument: 'x:C-D' })).toMatchObject({ epoch: 7, seq: 1 })
})

const NOW = 1_763_683_200_999

test('two processes that start in the same second begin with different epochs', () => {
  expect(firstEpoch(NOW, () => 0.25)).toBe(1_763_683_200 * 2 ** 20 + 2 ** 18)
  expect(firstEpoch(NOW, () => 0.25)).not.toBe(firstEpoch(NOW, () => 0.250001))
})

test('a process that starts a second later begins with a higher epoch, exactly a number, until 2242', () => {
  const last = () => 1 - Number.EPSILON
  expect(firstEpoch(NOW + 1, () => 0)).toBeGreaterThan(firstEpoch(NOW, last))
  expect(Number.isSafeInteger(firstEpoch(Date.UTC(2242, 0), last) + 1)).toBe(true)
})
