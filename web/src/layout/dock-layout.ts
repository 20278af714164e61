import { Orientation, type SerializedDockview } from 'dockview-core'
import type { PanelId } from '../engine/messages.ts'
import { type Layout, panelsOf } from '../workspace/workspace.ts'

/** Between two panels, CSS px: the gap is what one drags to resize. */
export const GAP = 4

type Grid = SerializedDockview['grid']
type Node = Grid['root']
type Tabs = Extract<Layout, { kind: 'tabs' }>

type Box = { readonly width: number; readonly height: number; readonly name: (panel: PanelId) => string }

/** A layout as the docking library takes it, in a box of `width` by `height` CSS px; `name` is what stands on a panel's tab. */
export function toDock(layout: Layout, { width, height, name }: Box): SerializedDockview {
  const root = layout.kind === 'tabs' ? { kind: 'row' as const, parts: [layout], sizes: [1] } : layout
  const isRow = root.kind === 'row'
  const kept = { contentComponent: 'panel', tabComponent: 'panel', renderer: 'always' } as const
  const panels = panelsOf(root).map((id) => [id, { ...kept, id, title: name(id) }])
  return {
    grid: {
      root: branch(root, isRow ? height : width, isRow ? width : height),
      width,
      height,
      orientation: isRow ? Orientation.HORIZONTAL : Orientation.VERTICAL,
    },
    panels: Object.fromEntries(panels),
  }
}

/** What the user made of it. Undefined where that is nothing of ours. */
export function fromDock({ grid }: SerializedDockview): Layout | undefined {
  return read(grid.root, grid.orientation === Orientation.HORIZONTAL ? 'row' : 'column')
}

/** `size` along the parent's axis, `length` along its own. Each part gives up its share of the gaps between them. */
function branch({ parts, sizes }: Exclude<Layout, Tabs>, size: number, length: number): Node {
  const share = gapShare(parts.length)
  const room = length - share * parts.length
  const total = sizes.reduce((sum, each) => sum + each, 0)
  const data = parts.map((part, index) => {
    const visible = (room * (sizes[index] ?? 1)) / total
    return part.kind === 'tabs' ? leaf(part, visible + share) : branch(part, visible + share, size)
  })
  return { type: 'branch', data, size }
}

function leaf({ panels, active }: Tabs, size: number): Node {
  const data = { id: `tabs-${panels[0]}`, views: [...panels], activeView: active, hideHeader: panels.length === 1 }
  return { type: 'leaf', data, size }
}

function read(node: Node, kind: 'row' | 'column'): Layout | undefined {
  if (!Array.isArray(node.data)) {
    const { views, activeView = views[0] ?? '' } = node.data as { views: PanelId[]; activeView?: PanelId }
    return views.length === 0 ? undefined : { kind: 'tabs', panels: views, active: activeView }
  }
  const share = gapShare(node.data.length)
  const parts = node.data.flatMap((child) => {
    const part = read(child, kind === 'row' ? 'column' : 'row')
    return part === undefined ? [] : [{ part, size: Math.max(1, Math.round((child.size ?? 1) - share)) }]
  })
  if (parts.length === 0) return undefined
  return { kind, parts: parts.map(({ part }) => part), sizes: parts.map(({ size }) => size) }
}

function gapShare(parts: number): number {
  return parts === 0 ? 0 : (GAP * (parts - 1)) / parts
}
