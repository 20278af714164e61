import type { Exchange, OrderEvent } from '@depthcast/feeds/simulation'
import { openExchange } from '@depthcast/feeds/simulation'
import { expect, test } from 'vitest'
import {
  autocorrelation,
  excessKurtosis,
  fano,
  gaps,
  hill,
  mean,
  percentile,
  variance,
  variation,
} from '../src/facts/statistics.ts'
import { factTable } from '../src/facts/table.ts'
import { watchCapture } from '../src/facts/watch-capture.ts'
import { watchExchange } from '../src/facts/watch-exchange.ts'
import { runProgram } from '../src/program.ts'
import { frame, kept, saved, session, update } from './recorded.ts'
import { sim } from './run.ts'

const SECOND = 1_000_000
const HOUR = 3600 * SECOND

test.each([
  { name: 'mean', found: mean([1, 2, 6]), want: 3 },
  { name: 'mean of none', found: mean([]), want: Number.NaN },
  { name: 'variance', found: variance([1, 3, 5, 7]), want: 5 },
  { name: 'variation of equal waits', found: variation([4, 4, 4]), want: 0 },
  { name: 'variation', found: variation([0, 2]), want: 1 },
  { name: 'median', found: percentile([9, 1, 5, 3, 7], 0.5), want: 5 },
  { name: 'p10 of few', found: percentile([9, 1, 5], 0.1), want: 1 },
  { name: 'p100', found: percentile([9, 1, 5], 1), want: 9 },
  { name: 'percentile of none', found: percentile([], 0.5), want: Number.NaN },
  { name: 'Fano factor of a metronome', found: fano([0, 1, 2, 3, 4, 5], { window: 2, from: 0, to: 6 }), want: 0 },
  { name: 'Fano factor of windows of 4 and 0', found: fano([1, 1, 1, 1], { window: 2, from: 0, to: 4 }), want: 2 },
  {
    name: 'Fano factor without the last, cut window',
    found: fano([0, 2, 4.1, 4.2], { window: 2, from: 0, to: 5 }),
    want: 0,
  },
  { name: 'autocorrelation of a flip-flop', found: autocorrelation([1, -1, 1, -1, 1, -1, 1, -1], 1), want: -7 / 8 },
  { name: 'autocorrelation two places on', found: autocorrelation([1, -1, 1, -1, 1, -1, 1, -1], 2), want: 6 / 8 },
  { name: 'autocorrelation around the mean', found: autocorrelation([11, 9, 11, 9], 1), want: -3 / 4 },
  { name: 'autocorrelation of the same', found: autocorrelation([2, 2, 2, 2], 1), want: Number.NaN },
  { name: 'autocorrelation past half of them', found: autocorrelation([1, 2, 3], 2), want: Number.NaN },
  { name: 'kurtosis of a coin', found: excessKurtosis([1, -1, 1, -1]), want: -2 },
  { name: 'kurtosis of two in a hundred', found: excessKurtosis([1, -1, ...new Array(98).fill(0)]), want: 47 },
  { name: 'Hill tail', found: hill([1, -Math.E, Math.E ** 2, 0, 0], 0.67), want: 2 / 3 },
  { name: 'Hill tail of one', found: hill([1], 0.5), want: Number.NaN },
])('$name is $want', ({ found, want }) => {
  if (Number.isNaN(want)) expect(found).toBeNaN()
  else expect(found).toBeCloseTo(want, 12)
})

test('the Hill estimator finds the exponent of a power law', () => {
  const law = Array.from({ length: 10_000 }, (_, i) => ((i + 0.5) / 10_000) ** (-1 / 3))
  expect(hill(law, 0.05)).toBeCloseTo(3, 1)
})

test('waits are those between neighbours', () => {
  expect(gaps([3, 4, 9])).toEqual([1, 5])
})

/** Those that the preset is made for; of the others an hour may miss one by chance. */
const REQUIRED = [
  'inter-arrival variation',
  'Fano factor 1 s',
  'Fano factor 10 s over 1 s',
  'trade sign autocorrelation 1',
  'trade sign autocorrelation 10',
  '1 s returns: excess kurtosis',
  'absolute returns: autocorrelation 10 s',
  'spread p10, p50, p90 (ticks)',
]

