import { step } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DecimalFormat, numberStyle } from '../src/engine/decimal.ts'
import { QuoteAmount } from '../src/engine/quote-amount.ts'
import { frameOf, lookOf } from '../src/painters/canvas.ts'
import { LadderPainter, type LadderScene } from '../src/painters/ladder.ts'
import { ladderWindow } from '../src/painters/ladder-window.ts'
import { RecordingCanvas } from './fakes/recording-canvas.ts'
import { THEME } from './fakes/theme.ts'

const EN = numberStyle('en')
// Labels, three levels a side, the spread, the balance.
const FRAME = frameOf(THEME, { width: 300, height: 180, dpr: 1 })

const SCENE: LadderScene = {
  // Ticks of 0.5, lots of 0.001.
  bids: [126_285, 901, 126_284, 1730, 126_283, 480],
  asks: [126_286, 220, 126_289, 1204, 126_290, 310],
  depth: 25,
  granted: 25,
  scrolled: 0,
  price: new DecimalFormat(step('0.5'), EN),
  size: new DecimalFormat(step('0.001'), EN),
  worth: undefined,
  isGrouped: false,
  decimal: '.',
  look: lookOf({ kind: 'live' }),
  sentence: undefined,
  pointerY: undefined,
}

// One row a side.
const LOW = frameOf(THEME, { width: 400, height: 119, dpr: 1 })

function ladder(scene: Partial<LadderScene> = {}, frame = FRAME) {
  const canvas = new RecordingCanvas()
  const painter = new LadderPainter()
  const paint = (changes: Partial<LadderScene>): void => painter.paint(canvas, { ...SCENE, ...changes }, frame, THEME)
  paint(scene)
  return { canvas, painter, paint }
}

test('asks stand above with the worst on top, the spread between, bids below with the best on top, and totals run from the best', () => {
  expect(ladder().canvas.lines()).toEqual([
    'Price Size Total',
    '63,145.0 0.310 1.734',
    '63,144.5 1.204 1.424',
    '63,143.0 0.220 0.220',
    '0.5 \u00b7 0.08 bp',
    '63,142.5 0.901 0.901',
    '63,142.0 1.730 2.631',
    '63,141.5 0.480 3.111',
    'Bids 64% 36% Asks',
  ])
})

test('what was not asked for is not shown; what does not fit is, at the edge it is beyond, counted', () => {
  expect(ladder({ depth: 1 }).canvas.lines().slice(1, -1)).toEqual([
    'view ends \u00b7 1 level',
    '63,143.0 0.220 0.220',
    '0.5 \u00b7 0.08 bp',
    '63,142.5 0.901 0.901',
    'view ends \u00b7 1 level',
  ])
  const { paint, canvas } = ladder({}, LOW)
  expect(canvas.lines().slice(1, -1)).toEqual([
    '\u2191 2 more 63,143.0 0.220 0.220',
    '0.5 \u00b7 0.08 bp',
    '\u2193 2 more 63,142.5 0.901 0.901',
  ])
  paint({ scrolled: 1 })
  expect(canvas.lines().slice(1, -1)).toEqual([
    '0.5 \u00b7 0.08 bp',
    '63,142.5 0.901 0.901',
    '\u2193 1 more 63,142.0 1.730 2.631',
  ])
  paint({ scrolled: -2 })
  expect(canvas.lines().slice(1, -1)).toEqual(['63,145.0 0.310 1.734', '63,144.5 1.204 1.424', '63,143.0 0.220 0.220'])
})

test('a ladder scrolls to its last level and no further, and shows every level on the way', () => {
  const window = fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    asks: fc.integer({ min: 0, max: 60 }),
    bids: fc.integer({ min: 0, max: 60 }),
    scrolled: fc.integer({ min: -200, max: 200 }),
  })
  fc.assert(
    fc.property(window, ({ rows, asks, bids, scrolled }) => {
      const shown = ladderWindow(
        frameOf(THEME, { width: 300, height: (rows + 2) * 20, dpr: 1 }),
        { asks, bids },
        scrolled,
      )
      const first = shown.spread
      const seen = Array.from({ length: rows }, (_, at) => at - first).filter((at) => -at <= asks && at <= bids)
      const hasSpread = seen.includes(0)
      expect(seen.length - (hasSpread ? 1 : 0) + shown.above + shown.below).toBe(asks + bids)
      if (shown.scrolled > 0) expect(rows - 1 - shown.spread).toBeLessThanOrEqual(bids)
      if (shown.scrolled < 0) expect(shown.spread).toBeLessThanOrEqual(asks)
      expect(Math.abs(shown.scrolled)).toBeLessThanOrEqual(Math.abs(scrolled))
    }),
  )
})

