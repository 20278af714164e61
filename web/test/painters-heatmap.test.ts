import { step } from '@depthcast/market'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DecimalFormat, numberStyle } from '../src/engine/decimal.ts'
import { TradeDots } from '../src/engine/heatmap-dots.ts'
import { gridAround } from '../src/engine/heatmap-grid.ts'
import { HeatRing } from '../src/engine/heatmap-ring.ts'
import { frameOf, lookOf, type Paint2d } from '../src/painters/canvas.ts'
import { HeatmapPainter } from '../src/painters/heatmap.ts'
import { roundStep } from '../src/painters/heatmap-axes.ts'
import { heatColours, packed, shadeOf } from '../src/painters/heatmap-colours.ts'
import { HeatLayer } from '../src/painters/heatmap-layer.ts'
import type { HeatmapScene } from '../src/painters/heatmap-layout.ts'
import { bandOf, DOT_REACH, drawColumn, type HeatPicture, type Strip } from '../src/painters/heatmap-strip.ts'
import { paintTheme } from '../src/theme/paint.ts'
import { tokensOf } from '../src/theme/palettes.ts'
import { PixelCanvas } from './fakes/pixel-canvas.ts'
import { RecordingCanvas } from './fakes/recording-canvas.ts'
import { THEME } from './fakes/theme.ts'

beforeEach(() => vi.stubGlobal('OffscreenCanvas', PixelCanvas))
afterEach(() => vi.unstubAllGlobals())

const themeOf = (scheme: 'dark' | 'light') => paintTheme(tokensOf(scheme), { density: 'normal' })
const COLOURS = heatColours(themeOf('dark'))
const MS = 250
const NOON = 1_699_963_200_000
const WIDTH = 2
const HEIGHT = 64

/** Sixteen rows of four pixels, prices 1008 down to 993, mid 1000. */
function heat(columns = 256) {
  const ring = new HeatRing(columns)
  const dots = new TradeDots(columns)
  const picture: HeatPicture = {
    ring,
    dots,
    grid: gridAround(undefined, 1000, 0.8, 1),
    columnWidth: WIDTH,
    bookScale: 100,
    tradeScale: 100,
    colours: COLOURS,
    rule: 1,
    edge: 2,
    largestDot: 7,
  }
  const sample = (column: number, bids: readonly number[], asks: readonly number[]): void =>
    ring.sample(NOON + column * MS, { bids, asks, grouping: 1 }, MS)
  const drawn = (column: number): Strip => {
    const strip = { pixels: new Uint32Array(WIDTH * HEIGHT), width: WIDTH, height: HEIGHT }
    drawColumn(strip, 0, column, picture)
    return strip
  }
  return { ring, dots, picture, sample, drawn }
}

/** The middle pixel of a price's row. */
function colourOf({ pixels, width, height }: Strip, ticks: number, { grid }: HeatPicture): number | undefined {
  const { from, to } = bandOf(grid.top - ticks, grid, { height })
  return pixels[Math.floor((from + to) / 2) * width]
}

test('the larger the size the further the colour is from the background, and none looks like nothing', () => {
  for (const scheme of ['dark', 'light'] as const) {
    const { ramp } = heatColours(themeOf(scheme))
    const light = (colour: number): number =>
      0.2126 * (colour & 0xff) + 0.7152 * ((colour >>> 8) & 0xff) + 0.0722 * ((colour >>> 16) & 0xff)
    const lights = [...ramp].map(light)
    for (let at = 1; at < lights.length; at += 1) {
      const away = (lights[at] ?? 0) - (lights[at - 1] ?? 0)
      expect(scheme === 'dark' ? away : -away).toBeGreaterThanOrEqual(-0.5)
    }
    expect(ramp[0]).toBe(packed(themeOf(scheme).background))
    expect(shadeOf(1, 1e12, ramp)).not.toBe(ramp[0])
    expect(shadeOf(1e12, 10, ramp)).toBe(ramp.at(-1))
  }
})