test.each([1, 2, 3, 4, 5, 6])('an hour of the equity preset has the facts of the recorded one, seed %i', (seed) => {
  const found = hour({ seed })
  const missed = found.filter(({ isInside }) => isInside === false).map(({ fact }) => fact)
  expect(missed.filter((fact) => REQUIRED.includes(fact))).toEqual([])
  expect(missed.length).toBeLessThanOrEqual(1)
  expect(found.filter(({ isInside }) => isInside !== undefined)).toHaveLength(19)
})

test('orders that come evenly at random have none of the facts of bursts and memory', () => {
  const outside = hour({ seed: 1, model: 'poisson' }).filter(({ isInside }) => isInside === false)
  expect(outside.map(({ fact }) => fact)).toEqual(
    expect.arrayContaining([
      'inter-arrival variation',
      'inter-arrival p50, mean (ms)',
      'Fano factor 1 s',
      'Fano factor of trades 1 s',
      'trade sign autocorrelation 1',
      'trade sign autocorrelation 10',
      '1 s returns: excess kurtosis',
      'absolute returns: autocorrelation 10 s',
      'order lifetime p10, p50, p90 (ms)',
    ]),
  )
})

test('twenty minutes of a crypto market are no nonsense', () => {
  const exchange = openExchange({ seed: 2, preset: 'crypto', symbols: ['BTC-USD'] })
  const table = factTable(watched(exchange, 'BTC-USD', HOUR / 3), 'crypto')
  expect(table.filter(({ isInside }) => isInside === false)).toEqual([])
})

test('what is too short to tell is not judged', () => {
  const exchange = openExchange({ seed: 1, preset: 'equity', symbols: ['AAPL-USD'] })
  const table = factTable(watched(exchange, 'AAPL-USD', SECOND), 'equity')
  expect(table.every(({ isInside }) => isInside === undefined)).toBe(true)
})

test('what chance alone makes as large is judged only once enough was seen', () => {
  const judged = (minutes: number) => {
    const exchange = openExchange({ seed: 1, preset: 'equity', symbols: ['AAPL-USD'] })
    const table = factTable(watched(exchange, 'AAPL-USD', minutes * 60 * SECOND), 'equity')
    return table.filter(({ isInside }) => isInside !== undefined).map(({ fact }) => fact)
  }
  const [nine, twenty, thirty] = [judged(9), judged(20), judged(31)]
  expect(nine).not.toContain('absolute returns: autocorrelation 10 s')
  expect(twenty).toContain('absolute returns: autocorrelation 10 s')
  expect(twenty).not.toContain('1 s returns: autocorrelation 1')
  expect(thirty).toContain('1 s returns: autocorrelation 1')
  expect(nine).toContain('inter-arrival variation')
})

test.each([
  { book: 'in batches', everyMs: 50, isBatched: true },
  { book: 'as it happens', everyMs: 1, isBatched: false },
])('a recorded book that comes $book: judged by when its events come: not $isBatched', ({ everyMs, isBatched }) => {
  const updates = Array.from({ length: 120 }, (_, n) => frame(30 + n * everyMs, update(n)))
  const file = saved(`every-${everyMs}.ndjson`, [...session(0), ...updates])
  const [seen] = [...toItsEnd(watchCapture(file)).values()]
  expect(seen).toMatchObject({ isBatched })
  const [fact] = factTable(seen!, 'crypto').filter((one) => one.fact === 'inter-arrival variation')
  expect(fact?.measured).toHaveLength(1)
  expect(fact?.isInside === undefined).toBe(isBatched)
})

