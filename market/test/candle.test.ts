import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Candle,
  CandleBuilder,
  type CandleTrade,
  INTERVAL_NAMES,
  INTERVALS,
  lots,
  micros,
  ticks,
} from '../src/index.ts'

const SECOND = INTERVALS['1s']
const MAX = Number.MAX_SAFE_INTEGER

function trade(id: number | string, time: number, price: number, quantity = 1): CandleTrade {
  return {
    tradeId: String(id),
    exchangeTime: micros(time),
    receivedAt: micros(time + 50_000),
    price: ticks(price),
    quantity: lots(quantity),
  }
}

describe('a candle builder', () => {
  test('opens, extends and follows bars on multiples of the interval', () => {
    const builder = new CandleBuilder(SECOND)
    expect(builder.add(trade(1, 5_000_000, 100, 2))).toMatchObject({
      openTime: 5_000_000,
      open: 100,
      close: 100,
      rev: 1,
    })
    builder.add(trade(2, 5_400_000, 104, 3))
    builder.add(trade(3, 5_999_999, 97, 5))
    builder.add(trade(4, 6_000_000, 98, 7))
    expect(builder.last(9)).toEqual([
      bar({ openTime: 5_000_000, open: 100, high: 104, low: 97, close: 97, volume: 10, trades: 3, rev: 3 }),
      bar({ openTime: 6_000_000, open: 98, high: 98, low: 98, close: 98, volume: 7, trades: 1, rev: 1 }),
    ])
  })

  test('has no bar for an interval without a trade', () => {
    const builder = new CandleBuilder(SECOND)
    builder.add(trade(1, 1_000_000, 100))
    builder.add(trade(2, 9_000_000, 100))
    expect(builder.last(9).map(({ openTime }) => openTime)).toEqual([1_000_000, 9_000_000])
  })

  test('revises the bar of a late trade, open and close included, and no other', () => {
    const builder = new CandleBuilder(SECOND)
    builder.add(trade(11, 1_500_000, 100))
    builder.add(trade(20, 2_100_000, 200))
    expect(builder.add(trade(10, 1_400_000, 90))).toMatchObject({ open: 90, close: 100, low: 90, rev: 2 })
    expect(builder.add(trade(12, 1_600_000, 110))).toMatchObject({ open: 90, close: 110, high: 110, rev: 3 })
    expect(builder.last(1)[0]).toMatchObject({ openTime: 2_000_000, rev: 1 })
  })

  test('puts a late trade of an interval that had none in its place', () => {
    const builder = new CandleBuilder(SECOND)
    builder.add(trade(1, 1_000_000, 100))
    builder.add(trade(3, 5_000_000, 100))
    builder.add(trade(2, 3_000_000, 100))
    expect(builder.last(9).map(({ openTime }) => openTime)).toEqual([1_000_000, 3_000_000, 5_000_000])
  })

  test('orders trades of one time by their ids as numbers', () => {
    const builder = new CandleBuilder(SECOND)
    builder.add(trade(10, 1_000_000, 10))
    builder.add(trade(9, 1_000_000, 9))
    builder.add(trade(100, 1_000_000, 100))
    expect(builder.last(1)[0]).toMatchObject({ open: 9, close: 100 })
  })

  test('is not changed by a trade it has had', () => {
    const builder = new CandleBuilder(SECOND)
    const first = builder.add(trade(1, 1_000_000, 100, 5))
    expect(builder.add(trade(1, 1_000_000, 100, 5))).toBeUndefined()
    expect(builder.add(trade(1, 7_000_000, 300, 5))).toBeUndefined()
    expect(builder.last(9)).toEqual([first])
  })

  test('forgets ids only after the number it keeps', () => {
    const builder = new CandleBuilder(SECOND, { idsKept: 2 })
    for (const id of [1, 2, 1, 2, 3]) builder.add(trade(id, 1_000_000, 100))
    expect(builder.last(1)[0]?.trades).toBe(3)
    builder.add(trade(1, 1_000_000, 100))
    expect(builder.last(1)[0]?.trades).toBe(4)
  })

  test('keeps the newest bars, and counts a trade older than all of them as too late', () => {
    const builder = new CandleBuilder(SECOND, { keep: 2 })
    for (const second of [5, 6, 7]) builder.add(trade(second, second * SECOND, 100))
    expect(builder.last(9).map(({ openTime }) => openTime)).toEqual([6_000_000, 7_000_000])
    expect(builder.add(trade(1, 5_500_000, 100))).toBeUndefined()
    expect(builder.tooLate).toBe(1)
    expect(builder.add(trade(2, 6_500_000, 100))).toMatchObject({ openTime: 6_000_000, trades: 2 })
  })

  test('closes the bars whose interval is over, once each, and a late trade revises a closed bar', () => {
    const builder = new CandleBuilder(SECOND)
    builder.add(trade(1, 1_000_000, 100))
    builder.add(trade(2, 2_000_000, 100))
    expect(builder.closeUpTo(micros(1_999_999))).toEqual([])
    expect(builder.closeUpTo(micros(2_000_000))).toMatchObject([{ openTime: 1_000_000, final: true, rev: 2 }])
    expect(builder.closeUpTo(micros(2_999_999))).toEqual([])
    expect(builder.add(trade(3, 1_300_000, 120))).toMatchObject({ final: true, rev: 3, high: 120 })
    expect(builder.closeUpTo(micros(60_000_000))).toMatchObject([{ openTime: 2_000_000, final: true }])
  })

  test('closes a bar that a late trade opened in a past interval', () => {
    const builder = new CandleBuilder(SECOND)
    builder.add(trade(2, 5_000_000, 100))
    builder.closeUpTo(micros(7_000_000))
    expect(builder.add(trade(1, 3_000_000, 100))).toMatchObject({ final: false })
    expect(builder.closeUpTo(micros(7_000_000))).toMatchObject([{ openTime: 3_000_000, final: true }])
  })

  test('tells which bars changed since a mark, oldest first', () => {
    const builder = new CandleBuilder(SECOND)
    builder.add(trade(1, 1_000_000, 100))
    builder.add(trade(2, 2_000_000, 100))
    const mark = builder.changes
    expect(builder.changedSince(mark)).toEqual([])
    builder.add(trade(4, 4_000_000, 100))
    builder.add(trade(3, 1_200_000, 100))
    expect(builder.changedSince(mark).map(({ openTime }) => openTime)).toEqual([1_000_000, 4_000_000])
    expect(builder.changedSince(0)).toEqual(builder.last(9))
    const later = builder.changes
    builder.closeUpTo(micros(3_000_000))
    expect(builder.changedSince(later).map(({ openTime }) => openTime)).toEqual([1_000_000, 2_000_000])
  })

  test('uses our own clock where the venue sends no time', () => {
    const builder = new CandleBuilder(SECOND)
    expect(builder.add({ ...trade(1, 1_980_000, 100), exchangeTime: undefined })).toMatchObject({ openTime: 2_000_000 })
  })

  test('a bar whose volume would pass 2^53 lots stops at its last exact values and says so', () => {
    const builder = new CandleBuilder(SECOND)
    builder.add(trade(1, 1_000_000, 100, MAX))
    const overflowing = () => builder.add(trade(2, 1_000_001, 500, 1))
    expect(overflowing).toThrow(expect.objectContaining({ code: 'UNIT_OVERFLOW' }))
    const stopped = bar({
      openTime: 1_000_000,
      open: 100,
      high: 100,
      low: 100,
      close: 100,
      volume: MAX,
      trades: 1,
      rev: 2,
    })
    expect(builder.last(1)).toEqual([{ ...stopped, overflow: true }])
    expect(() => builder.add(trade(3, 1_000_002, 1, 1))).toThrow(expect.objectContaining({ code: 'UNIT_OVERFLOW' }))
    expect(builder.last(1)).toEqual([{ ...stopped, overflow: true }])
    expect(builder.add(trade(4, 2_000_000, 100, 1))).toMatchObject({ openTime: 2_000_000, volume: 1 })
    expect(builder.closeUpTo(micros(2_000_000))).toMatchObject([{ overflow: true, final: true }])
  })

  test('a bar handed out is never changed afterwards', () => {
    const builder = new CandleBuilder(SECOND)
    const before = builder.add(trade(1, 1_000_000, 100))
    const copy = { ...before }
    builder.add(trade(2, 1_000_000, 200))
    builder.closeUpTo(micros(9_000_000))
    expect(before).toEqual(copy)
  })
})