test('a column shows each price with the colour of its size, and marks the spread at its edges', () => {
  const { sample, drawn, picture } = heat()
  sample(0, [999, 100, 996, 25], [1001, 4])
  const strip = drawn(0)
  const shade = (lots: number): number => shadeOf(lots, 100, COLOURS.ramp)
  expect(colourOf(strip, 999, picture)).toBe(shade(100))
  expect(colourOf(strip, 996, picture)).toBe(shade(25))
  expect(colourOf(strip, 1001, picture)).toBe(shade(4))
  expect(colourOf(strip, 998, picture)).toBe(COLOURS.background)
  const bid = bandOf(picture.grid.top - 999, picture.grid, strip)
  const ask = bandOf(picture.grid.top - 1001, picture.grid, strip)
  expect(strip.pixels[bid.from * WIDTH]).toBe(COLOURS.up)
  expect(strip.pixels[(ask.to - 1) * WIDTH]).toBe(COLOURS.down)
})

test('where nothing is known it is hatched, not empty, and a break has a warning over it', () => {
  const { ring, sample, drawn } = heat()
  sample(0, [999, 100], [1001, 4])
  ring.breakOff()
  sample(4, [999, 100], [1001, 4])
  const gap = drawn(2)
  expect(new Set(gap.pixels.subarray(4 * WIDTH))).toEqual(new Set([COLOURS.line, COLOURS.background]))
  expect(gap.pixels[0]).toBe(COLOURS.warn)
  expect(drawn(4).pixels[0]).toBe(COLOURS.warn)
  expect(drawn(0).pixels[0]).not.toBe(COLOURS.warn)
  // Before the first column there is no break: there was nothing yet.
  expect(new Set(drawn(-1).pixels)).toEqual(new Set([COLOURS.background]))
})

test('a bought trade is a ring and a sold one is full, larger with their size', () => {
  const { dots, sample, drawn, picture } = heat()
  for (let column = 0; column < 8; column += 1) sample(column, [990, 1], [1010, 1])
  dots.add(2, 1004, 100, 1)
  dots.add(2, 996, 100, -1)
  const strip = drawn(2)
  expect(colourOf(strip, 996, picture)).toBe(COLOURS.down)
  expect(colourOf(strip, 1004, picture)).not.toBe(COLOURS.up)
  expect(strip.pixels).toContain(COLOURS.up)
  const beside = drawn(2 + DOT_REACH - 1)
  expect(beside.pixels).toContain(COLOURS.down)
  const small = heat()
  for (let column = 0; column < 8; column += 1) small.sample(column, [990, 1], [1010, 1])
  small.dots.add(2, 996, 1, -1)
  expect(small.drawn(2 + DOT_REACH - 1).pixels).not.toContain(COLOURS.down)
})

type Change =
  | { readonly kind: 'sample'; readonly after: number; readonly lots: number }
  | {
      readonly kind: 'dot'
      readonly back: number
      readonly ticks: number
      readonly lots: number
      readonly side: 1 | -1
    }
  | { readonly kind: 'break' }
  | { readonly kind: 'scale'; readonly to: number }
  | { readonly kind: 'look'; readonly back: number }
const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('sample' as const),
        after: fc.integer({ min: 0, max: 5 }),
        lots: fc.integer({ min: 1, max: 200 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('dot' as const),
        back: fc.nat(6),
        ticks: fc.integer({ min: 990, max: 1010 }),
        lots: fc.integer({ min: 1, max: 200 }),
        side: fc.constantFrom(1 as const, -1 as const),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'break' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('scale' as const), to: fc.integer({ min: 1, max: 300 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('look' as const), back: fc.nat(30) }) },
  ),
  { maxLength: 40 },
)

test('drawing only what changed, and copying it in two pieces, shows each column where it belongs, as if all were drawn anew', () => {
  fc.assert(
    fc.property(changes, fc.integer({ min: 1, max: 40 }), (all, columns) => {
      const { ring, dots, picture: first, sample } = heat()
      let picture = first
      const layer = new HeatLayer()
      const shown = new PixelCanvas(columns * WIDTH + 3, HEIGHT)
      let at = 0
      let end = 0
      const show = (): void =>
        layer.show(shown as unknown as Paint2d, picture, { columns, columnWidth: WIDTH, height: HEIGHT, left: 3, end })
      sample(0, [999, 10], [1001, 10])
      for (const change of all) {
        if (change.kind === 'break') ring.breakOff()
        else if (change.kind === 'scale') picture = { ...picture, bookScale: change.to }
        else if (change.kind === 'sample') {
          at += change.after
          sample(at, [999, change.lots], [1001, 10])
        } else if (change.kind === 'dot') {
          const column = Math.max(ring.first, ring.last - change.back)
          dots.add(column, change.ticks, change.lots, change.side)
          ring.touch(column, DOT_REACH)
        }
        end = change.kind === 'look' ? Math.max(0, ring.last - change.back) : ring.last
        show()
      }
      show()
      const anew: Strip = { pixels: new Uint32Array(shown.pixels.length), width: shown.width, height: HEIGHT }
      for (let column = end - columns + 1; column <= end; column += 1)
        drawColumn(anew, 3 + (column - (end - columns + 1)) * WIDTH, column, picture)
      expect(shown.pixels).toEqual(anew.pixels)
    }),
    { numRuns: 60 },
  )
})

