import { Orientation, type SerializedDockview } from 'dockview-core'
import type { PanelId } from '../engine/messages.ts'
import { GAP, LEAST, lengthsOf, type Size } from '../workspace/boxes.ts'
import { type Layout, panelsOf } from '../workspace/workspace.ts'

type Grid = SerializedDockview['grid']
type Node = Grid['root']
type Tabs = Extract<Layout, { kind: 'tabs' }>
type Axis = 'row' | 'column'

type Room = Size & { readonly name: (panel: PanelId) => string }

/**
 * What a box of the docking library has more than the page's, before and after it along either axis, CSS px: its boxes touch in the middle of our
 * gaps, since of gaps of its own it would make fractions.
 */
type Margins = Readonly<Record<Axis, readonly [before: number, after: number]>>
const NONE: Margins = { row: [0, 0], column: [0, 0] }

/** A layout as the docking library takes it, its boxes where the page has them; `name` is what stands on a panel's tab. */
export function toDock(layout: Layout, { width, height, name }: Room): SerializedDockview {
  const root = layout.kind === 'tabs' ? { kind: 'row' as const, parts: [layout], sizes: [1] } : layout
  const kept = { contentComponent: 'panel', tabComponent: 'panel', minimumWidth: LEAST, minimumHeight: LEAST } as const
  const panels = panelsOf(root).map((id) => [id, { ...kept, id, title: name(id) }])
  const data = parts(root, { row: width, column: height }, NONE)
  return {
    grid: {
      root: { type: 'branch', data, size: root.kind === 'row' ? height : width },
      width,
      height,
      orientation: root.kind === 'row' ? Orientation.HORIZONTAL : Orientation.VERTICAL,
    },
    panels: Object.fromEntries(panels),
  }
}

/** What the user made of it. Undefined where that is nothing of ours. */
export function fromDock({ grid }: SerializedDockview): Layout | undefined {
  return read(grid.root, grid.orientation === Orientation.HORIZONTAL ? 'row' : 'column', NONE)
}

/** `room` is what the page has for the split. */
function parts(split: Exclude<Layout, Tabs>, room: Readonly<Record<Axis, number>>, margins: Margins): Node[] {
  const { kind } = split
  const lengths = lengthsOf(split, room[kind])
  return split.parts.map((part, index) => {
    const own = marginsOf(index, lengths.length, kind, margins)
    const length = lengths[index] ?? 0
    const size = length + own[kind][0] + own[kind][1]
    if (part.kind !== 'tabs')
      return { type: 'branch', data: parts(part, { ...room, [kind]: length }, own), size } as const
    const { panels, active } = part
    const data = { id: `tabs-${panels[0]}`, views: [...panels], activeView: active, hideHeader: panels.length === 1 }
    return { type: 'leaf', data, size } as const
  })
}

function read(node: Node, kind: Axis, margins: Margins): Layout | undefined {
  const { data } = node
  if (!Array.isArray(data)) {
    const { views, activeView = views[0] ?? '' } = data as { views: PanelId[]; activeView?: PanelId }
    return views.length === 0 ? undefined : { kind: 'tabs', panels: views, active: activeView }
  }
  const found = data.flatMap((child, index) => {
    const own = marginsOf(index, data.length, kind, margins)
    const part = read(child, kind === 'row' ? 'column' : 'row', own)
    return part === undefined ? [] : [{ part, size: Math.max(1, (child.size ?? 1) - own[kind][0] - own[kind][1]) }]
  })
  if (found.length === 0) return undefined
  return { kind, parts: found.map(({ part }) => part), sizes: found.map(({ size }) => size) }
}

/** Half a gap towards each neighbour, and at the ends what the split itself has there. */
function marginsOf(index: number, count: number, axis: Axis, margins: Margins): Margins {
  const [before, after] = margins[axis]
  return { ...margins, [axis]: [index === 0 ? before : GAP / 2, index === count - 1 ? after : GAP / 2] }
}
