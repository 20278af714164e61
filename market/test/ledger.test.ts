import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BookDelta,
  type BookSnapshot,
  type Gap,
  INTERVAL_NAMES,
  type Instrument,
  Ledger,
  lots,
  type MarketEvent,
  micros,
  type Status,
  step,
  type Ticker,
  type Trade,
  ticks,
} from '../src/index.ts'

const INSTRUMENT: Instrument = {
  id: 'test:BTC-USD',
  venue: 'test',
  venueSymbol: 'BTCUSD',
  base: 'BTC',
  quote: 'USD',
  tickSize: step('0.01'),
  lotSize: step('0.0001'),
}

type Place = { readonly epoch?: number; readonly seq?: number }

function stamp(at: number) {
  return { instrument: INSTRUMENT.id, exchangeTime: micros(at), receivedAt: micros(at + 10) }
}
function snapshot(at: number, fields: Partial<BookSnapshot> & Place = {}): MarketEvent {
  return {
    kind: 'book-snapshot',
    ...stamp(at),
    bids: [100, 1],
    asks: [101, 1],
    verified: 'sequence',
    epoch: 1,
    seq: 1,
    ...fields,
  }
}
function delta(at: number, seq: number, fields: Partial<BookDelta> & Place = {}): MarketEvent {
  return { kind: 'book-delta', ...stamp(at), bids: [], asks: [], verified: 'sequence', epoch: 1, seq, ...fields }
}
function trade(at: number, seq: number, fields: Partial<Trade> & Place = {}): MarketEvent {
  const figures = { tradeId: `t${seq}`, price: ticks(100), quantity: lots(1), side: 'buy' as const }
  return { kind: 'trade', ...stamp(at), ...figures, epoch: 1, seq, ...fields }
}
function ticker(at: number, fields: Partial<Ticker>): MarketEvent {
  return { kind: 'ticker', ...stamp(at), epoch: 1, seq: 1, ...fields }
}
function gap(at: number, stream: Gap['stream']): MarketEvent {
  return { kind: 'gap', ...stamp(at), stream, reason: 'sequence', expected: 5, received: 7, epoch: 1, seq: 1 }
}
function status(at: number, state: Status['state'], reason?: string): MarketEvent {
  return { kind: 'status', ...stamp(at), state, ...(reason === undefined ? {} : { reason }), epoch: 1, seq: 1 }
}
function ledgerOf(...events: readonly MarketEvent[]): Ledger {
  const ledger = new Ledger(INSTRUMENT)
  for (const event of events) ledger.apply(event)
  return ledger
}

describe('the book of a ledger', () => {
  test('is not valid before a snapshot, and a delta then changes nothing', () => {
    const ledger = ledgerOf(delta(1, 1, { bids: [100, 1] }))
    expect(ledger).toMatchObject({ bookValid: false, bookEpoch: 0, bookSeq: 0, bookUpdates: 0, verified: 'none' })
    expect(ledger.book.bidCount).toBe(0)
    expect(ledger.counts.deltasIgnored).toBe(1)
  })

  test('is valid from the snapshot on and follows the deltas of its epoch', () => {
    const ledger = ledgerOf(snapshot(1), delta(2, 2, { bids: [99, 5], asks: [101, 0], verified: 'checksum' }))
    expect(ledger).toMatchObject({ bookValid: true, bookEpoch: 1, bookSeq: 2, bookUpdates: 2, verified: 'checksum' })
    expect(ledger).toMatchObject({ bookExchangeTime: 2, bookReceivedAt: 12 })
    expect([ledger.book.bids(), ledger.book.asks()]).toEqual([[100, 1, 99, 5], []])
  })

  test('keeps its last image through a gap, marked not valid, until the next snapshot replaces it', () => {
    const ledger = ledgerOf(snapshot(1), gap(2, 'book'), delta(3, 2, { bids: [99, 5] }))
    expect(ledger.bookValid).toBe(false)
    expect(ledger.book.bids()).toEqual([100, 1])
    ledger.apply(snapshot(4, { epoch: 2, bids: [90, 1] }))
    expect(ledger).toMatchObject({ bookValid: true, bookEpoch: 2, bookSeq: 1 })
    expect(ledger.book.bids()).toEqual([90, 1])
  })

  test.each([
    { name: 'of another epoch', event: delta(9, 2, { epoch: 2, bids: [100, 9] }), valid: true },
    { name: 'seen before', event: delta(9, 1, { bids: [100, 9] }), valid: true },
    { name: 'after a hole', event: delta(9, 4, { bids: [100, 9] }), valid: false },
  ])('ignores and counts a delta $name; after a hole it is not valid', ({ event, valid }) => {
    const ledger = ledgerOf(snapshot(1), event)
    expect(ledger.book.bids()).toEqual([100, 1])
    expect(ledger.bookValid).toBe(valid)
    expect(ledger.counts.deltasIgnored).toBe(1)
  })

  test('is not valid after a level that cannot be, until the next snapshot', () => {
    const ledger = ledgerOf(snapshot(1))
    expect(() => ledger.apply(delta(2, 2, { bids: [99, -1] }))).toThrow(
      expect.objectContaining({ code: 'BOOK_BAD_LEVEL' }),
    )
    expect(ledger.bookValid).toBe(false)
    ledger.apply(snapshot(3, { epoch: 2 }))
    expect(ledger.bookValid).toBe(true)
  })

  test('may be crossed: that is told, not thrown', () => {
    const ledger = ledgerOf(snapshot(1), delta(2, 2, { bids: [105, 1] }))
    expect([ledger.book.isCrossed(), ledger.bookValid]).toEqual([true, true])
  })

  test('is untouched by a gap in the trades', () => {
    expect(ledgerOf(snapshot(1), gap(2, 'trades')).bookValid).toBe(true)
  })
})

