import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PanelKind } from '../src/panels/registry.ts'
import { parseOptions } from '../src/panels/schemas.ts'
import {
  closePanel,
  type Direction,
  movePanel,
  moveToward,
  nextId,
  openPanel,
  type Place,
  rename,
  resizeToward,
  tidy,
} from '../src/workspace/edit.ts'
import { FIRST, FLOW as FIRST_FLOW } from '../src/workspace/first.ts'
import { foreignTo } from '../src/workspace/foreign.ts'
import { isSameLayout, NO_HISTORY, recorded, redo, undo } from '../src/workspace/history.ts'
import { readShared, shareHash } from '../src/workspace/share.ts'
import { readWorkspace } from '../src/workspace/stored.ts'
import {
  activate,
  type Layout,
  leadGroup,
  panelsOf,
  setGroup,
  setOptions,
  setSymbol,
  symbolOf,
  type Workspace,
} from '../src/workspace/workspace.ts'
import { FOUR_PANELS as FLOW } from './fakes/four-panels.ts'

/** `chart-1|(tape-1/watch-1)` and tabs as `a+b`. */
function drawn(layout: Layout): string {
  if (layout.kind === 'tabs') return layout.panels.join('+')
  const parts = layout.parts.map((part) => (part.kind === 'tabs' ? drawn(part) : `(${drawn(part)})`))
  return parts.join(layout.kind === 'row' ? ' | ' : ' / ')
}

const DIRECTIONS: readonly Direction[] = ['left', 'right', 'up', 'down']
/** With the options a kind has anyway. */
function opened(workspace: Workspace, kind: PanelKind, beside: string, place: Place): Workspace {
  return openPanel(workspace, kind, { options: parseOptions(kind, {}), beside, place })
}

const [BTC, ETH] = ['simulated:BTC-USD', 'simulated:ETH-USD']

test('Flow has candles over heatmap and depth, the book, and trades over the watchlist, all of one group', () => {
  expect(drawn(FIRST_FLOW.layout)).toBe('(chart-1 / (heatmap-1 | depth-1)) | ladder-1 | (tape-1 / watch-1)')
  expect(new Set(Object.values(FIRST_FLOW.panels).map(({ group }) => group))).toEqual(new Set([1]))
})

test('a tablet has the book beside the chart and the rest as tabs; a phone has four tabs', () => {
  expect(drawn(FIRST.tablet.layout)).toBe('(chart-1 / tape-1+depth-1+heatmap-1+watch-1) | ladder-1')
  expect(panelsOf(FIRST.phone.layout)).toEqual(['chart-1', 'ladder-1', 'tape-1', 'watch-1'])
})

test('a panel opens beside the one in use, joins its group, and the next one gets the next number', () => {
  const two = opened(setGroup(FLOW, 'ladder-1', 3), 'ladder', 'ladder-1', 'right')
  expect(drawn(two.layout)).toBe('chart-1 | ladder-1 | ladder-2 | (tape-1 / watch-1)')
  expect(two.panels['ladder-2']).toEqual({ kind: 'ladder', group: 3, options: parseOptions('ladder', {}) })
  expect(nextId(two, 'ladder')).toBe('ladder-3')
  expect(nextId(closePanel(two, 'ladder-1'), 'ladder')).toBe('ladder-1')
})

test('closing gives the room to the others, down to the last panel, which stays', () => {
  const closed = ['tape-1', 'chart-1', 'ladder-1', 'watch-1'].reduce(closePanel, FLOW)
  expect(drawn(closePanel(FLOW, 'tape-1').layout)).toBe('chart-1 | ladder-1 | watch-1')
  expect(drawn(closed.layout)).toBe('watch-1')
  expect(Object.keys(closed.panels)).toEqual(['watch-1'])
})

test.each<{ panel: string; direction: Direction; want: string }>([
  { panel: 'chart-1', direction: 'right', want: 'ladder-1 | chart-1 | (tape-1 / watch-1)' },
  { panel: 'chart-1', direction: 'left', want: 'chart-1 | ladder-1 | (tape-1 / watch-1)' },
  { panel: 'chart-1', direction: 'down', want: '(ladder-1 | (tape-1 / watch-1)) / chart-1' },
  { panel: 'tape-1', direction: 'down', want: 'chart-1 | ladder-1 | (watch-1 / tape-1)' },
  { panel: 'tape-1', direction: 'left', want: 'chart-1 | ladder-1 | tape-1 | watch-1' },
  { panel: 'tape-1', direction: 'right', want: 'chart-1 | ladder-1 | watch-1 | tape-1' },
])('$panel moved $direction', ({ panel, direction, want }) => {
  expect(drawn(moveToward(FLOW, panel, direction).layout)).toBe(want)
})

