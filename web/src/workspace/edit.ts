import type { PanelId } from '../engine/messages.ts'
import type { PanelKind } from '../panels/registry.ts'
import { type Layout, type PanelState, panelsOf, type Workspace } from './workspace.ts'

// What can be done to a workspace's panels. Every function gives a new workspace, or the same one where there is nothing to do.

export type Direction = 'left' | 'right' | 'up' | 'down'
/** Beside another panel, or among its tabs. */
export type Place = Direction | 'tab'

/** The name the next panel of a kind gets: the lowest number that is free. */
export function nextId({ panels }: Workspace, kind: PanelKind): PanelId {
  for (let number = 1; ; number += 1) if (panels[`${kind}-${number}`] === undefined) return `${kind}-${number}`
}

/** Opens a panel as `nextId` names it, with options as its kind has them. It joins the group of the one it is opened beside. */
export function openPanel(
  workspace: Workspace,
  kind: PanelKind,
  { options, beside, place = 'down' }: Opening,
): Workspace {
  const id = nextId(workspace, kind)
  const ids = panelsOf(workspace.layout)
  const target = beside !== undefined && ids.includes(beside) ? beside : ids.at(-1)
  if (target === undefined) return workspace
  const { group, symbol } = workspace.panels[target] ?? {}
  const state: PanelState = {
    kind,
    ...(group !== undefined && { group }),
    ...(symbol !== undefined && { symbol }),
    options,
  }
  const panels = { ...workspace.panels, [id]: state }
  return { ...workspace, panels, layout: tidy(insert(workspace.layout, id, target, place)) }
}

type Opening = {
  readonly options: PanelState['options']
  readonly beside?: PanelId | undefined
  readonly place?: Place
}

/** A page without any panel could do nothing, so the last one stays. */
export function closePanel(workspace: Workspace, panel: PanelId): Workspace {
  const layout = without(workspace.layout, panel)
  if (layout === undefined || !panelsOf(workspace.layout).includes(panel)) return workspace
  const { [panel]: _, ...panels } = workspace.panels
  return { ...workspace, panels, layout: tidy(layout) }
}

export function movePanel(workspace: Workspace, panel: PanelId, target: PanelId, place: Place): Workspace {
  const ids = panelsOf(workspace.layout)
  if (panel === target || !ids.includes(panel) || !ids.includes(target)) return workspace
  const rest = without(workspace.layout, panel)
  return rest === undefined ? workspace : { ...workspace, layout: tidy(insert(rest, panel, target, place)) }
}

/**
 * Moves a panel one step: out of its tabs, else past its neighbour there, else out of what it is stacked in, else along that whole edge of the
 * page.
 */
export function moveToward(workspace: Workspace, panel: PanelId, direction: Direction): Workspace {
  const { layout } = workspace
  const path = pathTo(layout, panel)
  const own = path.at(-1)
  if (own === undefined || own.node.kind !== 'tabs') return workspace
  const mate = own.node.panels.find((other) => other !== panel)
  if (mate !== undefined) return movePanel(workspace, panel, mate, direction)
  const axis = axisOf(direction)
  const step = isForward(direction) ? 1 : -1
  const at = path.findLastIndex(({ node, index }) => node.kind === axis && node.parts[index + step] !== undefined)
  if (at === -1) {
    const isAlong = path.some(({ node }) => node.kind === axis)
    const rest = without(layout, panel)
    if (isAlong && path.length === 2) return workspace
    if (rest === undefined) return workspace
    const parts = step === 1 ? [rest, alone(panel)] : [alone(panel), rest]
    return { ...workspace, layout: tidy({ kind: axis, parts, sizes: step === 1 ? [2, 1] : [1, 2] }) }
  }
  const found = path[at]
  if (found === undefined || found.node.kind === 'tabs') return workspace
  const { node, index } = found
  const isNeighbour = at === path.length - 2
  const changed = isNeighbour ? swapped(node, index, index + step) : lifted(node, index, panel, step)
  return { ...workspace, layout: tidy(replaced(layout, path.slice(0, at), changed)) }
}

/** Makes a panel wider (right), narrower (left), taller (down) or lower (up) by a twentieth of what it shares. */
export function resizeToward(workspace: Workspace, panel: PanelId, direction: Direction): Workspace {
  const path = pathTo(workspace.layout, panel)
  const at = path.findLastIndex(({ node }) => node.kind === axisOf(direction))
  const found = path[at]
  if (found === undefined || found.node.kind === 'tabs') return workspace
  const { node, index } = found
  const total = sum(node.sizes)
  const size = node.sizes[index] ?? 0
  const wanted = size + (isForward(direction) ? total : -total) / 20
  const now = Math.min(Math.max(wanted, total * LEAST), total * (1 - LEAST * (node.sizes.length - 1)))
  const scale = (total - now) / (total - size)
  const sizes = node.sizes.map((other, each) => (each === index ? now : other * scale))
  return { ...workspace, layout: replaced(workspace.layout, path.slice(0, at), { ...node, sizes }) }
}

