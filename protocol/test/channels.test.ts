import { type Instrument, instrumentId, Ledger, type MarketEvent, step } from '@depthcast/market'
import {
  CHANNEL_NAMES,
  CHANNELS,
  ChainBroken,
  ChecksumMismatch,
  channel,
  isChannelName,
  ProtocolError,
} from '@depthcast/protocol'
import { expect, test } from 'vitest'

const INSTRUMENT: Instrument = {
  id: instrumentId('test', 'AAA', 'BBB'),
  venue: 'test',
  venueSymbol: 'AAABBB',
  base: 'AAA',
  quote: 'BBB',
  tickSize: step('0.25'),
  lotSize: step('0.001'),
}

const at = { instrument: INSTRUMENT.id, exchangeTime: 1_000_000, receivedAt: 1_000_000 }
const snapshot = (bids: number[], asks: number[], epoch = 1) =>
  ({ ...at, kind: 'book-snapshot', bids, asks, verified: 'sequence', epoch, seq: 1 }) as unknown as MarketEvent
const delta = (seq: number, bids: number[], asks: number[]) =>
  ({ ...at, kind: 'book-delta', bids, asks, verified: 'sequence', epoch: 1, seq }) as unknown as MarketEvent
const trade = (seq: number, epoch = 1) =>
  ({
    ...at,
    kind: 'trade',
    tradeId: `${epoch}-${seq}`,
    price: 7,
    quantity: 3,
    side: 'sell',
    epoch,
    seq,
  }) as unknown as MarketEvent

const bookGap = () =>
  ({ ...at, kind: 'gap', stream: 'book', reason: 'sequence', epoch: 1, seq: 1 }) as unknown as MarketEvent

/** A book view of `depth` 2 that has published bids 10, 9 and asks 11, 12. */
function publishedBook(grouping = 1) {
  const ledger = new Ledger(INSTRUMENT)
  const state = CHANNELS.book.init(ledger, { depth: 2, grouping, checksum: true })
  const fold = (event: MarketEvent) => {
    ledger.apply(event)
    return CHANNELS.book.accept(state, event)
  }
  fold(snapshot([10, 1, 9, 1, 8, 1], [11, 1, 12, 1, 13, 1]))
  return { ledger, state, fold, first: CHANNELS.book.diff(state)! }
}

test('a change below the levels of a view costs it nothing', () => {
  const { fold, state } = publishedBook()
  expect(fold(delta(2, [8, 5], [13, 0]))).toBe(false)
  expect(CHANNELS.book.diff(state)).toBeUndefined()
  expect(fold(delta(3, [], [12, 5]))).toBe(true)
  expect(CHANNELS.book.diff(state)).toMatchObject({ seq: 3, prev: 1, merged: 2, bids: [], asks: [12, 5] })
})

test('a level that moves up into the view is sent, and one that is pushed out is removed in so many words', () => {
  const { fold, state } = publishedBook()
  fold(delta(2, [10, 0], []))
  expect(CHANNELS.book.diff(state)).toMatchObject({ bids: [10, 0, 8, 1] })
  fold(delta(3, [10, 4], []))
  expect(CHANNELS.book.diff(state)).toMatchObject({ bids: [10, 4, 8, 0] })
})

test('what changes and changes back moves nothing, and is counted with the next change', () => {
  const { fold, state } = publishedBook()
  fold(delta(2, [10, 5], []))
  fold(delta(3, [10, 1], []))
  expect(CHANNELS.book.diff(state)).toBeUndefined()
  expect(CHANNELS.book.snapshot(state)).toMatchObject({ seq: 1 })
  fold(delta(4, [10, 2], []))
  expect(CHANNELS.book.diff(state)).toMatchObject({ prev: 1, seq: 4, merged: 3 })
})

test('from a gap to the next snapshot there is no book, and then a whole one for everybody', () => {
  const { fold, state } = publishedBook()
  expect(fold(bookGap())).toBe(false)
  expect(CHANNELS.book.diff(state)).toBeUndefined()
  expect(CHANNELS.book.snapshot(state)).toBeUndefined()
  expect(fold(snapshot([10, 1], [11, 1], 2))).toBe(true)
  expect(CHANNELS.book.snapshot(state)).toBeUndefined()
  expect(CHANNELS.book.diff(state)).toMatchObject({ type: 'snapshot', epoch: 2, seq: 1 })
  expect(CHANNELS.book.snapshot(state)).toMatchObject({ type: 'snapshot', epoch: 2, seq: 1 })
})

