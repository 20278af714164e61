import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromDock, toDock } from '../src/layout/dock-layout.ts'
import { type Box, boxesOf, GAP, LEAST } from '../src/workspace/boxes.ts'
import { tidy } from '../src/workspace/edit.ts'
import { FIRST, FLOW, split, tabs } from '../src/workspace/first.ts'
import type { Layout } from '../src/workspace/workspace.ts'

const SIZES = [
  { width: 1440, height: 820 },
  { width: 1023, height: 691 },
  { width: 641, height: 401 },
]

const layouts: fc.Arbitrary<Layout> = fc
  .letrec<{ layout: Layout; tabs: Layout; split: Layout }>((tie) => ({
    layout: fc.oneof({ maxDepth: 3 }, tie('tabs'), tie('split')),
    tabs: fc.integer({ min: 1, max: 3 }).map((count) => tabs(...Array.from({ length: count }, (_, at) => `p-${at}`))),
    split: fc
      .tuple(
        fc.constantFrom('row' as const, 'column' as const),
        fc.array(fc.tuple(fc.double({ min: 0.01, max: 100, noNaN: true }), tie('layout')), {
          minLength: 1,
          maxLength: 4,
        }),
      )
      .map(([kind, parts]) => split(kind, ...parts)),
  }))
  .layout.map((layout) => tidy(renamed(layout)))

/** Each panel once. */
function renamed(layout: Layout, next = { id: 0 }): Layout {
  if (layout.kind !== 'tabs') return { ...layout, parts: layout.parts.map((part) => renamed(part, next)) }
  return tabs(...layout.panels.map(() => `p-${next.id++}`))
}

const areaOf = ({ width, height }: Box): number => width * height
const overlap = (a: Box, b: Box): boolean =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height

test('boxes and gaps fill the room to the last pixel, in whole pixels, and none lies on another', () => {
  fc.assert(
    fc.property(
      layouts,
      fc.integer({ min: 900, max: 3000 }),
      fc.integer({ min: 900, max: 2000 }),
      (layout, width, height) => {
        const { groups, gaps } = boxesOf(layout, { width, height })
        const all = [...groups, ...gaps].map(({ box }) => box)
        for (const box of all) for (const side of Object.values(box)) expect(Number.isInteger(side)).toBe(true)
        expect(all.reduce((sum, box) => sum + areaOf(box), 0)).toBe(width * height)
        expect(all.filter((box, at) => all.slice(at + 1).some((other) => overlap(box, other)))).toEqual([])
      },
    ),
  )
})

test('no panel is smaller than what can be grasped, however small it was stored, where there is room for all', () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      for (const { box } of boxesOf(layout, { width: 4000, height: 4000 }).groups) {
        expect(box.width).toBeGreaterThanOrEqual(LEAST)
        expect(box.height).toBeGreaterThanOrEqual(LEAST)
      }
    }),
  )
})

test('a layout shown to the docking library and asked back stands where it stood, to the pixel', () => {
  fc.assert(
    fc.property(layouts, fc.constantFrom(...SIZES), (layout, size) => {
      const back = fromDock(toDock(layout, { ...size, name: (id) => id }))
      expect(back && boxesOf(tidy(back), size)).toEqual(boxesOf(layout, size))
    }),
  )
})

test('the first layout has the chart at the left, the book beside it and a gap between them', () => {
  const { groups, gaps } = boxesOf(FLOW.layout, { width: 1440, height: 820 })
  const [chart, ladder] = ['chart-1', 'ladder-1'].map((id) => groups.find(({ panels }) => panels.includes(id))?.box)
  expect(chart).toEqual({ left: 0, top: 0, width: 773, height: 514 })
  expect(ladder).toMatchObject({ left: 773 + GAP, top: 0, height: 820 })
  expect(gaps[0]).toEqual({ between: 'row', box: { left: 773, top: 0, width: GAP, height: 820 } })
  expect(gaps).toHaveLength(5)
  expect(boxesOf(FIRST.tablet.layout, { width: 1024, height: 692 }).groups.map(({ panels }) => panels.length)).toEqual([
    1, 4, 1,
  ])
})
