import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SplitBars } from '../src/chart/bars.ts'
import { Derived } from '../src/chart/derived.ts'
import { heikinAshi } from '../src/chart/heikin-ashi.ts'
import { indicatorFold } from '../src/chart/indicator-folds.ts'
import { labelOf, periodsOf } from '../src/chart/indicators.ts'
import { priceFold } from '../src/chart/price-drawing.ts'
import type { Bar } from '../src/engine/messages.ts'
import { type ChartIndicator, INDICATOR_KINDS } from '../src/panels/options.ts'

const MINUTE = 60_000
const DAY = 86_400_000

function bar(index: number, close: number, more: Partial<Bar> = {}): Bar {
  const open = more.open ?? close
  return {
    time: index * MINUTE,
    open,
    high: Math.max(open, close),
    low: Math.min(open, close),
    close,
    volume: 1,
    rev: 1,
    final: false,
    ...more,
  }
}

/** The last values of an indicator over closes, one bar each. */
function last(indicator: ChartIndicator, bars: readonly Bar[], barMs = MINUTE): readonly (number | undefined)[] {
  const derived = new Derived(() => indicatorFold(indicator, barMs))
  derived.set(bars)
  return derived.values.at(-1) ?? []
}

const closes = (...prices: readonly number[]): Bar[] => prices.map((price, at) => bar(at, price))

describe('an indicator is what its textbook says', () => {
  test('SMA is the mean of the last closes, and nothing before there are so many', () => {
    expect(last({ kind: 'sma', periods: [3] }, closes(1, 2, 3, 7))).toEqual([4])
    expect(last({ kind: 'sma', periods: [3] }, closes(1, 2))).toEqual([undefined])
  })

  test('EMA weighs the newest with 2/(n+1), and says nothing before n closes', () => {
    expect(last({ kind: 'ema', periods: [3] }, closes(2, 4, 8))).toEqual([(2 / 2 + 4 / 2) / 2 + 8 / 2])
    expect(last({ kind: 'ema', periods: [3] }, closes(2, 4))).toEqual([undefined])
  })

  test('VWAP weighs the typical price by volume, and begins anew at midnight UTC', () => {
    const before = bar(0, 50, { time: DAY - MINUTE, volume: 1000 })
    const first = bar(0, 10, { time: DAY, volume: 1 })
    const second = bar(0, 20, { time: DAY + MINUTE, volume: 3 })
    expect(last({ kind: 'vwap', periods: [] }, [before])).toEqual([50])
    expect(last({ kind: 'vwap', periods: [] }, [before, first, second])[0]).toBeCloseTo(17.5, 9)
    // Of days it is the month's.
    expect(last({ kind: 'vwap', periods: [] }, [before, first, second], DAY)[0]).toBeGreaterThan(49)
  })

  test('Bollinger Bands lie two deviations about the mean', () => {
    const [upper = 0, middle = 0, lower = 0] = last({ kind: 'bands', periods: [4, 2] }, closes(2, 4, 4, 6))
    expect(middle).toBe(4)
    expect(upper - middle).toBeCloseTo(2 * Math.sqrt(2), 9)
    expect(middle - lower).toBeCloseTo(2 * Math.sqrt(2), 9)
  })

  test('RSI is 100 where prices only rose, and halfway where they rose as much as they fell', () => {
    expect(last({ kind: 'rsi', periods: [3] }, closes(1, 2, 3, 4))).toEqual([100])
    expect(last({ kind: 'rsi', periods: [2] }, closes(5, 6, 5))[0]).toBeCloseTo(50, 9)
  })

  test('MACD has its signal once there are enough of them', () => {
    const indicator: ChartIndicator = { kind: 'macd', periods: [1, 2, 2] }
    const [macd, signal, histogram] = last(indicator, closes(10, 13))
    expect(macd).toBeCloseTo(1, 9)
    expect([signal, histogram]).toEqual([undefined, undefined])
    const [next = 0, signalled = 0, columns] = last(indicator, closes(10, 13, 13))
    expect(columns).toBeCloseTo(next - signalled, 12)
  })

  test('ATR counts the gap from the close before', () => {
    const bars = [bar(0, 10), bar(1, 20, { open: 18 })]
    expect(last({ kind: 'atr', periods: [2] }, bars)).toEqual([(0 + 10) / 2])
  })
})

test('Heikin-Ashi closes at the mean of four prices and opens in the middle of the body before', () => {
  const fold = heikinAshi()
  expect(fold({ ...bar(0, 14, { open: 10 }), high: 16, low: 8 }, false)).toEqual({
    open: 12,
    high: 16,
    low: 8,
    close: 12,
  })
  const second = fold({ ...bar(1, 20, { open: 18 }), high: 20, low: 18 }, false)
  expect(second).toEqual({ open: 12, high: 20, low: 12, close: 19 })
})

test('a hollow candle is coloured by the close before it, however often the last one moves', () => {
  const fold = priceFold('hollow')
  fold(bar(0, 100), false)
  expect(fold(bar(1, 99, { open: 90 }), false).isRise).toBe(false)
  expect(fold(bar(1, 101, { open: 90 }), true).isRise).toBe(true)
  expect(fold(bar(2, 100.5), false).isRise).toBe(false)
})