test('a new image is sent whole, and nothing of the one before, even where a source numbers it as the one before', () => {
  const { fold, state } = publishedBook()
  fold(bookGap())
  expect(fold(snapshot([5, 1], [6, 1], 1))).toBe(true)
  expect(CHANNELS.book.snapshot(state)).toBeUndefined()
  expect(CHANNELS.book.confirm?.(state)).toBeUndefined()
  expect(CHANNELS.book.diff(state)).toMatchObject({ type: 'snapshot', epoch: 1, seq: 1, bids: [5, 1], asks: [6, 1] })
})

test('a client that holds something else finds it in the chain or in the checksum', () => {
  const { fold, state, first } = publishedBook()
  const view = CHANNELS.book.open(INSTRUMENT, CHANNELS.book.params({}))
  CHANNELS.book.apply(view, first)
  fold(delta(2, [10, 5], []))
  const update = CHANNELS.book.diff(state)!
  expect(() => CHANNELS.book.apply({ ...view, seq: 0 }, update)).toThrow(
    new ChainBroken('expected an update of 1:0, received one of 1:1'),
  )
  expect(() => CHANNELS.book.apply({ ...view, epoch: 2 }, update)).toThrow(ChainBroken)
  expect(() => CHANNELS.book.apply({ ...view, asks: [11, 1, 12, 9] }, update)).toThrow(ChecksumMismatch)
  CHANNELS.book.apply(view, update)
  expect(view).toMatchObject({ epoch: 1, seq: 2, bids: [10, 5, 9, 1], checksum: 'ok', merged: 1 })
})

test('text has all decimals of the tick and the lot', () => {
  const { first } = publishedBook(2)
  expect(CHANNELS.book.toText(first, INSTRUMENT)).toMatchObject({
    bids: [
      ['2.50', '0.001'],
      ['2.00', '0.002'],
    ],
    asks: [
      ['3.00', '0.002'],
      ['3.50', '0.001'],
    ],
  })
})

test('a newcomer gets the most recent trades, and who stands further back gets what is kept and the number lost', () => {
  const ledger = new Ledger(INSTRUMENT, { tradesKept: 4 })
  const state = CHANNELS.trades.init(ledger, { snapshot: 2 })
  for (let seq = 1; seq <= 10; seq++) {
    ledger.apply(trade(seq))
    expect(CHANNELS.trades.accept(state, trade(seq))).toBe(true)
  }
  expect(CHANNELS.trades.diff(state)).toMatchObject({ seq: 10, lost: 6, trades: { length: 4 } })
  expect(CHANNELS.trades.snapshot(state)?.trades.map(([id]) => id)).toEqual(['1-9', '1-10'])
  expect(CHANNELS.trades.since?.(state, 1, 9)).toMatchObject({ prev: 9, seq: 10, trades: { length: 1 } })
  expect(CHANNELS.trades.since?.(state, 1, 9)).not.toHaveProperty('lost')
  expect(CHANNELS.trades.since?.(state, 1, 1)).toMatchObject({ prev: 1, seq: 10, lost: 5, trades: { length: 4 } })
  expect(CHANNELS.trades.since?.(state, 1, 10)).toBeUndefined()
  expect(CHANNELS.trades.since?.(state, 2, 1)).toBeUndefined()
})

test('a gateway that joins a stream under way has lost nothing of it, and tells who comes from another what is missing', () => {
  const ledger = new Ledger(INSTRUMENT)
  const state = CHANNELS.trades.init(ledger, { snapshot: 50 })
  const view = CHANNELS.trades.open(INSTRUMENT, { snapshot: 50 })
  CHANNELS.trades.apply(view, { type: 'trades', epoch: 1, seq: 30, trades: [['30', 1, 1, 1, 0]] })
  CHANNELS.trades.apply(view, CHANNELS.trades.snapshot(state)!)
  expect(view).toMatchObject({ epoch: 1, seq: 30, added: 0, breaks: 0 })
  for (const seq of [38, 39]) {
    ledger.apply(trade(seq))
    CHANNELS.trades.accept(state, trade(seq))
  }
  const first = CHANNELS.trades.diff(state)!
  expect(first).not.toHaveProperty('lost')
  CHANNELS.trades.apply(view, first)
  expect(view).toMatchObject({ epoch: 1, seq: 39, added: 2, lost: 7, breaks: 0 })
})