test('a level that did not change is not painted again', () => {
  const { canvas, paint } = ladder()
  canvas.forgetCalls()
  paint({})
  expect(canvas.texts).toEqual([])
  expect(canvas.rects).toEqual([])
  // The worst bid changes: its row, and the balance it changes; the bars keep their scale, which is the bids' sum.
  paint({ bids: [126_285, 901, 126_284, 1730, 126_282, 480] })
  expect(canvas.texts.map(({ text }) => text)).toEqual(['63,14', '1.0', '0.48', '0', '3.111'])
})

test('a level that went leaves no trace', () => {
  const { canvas, paint } = ladder()
  paint({ asks: [126_286, 220], bids: [] })
  expect(canvas.lines()).toEqual([
    'Price Size Total',
    'book ends \u00b7 1 level',
    '63,143.0 0.220 0.220',
    '\u2014',
    'Bids 0% 100% Asks',
  ])
})

test.each([
  { name: 'as many as the server gave', asked: 25, granted: 3, end: 'view' },
  { name: 'as many as are shown', asked: 3, granted: 25, end: 'view' },
  { name: 'fewer than the server may give', asked: 25, granted: 10, end: 'book' },
  { name: 'all the server has', asked: 25, granted: 'all', end: 'book' },
] as const)('under $name levels it stands that the $end ends, never that there are no more orders', (levels) => {
  const frame = frameOf(THEME, { width: 300, height: 240, dpr: 1 })
  const lines = ladder({ depth: levels.asked, granted: levels.granted }, frame).canvas.lines()
  const note = `${levels.end} ends \u00b7 3 levels`
  expect([lines[1], lines.at(-2)]).toEqual([note, note])
  expect(lines.join(' ')).not.toContain('no more')
})

test('a change of best prices moves the spread', () => {
  const { canvas, paint } = ladder()
  paint({ asks: [126_289, 1204, 126_290, 310] })
  expect(canvas.lines()).toContain('2.0 \u00b7 0.32 bp')
})

test('a spread far below a basis point is still told', () => {
  const { canvas, paint } = ladder()
  paint({ asks: [126_285_003, 1204], bids: [126_285_000, 901] })
  // 1.5 of 63,142,500.75.
  expect(canvas.lines()).toContain('1.5 \u00b7 0.00024 bp')
})

test('the digits that all prices share are dimmed, the last two never', () => {
  const { canvas, paint } = ladder()
  expect(canvas.coloursOf('63,14')).toEqual(Array(6).fill('mid'))
  expect(canvas.coloursOf('5.0')).toEqual(['high'])
  paint({ bids: [], asks: [126_286, 220] })
  expect(canvas.coloursOf('63,14')).toEqual(['mid'])
  expect(canvas.coloursOf('3.0')).toEqual(['high'])
})

test('bars grow from the right by the sum so far, on one scale for both sides, and end in the full colour of their side', () => {
  const { canvas } = ladder()
  const worstBid = 150
  expect(canvas.colourAt(0, worstBid)).toBe('up')
  expect(canvas.colourAt(2, worstBid)).toBe('upBar')
  // 1.734 of 3.111 of the width.
  const worstAsk = 30
  const left = 300 - Math.round((300 * 1734) / 3111)
  expect([left - 1, left, left + 1, left + 2].map((x) => canvas.colourAt(x, worstAsk))).toEqual([
    'background',
    'down',
    'down',
    'downBar',
  ])
})

test('sizes as what they are worth have bars as long as what they are worth', () => {
  // Worth 1000 and 500 quote units: as sizes they would be half and whole.
  const worth = new QuoteAmount({ tickSize: step('1'), lotSize: step('1') }, EN)
  const { canvas } = ladder({ bids: [10, 100, 5, 100], asks: [], worth })
  const left = 300 - Math.round((300 * 1000) / 1500)
  expect([left - 1, left, left + 2].map((x) => canvas.colourAt(x, 102))).toEqual(['background', 'up', 'upBar'])
  expect(canvas.colourAt(0, 122)).toBe('up')
  expect(canvas.lines()).toEqual(
    expect.arrayContaining([expect.stringContaining('1,000 1,000'), expect.stringContaining('500 1,500')]),
  )
})

