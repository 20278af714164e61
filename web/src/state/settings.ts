import { DENSITIES, type Density, PALETTES, type Palette, THEME_CHOICES, type ThemeChoice } from '../theme/tokens.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Workspaces } from './desk.ts'
import { PROFILE_CHOICES, type ProfileChoice } from './profile.ts'
import { properLocale, properZone, type Region } from './region.ts'

/** What the page remembers between visits besides its panels. */
export type Settings = Region & {
  readonly theme: ThemeChoice
  readonly palette: Palette
  readonly density: Density
  readonly profile: ProfileChoice
  /** Single-key shortcuts can be turned off (WCAG 2.1.4). */
  readonly singleKeys: boolean
}

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  palette: 'classic',
  density: 'normal',
  profile: 'auto',
  timeZone: 'UTC',
  locale: 'system',
  singleKeys: true,
}

export const SETTINGS_KEY = 'depthcast.settings.1'
export const WORKSPACES_KEY = 'depthcast.workspaces.1'
export const LAYOUTS_KEY = 'depthcast.layouts.1'
export const ALERTS_KEY = 'depthcast.alerts.1'

export type Reads = Pick<Storage, 'getItem'> | undefined
type Writes = Pick<Storage, 'setItem'> | undefined

/** Reads what was stored, field by field: one that is missing or no longer valid falls back alone. */
export function parseSettings(text: string | null, fallback: Settings): Settings {
  const stored = asRecord(parseJson(text))
  return {
    theme: oneOf(THEME_CHOICES, stored.theme) ?? fallback.theme,
    palette: oneOf(PALETTES, stored.palette) ?? fallback.palette,
    density: oneOf(DENSITIES, stored.density) ?? fallback.density,
    profile: oneOf(PROFILE_CHOICES, stored.profile) ?? fallback.profile,
    timeZone: systemOr(properZone, stored.timeZone) ?? fallback.timeZone,
    locale: systemOr(properLocale, stored.locale) ?? fallback.locale,
    singleKeys: typeof stored.singleKeys === 'boolean' ? stored.singleKeys : fallback.singleKeys,
  }
}

export function loadSettings(storage: Reads, fallback: Settings = DEFAULT_SETTINGS): Settings {
  return parseSettings(storage?.getItem(SETTINGS_KEY) ?? null, fallback)
}

export function saveSettings(storage: Writes, settings: Settings): void {
  save(storage, SETTINGS_KEY, settings)
}

/** Whether there is anything for `remembered.ts` to read, which a first visit need not wait for. */
export function remembersLayouts(...storages: readonly Reads[]): boolean {
  const keys = [SETTINGS_KEY, WORKSPACES_KEY, LAYOUTS_KEY]
  return storages.some((storage) => keys.some((key) => (storage?.getItem(key) ?? null) !== null))
}

export function saveWorkspaces(storage: Writes, workspaces: Workspaces): void {
  save(storage, WORKSPACES_KEY, workspaces)
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

export function parseJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** Browsers differ in which zones and locales they know, and forget some. */
function systemOr(proper: (text: string) => string | undefined, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  return value === 'system' ? value : proper(value)
}

function oneOf<T>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((candidate) => candidate === value)
}