test.each([
  { name: 'a gap comes between', between: [bookGap()], book: [snapshot([], [], 2)] },
  {
    name: 'a delta of a broken book comes between',
    between: [bookGap(), delta(9, [7, 1], [])],
    book: [snapshot([], [], 2)],
  },
  { name: 'nothing comes between', between: [], book: [delta(2, [3, 1], [])] },
])('a quote of the venue gives way to the book that is newer, also when $name', ({ between, book }) => {
  const ledger = new Ledger(INSTRUMENT)
  let receivedAt = 2_000_000
  /** As the server does it: a view that owes nothing is not asked. */
  const fold = (events: readonly MarketEvent[], ...states: (typeof old)[]) => {
    for (const event of events) {
      const now = { ...event, receivedAt: receivedAt++ } as MarketEvent
      ledger.apply(now)
      for (const state of states) if (CHANNELS.ticker.accept(state, now)) CHANNELS.ticker.diff(state)
    }
  }
  const quote = { ...at, kind: 'ticker', bid: 9, ask: 12, epoch: 1, seq: 1 } as unknown as MarketEvent
  const old = CHANNELS.ticker.init(ledger, {})
  fold([snapshot([10, 1], [11, 1]), quote], old)
  const young = CHANNELS.ticker.init(ledger, {})
  for (const state of [old, young]) expect(CHANNELS.ticker.snapshot(state)).toMatchObject({ bid: 9, ask: 12 })
  fold([...between, ...book], old, young)
  for (const state of [old, young]) expect(CHANNELS.ticker.snapshot(state)?.bid).toBe(ledger.ticker?.bid)
})

test('a trade that was folded before is no news', () => {
  const ledger = new Ledger(INSTRUMENT)
  ledger.apply(trade(1))
  const state = CHANNELS.trades.init(ledger, { snapshot: 2 })
  expect(CHANNELS.trades.accept(state, trade(1))).toBe(false)
  expect(CHANNELS.trades.diff(state)).toBeUndefined()
})

test.each([
  { name: 'book', options: {}, params: { depth: 25, grouping: 1, checksum: true } },
  {
    name: 'book',
    options: { depth: 'all', grouping: 5, checksum: false },
    params: { depth: 'all', grouping: 5, checksum: false },
  },
  { name: 'trades', options: {}, params: { snapshot: 50 } },
  { name: 'ticker', options: {}, params: {} },
  { name: 'candles', options: {}, params: { interval: '1m', bars: 500 } },
  { name: 'candles', options: { interval: '1s' }, params: { interval: '1s', bars: 500 } },
  { name: 'status', options: {}, params: {} },
] as const)('$name takes $options', ({ name, options, params }) => {
  expect(channel(name).params(options)).toEqual(params)
})

test.each([
  { name: 'book', options: { depth: 0 } },
  { name: 'book', options: { grouping: 1.5 } },
  { name: 'candles', options: { interval: '7m' } },
] as const)('$name refuses $options', ({ name, options }) => {
  expect(() => channel(name).params(options)).toThrow(ProtocolError)
})

test('views that differ have keys that differ', () => {
  const keys = [
    CHANNELS.book.key({ depth: 1, grouping: 11, checksum: true }),
    CHANNELS.book.key({ depth: 11, grouping: 1, checksum: true }),
    CHANNELS.book.key({ depth: 'all', grouping: 1, checksum: true }),
    CHANNELS.book.key({ depth: 'all', grouping: 1, checksum: false }),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

test('the registry has every channel under its own name', () => {
  for (const name of CHANNEL_NAMES) expect(channel(name).name).toBe(name)
  expect(isChannelName('book')).toBe(true)
  expect(isChannelName('toString')).toBe(false)
})

test('a book that was verified once more is no news of its status, but the next status says when', () => {
  const ledger = new Ledger(INSTRUMENT)
  const { status } = CHANNELS
  ledger.apply(snapshot([9, 1], [10, 1]))
  const state = status.init(ledger, {})
  expect(status.snapshot(state)).toMatchObject({ verified: 'sequence', verifiedAt: 1_000_000 })
  ledger.proven(3_000_000 as never)
  ledger.proven(2_000_000 as never)
  expect(status.accept(state, delta(2, [9, 2], []))).toBe(false)
  expect(status.diff(state)).toBeUndefined()
  ledger.apply({ ...at, kind: 'status', state: 'halted', epoch: 1, seq: 1 } as unknown as MarketEvent)
  expect(status.accept(state, delta(3, [9, 3], []))).toBe(true)
  expect(status.diff(state)).toMatchObject({ state: 'halted', verifiedAt: 3_000_000 })
})