test('time going on draws the new column and those its dots reach into, nothing else', () => {
  const { ring, sample, picture } = heat()
  const layer = new HeatLayer()
  const canvas = new PixelCanvas(200, HEIGHT)
  const show = (): void =>
    layer.show(canvas as unknown as Paint2d, picture, {
      columns: 100,
      columnWidth: WIDTH,
      height: HEIGHT,
      left: 0,
      end: ring.last,
    })
  for (let column = 0; column < 150; column += 1) sample(column, [999, 10], [1001, 10])
  show()
  const put = vi.spyOn(PixelCanvas.prototype, 'putImageData')
  sample(150, [999, 20], [1001, 10])
  show()
  expect(put).toHaveBeenCalledTimes(1)
  expect(put.mock.calls[0]?.slice(5, 6)).toEqual([WIDTH])
  put.mockRestore()
})

test('columns that were lost with the canvas they were kept on are drawn again', () => {
  const made: PixelCanvas[] = []
  vi.stubGlobal(
    'OffscreenCanvas',
    class extends PixelCanvas {
      constructor() {
        super()
        made.push(this)
      }
    },
  )
  const { ring, sample, picture } = heat()
  for (let column = 0; column < 120; column += 1) sample(column, [999, 10], [1001, 10])
  const layer = new HeatLayer()
  const shown = (): number[] => {
    const canvas = new PixelCanvas(200, HEIGHT)
    const window = { columns: 100, columnWidth: WIDTH, height: HEIGHT, left: 0, end: ring.last }
    layer.show(canvas as unknown as Paint2d, picture, window)
    return [...canvas.pixels]
  }
  const before = shown()
  const [kept] = made
  kept?.pixels.fill(0)
  expect(shown()).not.toEqual(before)
  ;(kept as unknown as OffscreenCanvas).oncontextrestored?.(new Event('contextrestored'))
  expect(shown()).toEqual(before)
})

function painted(changes: Partial<HeatmapScene> = {}, height = 180) {
  const { ring, dots, sample } = heat()
  for (let column = 0; column < 130; column += 1) sample(column, [999, 100], [1001, 4])
  const canvas = new RecordingCanvas()
  const painter = new HeatmapPainter()
  const frame = frameOf(THEME, { width: 300, height, dpr: 1 })
  const scene: HeatmapScene = {
    ring,
    dots,
    grid: gridAround(undefined, 1000, 0.8, 1),
    end: 129,
    columnMs: MS,
    bookScale: 100,
    tradeScale: 100,
    price: new DecimalFormat(step('0.5'), numberStyle('en')),
    timeZone: 'UTC',
    look: lookOf({ kind: 'live' }),
    sentence: undefined,
    pointer: undefined,
    note: undefined,
    ...changes,
  }
  painter.paint(canvas, scene, frame, THEME)
  return { canvas, painter, scene, frame, ring, dots }
}

test('round prices stand at the right, round times below in the region\u2019s zone, which is printed', () => {
  const { canvas } = painted()
  expect(canvas.lines()).toEqual(['502.5', '500.0', '497.5', '12:00:15 UTC'])
  expect(painted({ timeZone: 'Asia/Kolkata' }).canvas.lines().at(-1)).toBe('17:30:15 UTC+5:30')
})

