import type { OrderEvent } from '@depthcast/feeds/simulation'
import type { InstrumentId, Micros, VenueEvent } from '@depthcast/market'
import { expect, test } from 'vitest'
import { Audit } from '../src/virtual/audit.ts'

const BOOK: InstrumentId = 'kraken:BTC-USD'

function audited(depth?: number) {
  const audit = new Audit()
  audit.know('BTC-USD', { bids: [100, 1, 99, 1], asks: [101, 1, 102, 1] }, depth)
  audit.expect(BOOK, 'BTC-USD', depth)
  let seq = 0
  const stamp = (now: number) => ({ instrument: BOOK, exchangeTime: undefined, receivedAt: now as Micros })
  const hear = (event: object, now: number) => audit.hear({ ...stamp(now), verified: 'none', ...event } as VenueEvent)
  return {
    audit,
    /** The market's bid at a price is so many lots now. */
    market: (ticks: number, total: number) =>
      audit.market({
        kind: 'rest',
        symbol: 'BTC-USD',
        seq: ++seq,
        at: seq,
        side: 'bid',
        ticks,
        lots: 1,
        total,
        orderId: seq,
      } as OrderEvent),
    snapshot: (bids: readonly number[], now: number) =>
      hear({ kind: 'book-snapshot', bids, asks: [101, 1, 102, 1] }, now),
    delta: (bids: readonly number[], now: number) => hear({ kind: 'book-delta', bids, asks: [] }, now),
    status: (state: string, now: number) => hear({ kind: 'status', state }, now),
    gap: (now: number) => hear({ kind: 'gap', stream: 'book', reason: 'sequence' }, now),
    wrongs: () => audit.wrongs.map(({ because }) => because),
  }
}

test('a book that follows the market, and may come back to how it was, is right', () => {
  const { market, snapshot, delta, status, wrongs, audit } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  for (const [step, lots] of [2, 1, 2, 1].entries()) {
    market(100, lots)
    delta([100, lots], step + 1)
  }
  expect({ wrongs: wrongs(), ...audit.of(BOOK) }).toEqual({
    wrongs: [],
    state: 'live',
    compared: 5,
    wrong: 0,
    isTrue: true,
  })
})

test('a level the market never had is wrong while the book is marked right, and not while it is told to be in doubt', () => {
  const { snapshot, delta, status, wrongs } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('suspect', 0)
  delta([98, 5], 1)
  expect(wrongs()).toEqual([])
  status('live', 2)
  delta([98, 6], 3)
  expect(wrongs()).toEqual(["book-delta: never the market's book"])
})

test('going back in time is wrong', () => {
  const { market, snapshot, delta, status, wrongs, audit } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  market(100, 2)
  market(99, 3)
  delta([100, 2, 99, 3], 1)
  delta([99, 1], 2)
  expect(wrongs()).toEqual(['book-delta: an older book than the one before'])
  expect(audit.of(BOOK).isTrue).toBe(false)
})

test.each([
  { name: 'brought up to date in the same instant', delay: 0, want: [] },
  { name: 'left as it is', delay: 1, want: ['book-snapshot: an older book than the one before'] },
])('a snapshot older than the last book, $name', ({ delay, want }) => {
  const { market, snapshot, delta, gap, status, wrongs } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  market(100, 2)
  delta([100, 2], 1)
  gap(2)
  snapshot([100, 1, 99, 1], 3)
  delta([100, 2], 3 + delay)
  expect(wrongs()).toEqual(want)
})

test('a cut book is held to its depth alone, an update without a snapshot to nothing', () => {
  const { market, snapshot, delta, gap, status, wrongs } = audited(2)
  market(98, 7)
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  gap(1)
  delta([100, 1], 2)
  expect(wrongs()).toEqual(['an update without a snapshot'])
})