const anyBar = fc.record({
  at: fc.integer({ min: 0, max: 30 }),
  rev: fc.integer({ min: 1, max: 6 }),
  open: fc.integer({ min: 1, max: 200 }),
  close: fc.integer({ min: 1, max: 200 }),
  wick: fc.integer({ min: 0, max: 20 }),
  volume: fc.integer({ min: 0, max: 50 }),
})
type AnyBar = typeof anyBar extends fc.Arbitrary<infer Of> ? Of : never
const anyBars = fc.array(anyBar, { maxLength: 120 })

/** Late, doubled and revised bars, as they reach a chart. */
function versions(drawn: readonly AnyBar[]): Bar[] {
  return drawn.map(({ at, rev, open, close, wick, volume }) => ({
    // Some of them beyond midnight.
    time: DAY - 15 * MINUTE + at * MINUTE,
    open,
    high: Math.max(open, close) + wick,
    low: Math.min(open, close) - wick,
    close,
    volume,
    rev,
    final: false,
  }))
}

/** Takes bars in as a chart does. */
function follow<Value>(derived: Derived<Value>, bars: readonly Bar[]): readonly Bar[] {
  const held = new SplitBars(20)
  for (const each of bars) {
    const change = held.add(each)
    if (change?.kind === 'live') derived.move(change.bar)
    else if (change?.kind === 'next') derived.next(change.bar)
    else if (change !== undefined) derived.set(held.all)
  }
  return held.all
}

function close(a: readonly (number | undefined)[], b: readonly (number | undefined)[]): boolean {
  return a.every((value, at) => {
    const other = b[at]
    if (value === undefined || other === undefined) return value === other
    return Math.abs(value - other) <= 1e-6 * Math.max(1, Math.abs(value))
  })
}

test.each([
  ...INDICATOR_KINDS.map((kind) => ({
    kind,
    periods: { macd: [3, 5, 4], bands: [5, 2], vwap: [] }[kind as string] ?? [4],
  })),
])('$kind that followed every move is the one computed of the bars as they ended', ({ kind, periods }) => {
  fc.assert(
    fc.property(anyBars, (drawn) => {
      const make = () => indicatorFold({ kind, periods: [...periods] }, MINUTE)
      const followed = new Derived(make)
      const bars = follow(followed, versions(drawn))
      const whole = new Derived(make)
      whole.set(bars)
      expect(followed.values).toHaveLength(bars.length)
      followed.values.forEach((values, at) => {
        expect(close(values, whole.values[at] ?? []), `${at}: ${values} / ${whole.values[at]}`).toBe(true)
      })
    }),
    { numRuns: 200 },
  )
})

test.each(['heikin-ashi', 'hollow'] as const)(
  '%s that followed every move is the one made of the bars as they ended',
  (type) => {
    fc.assert(
      fc.property(anyBars, (drawn) => {
        const followed = new Derived(() => priceFold(type))
        const bars = follow(followed, versions(drawn))
        const whole = new Derived(() => priceFold(type))
        whole.set(bars)
        expect(followed.values).toEqual(whole.values)
      }),
    )
  },
)

test('a bar that moves a thousand times counts once', () => {
  for (const kind of INDICATOR_KINDS) {
    const derived = new Derived(() => indicatorFold({ kind, periods: [] }, MINUTE))
    const history = Array.from({ length: 60 }, (_, at) => bar(at, 100 + Math.sin(at) * 10, { open: 100 }))
    derived.set(history)
    derived.next(bar(60, 100))
    for (let move = 0; move < 1000; move += 1) derived.move(bar(60, 50 + (move % 100), { volume: 1 + (move % 7) }))
    const ended = bar(60, 105, { volume: 4 })
    derived.move(ended)
    expect(close(derived.values.at(-1) ?? [], last({ kind, periods: [] }, [...history, ended])), kind).toBe(true)
  }
})

test('a bar that begins without volume takes the place of no other in VWAP', () => {
  const derived = new Derived(() => indicatorFold({ kind: 'vwap', periods: [] }, MINUTE))
  derived.set([bar(0, 10, { volume: 4 })])
  expect(derived.next(bar(1, 99, { volume: 0 }))[0]).toBeCloseTo(10, 9)
  expect(derived.move(bar(1, 20, { volume: 4 }))[0]).toBeCloseTo(15, 9)
})

test('periods that cannot be computed with are as usual, and the fast average is the faster one', () => {
  expect(periodsOf({ kind: 'ema', periods: [] })).toEqual([20])
  expect(periodsOf({ kind: 'rsi', periods: [1] })).toEqual([14])
  expect(periodsOf({ kind: 'macd', periods: [26, 12, 9] })).toEqual([26, 27, 9])
  expect(periodsOf({ kind: 'vwap', periods: [5] })).toEqual([])
  expect(labelOf({ kind: 'bands', periods: [20, 3] })).toBe('BB 20 3')
  expect(labelOf({ kind: 'vwap', periods: [] })).toBe('VWAP')
})