test('orders are followed from coming to going', () => {
  const level = { symbol: 'A-B', side: 'bid', ticks: 99, lots: 5, total: 5 } as const
  const seen = watched(
    scripted([
      { ...level, kind: 'rest', seq: 1, at: 100, orderId: 1 },
      { ...level, kind: 'rest', seq: 2, at: 200, orderId: 2, ticks: 101 },
      { ...level, kind: 'cancel', seq: 3, at: 300, orderId: 1, lots: 2, total: 3 },
      { ...level, kind: 'fill', seq: 4, at: 400, orderId: 2, takerId: 3, tradeId: 1, ticks: 101, lots: 4, total: 1 },
      { ...level, kind: 'cancel', seq: 5, at: 700, orderId: 1, lots: 3, total: 0 },
      { ...level, kind: 'rest', seq: 6, at: 800, orderId: 4, side: 'ask', ticks: 104 },
      { ...level, kind: 'rest', symbol: 'C-D', seq: 1, at: 900, orderId: 1 },
    ]),
    'A-B',
    2 * SECOND,
  )
  expect(seen.eventTimes).toEqual([100, 200, 300, 400, 700, 800])
  expect(seen.mix).toEqual({ submit: 3, delete: 1, partial: 1, execution: 1 })
  expect(seen.lifetimes).toEqual([600])
  // The best bid was 100 all the time, the best ask 103: the scripted book does not move.
  expect(seen.distances).toEqual([1, -1, 1])
  expect(seen.tradeSigns).toEqual([-1])
  expect(seen.mids).toEqual([101.5, 101.5])
  expect(seen.spreads).toEqual([3, 3])
  expect(seen.depths.map((lots) => lots[0])).toEqual([15, 40, ...new Array(8).fill(undefined)])
})

test('the command prints every fact beside its band and what was recorded, and fails where one is outside', async () => {
  const good = await sim('facts', '--seed', '3')
  expect(good.code).toBe(0)
  expect(good.out).toMatch(/^ok +inter-arrival variation +\d\.\d+ +2 to 5 +3\.37$/m)
  expect(good.out).toMatch(/^19 of 19 facts inside their bands$/m)
  const poisson = await sim('facts', '--model', 'poisson', '--duration', '20m', '--json')
  expect(poisson.code).toBe(1)
  expect(JSON.parse(poisson.out)).toMatchObject({ isInside: false })
})

test.each([['--duration', '10000h'], [saved('long.ndjson', session(20_000))]])(
  'Ctrl-C ends facts %s before its end, with 1 and a word',
  async (...args) => {
    const output = kept()
    setImmediate(output.end)
    expect(await runProgram(['facts', ...args], output)).toBe(1)
    expect([output.text(), output.notes]).toEqual(['', ['interrupted: not judged to its end']])
  },
)

test.each([
  { args: ['--symbol', 'apple'], wrong: /'APPLE' is not BASE-QUOTE/ },
  { args: ['--preset', 'bonds'], wrong: /equity, crypto/ },
  { args: ['nowhere.ndjson'], wrong: /nowhere\.ndjson/ },
  {
    args: ['--symbol', 'foo-usd', saved('few.ndjson', session(3))],
    wrong: /no book of FOO-USD, allowed are ABC-USD$/m,
  },
])('facts $args is refused in one line', async ({ args, wrong }) => {
  const { code, out, err } = await sim('facts', ...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(wrong)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
})

function hour(options: { readonly seed: number; readonly model?: 'poisson' }) {
  const exchange = openExchange({ ...options, preset: 'equity', symbols: ['AAPL-USD'] })
  return factTable(watched(exchange, 'AAPL-USD', HOUR), 'equity')
}

function watched(...args: Parameters<typeof watchExchange>) {
  return toItsEnd(watchExchange(...args))
}

function toItsEnd<Value>(steps: Generator<unknown, Value>): Value {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** An exchange on which these things happen to a book that stands still. */
function scripted(events: readonly OrderEvent[]): Exchange {
  let now = 0
  return {
    instruments: [],
    get now() {
      return now
    },
    advance(until, hear) {
      for (const event of events) if (event.at > now && event.at <= until) hear(event)
      now = until
    },
    levels: (_symbol, side, depth = 10) =>
      (side === 'bid' ? [100, 10, 99, 50] : [103, 20, 104, 30]).slice(0, 2 * depth),
    seq: () => 0,
    past: () => [],
    tradeId: () => 0,
    isHalted: () => false,
  }
}