describe('the trades of a ledger', () => {
  test('are given after a seq, oldest first, none twice', () => {
    const ledger = ledgerOf(trade(1, 1), trade(2, 2), trade(3, 3))
    expect(seqs(ledger.tradesSince(1))).toEqual({ seqs: [2, 3], lost: 0 })
    expect(seqs(ledger.tradesSince(3))).toEqual({ seqs: [], lost: 0 })
    expect(seqs(ledger.tradesSince(99))).toEqual({ seqs: [], lost: 0 })
    expect(ledger.lastTrades(2).map(({ seq }) => seq)).toEqual([2, 3])
    expect([ledger.tradesEpoch, ledger.tradesSeq]).toEqual([1, 3])
  })

  test('of a new epoch replace those of the old', () => {
    const ledger = ledgerOf(trade(1, 7), trade(2, 1, { epoch: 2, tradeId: 'n' }))
    expect([ledger.tradesEpoch, ledger.tradesSeq]).toEqual([2, 1])
    expect(seqs(ledger.tradesSince(0))).toEqual({ seqs: [1], lost: 0 })
  })

  test('seen before, or of an older epoch, are ignored and counted', () => {
    const ledger = ledgerOf(
      trade(1, 1, { epoch: 2 }),
      trade(2, 1, { epoch: 2, tradeId: 'x' }),
      trade(3, 9, { tradeId: 'y' }),
    )
    expect(ledger.lastTrades(9)).toHaveLength(1)
    expect(ledger.counts.tradesIgnored).toBe(2)
    expect(ledger.candles('1s').last(1)[0]?.trades).toBe(1)
  })

  test('with a known id keep their place in the stream but change no bar and no price', () => {
    const again = trade(2, 1, { epoch: 2, tradeId: 't1', price: ticks(500) })
    const ledger = ledgerOf(trade(1, 1), again)
    expect(ledger.lastTrades(9)).toEqual([again])
    expect(ledger.candles('1m').last(9)).toMatchObject([{ trades: 1, high: 100 }])
    expect(ledger.ticker?.last).toBe(100)
    expect(ledger.counts.duplicateTrades).toBe(1)
  })

  test('after the venue began to count anew the ids of before are those of other trades', () => {
    const anew: MarketEvent = { ...gap(2, 'trades'), reason: 'restart' } as MarketEvent
    const ledger = ledgerOf(trade(1, 1), anew, trade(3, 1, { epoch: 2, tradeId: 't1', price: ticks(500) }))
    expect(ledger.ticker?.last).toBe(500)
    expect(ledger.candles('1m').last(9)).toMatchObject([{ trades: 2, high: 500 }])
    expect(ledger.counts.duplicateTrades).toBe(0)
  })

  test('what was lost is exact, whatever is kept, wherever the stream starts and breaks', () => {
    const schedule = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.nat({ max: 3 })), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), schedule, fc.nat({ max: 80 }), (tradesKept, moves, asked) => {
        const ledger = new Ledger(INSTRUMENT, { tradesKept })
        let [epoch, seq, run] = [1, 0, 0]
        moves.forEach(([ahead, reset, chance], at) => {
          const jump = chance === 0 ? ahead : 1
          if (reset && chance === 1) [epoch, seq] = [epoch + 1, 0]
          run = jump === 1 && seq > 0 ? run + 1 : 1
          seq += jump
          ledger.apply(trade(at, seq, { epoch, tradeId: `t${at}` }))
        })
        const { trades, lost } = ledger.tradesSince(asked)
        const missing = Math.max(0, seq - asked)
        const kept = Math.min(missing, run, tradesKept)
        expect(trades.map((each) => each.seq)).toEqual(Array.from({ length: kept }, (_, at) => seq - kept + 1 + at))
        expect(lost).toBe(missing - kept)
      }),
      { numRuns: 500 },
    )
  })

  test('fold into the bars of every interval, closed as time passes on whatever event', () => {
    const ledger = ledgerOf(trade(1_000_000, 1), trade(1_900_000, 2, { price: ticks(105) }))
    for (const interval of INTERVAL_NAMES) {
      expect(ledger.candles(interval).last(9)).toMatchObject([{ trades: 2, open: 100, close: 105, final: false }])
    }
    ledger.apply(status(2_000_000, 'live'))
    expect(ledger.candles('1s').last(1)[0]?.final).toBe(true)
    expect(ledger.candles('1m').last(1)[0]?.final).toBe(false)
  })

  test('a volume past 2^53 lots is counted for each bar it does not fit, and nothing throws', () => {
    const ledger = ledgerOf(trade(1, 1, { quantity: lots(Number.MAX_SAFE_INTEGER) }), trade(2_000_000, 2))
    expect(ledger.counts.candleOverflows).toBe(INTERVAL_NAMES.length - 1)
    expect(ledger.candles('1s').last(2)).toMatchObject([{ volume: Number.MAX_SAFE_INTEGER }, { volume: 1 }])
    expect(ledger.candles('1m').last(2)).toMatchObject([{ overflow: true, trades: 1 }])
    expect(ledger.tradesSeq).toBe(2)
  })
})

