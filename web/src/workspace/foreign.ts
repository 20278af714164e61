import { GROUPS, type Workspace } from './workspace.ts'

/** Instruments a layout is of that are not among these. */
export function foreignTo(known: readonly { readonly id: string }[], { groups, panels }: Workspace): readonly string[] {
  const own = Object.values(panels).flatMap(({ group, symbol }) => (group === undefined ? (symbol ?? []) : []))
  const used = new Set(Object.values(panels).map(({ group }) => group))
  const linked = GROUPS.flatMap((group) => (used.has(group) ? (groups[group] ?? []) : []))
  return [...new Set([...linked, ...own])].filter((symbol) => known.every(({ id }) => id !== symbol))
}
