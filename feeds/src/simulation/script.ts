import type { Scenario } from './exchange.ts'

/** What a scenario makes of the crowd for a moment. Factors are times the usual. */
export type Mood = {
  /** Orders that nobody called for. */
  readonly activity: number
  readonly volatility: number
  /** How far from their value people quote. */
  readonly caution: number
  /** Where the price is driven, in log a second. */
  readonly drift: number
}

export type Control = { readonly at: number; readonly kind: 'halt' | 'resume'; readonly reason: string }

const SECOND = 1_000_000
const USUAL: Mood = { activity: 1, volatility: 1, caution: 1, drift: 0 }
/** What happens once happens again after so many seconds, so that whoever comes later sees it too. */
const EVERY = { 'flash-crash': 600, halt: 300, 'news-burst': 600 } as const
/** Seconds into a round of `halt`. */
const HALTS_AT = 60
const RESUMES_AT = 90

/** What the scenario does at a time, in seconds from the opening; before it, nothing. */
export function moodAt(scenario: Scenario, seconds: number): Mood {
  if (seconds < 0) return USUAL
  switch (scenario) {
    case 'none':
      return USUAL
    case 'open': {
      // The first half hour: crowded, wild and wide, and calming down all the time.
      const heat = Math.exp(-seconds / 420)
      return { activity: 1 + 5 * heat, volatility: 1 + 2.5 * heat, caution: 1 + 1.5 * heat, drift: 0 }
    }
    case 'thin-night':
      return { activity: 0.12, volatility: 0.5, caution: 3, drift: 0 }
    case 'flash-crash':
      return crash(seconds % EVERY['flash-crash'])
    case 'halt':
      return aroundHalt(seconds % EVERY.halt)
    case 'news-burst': {
      const since = (seconds % EVERY['news-burst']) - 60
      if (since < 0) return USUAL
      const round = Math.floor(seconds / EVERY['news-burst'])
      const heat = Math.exp(-since / 45)
      const drift = since < 2 ? 0.006 * (round % 2 === 0 ? 1 : -1) : 0
      return { activity: 1 + 9 * heat, volatility: 1 + 4 * heat, caution: 1 + heat, drift }
    }
  }
}

/** Down by a twelfth within half a minute while quotes are pulled away, most of the way back within two. */
function crash(seconds: number): Mood {
  if (seconds < 60) return USUAL
  if (seconds < 85) return { activity: 6, volatility: 3, caution: 4, drift: -0.0033 }
  if (seconds < 185) return { activity: 4, volatility: 2, caution: 2, drift: 0.0006 }
  const heat = Math.exp(-(seconds - 185) / 60)
  return { activity: 1 + 2 * heat, volatility: 1 + heat, caution: 1 + heat, drift: 0 }
}

/** A run up that trips the halt, and the rush when trading resumes. */
function aroundHalt(seconds: number): Mood {
  if (seconds < HALTS_AT - 10) return USUAL
  if (seconds < HALTS_AT) return { activity: 4, volatility: 2, caution: 1, drift: 0.004 }
  if (seconds < RESUMES_AT) return { activity: 0.2, volatility: 0.5, caution: 1, drift: 0 }
  const heat = Math.exp(-(seconds - RESUMES_AT) / 20)
  return { activity: 1 + 5 * heat, volatility: 1 + 2 * heat, caution: 1 + heat, drift: -0.0008 * heat }
}

/** The next time after this one, in µs, at which trading stops or resumes; undefined where it never does. */
export function nextControl(scenario: Scenario, after: number): Control | undefined {
  if (scenario !== 'halt') return undefined
  const round = Math.max(0, Math.floor(after / (EVERY.halt * SECOND)))
  for (const start of [round, round + 1].map((n) => n * EVERY.halt * SECOND)) {
    const halt = start + HALTS_AT * SECOND
    const resume = start + RESUMES_AT * SECOND
    if (halt > after) return { at: halt, kind: 'halt', reason: 'volatility pause' }
    if (resume > after) return { at: resume, kind: 'resume', reason: 'volatility pause over' }
  }
  return undefined
}