test('a panel among tabs moves out of them, and a panel dropped on another joins its tabs in front', () => {
  const tabbed = movePanel(FLOW, 'tape-1', 'ladder-1', 'tab')
  expect(drawn(tabbed.layout)).toBe('chart-1 | ladder-1+tape-1 | watch-1')
  expect(activate(tabbed, 'ladder-1').layout).not.toEqual(tabbed.layout)
  expect(drawn(moveToward(tabbed, 'tape-1', 'up').layout)).toBe('chart-1 | (tape-1 / ladder-1) | watch-1')
})

test('keys make a panel wider at the cost of its neighbours, and never squeeze one below a tenth', () => {
  const wider = resizeToward(FLOW, 'chart-1', 'right')
  const { sizes } = wider.layout as Extract<Layout, { kind: 'row' | 'column' }>
  expect(sizes.map(Math.round)).toEqual([59, 21, 21])
  expect(sizes.reduce((total, size) => total + size, 0)).toBeCloseTo(100)
  let widest = FLOW
  for (let press = 0; press < 30; press += 1) widest = resizeToward(widest, 'chart-1', 'right')
  const [chart = 0] = (widest.layout as Extract<Layout, { kind: 'row' | 'column' }>).sizes
  expect(chart).toBeCloseTo(80)
  expect(resizeToward(FLOW, 'chart-1', 'down')).toBe(FLOW)
})

test('a symbol is its whole group’s; a panel that leaves keeps it, and goes its own way from then on', () => {
  const eth = setSymbol(FLOW, 'chart-1', ETH)
  expect(panelsOf(eth.layout).map((id) => symbolOf(eth, id))).toEqual([ETH, ETH, ETH, ETH])
  const own = setGroup(eth, 'ladder-1', undefined)
  expect(symbolOf(own, 'ladder-1')).toBe(ETH)
  const moved = setSymbol(own, 'chart-1', BTC)
  expect(panelsOf(moved.layout).map((id) => symbolOf(moved, id))).toEqual([BTC, ETH, BTC, BTC])
  const green = setGroup(moved, 'ladder-1', 2)
  expect(green.groups).toEqual({ 1: BTC, 2: ETH })
  expect(symbolOf(setGroup(green, 'ladder-1', 1), 'ladder-1')).toBe(BTC)
})

/** A workspace after any number of arbitrary edits. */
const edits = fc.array(
  fc.record({
    what: fc.constantFrom('open', 'close', 'move', 'toward', 'resize', 'front' as const),
    panel: fc.nat(7),
    other: fc.nat(7),
    kind: fc.constantFrom('chart', 'ladder', 'tape', 'watch' as const),
    direction: fc.constantFrom(...DIRECTIONS),
    place: fc.constantFrom<Place>('tab', ...DIRECTIONS),
  }),
  { maxLength: 25 },
)

function edited(steps: Parameters<typeof edits.filter>[0] extends (value: infer T) => boolean ? T : never): Workspace {
  return steps.reduce<Workspace>((workspace, { what, panel, other, kind, direction, place }) => {
    const ids = panelsOf(workspace.layout)
    const one = ids[panel % ids.length] ?? ''
    const two = ids[other % ids.length] ?? ''
    if (what === 'open') return ids.length < 12 ? opened(workspace, kind, one, place) : workspace
    if (what === 'close') return closePanel(workspace, one)
    if (what === 'move') return movePanel(workspace, one, two, place)
    if (what === 'toward') return moveToward(workspace, one, direction)
    if (what === 'resize') return resizeToward(workspace, one, direction)
    return activate(workspace, one)
  }, FLOW)
}

test('whatever is done to a workspace, every panel is in one place, nothing is nested for nothing, and it can be stored and shared', () => {
  fc.assert(
    fc.property(edits, (steps) => {
      const workspace = edited(steps)
      const ids = panelsOf(workspace.layout)
      expect([...ids].sort()).toEqual(Object.keys(workspace.panels).sort())
      expect(tidy(workspace.layout)).toEqual(workspace.layout)
      expect(readWorkspace(JSON.parse(JSON.stringify(workspace)))).toEqual({ kind: 'read', workspace })
      const shared = readShared(shareHash(workspace))
      if (shared?.kind !== 'read') throw new Error(`not read: ${shared?.reason}`)
      expect({ ...shared.workspace, layout: FLOW.layout }).toEqual({ ...workspace, layout: FLOW.layout })
      expect(drawn(shared.workspace.layout)).toBe(drawn(workspace.layout))
    }),
    { numRuns: 200 },
  )
})

