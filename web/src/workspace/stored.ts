import * as z from 'zod/mini'
import type { PanelId } from '../engine/messages.ts'
import { PANEL_KINDS } from '../panels/registry.ts'
import { parseOptions, SCHEMAS } from '../panels/schemas.ts'
import {
  GROUPS,
  type Group,
  type Layout,
  MOST_PANELS,
  MOST_SYMBOL,
  type PanelState,
  panelsOf,
  type Workspace,
} from './workspace.ts'

const MOST_DEPTH = 12

const id = z.string().check(z.regex(/^[a-z]{1,20}-\d{1,6}$/, 'is not the name of a panel'))
const symbol = z.string().check(z.minLength(1), z.maxLength(MOST_SYMBOL))
const group = z.int().check(z.minimum(1), z.maximum(GROUPS.length))
const layout: z.ZodMiniType<Layout> = z.union([
  z.object({ kind: z.literal('tabs'), panels: z.array(id).check(z.minLength(1)), active: id }),
  z.object({
    kind: z.enum(['row', 'column']),
    parts: z.array(z.lazy(() => layout)).check(z.minLength(2)),
    sizes: z.array(z.number().check(z.positive())),
  }),
])
const panel = z.object({
  kind: z.enum(PANEL_KINDS, { error: ({ input }) => `is of no kind known here: “${String(input)}”` }),
  group: z.optional(group),
  symbol: z.optional(symbol),
  options: z.record(z.string(), z.unknown()),
})
const workspace = z.object({
  version: z.literal(1, 'is of another version of this page'),
  name: z.string().check(z.minLength(1), z.maxLength(60)),
  layout,
  panels: z.record(id, panel),
  groups: z.record(z.string().check(z.regex(/^[1-6]$/)), symbol),
})

export type Read =
  | { readonly kind: 'read'; readonly workspace: Workspace }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Reads what a workspace was stored or shared as. All of it must hold, or none is taken: half a layout is a puzzle. `reason` is a sentence for
 * the user.
 */
export function readWorkspace(stored: unknown): Read {
  if (depthOf(stored) > 3 * MOST_DEPTH) return refused('it is nested too deep')
  const read = workspace.safeParse(stored)
  if (!read.success) return refused(firstIssue(read.error))
  const found = read.data as unknown as Workspace
  const placed = panelsOf(found.layout)
  if (placed.length > MOST_PANELS) return refused(`it has ${placed.length} panels, ${MOST_PANELS} are the most`)
  if (new Set(placed).size !== placed.length) return refused('it has one panel in two places')
  const unknown = placed.find((each) => found.panels[each] === undefined)
  if (unknown !== undefined) return refused(`it places a panel it does not describe: “${unknown}”`)
  const panels: Record<PanelId, PanelState> = {}
  for (const each of placed) {
    const state = found.panels[each]
    if (state === undefined) continue
    if (!each.startsWith(`${state.kind}-`)) return refused(`${each} is said to be of another kind: “${state.kind}”`)
    const options = SCHEMAS[state.kind].safeParse(state.options)
    if (!options.success) return refused(`${each}: ${firstIssue(options.error)}`)
    panels[each] = { ...state, options: options.data }
  }
  return { kind: 'read', workspace: { ...found, layout: sound(found.layout), panels } }
}

/** The layouts a user saved, each under its name; what does not hold any more is left out. */
export function readSaved(stored: unknown): readonly Workspace[] {
  if (!Array.isArray(stored)) return []
  const read = stored.map(readWorkspace)
  return read.flatMap((each) => (each.kind === 'read' ? [each.workspace] : []))
}

/** What the page kept before there were workspaces: one panel of each kind. */
export function migrated(settings: unknown, first: Workspace): Workspace {
  const { symbol: chosen, interval, panels } = record(settings)
  const old = record(panels)
  const of: Readonly<Record<string, unknown>> = { chart: { interval }, ladder: old.ladder, tape: old.tape }
  const kept = Object.entries(first.panels).map(([name, state]) => {
    const options = parseOptions(state.kind, { ...state.options, ...defined(record(of[state.kind])) })
    return [name, { ...state, options }] as const
  })
  const groups: Partial<Record<Group, string>> = symbol.safeParse(chosen).success ? { 1: String(chosen) } : {}
  return { ...first, panels: Object.fromEntries(kept), groups: { ...first.groups, ...groups } }
}

/** As many sizes as parts, and a tab in front that is among the tabs. */
function sound(found: Layout): Layout {
  if (found.kind === 'tabs') {
    const [first = ''] = found.panels
    return found.panels.includes(found.active) ? found : { ...found, active: first }
  }
  const parts = found.parts.map(sound)
  return { ...found, parts, sizes: parts.map((_, index) => found.sizes[index] ?? 1) }
}

function refused(reason: string): Read {
  return { kind: 'refused', reason }
}

function firstIssue({ issues }: z.core.$ZodError): string {
  const [issue] = issues
  return issue === undefined ? 'it is not a layout' : `${issue.path.join('.') || 'it'}: ${issue.message}`
}

/** Counted before anything recursive looks at it. */
function depthOf(value: unknown): number {
  let depth = 0
  let level = [value]
  while (level.length > 0 && depth <= 3 * MOST_DEPTH) {
    depth += 1
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []))
  }
  return depth
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function defined(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
}
