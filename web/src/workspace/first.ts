import type { PanelId } from '../engine/messages.ts'
import { DEFAULTS } from '../panels/options.ts'
import type { PanelKind } from '../panels/registry.ts'
import { type Group, type Layout, type PanelState, panelsOf, type Workspace } from './workspace.ts'

/** The three shapes of the page. Each has a workspace of its own: what fits one does not fit the other. */
export type Shell = 'desktop' | 'tablet' | 'phone'

export const tabs = (...panels: readonly PanelId[]): Layout => ({ kind: 'tabs', panels, active: panels[0] ?? '' })
export const split = (
  kind: 'row' | 'column',
  ...parts: readonly (readonly [size: number, part: Layout])[]
): Layout => ({
  kind,
  parts: parts.map(([, part]) => part),
  sizes: parts.map(([size]) => size),
})

/** Candles over what stood in the book and what stands in it, the book, and the trades over what to watch. */
export const FLOW: Workspace = preset(
  'Flow',
  split(
    'row',
    [54, split('column', [63, tabs('chart-1')], [37, split('row', [1, tabs('heatmap-1')], [1, tabs('depth-1')])])],
    [23, tabs('ladder-1')],
    [23, split('column', [7, tabs('tape-1')], [5, tabs('watch-1')])],
  ),
)

const TABLET: Workspace = preset(
  'Tablet',
  split(
    'row',
    [3, split('column', [3, tabs('chart-1')], [2, tabs('tape-1', 'depth-1', 'heatmap-1', 'watch-1')])],
    [2, tabs('ladder-1')],
  ),
)

/** A phone shows 12 levels a side at 5 Hz until told otherwise. */
const PHONE: Workspace = preset('Phone', tabs('chart-1', 'ladder-1', 'tape-1', 'watch-1'), {
  'ladder-1': { depth: 12, rateMs: 200 },
  'tape-1': { rateMs: 200 },
})

/** What each shell begins with. */
export const FIRST: Readonly<Record<Shell, Workspace>> = { desktop: FLOW, tablet: TABLET, phone: PHONE }

/** All panels of a preset are in the first group, so that one choice of an instrument is everyone's, but for those of a group of their own. */
export function preset(
  name: string,
  layout: Layout,
  options: Readonly<Record<PanelId, object>> = {},
  groups: Readonly<Record<PanelId, Group>> = {},
): Workspace {
  const panels: Record<PanelId, PanelState> = {}
  for (const id of panelsOf(layout)) {
    const kind = id.slice(0, id.lastIndexOf('-')) as PanelKind
    panels[id] = { kind, group: groups[id] ?? 1, options: { ...DEFAULTS[kind], ...options[id] } }
  }
  return { version: 1, name, layout, panels, groups: {} }
}
