import fc from 'fast-check'
import { expect, test } from 'vitest'
import { barTable } from '../src/chart/bar-table.ts'
import { SplitBars } from '../src/chart/bars.ts'
import { readCandles } from '../src/chart/history.ts'
import type { Bar } from '../src/engine/messages.ts'

function bar(time: number, rev = 1, close = rev): Bar {
  return { time, open: 1, high: 9, low: 1, close, volume: rev, rev, final: false }
}

test('the last bar moves, and freezes when the next one begins', () => {
  const bars = new SplitBars()
  bars.merge([bar(1), bar(2)])
  expect(bars.add(bar(2, 2))).toEqual({ kind: 'live', bar: bar(2, 2) })
  expect(bars.add(bar(3))).toEqual({ kind: 'next', bar: bar(3) })
  expect(bars.live).toEqual(bar(3))
})

test('a late trade revises a frozen bar in place', () => {
  const bars = new SplitBars()
  bars.merge([bar(1), bar(2), bar(3)])
  expect(bars.add(bar(1, 2))).toEqual({ kind: 'revise', index: 0 })
  expect(bars.all.map(({ rev }) => rev)).toEqual([2, 1, 1])
})

test('an older version of a bar changes nothing, frozen or live', () => {
  const bars = new SplitBars()
  bars.merge([bar(1, 5), bar(2, 5)])
  expect(bars.add(bar(1, 4))).toBeUndefined()
  expect(bars.add(bar(2, 4))).toBeUndefined()
  expect(bars.add(bar(2, 5))).toBeUndefined()
})

test('a bar nobody knew of finds its place between the others', () => {
  const bars = new SplitBars()
  bars.merge([bar(1), bar(3)])
  expect(bars.add(bar(2))).toMatchObject({ kind: 'reset' })
  expect(bars.all.map(({ time }) => time)).toEqual([1, 2, 3])
})

test('history that arrives after live bars does not set them back', () => {
  const bars = new SplitBars()
  bars.add(bar(3, 7))
  bars.merge([bar(1), bar(2), bar(3, 6)])
  expect(bars.live).toEqual(bar(3, 7))
})

test('what is kept is bounded, and the newest is what stays', () => {
  const bars = new SplitBars(10)
  for (let time = 1; time <= 100; time += 1) bars.add(bar(time))
  expect(bars.all.length).toBeLessThanOrEqual(10)
  expect(bars.live).toEqual(bar(100))
})

test('the bar that stands at a time is the last one that began by then', () => {
  const bars = new SplitBars()
  bars.merge([bar(10), bar(20), bar(30)])
  expect([5, 10, 25, 29, 30, 99].map((time) => bars.indexAt(time))).toEqual([-1, 0, 1, 1, 2, 2])
  expect(bars.get(1)).toEqual(bar(20))
  expect(bars.get(2)).toEqual(bar(30))
})

test('whatever the order and the duplicates, the newest version of every bar is what is drawn', () => {
  const anyBars = fc.array(fc.record({ time: fc.integer({ min: 1, max: 30 }), rev: fc.integer({ min: 1, max: 9 }) }))
  fc.assert(
    fc.property(anyBars, fc.nat(60), (versions, cut) => {
      const bars = new SplitBars()
      const wanted = new Map<number, number>()
      for (const { time, rev } of versions) wanted.set(time, Math.max(rev, wanted.get(time) ?? 0))
      for (const { time, rev } of versions.slice(0, cut)) bars.add(bar(time, rev))
      bars.merge(versions.slice(cut).map(({ time, rev }) => bar(time, rev)))
      const drawn = bars.all.map(({ time, rev }) => [time, rev])
      expect(drawn).toEqual([...wanted].sort(([a], [b]) => a - b))
    }),
  )
})

