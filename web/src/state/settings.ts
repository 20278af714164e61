import type { PanelKind, PanelOptions } from '../engine/messages.ts'
import { DENSITIES, type Density, THEME_CHOICES, type ThemeChoice } from '../theme/tokens.ts'

/** What the page remembers between visits. */
export type Settings = {
  readonly theme: ThemeChoice
  readonly density: Density
  readonly symbol: string | undefined
  readonly interval: ChartInterval
  /** Single-key shortcuts can be turned off (WCAG 2.1.4). */
  readonly singleKeys: boolean
  readonly panels: Readonly<Record<PanelKind, PanelOptions>>
}

export const CHART_INTERVALS = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'] as const
export type ChartInterval = (typeof CHART_INTERVALS)[number]

export const GROUPINGS: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000]
export const DEPTHS: readonly number[] = [5, 10, 25, 50, 100, 250, 500]
export const RATES_HZ: readonly number[] = [1, 2, 5, 10, 20]

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  density: 'normal',
  symbol: undefined,
  interval: '1m',
  singleKeys: true,
  panels: {
    ladder: { depth: 25, grouping: 1, rateMs: 100 },
    tape: { depth: 50, grouping: 1, rateMs: 100 },
  },
}

/** A phone shows 12 levels a side at 5 Hz until told otherwise. */
export const PHONE_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  panels: {
    ladder: { depth: 12, grouping: 1, rateMs: 200 },
    tape: { depth: 25, grouping: 1, rateMs: 200 },
  },
}

const STORAGE_KEY = 'depthcast.settings.1'

/** Reads what was stored, field by field: one that is missing or no longer valid falls back alone. */
export function parseSettings(text: string | null, fallback: Settings): Settings {
  const stored = asRecord(parseJson(text))
  const panels = asRecord(stored.panels)
  return {
    theme: oneOf(THEME_CHOICES, stored.theme) ?? fallback.theme,
    density: oneOf(DENSITIES, stored.density) ?? fallback.density,
    symbol: typeof stored.symbol === 'string' ? stored.symbol : fallback.symbol,
    interval: oneOf(CHART_INTERVALS, stored.interval) ?? fallback.interval,
    singleKeys: typeof stored.singleKeys === 'boolean' ? stored.singleKeys : fallback.singleKeys,
    panels: {
      ladder: parsePanel(panels.ladder, fallback.panels.ladder),
      tape: parsePanel(panels.tape, fallback.panels.tape),
    },
  }
}

export function loadSettings(storage: Pick<Storage, 'getItem'> | undefined, fallback: Settings): Settings {
  return parseSettings(storage?.getItem(STORAGE_KEY) ?? null, fallback)
}

/** A full or forbidden storage costs the memory, not the page. */
export function saveSettings(storage: Pick<Storage, 'setItem'> | undefined, settings: Settings): void {
  try {
    storage?.setItem(STORAGE_KEY, JSON.stringify(settings))
  } catch {
    // Private windows and blocked storage throw; the settings live as long as the page then.
  }
}

function parsePanel(stored: unknown, fallback: PanelOptions): PanelOptions {
  const panel = asRecord(stored)
  const number = (name: 'depth' | 'grouping' | 'rateMs'): number => {
    const value = panel[name]
    return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 60_000 ? value : fallback[name]
  }
  const options = { depth: number('depth'), grouping: number('grouping'), rateMs: number('rateMs') }
  const minQuantity = panel.minQuantity ?? fallback.minQuantity
  return typeof minQuantity === 'string' && /^\d{1,12}(\.\d{1,12})?$/.test(minQuantity)
    ? { ...options, minQuantity }
    : options
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
