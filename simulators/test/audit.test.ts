import type { OrderEvent } from '@depthcast/feeds/simulation'
import type { InstrumentId, MarketEvent, Micros } from '@depthcast/market'
import { expect, test } from 'vitest'
import { Audit } from '../src/virtual/audit.ts'

const BOOK: InstrumentId = 'kraken:BTC-USD'

function audited(depth?: number) {
  const audit = new Audit()
  audit.know('BTC-USD', { bids: [100, 1, 99, 1], asks: [101, 1, 102, 1] }, depth)
  audit.expect(BOOK, 'BTC-USD', depth)
  let seq = 0
  const place = { epoch: 1, seq: 0 }
  const stamp = (now: number) => ({ instrument: BOOK, exchangeTime: undefined, receivedAt: now as Micros })
  const hear = (event: object, now: number) => {
    place.seq++
    audit.hear({ ...stamp(now), verified: 'none', ...place, ...event } as MarketEvent)
  }
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
    snapshot: (bids: readonly number[], now: number, at?: object) => {
      place.epoch++
      place.seq = 0
      hear({ kind: 'book-snapshot', bids, asks: [101, 1, 102, 1], ...at }, now)
    },
    delta: (bids: readonly number[], now: number, at?: object) =>
      hear({ kind: 'book-delta', bids, asks: [], ...at }, now),
    status: (state: string, now: number) => audit.hear({ ...stamp(now), kind: 'status', state } as MarketEvent),
    gap: (now: number) => audit.hear({ ...stamp(now), kind: 'gap', stream: 'book', reason: 'sequence' } as MarketEvent),
    excuse: (until: number, at = 0) => audit.excuse(BOOK, { at, until }),
    look: (now: number) => audit.look(now),
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
    silent: 0,
    silentUs: 0,
    oldUs: 0,
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

test.each([
  { name: 'an update of another epoch', kind: 'book-delta', at: { epoch: 7, seq: 2 }, says: 'book-delta: 7/2' },
  { name: 'an update that leaves one out', kind: 'book-delta', at: { seq: 3 }, says: 'book-delta: 2/3' },
  { name: 'a snapshot in the same epoch', kind: 'book-snapshot', at: { epoch: 2 }, says: 'book-snapshot: 2/1' },
])('$name is wrong, though its levels are right', ({ kind, at, says }) => {
  const { snapshot, delta, status, wrongs } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  if (kind === 'book-delta') delta([100, 1], 1, at)
  else snapshot([100, 1, 99, 1], 1, at)
  expect(wrongs()).toEqual([`${says} does not follow`])
})

test('a book that a silent fault struck may be wrong for so long, counted apart, and no longer', () => {
  const { snapshot, delta, status, excuse, wrongs, audit } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  excuse(10)
  delta([98, 5], 4)
  delta([98, 6], 9)
  delta([98, 0], 10)
  expect({ wrongs: wrongs(), ...audit.of(BOOK) }).toMatchObject({ wrongs: [], silent: 2, silentUs: 6, isTrue: true })
  delta([98, 5], 11)
  expect(wrongs()).toEqual(["book-delta: never the market's book"])
})

test.each([
  { name: 'comes right too late', end: 'delta' },
  { name: 'is told to be in doubt too late', end: 'status' },
  { name: 'is told lost too late', end: 'gap' },
])('a book that a silent fault struck and that $name is wrong, though nothing came meanwhile', ({ end }) => {
  const { snapshot, delta, status, gap, excuse, wrongs } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  excuse(10_000)
  delta([98, 5], 4)
  if (end === 'delta') delta([98, 0], 12_000)
  else if (end === 'status') status('suspect', 12_000)
  else gap(12_000)
  expect(wrongs()).toEqual(['wrong for 2 ms longer than its fault may stay unseen'])
})

test.each([
  { name: 'has no excuse any more', anew: 6_000_001, want: ["book-delta: never the market's book"] },
  { name: 'so soon that what was done may come yet has one still', anew: 6_000_000, want: [] },
])('a book that was taken anew and is right $name', ({ anew, want }) => {
  const { snapshot, delta, status, gap, excuse, wrongs } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  excuse(10_000_000)
  gap(1)
  snapshot([100, 1, 99, 1], anew)
  delta([98, 5], anew + 1)
  expect(wrongs()).toEqual(want)
})

test('a book that stands still while the market moves is old for as long as it is marked right, and one of a still market is not', () => {
  const { market, snapshot, delta, status, look, audit } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  for (const now of [1_000, 2_000]) look(now)
  expect(audit.of(BOOK).oldUs).toBe(0)
  market(100, 2)
  for (const now of [3_000, 4_000]) look(now)
  market(100, 3)
  look(5_000)
  expect(audit.of(BOOK).oldUs).toBe(2_000)
  status('stale', 5_500)
  look(6_000)
  delta([100, 3], 6_500)
  status('live', 6_500)
  for (const now of [7_000, 8_000]) look(now)
  expect(audit.of(BOOK)).toMatchObject({ oldUs: 2_000, isTrue: true })
})

test("the past is searched as far as it is kept: a book of thousands of events ago is not the market's", () => {
  const { market, snapshot, delta, status, wrongs } = audited()
  snapshot([100, 1, 99, 1], 0)
  status('live', 0)
  for (let step = 0; step < 10_000; step++) market(100, 2 + (step % 7))
  delta([100, 2 + (9_999 % 7)], 1)
  expect(wrongs()).toEqual([])
  delta([100, 1], 2)
  expect(wrongs()).toEqual(["book-delta: never the market's book"])
})