test('drawing only the changes gives the same picture as drawing all bars', () => {
  const anyBars = fc.array(fc.record({ time: fc.integer({ min: 1, max: 12 }), rev: fc.integer({ min: 1, max: 9 }) }))
  fc.assert(
    fc.property(anyBars, (versions) => {
      const bars = new SplitBars(8)
      let drawn: Bar[] = []
      for (const { time, rev } of versions) {
        const change = bars.add(bar(time, rev))
        if (change?.kind === 'reset') drawn = [...bars.all]
        else if (change?.kind === 'live') drawn.splice(-1, 1, change.bar)
        else if (change?.kind === 'next') drawn.push(change.bar)
        else if (change?.kind === 'revise') drawn.splice(change.index, 1, bars.all[change.index] ?? bar(0))
      }
      expect(drawn).toEqual(bars.all)
    }),
  )
})

test('history is read from decimal strings and microseconds', () => {
  const candle = {
    openTime: 60_000_000,
    open: '1.5',
    high: '2',
    low: '1',
    close: '1.75',
    volume: '3',
    trades: 4,
    rev: 2,
    final: true,
  }
  expect(readCandles({ instrument: 'a:B-C', interval: '1m', candles: [candle] })).toEqual([
    { time: 60_000, open: 1.5, high: 2, low: 1, close: 1.75, volume: 3, rev: 2, final: true },
  ])
})

test('a bar that is not whole is left out rather than drawn wrong', () => {
  expect(readCandles({ candles: [{ openTime: 60_000_000, open: '1' }, { openTime: 'x' }] })).toEqual([])
  expect(readCandles(undefined)).toEqual([])
  expect(readCandles({ candles: 7 })).toEqual([])
})

test('the table of a chart is newest first, has the decimals of tick and lot, and the indicators beside each bar', () => {
  const instrument = { id: 'a:B-C', tickSize: '0.25', lotSize: '0.001' }
  const sma = { indicator: { kind: 'sma' as const, periods: [2] }, nth: 0, pane: 0, values: [[undefined], [1234.5]] }
  const rsi = { indicator: { kind: 'rsi' as const, periods: [14] }, nth: 0, pane: 2, values: [[undefined], [54.26]] }
  const { seq, columns, rows } = barTable(instrument, {
    bars: [bar(0, 1), bar(60_000, 7)],
    studies: [sma, rsi],
    sight: undefined,
  })
  expect(seq).toBe(7)
  expect(columns).toEqual(['Time UTC', 'Open', 'High', 'Low', 'Close', 'Volume', 'SMA 2', 'RSI 14'])
  expect(rows.map((row) => row.join(' '))).toEqual([
    '1970-01-01 00:01:00 1.00 9.00 1.00 7.00 7.000 1234.50 54.3',
    '1970-01-01 00:00:00 1.00 9.00 1.00 1.00 1.000 — —',
  ])
  expect(barTable(instrument, { bars: [], studies: [], sight: undefined })).toMatchObject({ seq: 0, rows: [] })
})

test.each([
  { name: 'at the newest', sight: { from: 900.4, to: 1005 }, rows: [900, 999] },
  { name: 'in the past', sight: { from: 200, to: 320.9 }, rows: [200, 320] },
  { name: 'where the bars begin', sight: { from: -30, to: 20 }, rows: [0, 49] },
  { name: 'of few bars', sight: { from: 700, to: 705 }, rows: [656, 705] },
  { name: 'of more than anyone reads', sight: { from: 0, to: 998 }, rows: [499, 998] },
])('the table of a chart tells what is in sight of it: $name', ({ sight, rows }) => {
  const instrument = { id: 'a:B-C', tickSize: '1', lotSize: '1' }
  const bars = Array.from({ length: 1000 }, (_, n) => bar(n * 60_000))
  const told = barTable(instrument, { bars, studies: [], sight }).rows
  const minutes = told.map(([time = '']) => Date.parse(`${time.replace(' ', 'T')}Z`) / 60_000)
  expect([minutes.at(-1), minutes[0]]).toEqual(rows)
  expect(minutes).toEqual(Array.from({ length: rows[1]! - rows[0]! + 1 }, (_, n) => rows[1]! - n))
})
