import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frameOf } from '../src/painters/canvas.ts'
import { columnEdges, WidestTexts } from '../src/painters/columns.ts'
import { THEME } from './fakes/theme.ts'

const FRAME = frameOf(THEME, { width: 300, height: 200, dpr: 1 })

test('columns end at their shares while everything fits', () => {
  expect(columnEdges(FRAME, [0.37, 0.68], [60, 60, 60])).toEqual([111, 204, 292])
})

test('wide numbers are moved together, and the last column goes before they would overlap', () => {
  expect(columnEdges(FRAME, [0.37, 0.68], [110, 70, 70])).toEqual([136, 214, 292])
  expect(columnEdges(FRAME, [0.37, 0.68], [130, 80, 80])[2]).toBeUndefined()
})

test('columns never overlap each other or the edges, whatever is in them', () => {
  const width = fc.integer({ min: 0, max: 130 })
  fc.assert(
    fc.property(width, width, width, fc.integer({ min: 300, max: 900 }), (a, b, c, wide) => {
      const frame = frameOf(THEME, { width: wide, height: 200, dpr: 1 })
      const [first, second, third] = columnEdges(frame, [0.37, 0.68], [a, b, c])
      expect(first - a).toBeGreaterThanOrEqual(frame.padding)
      expect(second - b).toBeGreaterThanOrEqual(first)
      if (third !== undefined) expect(third - c).toBeGreaterThanOrEqual(second)
      expect(third ?? second).toBeLessThanOrEqual(wide - frame.padding)
    }),
  )
})

test('columns only make room: a narrower number moves nothing', () => {
  const widest = new WidestTexts()
  expect(widest.see(0, 50)).toBe(true)
  expect(widest.see(0, 40)).toBe(false)
  expect(widest.widths).toEqual([50, 0, 0])
})
