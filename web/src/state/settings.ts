import { DENSITIES, type Density, THEME_CHOICES, type ThemeChoice } from '../theme/tokens.ts'
import { FIRST, type Shell } from '../workspace/first.ts'
import { migrated, readSaved, readWorkspace } from '../workspace/stored.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Workspaces } from './desk.ts'

/** What the page remembers between visits besides its panels. */
export type Settings = {
  readonly theme: ThemeChoice
  readonly density: Density
  /** Single-key shortcuts can be turned off (WCAG 2.1.4). */
  readonly singleKeys: boolean
}

export const DEFAULT_SETTINGS: Settings = { theme: 'system', density: 'normal', singleKeys: true }

const SETTINGS_KEY = 'depthcast.settings.1'
const WORKSPACES_KEY = 'depthcast.workspaces.1'
const LAYOUTS_KEY = 'depthcast.layouts.1'

type Reads = Pick<Storage, 'getItem'> | undefined
type Writes = Pick<Storage, 'setItem'> | undefined

/** Reads what was stored, field by field: one that is missing or no longer valid falls back alone. */
export function parseSettings(text: string | null, fallback: Settings): Settings {
  const stored = asRecord(parseJson(text))
  return {
    theme: oneOf(THEME_CHOICES, stored.theme) ?? fallback.theme,
    density: oneOf(DENSITIES, stored.density) ?? fallback.density,
    singleKeys: typeof stored.singleKeys === 'boolean' ? stored.singleKeys : fallback.singleKeys,
  }
}

export function loadSettings(storage: Reads, fallback: Settings = DEFAULT_SETTINGS): Settings {
  return parseSettings(storage?.getItem(SETTINGS_KEY) ?? null, fallback)
}

export function saveSettings(storage: Writes, settings: Settings): void {
  save(storage, SETTINGS_KEY, settings)
}

/** Each shell's workspace as it was left; one that does not hold any more, or never was, begins as the page did before there were any. */
export function loadWorkspaces(storage: Reads): Workspaces {
  const stored = asRecord(parseJson(storage?.getItem(WORKSPACES_KEY) ?? null))
  const before = parseJson(storage?.getItem(SETTINGS_KEY) ?? null)
  const load = (shell: Shell): Workspace => {
    const read = readWorkspace(stored[shell])
    return read.kind === 'read' ? read.workspace : migrated(before, FIRST[shell])
  }
  return { desktop: load('desktop'), tablet: load('tablet'), phone: load('phone') }
}

export function saveWorkspaces(storage: Writes, workspaces: Workspaces): void {
  save(storage, WORKSPACES_KEY, workspaces)
}

export function loadLayouts(storage: Reads): readonly Workspace[] {
  return readSaved(parseJson(storage?.getItem(LAYOUTS_KEY) ?? null))
}

export function saveLayouts(storage: Writes, layouts: readonly Workspace[]): void {
  save(storage, LAYOUTS_KEY, layouts)
}

/** A full or forbidden storage costs the memory, not the page. */
function save(storage: Writes, key: string, value: unknown): void {
  try {
    storage?.setItem(key, JSON.stringify(value))
  } catch {
    // Private windows and blocked storage throw; what was set lives as long as the page then.
  }
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function oneOf<T>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((candidate) => candidate === value)
}