describe('the ticker of a ledger', () => {
  test('is unknown until something is known', () => {
    expect(ledgerOf(status(1, 'live')).ticker).toBeUndefined()
    expect(ledgerOf(snapshot(1, { bids: [], asks: [] })).ticker).toBeUndefined()
  })

  test('merges what the venue sends: an absent figure keeps its last value', () => {
    const ledger = ledgerOf(
      ticker(1, { bid: ticks(99), high24h: ticks(200) }),
      ticker(2, { bid: ticks(98), last: ticks(100) }),
    )
    expect(ledger.ticker).toEqual({ exchangeTime: 2, receivedAt: 12, bid: 98, last: 100, high24h: 200 })
  })

  test('takes bid, ask and last from book and trades where the venue sends none', () => {
    const ledger = ledgerOf(trade(1, 1, { price: ticks(77) }), snapshot(2, { bids: [100, 3], asks: [102, 4] }))
    const figures = { bid: 100, bidQuantity: 3, ask: 102, askQuantity: 4, last: 77 }
    expect(ledger.ticker).toEqual({ exchangeTime: 2, receivedAt: 12, ...figures })
    ledger.apply(ticker(3, { volume24h: lots(9) }))
    expect(ledger.ticker).toEqual({ exchangeTime: 3, receivedAt: 13, ...figures, volume24h: 9 })
  })

  test('never takes quotes from a book that is not valid', () => {
    const ledger = ledgerOf(trade(1, 1), snapshot(2), gap(3, 'book'))
    expect(ledger.ticker).toEqual({ exchangeTime: 1, receivedAt: 11, last: 100 })
  })

  test('quotes the newer of the book and the venue, both sides from the same', () => {
    const book = snapshot(2, { bids: [100, 3], asks: [] })
    const ledger = ledgerOf(ticker(1, { bid: ticks(50), ask: ticks(60) }), book)
    expect(ledger.ticker).toMatchObject({ bid: 100, bidQuantity: 3 })
    expect(ledger.ticker).not.toHaveProperty('ask')
    ledger.apply(ticker(3, { bid: ticks(99), ask: ticks(61) }))
    expect(ledger.ticker).toMatchObject({ bid: 99, ask: 61 })
    ledger.apply(ticker(4, { last: ticks(60) }))
    expect(ledger.ticker).toMatchObject({ bid: 99, ask: 61, last: 60 })
  })

  test('quotes nothing rather than something older than a book that is not valid', () => {
    const ledger = ledgerOf(ticker(1, { bid: ticks(50), ask: ticks(60) }), snapshot(2), gap(3, 'book'))
    expect(ledger.ticker).not.toHaveProperty('bid')
    ledger.apply(ticker(4, { bid: ticks(51) }))
    expect(ledger.ticker).toMatchObject({ bid: 51 })
  })

  test("has the newer of the ticker's last price and the last trade; a backfilled trade is never newer", () => {
    const ledger = ledgerOf(ticker(1, { last: ticks(50) }), trade(2, 1, { price: ticks(51) }))
    expect(ledger.ticker?.last).toBe(51)
    ledger.apply(trade(3, 2, { price: ticks(40), backfilled: true }))
    expect(ledger.ticker?.last).toBe(51)
    ledger.apply(ticker(4, { last: ticks(52) }))
    expect(ledger.ticker?.last).toBe(52)
  })
})