test('undo goes back layout by layout, redo forth, and what panels were set to since stays', () => {
  const moved = moveToward(FLOW, 'chart-1', 'right')
  const closed = closePanel(moved, 'tape-1')
  let history = recorded(recorded(NO_HISTORY, FLOW, moved), moved, closed)
  history = recorded(history, closed, activate(closed, 'watch-1'))
  expect(history.past).toHaveLength(2)
  const now = setOptions(closed, 'ladder-1', { depth: 5 })
  const [first, afterFirst] = undo(history, now) ?? []
  expect(first && drawn(first.layout)).toBe('ladder-1 | chart-1 | (tape-1 / watch-1)')
  expect(first?.panels['ladder-1']?.options).toMatchObject({ depth: 5 })
  expect(first?.panels['tape-1']).toEqual(FLOW.panels['tape-1'])
  const [second, afterSecond] = undo(afterFirst ?? NO_HISTORY, first ?? FLOW) ?? []
  expect(second && isSameLayout(second.layout, FLOW.layout)).toBe(true)
  expect(undo(afterSecond ?? NO_HISTORY, second ?? FLOW)).toBeUndefined()
  const [again] = redo(afterSecond ?? NO_HISTORY, second ?? FLOW) ?? []
  expect(again && drawn(again.layout)).toBe('ladder-1 | chart-1 | (tape-1 / watch-1)')
})

test('a link carries the layout in well under six hundred characters', () => {
  expect(shareHash(setSymbol(FLOW, 'chart-1', BTC)).length).toBeLessThan(400)
})

test('a link says which of its instruments are not here, and counts none that no panel of it shows', () => {
  const known = [{ id: BTC }]
  const shown = setSymbol(setSymbol(FLOW, 'chart-1', BTC), 'ladder-1', 'other:ETH-USD')
  expect(foreignTo(known, setSymbol(FLOW, 'chart-1', BTC))).toEqual([])
  expect(foreignTo(known, shown)).toEqual(['other:ETH-USD'])
  expect(foreignTo(known, { ...FLOW, groups: { 6: 'other:XRP-USD' } })).toEqual([])
  const alone = setSymbol(setGroup(FLOW, 'ladder-1', undefined, BTC), 'ladder-1', 'other:ADA-USD')
  expect(foreignTo(known, alone)).toEqual(['other:ADA-USD'])
})

const HASH = shareHash(rename(FLOW, 'Mine'))

test.each([
  { hash: '', want: undefined },
  { hash: '#elsewhere', want: undefined },
  { hash: `${HASH.slice(0, -9)}`, want: 'the link is damaged: part of it may be missing' },
  { hash: '#w=!!!!', want: 'the link is damaged: part of it may be missing' },
  { hash: `#w=${'A'.repeat(20_000)}`, want: 'the link is too long to be one of ours' },
])('a link that is none of ours, cut short or too long is refused in a sentence: $want', ({ hash, want }) => {
  const read = readShared(hash)
  expect(read?.kind === 'refused' ? read.reason : read).toBe(want)
})

test.each([
  { change: { version: 2 }, want: /version/ },
  { change: { layout: { kind: 'tabs', panels: ['chart-1', 'nobody-1'], active: 'chart-1' } }, want: /nobody-1/ },
  { change: { layout: { kind: 'tabs', panels: ['chart-1', 'chart-1'], active: 'chart-1' } }, want: /two places/ },
  { change: { panels: { ...FLOW.panels, 'tape-1': { kind: 'hologram', options: {} } } }, want: /hologram/ },
  {
    change: { panels: { ...FLOW.panels, 'tape-1': { kind: 'tape', options: { rateMs: -1 } } } },
    want: /tape-1: rateMs/,
  },
  { change: { panels: { ...FLOW.panels, 'tape-1': { kind: 'ladder', options: {} } } }, want: /another kind/ },
  { change: { name: '' }, want: /name/ },
])('a workspace that does not hold is refused as a whole, with what is wrong: $want', ({ change, want }) => {
  const read = readWorkspace({ ...FLOW, ...change })
  expect(read.kind === 'refused' ? read.reason : '').toMatch(want)
})

test('what is nested without end is refused before anything walks it', () => {
  let layout: unknown = { kind: 'tabs', panels: ['chart-1'], active: 'chart-1' }
  for (let depth = 0; depth < 5000; depth += 1) layout = { kind: 'row', parts: [layout, layout], sizes: [1, 1] }
  expect(readWorkspace({ ...FLOW, layout })).toEqual({ kind: 'refused', reason: 'it is nested too deep' })
})

test('garbage is refused, never thrown at', () => {
  fc.assert(fc.property(fc.anything(), (garbage) => void expect(readWorkspace(garbage).kind).toBe('refused')))
  fc.assert(fc.property(fc.string(), (text) => void expect(readShared(`#w=${text}`)?.kind).toBe('refused')))
})

test('the header stands for the group of the panel last used, else for the first group that has a panel', () => {
  const two = setGroup(setGroup(FLOW, 'chart-1', 3), 'tape-1', undefined)
  expect([leadGroup(two), leadGroup(two, 'chart-1'), leadGroup(two, 'tape-1'), leadGroup(two, 'gone-1')]).toEqual([
    1, 3, 1, 1,
  ])
  const none = panelsOf(FLOW.layout).reduce((workspace, id) => setGroup(workspace, id, 5), FLOW)
  expect(leadGroup(none)).toBe(5)
})
