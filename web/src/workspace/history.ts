import { type Layout, panelsOf, type Workspace } from './workspace.ts'

/** Workspaces as they were before each change of their layout, oldest first, and those that were undone, newest last. */
export type History = { readonly past: readonly Workspace[]; readonly undone: readonly Workspace[] }

export const NO_HISTORY: History = { past: [], undone: [] }
const MOST = 50

/** Remembers `before` where `after` is another layout; a tab brought to the front or an option is no change of it. */
export function recorded(history: History, before: Workspace, after: Workspace): History {
  if (before.name === after.name && isSameLayout(before.layout, after.layout)) return history
  return { past: [...history.past, before].slice(-MOST), undone: [] }
}

/** The layout before the last change, with what panels were set to since. Undefined where there is nothing to undo. */
export function undo({ past, undone }: History, now: Workspace): readonly [Workspace, History] | undefined {
  const before = past.at(-1)
  return before && [withPanelsOf(before, now), { past: past.slice(0, -1), undone: [...undone, now] }]
}

export function redo({ past, undone }: History, now: Workspace): readonly [Workspace, History] | undefined {
  const after = undone.at(-1)
  return after && [withPanelsOf(after, now), { past: [...past, now], undone: undone.slice(0, -1) }]
}

/** Equal but for rounding and for which tab is in front. */
export function isSameLayout(a: Layout, b: Layout): boolean {
  if (a.kind === 'tabs' || b.kind === 'tabs')
    return a.kind === 'tabs' && b.kind === 'tabs' && a.panels.join() === b.panels.join()
  if (a.kind !== b.kind || a.parts.length !== b.parts.length) return false
  const [totalA, totalB] = [sum(a.sizes), sum(b.sizes)]
  return a.parts.every((part, index) => {
    const other = b.parts[index]
    const differs = Math.abs((a.sizes[index] ?? 0) / totalA - (b.sizes[index] ?? 0) / totalB)
    return other !== undefined && differs < 0.002 && isSameLayout(part, other)
  })
}

/** What was closed meanwhile comes back as it was; the others stay as they are. */
function withPanelsOf(target: Workspace, now: Workspace): Workspace {
  const panels = Object.fromEntries(
    panelsOf(target.layout).flatMap((id) => {
      const state = now.panels[id] ?? target.panels[id]
      return state === undefined ? [] : [[id, state]]
    }),
  )
  return { ...target, panels, groups: now.groups }
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}