describe('the status of a ledger', () => {
  test('is connecting at first and then what the feed says, since when it began', () => {
    const ledger = new Ledger(INSTRUMENT)
    expect(ledger.status).toEqual({ state: 'connecting', since: 0 })
    ledger.apply(status(100, 'live'))
    expect(ledger.status).toEqual({ state: 'live', since: 110 })
    ledger.apply(status(200, 'live', 'still'))
    expect(ledger.status).toEqual({ state: 'live', since: 110, reason: 'still' })
    ledger.apply(status(300, 'stale', 'silent for 15 s'))
    expect(ledger.status).toEqual({ state: 'stale', since: 310, reason: 'silent for 15 s' })
  })
})

test('a ledger equals a plain fold of any events in the order they came', () => {
  const levels = fc
    .array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 3 })), { maxLength: 6 })
    .map((pairs) => pairs.flat())
  const move = fc.record({
    kind: fc.constantFrom('delta', 'delta', 'delta', 'gap', 'snapshot', 'hole'),
    bids: levels,
    asks: levels,
  })
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const ledger = new Ledger(INSTRUMENT)
      const model = { bids: new Map<number, number>(), asks: new Map<number, number>(), valid: false, updates: 0 }
      let [epoch, seq] = [0, 0]
      moves.forEach(({ kind, bids, asks }, at) => {
        if (kind === 'gap') {
          ledger.apply(gap(at, 'book'))
          model.valid = false
          return
        }
        if (kind === 'snapshot') {
          ;[epoch, seq] = [epoch + 1, 1]
          model.bids.clear()
          model.asks.clear()
          model.valid = true
        } else {
          seq += kind === 'hole' ? 2 : 1
          if (kind === 'hole') model.valid = false
        }
        ledger.apply(
          kind === 'snapshot' ? snapshot(at, { epoch, seq, bids, asks }) : delta(at, seq, { epoch, bids, asks }),
        )
        if (!model.valid) return
        model.updates++
        fold(model.bids, bids)
        fold(model.asks, asks)
      })
      expect(ledger.bookValid).toBe(model.valid)
      expect(ledger.bookUpdates).toBe(model.updates)
      expect(ledger.book.bids()).toEqual([...model.bids].sort(([a], [b]) => b - a).flat())
      expect(ledger.book.asks()).toEqual([...model.asks].sort(([a], [b]) => a - b).flat())
    }),
    { numRuns: 300 },
  )
})

function fold(model: Map<number, number>, levels: readonly number[]): void {
  for (let at = 0; at < levels.length; at += 2) {
    if (levels[at + 1] === 0) model.delete(levels[at]!)
    else model.set(levels[at]!, levels[at + 1]!)
  }
}

function seqs({ trades, lost }: ReturnType<Ledger['tradesSince']>) {
  return { seqs: trades.map(({ seq }) => seq), lost }
}