test('the edge of a bar passes behind a number: over and under its digits, never through them', () => {
  const { canvas } = ladder({ bids: [126_285, 80, 126_284, 860, 126_283, 60], asks: [] })
  const column = (x: number, top: number): string =>
    Array.from({ length: 20 }, (_, y) => (canvas.colourAt(x, top + y) === 'up' ? '|' : ' ')).join('')
  // 0.080 of 1.000 ends among the digits of its own total, 0.940 of 1.000 where nothing is written.
  expect(column(300 - 24, 100)).toBe('||||            ||||')
  expect(column(300 - 282, 120)).toBe('|'.repeat(20))
})

test.each([
  { state: { kind: 'stale', since: 0 }, edge: 'warn' },
  { state: { kind: 'gap', from: 1 }, edge: 'warn' },
  { state: { kind: 'invalid', reason: 'checksum mismatch' }, edge: 'error' },
  { state: { kind: 'refused', code: 403, reason: 'no' }, edge: 'error' },
] as const)('when $state.kind all values stay and drop to the low colour under an edge of $edge', ({ state, edge }) => {
  const { canvas, paint } = ladder()
  const before = canvas.lines()
  paint({ look: lookOf(state) })
  expect(canvas.lines()).toEqual(before)
  expect(canvas.colours()).toEqual(new Set(['low', 'mid']))
  expect(canvas.coloursOf('Price')).toEqual(['mid'])
  expect([canvas.colourAt(150, 0), canvas.colourAt(150, 1), canvas.colourAt(150, 2)]).toEqual([
    edge,
    edge,
    'background',
  ])
  paint({})
  expect(canvas.colourAt(150, 0)).toBe('background')
  expect(canvas.coloursOf('0.901')).toEqual(['high', 'text'])
})

test('before the first snapshot there are rules and a word, and nothing that could be taken for a price', () => {
  const { canvas, paint } = ladder({ bids: [], asks: [], sentence: 'Snapshot\u2026' })
  expect(canvas.lines()).toEqual(['Snapshot\u2026'])
  expect(canvas.colourAt(5, 39)).toBe('line')
  paint({})
  expect(canvas.lines()).toHaveLength(9)
  expect(canvas.colourAt(5, 39)).toBe('background')
})

test('a warning over an empty book goes when what it warned of is over', () => {
  const empty = { bids: [], asks: [], sentence: 'The book is empty' }
  const { canvas, paint } = ladder({ ...empty, look: lookOf({ kind: 'stale', since: 0 }) })
  expect(canvas.colourAt(10, 0)).toBe('warn')
  paint(empty)
  expect(canvas.colourAt(10, 0)).toBe('background')
  expect(canvas.lines()).toEqual([empty.sentence])
})

test('the pointer lights the row it is on, and the row says what it holds', () => {
  const { canvas, painter, paint } = ladder()
  paint({ pointerY: 125 })
  expect(canvas.colourAt(5, 125)).toBe('hover')
  expect(painter.rowAt(125, FRAME)).toMatchObject({ side: 'bid', ticks: 126_284, lots: 1730, total: 2631, top: 120 })
  expect(painter.rowAt(90, FRAME)).toBeUndefined()
  expect(painter.rowAt(5, FRAME)).toBeUndefined()
  paint({ pointerY: undefined })
  expect(canvas.colourAt(5, 125)).toBe('background')
})

test('a forgotten canvas is painted whole', () => {
  const { canvas, painter, paint } = ladder()
  const whole = canvas.lines()
  canvas.fillRect(0, 0, 300, 180)
  expect(canvas.lines()).toEqual([])
  painter.forget()
  paint({})
  expect(canvas.lines()).toEqual(whole)
})

test('the balance of a book that is old has no colours either', () => {
  const { canvas, paint } = ladder()
  expect([100, 200].map((x) => canvas.colourAt(x, 170))).toEqual(['up', 'down'])
  paint({ look: lookOf({ kind: 'stale', since: 0 }) })
  expect([100, 200].map((x) => canvas.colourAt(x, 170))).toEqual(['low', 'line'])
})
