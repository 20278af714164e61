import { step } from '@depthcast/market'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DecimalFormat, numberStyle } from '../src/engine/decimal.ts'
import { type DepthBook, depthCurve, marksAt } from '../src/engine/depth-curve.ts'
import { QuoteAmount } from '../src/engine/quote-amount.ts'
import { frameOf, lookOf } from '../src/painters/canvas.ts'
import { DepthPainter, type DepthScene } from '../src/painters/depth.ts'
import { depthPlot, ticksAt, xOf } from '../src/painters/depth-plot.ts'
import { RecordingCanvas } from './fakes/recording-canvas.ts'
import { THEME } from './fakes/theme.ts'

const EN = numberStyle('en')
const WORTH = new QuoteAmount({ tickSize: step('0.5'), lotSize: step('0.001') }, EN)
// 400 pixels for 200 ticks to either side, 200 pixels for 4 lots-a-line times 500.
const FRAME = frameOf(THEME, { width: 400, height: 240, dpr: 1 })

/** The middle is 10,000 ticks; two percent are 200 of them, a pixel each. Its last levels are further out. */
const BOOK: DepthBook = {
  bids: [9990, 500, 9950, 500, 9900, 1000, 9700, 9000],
  asks: [10_010, 250, 10_100, 250, 10_300, 9000],
  depth: 300,
  grouping: 1,
}

function depth(book: Partial<DepthBook> = {}, scene: Partial<DepthScene> = {}, frame = FRAME) {
  const canvas = new RecordingCanvas()
  const painter = new DepthPainter()
  const curve = depthCurve({ ...BOOK, ...book }, 2, WORTH)
  const base: DepthScene = {
    curve,
    marks: [],
    price: new DecimalFormat(step('0.5'), EN),
    size: new DecimalFormat(step('0.001'), EN),
    unit: 'BTC',
    middle: new DecimalFormat({ text: '', coefficient: 25, decimals: 2 }, EN),
    decimal: '.',
    look: lookOf({ kind: 'live' }),
    sentence: undefined,
  }
  const paint = (changes: Partial<DepthScene> = {}): void =>
    painter.paint(canvas, { ...base, ...scene, ...changes }, frame, THEME)
  paint()
  if (curve === undefined) throw new Error('an empty book has no curve')
  return { canvas, paint, curve, plot: depthPlot(frame, curve) }
}

/** The colours down one column of pixels, each once. */
function column(canvas: RecordingCanvas, x: number): (string | undefined)[] {
  const colours: (string | undefined)[] = []
  for (let y = 21; y < 219; y += 1) {
    const colour = canvas.colourAt(x, y)
    // Lines across are not the matter here.
    if (colour !== 'line' && colour !== colours.at(-1)) colours.push(colour)
  }
  return colours
}

test('the lowest price of the span stands at the left edge, the highest at the right, the middle between', () => {
  const { canvas } = depth()
  expect(canvas.lines()[0]).toBe('BTC mid 5,000.0')
  expect(canvas.lines().at(-1)).toBe('4,900.0 4,950.0 5,000.0 5,050.0 5,100.0')
})

test('the sums stand at their lines, and a middle between two ticks is written as it is', () => {
  // A line at 1.000 and one at the upper end, which has no room.
  expect(depth().canvas.lines()[1]).toBe('1')
  expect(depth({ bids: [9991, 500] }).canvas.lines()[0]).toBe('BTC mid 5,000.25')
  expect(depth({ grouping: 10 }).canvas.lines()[0]).toBe('BTC mid \u2248 5,000.0')
})

test('each side rises in steps from the best price outwards, as high as the sum so far, under an edge of its full colour', () => {
  const { canvas, plot } = depth()
  expect(plot.most).toBe(2000)
  const top = (x: number, edge: string): number => {
    for (let y = 20; y < 220; y += 1) if (canvas.colourAt(x, y) === edge) return y
    return Number.NaN
  }
  // 0.500, 1.000 and 2.000 of 2.000 over 200 pixels.
  expect([180, 130, 50].map((x) => top(x, 'up'))).toEqual([170, 120, 20])
  expect([230, 350].map((x) => top(x, 'down'))).toEqual([195, 170])
  expect(column(canvas, 50)).toEqual(['up', 'upBar'])
  // Edge and riser meet at the corner.
  expect([canvas.colourAt(149, 171), canvas.colourAt(300, 196)]).toEqual(['up', 'down'])
  expect(column(canvas, 350)).toEqual(['background', 'down', 'downBar'])
})

test('where there are more steps than pixels the edge of an area has no gap', () => {
  const steep = (direction: 1 | -1): number[] =>
    Array.from({ length: 60 }).flatMap((_, at) => [10_000 + direction * (10 + at), 100])
  const { canvas, plot } = depth({ bids: steep(-1), asks: steep(1) })
  for (let y = plot.yOf(5900); y < plot.bottom - 1; y += 1) {
    const row = Array.from({ length: 400 }, (_, x) => canvas.colourAt(x, y))
    expect(row).toContain('up')
    expect(row).toContain('down')
  }
})

test('between the best prices there is nothing', () => {
  expect(column(depth().canvas, 195)).toEqual(['background'])
  expect(column(depth().canvas, 205)).toEqual(['background'])
})

