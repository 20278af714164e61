import type { PanelKind as PaintedKind, PanelOptions } from '../engine/messages.ts'
import type { Profile } from './profile.ts'

/** The options to ask for: what the panel is set to, as far as the profile allows. The very same object where it allows all. */
export function withinProfile(options: PanelOptions, profile: Profile, kind: PaintedKind | undefined): PanelOptions {
  const rateMs = cappedRate(options.rateMs, profile)
  const depth = kind === 'ladder' && options.depth !== undefined ? cappedDepth(options.depth, profile) : options.depth
  if (rateMs === options.rateMs && depth === options.depth) return options
  return { ...options, rateMs, ...(depth !== undefined && { depth }) }
}

export function cappedRate(rateMs: number, profile: Profile): number {
  return Math.max(rateMs, CAPS[profile].rateMs)
}

export function cappedDepth(depth: number, profile: Profile): number {
  return Math.min(depth, CAPS[profile].depth)
}

/** A choice as it is written where the profile allows less than was chosen: `20→5`. */
export function cappedWords(chosen: number, allowed: number): string {
  return chosen === allowed ? `${chosen}` : `${chosen}→${allowed}`
}

/** What to say of such a choice. */
export function describeCap(profile: Profile): string {
  const { rateMs, depth } = CAPS[profile]
  if (profile === 'full') return 'as each panel is set'
  return `at most ${1000 / rateMs} updates a second, and ${depth} levels a side in books`
}

type Cap = {
  /** Least time between two updates of a panel. */
  readonly rateMs: number
  /** Levels a side of a ladder at most; what draws a whole book needs the whole book. */
  readonly depth: number
}

/** A phone's book is 12 levels a side at 5 Hz. */
const CAPS: Readonly<Record<Profile, Cap>> = {
  full: { rateMs: 0, depth: Number.POSITIVE_INFINITY },
  balanced: { rateMs: 100, depth: 50 },
  lite: { rateMs: 200, depth: 12 },
}