test('however low it is, where two prices have room there are two, apart from one another', () => {
  const prices = fc.record({
    height: fc.integer({ min: 110, max: 400 }),
    mid: fc.integer({ min: 100_000, max: 10_000_000 }),
    step: fc.constantFrom(1, 2, 32, 256),
    rows: fc.integer({ min: 8, max: 256 }),
    last: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(prices, ({ height, mid, step, rows, last }) => {
      const { ring, dots } = heat()
      ring.sample(NOON, { bids: [mid, 1], asks: [mid + 1, 1], grouping: 1 }, MS)
      const top = (Math.round(mid / step) + Math.floor(rows / 2)) * step
      const grid = { top, rows, step }
      if (last !== undefined) dots.add(0, top - Math.round((last / 100) * rows) * step, 1, 1)
      const { canvas } = painted({ ring, dots, grid, end: 0 }, height)
      const shown = canvas.texts.filter(({ text, y }) => /^[\d,.]+$/.test(text) && y < height - 20)
      expect(shown.length).toBeGreaterThanOrEqual(2)
      const heights = shown.map(({ y }) => y).toSorted((a, b) => a - b)
      for (let at = 1; at < heights.length; at += 1)
        expect((heights[at] ?? 0) - (heights[at - 1] ?? 0)).toBeGreaterThanOrEqual(19)
      expect(heights[0]).toBeGreaterThanOrEqual(10)
      expect(heights.at(-1)).toBeLessThanOrEqual(height - 20)
    }),
    // Of round prices only one is in sight here, however close they stand.
    { examples: [[{ height: 110, mid: 100_037, step: 1, rows: 91, last: undefined }]] },
  )
})

test('where two round prices fit only closer than usual they stand closer, and stay round', () => {
  const { ring, dots } = heat()
  ring.sample(NOON, { bids: [100_080, 1], asks: [100_081, 1], grouping: 1 }, MS)
  const { canvas } = painted({ ring, dots, grid: { top: 100_131, rows: 102, step: 1 }, end: 0 }, 120)
  expect(canvas.lines()).toEqual(expect.arrayContaining(['50,025.0', '50,050.0']))
})

test('while less than a tenth of it is filled it says why, and no longer than that', () => {
  const { ring, sample } = heat()
  // 300 pixels less the prices have room for 126 columns.
  for (let column = 0; column < 12; column += 1) sample(column, [999, 100], [1001, 4])
  const { scene } = painted({ ring, end: 11 })
  expect(painted({ ring, end: 11 }).canvas.lines()).toContain('heatmap fills from now')
  sample(12, [999, 100], [1001, 4])
  expect(painted({ ...scene, end: 12 }).canvas.lines()).not.toContain('heatmap fills from now')
})

test('the last trade\u2019s price stands on the axis, over what would be beside it', () => {
  const { dots, canvas, painter, scene, frame } = painted()
  dots.add(129, 1001, 5, 1)
  painter.paint(canvas, scene, frame, THEME)
  expect(canvas.lines()).toContain('500.5')
  expect(canvas.coloursOf('500.5')).toEqual(['high'])
  expect(canvas.lines()).not.toContain('500.0')
})

test('an old picture stays, behind a veil and under a warning', () => {
  const { canvas } = painted({ look: lookOf({ kind: 'stale', since: 0 }) })
  expect(canvas.images.length).toBeGreaterThan(0)
  expect(canvas.colourAt(100, 80)).toBe('background99')
  expect(canvas.colourAt(100, 1)).toBe('warn')
})

test('what a point is of is the column and the row it was painted from', () => {
  const { painter, scene } = painted()
  const layout = painter.layout
  if (layout === undefined) throw new Error('nothing was painted')
  expect(painter.placeAt({ x: layout.width - 1, y: 0 }, scene)).toEqual({ column: 129, row: 0 })
  expect(painter.placeAt({ x: layout.width - 1 - 2 * layout.columnWidth, y: layout.height - 1 }, scene)).toEqual({
    column: 127,
    row: scene.grid.rows - 1,
  })
  expect(painter.placeAt({ x: layout.width, y: 10 }, scene)).toBeUndefined()
  expect(painter.placeAt({ x: 10, y: layout.height }, scene)).toBeUndefined()
})

test('what is wrong with a part of it is written on it', () => {
  const { canvas } = painted({ note: 'no trades: not allowed' })
  expect(canvas.coloursOf('no trades')).toEqual(['warn'])
})

test.each([
  { least: 0, want: 1 },
  { least: 3, want: 5 },
  { least: 5.5, want: 10 },
  { least: 21, want: 50 },
])('prices at least $least ticks apart are $want apart', ({ least, want }) => {
  expect(roundStep(least)).toBe(want)
})
