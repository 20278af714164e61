import type { PanelId } from '../engine/messages.ts'
import type { PanelKind } from '../panels/registry.ts'

/** Panels of one colour show one instrument. */
export type Group = 1 | 2 | 3 | 4 | 5 | 6
export const GROUPS: readonly Group[] = [1, 2, 3, 4, 5, 6]

/** Characters of an instrument's name. */
export const MOST_SYMBOL = 80
/** Far more than a screen can show; what asks for more is broken or malicious. */
export const MOST_PANELS = 40

export type PanelState = {
  readonly kind: PanelKind
  /** Absent: the panel has an instrument of its own. */
  readonly group?: Group
  /** Its own instrument; absent, the first there is. Says nothing while there is a group. */
  readonly symbol?: string
  /** What the kind's schema says they are. */
  readonly options: Readonly<Record<string, unknown>>
}

/** How the page is divided. `sizes` are weights, one for each part; only their proportions count. */
export type Layout =
  | { readonly kind: 'row' | 'column'; readonly parts: readonly Layout[]; readonly sizes: readonly number[] }
  | { readonly kind: 'tabs'; readonly panels: readonly PanelId[]; readonly active: PanelId }

/** Everything that makes a screen besides the market: plain data, never changed, only replaced. */
export type Workspace = {
  readonly version: 1
  readonly name: string
  readonly layout: Layout
  readonly panels: Readonly<Record<PanelId, PanelState>>
  /** The instrument of each colour; absent, the first there is. */
  readonly groups: Readonly<Partial<Record<Group, string>>>
}

/** The panels of a layout in reading order. */
export function panelsOf(layout: Layout): readonly PanelId[] {
  return layout.kind === 'tabs' ? layout.panels : layout.parts.flatMap(panelsOf)
}

/** The first panel of a kind, in reading order. */
export function firstOf({ layout, panels }: Workspace, kind: PanelKind): PanelId | undefined {
  return panelsOf(layout).find((id) => panels[id]?.kind === kind)
}

/** Tells several panels of a kind apart: ` 2`, or nothing where there is only one. */
export function numberOf({ panels }: Workspace, panel: PanelId): string {
  const kind = panels[panel]?.kind
  const isOnly = Object.entries(panels).every(([id, state]) => id === panel || state.kind !== kind)
  return isOnly ? '' : ` ${panel.slice(panel.lastIndexOf('-') + 1)}`
}

/** The instrument a panel was given; undefined where that is left to whatever comes first. */
export function symbolOf({ panels, groups }: Workspace, panel: PanelId): string | undefined {
  const { group, symbol } = panels[panel] ?? {}
  return group === undefined ? symbol : groups[group]
}

/** Gives a panel another instrument, and with it its whole group. */
export function setSymbol(workspace: Workspace, panel: PanelId, symbol: string): Workspace {
  const group = workspace.panels[panel]?.group
  return group === undefined ? changePanel(workspace, panel, { symbol }) : setGroupSymbol(workspace, group, symbol)
}

export function setGroupSymbol(workspace: Workspace, group: Group, symbol: string): Workspace {
  return { ...workspace, groups: { ...workspace.groups, [group]: symbol } }
}

/**
 * Moves a panel to another group, or out of all. It takes on what that group shows; a group nobody is in takes on what the panel shows, and a panel
 * that leaves all keeps it. `shown` is that, where the workspace leaves it to whatever comes first.
 */
export function setGroup(
  workspace: Workspace,
  panel: PanelId,
  group: Group | undefined,
  shown = symbolOf(workspace, panel),
): Workspace {
  const before = workspace.panels[panel]
  if (before === undefined) return workspace
  const { kind, options } = before
  const state: PanelState =
    group === undefined ? { kind, options, ...(shown !== undefined && { symbol: shown }) } : { kind, options, group }
  const moved = { ...workspace, panels: { ...workspace.panels, [panel]: state } }
  const isEmpty = Object.values(workspace.panels).every((other) => other.group !== group)
  return group !== undefined && isEmpty && shown !== undefined ? setGroupSymbol(moved, group, shown) : moved
}

export function setOptions(
  workspace: Workspace,
  panel: PanelId,
  options: Readonly<Record<string, unknown>>,
): Workspace {
  const before = workspace.panels[panel]
  return before === undefined
    ? workspace
    : changePanel(workspace, panel, { options: { ...before.options, ...options } })
}

/** Brings a panel to the front of the tabs it is among. */
export function activate(workspace: Workspace, panel: PanelId): Workspace {
  const layout = mapTabs(workspace.layout, (tabs) => (tabs.panels.includes(panel) ? { ...tabs, active: panel } : tabs))
  return { ...workspace, layout }
}

/** The same panels with room for one at a time: how a phone shows a layout made elsewhere. */
export function tabbed(workspace: Workspace): Workspace {
  const panels = panelsOf(workspace.layout)
  return { ...workspace, layout: { kind: 'tabs', panels, active: panels[0] ?? '' } }
}

/** The group whose instrument stands for the page: that of the panel last used, else the first of which there are panels. */
export function leadGroup({ layout, panels }: Workspace, used?: PanelId): Group {
  const groups = panelsOf(layout).flatMap((id) => panels[id]?.group ?? [])
  const last = used === undefined ? undefined : panels[used]?.group
  return last ?? GROUPS.find((group) => groups.includes(group)) ?? 1
}

type Tabs = Extract<Layout, { kind: 'tabs' }>

function mapTabs(layout: Layout, change: (tabs: Tabs) => Layout): Layout {
  return layout.kind === 'tabs'
    ? change(layout)
    : { ...layout, parts: layout.parts.map((part) => mapTabs(part, change)) }
}

function changePanel(workspace: Workspace, panel: PanelId, change: Partial<PanelState>): Workspace {
  const before = workspace.panels[panel]
  if (before === undefined) return workspace
  return { ...workspace, panels: { ...workspace.panels, [panel]: { ...before, ...change } } }
}