test('in any order of arrival, with any repeats, the bars are those of the distinct trades in order of time', () => {
  const trades = fc.uniqueArray(
    fc.record({
      id: fc.nat({ max: 2000 }),
      time: fc.nat({ max: 9 }),
      price: fc.integer({ min: -5, max: 50 }),
      quantity: fc.nat({ max: 1e6 }),
    }),
    { selector: ({ id }) => id, maxLength: 60 },
  )
  const arrival = trades.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(2, 3, 10),
    ),
  )
  fc.assert(
    fc.property(arrival, ([distinct, arriving, keep, interval]) => {
      const builder = new CandleBuilder(interval, { keep })
      for (const { id, time, price, quantity } of arriving) builder.add(trade(id, time, price, quantity))
      expect(builder.last(99).map(figures)).toEqual(naive(distinct, interval).slice(-keep))
    }),
    { numRuns: 500 },
  )
})

test('the bars of every longer interval hold the volume and the trades of the shorter ones in them', () => {
  const trades = fc.array(fc.tuple(fc.nat({ max: INTERVALS['1d'] * 2 }), fc.nat({ max: 1000 })), {
    minLength: 1,
    maxLength: 50,
  })
  fc.assert(
    fc.property(trades, (all) => {
      const totals = INTERVAL_NAMES.map((interval) => {
        const builder = new CandleBuilder(INTERVALS[interval])
        all.forEach(([time, quantity], id) => {
          builder.add(trade(id, time, 1, quantity))
        })
        return builder.last(99).reduce((sum, { volume, trades: count }) => [sum[0]! + volume, sum[1]! + count], [0, 0])
      })
      expect(new Set(totals.map(String)).size).toBe(1)
    }),
  )
})

type Plain = { readonly id: number; readonly time: number; readonly price: number; readonly quantity: number }

/** The definition: sort the distinct trades by time and id, cut them into intervals, fold each. */
function naive(trades: readonly Plain[], interval: number) {
  const sorted = [...trades].sort((a, b) => a.time - b.time || a.id - b.id)
  const groups = Map.groupBy(sorted, ({ time }) => Math.floor(time / interval) * interval)
  return [...groups].map(([openTime, group]) => ({
    openTime,
    open: group[0]!.price,
    high: Math.max(...group.map(({ price }) => price)),
    low: Math.min(...group.map(({ price }) => price)),
    close: group.at(-1)!.price,
    volume: group.reduce((sum, { quantity }) => sum + quantity, 0),
    trades: group.length,
  }))
}

function figures({ rev: _rev, final: _final, ...rest }: Candle) {
  return rest
}

function bar(fields: Record<string, number>): object {
  return { final: false, ...fields }
}