/** No panel is squeezed below a tenth by keys. */
const LEAST = 0.1

export function rename(workspace: Workspace, name: string): Workspace {
  return { ...workspace, name }
}

/** Without splits of one part, or splits in splits of the same kind: what looks the same is the same. */
export function tidy(layout: Layout): Layout {
  if (layout.kind === 'tabs') return layout
  const parts: Layout[] = []
  const sizes: number[] = []
  layout.parts.forEach((raw, index) => {
    const part = tidy(raw)
    const size = layout.sizes[index] ?? 1
    if (part.kind === layout.kind) {
      const total = sum(part.sizes)
      parts.push(...part.parts)
      sizes.push(...part.sizes.map((each) => (each * size) / total))
    } else {
      parts.push(part)
      sizes.push(size)
    }
  })
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind: layout.kind, parts, sizes }
}

type Split = Exclude<Layout, { kind: 'tabs' }>
type Step = { readonly node: Layout; readonly index: number }

/** From the root to the tabs a panel is among; empty where it is nowhere. `index` is the part the path goes on in. */
function pathTo(layout: Layout, panel: PanelId): readonly Step[] {
  if (layout.kind === 'tabs') {
    const index = layout.panels.indexOf(panel)
    return index === -1 ? [] : [{ node: layout, index }]
  }
  const index = layout.parts.findIndex((part) => panelsOf(part).includes(panel))
  const part = layout.parts[index]
  return part === undefined ? [] : [{ node: layout, index }, ...pathTo(part, panel)]
}

function replaced(layout: Layout, path: readonly Step[], changed: Layout): Layout {
  const [step, ...rest] = path
  if (step === undefined || layout.kind === 'tabs') return changed
  return {
    ...layout,
    parts: layout.parts.map((part, at) => (at === step.index ? replaced(part, rest, changed) : part)),
  }
}

function insert(layout: Layout, panel: PanelId, target: PanelId, place: Place): Layout {
  if (layout.kind !== 'tabs')
    return { ...layout, parts: layout.parts.map((part) => insert(part, panel, target, place)) }
  const at = layout.panels.indexOf(target)
  if (at === -1) return layout
  if (place === 'tab') return { kind: 'tabs', panels: layout.panels.toSpliced(at + 1, 0, panel), active: panel }
  const parts = isForward(place) ? [layout, alone(panel)] : [alone(panel), layout]
  return { kind: axisOf(place), parts, sizes: [1, 1] }
}

/** Undefined when nothing is left. */
function without(layout: Layout, panel: PanelId): Layout | undefined {
  if (layout.kind === 'tabs') {
    const at = layout.panels.indexOf(panel)
    if (at === -1) return layout
    const panels = layout.panels.toSpliced(at, 1)
    const next = layout.active === panel ? (panels[at] ?? panels.at(-1)) : layout.active
    return next === undefined ? undefined : { kind: 'tabs', panels, active: next }
  }
  const kept = layout.parts.flatMap((part, index) => {
    const left = without(part, panel)
    return left === undefined ? [] : [{ left, size: layout.sizes[index] ?? 1 }]
  })
  if (kept.length === 0) return undefined
  return { kind: layout.kind, parts: kept.map(({ left }) => left), sizes: kept.map(({ size }) => size) }
}

function swapped(split: Split, a: number, b: number): Split {
  const swap = <T>(values: readonly T[]): T[] => {
    const [first, second] = [values[a], values[b]]
    return first === undefined || second === undefined ? [...values] : values.with(a, second).with(b, first)
  }
  return { ...split, parts: swap(split.parts), sizes: swap(split.sizes) }
}

/** Takes a panel out of the part it is stacked in and sets it beside that part. */
function lifted(split: Split, index: number, panel: PanelId, step: 1 | -1): Split {
  const part = split.parts[index]
  const rest = part === undefined ? undefined : without(part, panel)
  if (rest === undefined) return split
  const half = (split.sizes[index] ?? 1) / 2
  const at = step === 1 ? index + 1 : index
  return {
    ...split,
    parts: split.parts.with(index, rest).toSpliced(at, 0, alone(panel)),
    sizes: split.sizes.with(index, half).toSpliced(at, 0, half),
  }
}

function alone(panel: PanelId): Layout {
  return { kind: 'tabs', panels: [panel], active: panel }
}

function axisOf(direction: Direction): 'row' | 'column' {
  return direction === 'left' || direction === 'right' ? 'row' : 'column'
}

function isForward(direction: Direction): boolean {
  return direction === 'right' || direction === 'down'
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}
