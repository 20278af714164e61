import { step } from '@depthcast/market'
import { expect, test } from 'vitest'
import { DecimalFormat, numberStyle } from '../src/engine/decimal.ts'
import { NO_FILTER, TapeFilter } from '../src/engine/tape-filter.ts'
import { MISSING, TapeRing } from '../src/engine/tape-ring.ts'
import { frameOf, lookOf } from '../src/painters/canvas.ts'
import { TapePainter, type TapeScene, timeText } from '../src/painters/tape.ts'
import { RecordingCanvas } from './fakes/recording-canvas.ts'
import { THEME } from './fakes/theme.ts'

const EN = numberStyle('en')
// Labels and three trades.
const FRAME = frameOf(THEME, { width: 300, height: 85, dpr: 1 })
const SECOND = 1_000_000
const GRID = { tickSize: step('0.5'), lotSize: step('0.001') }
const NOON = 12 * 3600 * SECOND

function tape() {
  const canvas = new RecordingCanvas()
  const painter = new TapePainter()
  const ring = new TapeRing()
  const scene: TapeScene = {
    ring,
    filter: NO_FILTER,
    skipped: 0,
    price: new DecimalFormat(step('0.5'), EN),
    size: new DecimalFormat(step('0.001'), EN),
    decimal: '.',
    timeZone: 'UTC',
    look: lookOf({ kind: 'live' }),
    sentence: undefined,
    pointerY: undefined,
  }
  const paint = (changes: Partial<TapeScene> = {}): void =>
    painter.paint(canvas, { ...scene, ...changes }, FRAME, THEME)
  return { canvas, painter, ring, scene, paint }
}

test('the newest trade is on top, and its side is a sign before it is a colour', () => {
  const { canvas, ring, paint } = tape()
  ring.push(126_284, 1502, -1, NOON)
  ring.push(126_285, 120, 1, NOON + SECOND)
  ring.push(126_285, 44, 0, 0)
  paint()
  expect(canvas.lines()).toEqual([
    'Price Size Time',
    '\u00b7 63,142.5 0.044 \u2014',
    '\u25b2 63,142.5 0.120 12:00:01',
    '\u25bc 63,142.0 1.502 12:00:00',
  ])
  expect(canvas.coloursOf('\u25b2')).toEqual(['up'])
  expect(canvas.coloursOf('\u25bc')).toEqual(['down'])
})

test('where colours do not tell the sides apart, buys are hollow', () => {
  const { canvas, painter, ring, scene } = tape()
  ring.push(126_284, 1502, -1, NOON)
  ring.push(126_285, 120, 1, NOON)
  painter.paint(canvas, scene, FRAME, { ...THEME, sidesByShape: true })
  expect(canvas.lines().map((line) => line.charAt(0))).toEqual(['P', '\u25b3', '\u25bc'])
})

test('filtered trades leave no hole, and rows scrolled past are not painted', () => {
  const { canvas, ring, paint } = tape()
  for (const lots of [5000, 1, 4000, 2, 3000, 3, 2000]) ring.push(126_284, lots, 1, NOON)
  // 1,000 lots of it: 1.000 at 63,142.0.
  paint({ filter: new TapeFilter('63142', GRID), skipped: 1 })
  expect(canvas.lines().slice(1)).toEqual(['3.000', '4.000', '5.000'].map((size) => `\u25b2 63,142.0 ${size} 12:00:00`))
})

test('what is missing is said in its place, whatever the filter', () => {
  const { canvas, ring, paint } = tape()
  ring.push(126_284, 1502, -1, NOON)
  ring.push(0, 37, MISSING, 0)
  ring.push(0, -1, MISSING, 0)
  paint({ filter: new TapeFilter('1000000', GRID) })
  expect(canvas.lines().slice(1)).toEqual(['\u2014 trades may be missing here', '\u2014 37 trades missing here'])
  expect(canvas.coloursOf('missing')).toEqual(['warn', 'warn'])
})

test('under the oldest row it keeps the tape says how many there were before', () => {
  const ring = new TapeRing(2)
  for (let lots = 1; lots <= 5; lots += 1) ring.push(126_284, lots, 1, NOON)
  const { canvas, paint } = tape()
  paint({ ring })
  expect(canvas.lines().slice(2)).toEqual(['\u25b2 63,142.0 0.004 12:00:00', '\u2014 3 older rows not kept'])
  ring.push(126_284, 6, 1, NOON)
  paint({ ring })
  expect(canvas.lines().at(-1)).toBe('\u2014 4 older rows not kept')
})

test('rows that stay what they were are not painted again', () => {
  const { canvas, ring, paint } = tape()
  ring.push(126_284, 1502, -1, NOON)
  paint()
  canvas.forgetCalls()
  paint()
  expect(canvas.texts).toEqual([])
  expect(canvas.rects).toEqual([])
})

test('an old tape keeps its trades in the low colour under a warning edge', () => {
  const { canvas, ring, paint } = tape()
  ring.push(126_284, 1502, -1, NOON)
  paint()
  paint({ look: lookOf({ kind: 'stale', since: 0 }) })
  expect(canvas.lines()).toHaveLength(2)
  expect(canvas.colours()).toEqual(new Set(['mid', 'low']))
  expect(canvas.colourAt(10, 1)).toBe('warn')
})

test('the pointer finds the trade it is on and its milliseconds', () => {
  const { canvas, painter, ring, scene, paint } = tape()
  ring.push(126_284, 1502, -1, NOON + 213_000)
  paint({ pointerY: 30 })
  expect(canvas.lines()[1]).toBe('\u25bc 63,142.0 1.502 12:00:00.213')
  expect(painter.indexAt(30, scene, FRAME)).toBe(0)
  expect(painter.indexAt(50, scene, FRAME)).toBeUndefined()
  expect(painter.indexAt(5, scene, FRAME)).toBeUndefined()
})

test.each([
  { micros: 0, withMs: true, timeZone: 'Asia/Kolkata', want: '\u2014' },
  { micros: NOON + 59 * SECOND + 7000, withMs: true, timeZone: 'UTC', want: '12:00:59.007' },
  { micros: 1_700_000_000 * SECOND, withMs: false, timeZone: 'UTC', want: '22:13:20' },
  { micros: 1_700_000_000 * SECOND, withMs: false, timeZone: 'Asia/Kolkata', want: '03:43:20' },
])('$micros is told in $timeZone as $want', ({ micros, withMs, timeZone, want }) => {
  expect(timeText(micros, withMs, timeZone)).toBe(want)
})

test('a full ring drops the oldest, and only the oldest', () => {
  const ring = new TapeRing(3)
  for (let lots = 1; lots <= 5; lots += 1) ring.push(1, lots, 1, 0)
  const atLeast4 = new TapeFilter('4', { tickSize: step('1'), lotSize: step('1') })
  expect(ring.size).toBe(3)
  expect(ring.dropped).toBe(2)
  expect([0, 1, 2].map((index) => ring.lots(index))).toEqual([5, 4, 3])
  expect(ring.indexAfter(1, atLeast4)).toBe(1)
  expect(ring.indexAfter(2, atLeast4)).toBe(ring.size)
  expect(ring.shown(atLeast4)).toBe(2)
})

test('a warning over an empty tape goes when what it warned of is over', () => {
  const { canvas, paint } = tape()
  const sentence = 'No trades yet'
  paint({ sentence, look: lookOf({ kind: 'stale', since: 0 }) })
  expect(canvas.colourAt(10, 0)).toBe('warn')
  paint({ sentence })
  expect(canvas.colourAt(10, 0)).toBe('background')
  expect(canvas.lines()).toEqual([sentence])
})