test('a side whose levels go on beyond the span is painted to its end, and ends nowhere', () => {
  const { canvas } = depth()
  expect(column(canvas, 2)).toEqual(['up', 'upBar'])
  expect(column(canvas, 398)).toEqual(['background', 'down', 'downBar'])
  expect(canvas.lines().join(' ')).not.toContain('ends')
})

test.each([
  { name: 'the view has no more levels', depth: 2, words: 'view ends' },
  { name: 'the book has no more levels', depth: 300, words: 'book ends' },
  { name: 'all levels were given', depth: 'all', words: 'book ends' },
] as const)('where $name nothing is painted beyond the last one but a hatched edge, and it says where', (cut) => {
  const { canvas } = depth({ bids: BOOK.bids.slice(0, 4), asks: BOOK.asks.slice(0, 4), depth: cut.depth })
  expect(column(canvas, 120)).toEqual(['background'])
  expect(column(canvas, 155)).toEqual(['background', 'up', 'upBar'])
  expect(column(canvas, 330)).toEqual(['background'])
  const texts = canvas.texts.map(({ text }) => text)
  expect(texts).toContain(`${cut.words} 4,975.0`)
  // Where there is no room for the price.
  expect(texts).toContain(cut.words)
  // The line where it ends, and slanted lines outwards of it.
  expect([canvas.colourAt(150, 22), canvas.colourAt(300, 22)]).toEqual(['mid', 'mid'])
  const lines = (x: number): number =>
    Array.from({ length: 150 }, (_, y) => canvas.colourAt(x, 30 + y)).filter((colour) => colour === 'line').length
  for (const x of [149, 140, 135, 301, 310, 315]) expect(lines(x)).toBeGreaterThan(20)
  for (const x of [120, 151, 298, 330]) expect(lines(x)).toBeLessThan(5)
})

test('on a canvas too narrow for the price where a side ends it still says that it does, inside of the canvas', () => {
  for (let width = 60; width < 500; width += 20) {
    const frame = frameOf(THEME, { width, height: 200, dpr: 1 })
    const { canvas } = depth({ bids: BOOK.bids.slice(0, 2), asks: BOOK.asks.slice(0, 2) }, {}, frame)
    const said = canvas.texts.filter(({ text }) => text.includes('ends'))
    if (width >= 160) expect(said).toHaveLength(2)
    for (const { x, text } of said) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x + 6 * text.length).toBeLessThanOrEqual(width)
    }
  }
})

test('the pointer lights the same distance on both sides, on the step that is there', () => {
  const { curve, canvas, paint, plot } = depth()
  const marks = marksAt(curve, ticksAt(100, curve, plot))
  paint({ marks })
  expect(marks.map(({ side, ticks }) => [side, ticks])).toEqual([
    ['bid', 9900],
    ['ask', 10_100],
  ])
  expect(canvas.colourAt(100, plot.yOf(2000))).toBe('high')
  expect(canvas.colourAt(300, plot.yOf(500))).toBe('high')
  expect(canvas.colourAt(300, 100)).toBe('low')
  paint({ marks: [] })
  expect(canvas.colourAt(300, 100)).toBe('background')
})

test.each([
  { state: { kind: 'stale', since: 0 }, edge: 'warn' },
  { state: { kind: 'invalid', reason: 'checksum mismatch' }, edge: 'error' },
] as const)('when $state.kind the areas stay, without their colours, under an edge of $edge', ({ state, edge }) => {
  const { canvas, paint } = depth()
  const before = canvas.lines()
  paint({ look: lookOf(state) })
  expect(canvas.lines()).toEqual(before)
  expect(column(canvas, 350)).toEqual(['background', 'low', 'downBar'])
  expect(canvas.colourAt(200, 0)).toBe(edge)
})

test('before the first snapshot there is a word and no price', () => {
  expect(depth({}, { curve: undefined, sentence: 'Snapshot\u2026' }).canvas.lines()).toEqual(['Snapshot\u2026'])
})

test('on a narrow canvas prices give way to one another, never over one another', () => {
  for (let width = 60; width < 500; width += 20) {
    const frame = frameOf(THEME, { width, height: 200, dpr: 1 })
    const { canvas } = depth({}, {}, frame)
    const below = canvas.texts.filter(({ y }) => y > 180).toSorted((a, b) => a.x - b.x)
    for (const [at, { x, text }] of below.entries()) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x + 6 * text.length).toBeLessThanOrEqual(Math.min(width, below[at + 1]?.x ?? width))
    }
  }
})

test('a price is found again where it stands', () => {
  const prices = fc.record({
    lowest: fc.integer({ min: -1000, max: 2 ** 40 }),
    wide: fc.integer({ min: 1, max: 2 ** 30 }),
    permille: fc.integer({ min: 0, max: 1000 }),
    width: fc.integer({ min: 20, max: 4000 }),
  })
  fc.assert(
    fc.property(prices, ({ lowest, wide, permille, width }) => {
      const range = { ...depth().curve, lowest, highest: lowest + wide }
      const ticks = lowest + Math.round((permille / 1000) * wide)
      expect(ticksAt(xOf(ticks, range, { width }), range, { width })).toBe(ticks)
    }),
  )
})
