import type { FromEngine, PanelReport, ViewState } from '../engine/messages.ts'
import { formatAge, formatCount, formatDate, formatMs, formatNumber, formatTime } from './format.ts'

/** How a state looks: `tone` picks the colours, `glyph` says the same without colour. */
export type Described = {
  readonly tone: 'calm' | 'busy' | 'warn' | 'error'
  readonly glyph: string
  /** In the panel's header, beside the glyph; empty when all is well. */
  readonly text: string
}

/** What a panel's quiet age is the age of; a tape without any trade has nothing that could have one. */
export type Quiet = 'last trade' | 'last change' | 'no trades'

/** A panel's state in the words of the specification. */
export function describeState(state: ViewState, quiet: Quiet = 'last trade'): Described {
  switch (state.kind) {
    case 'loading':
      return { tone: 'busy', glyph: '○', text: 'Snapshot…' }
    case 'live':
      return { tone: 'calm', glyph: '✓', text: '' }
    case 'quiet':
      return {
        tone: 'calm',
        glyph: '✓',
        text: quiet === 'no trades' ? 'no trades yet' : quietWords(state.ageMs, quiet),
      }
    case 'delayed':
      return { tone: 'warn', glyph: '●', text: `delayed ${formatAge(state.ageMs)}` }
    case 'stale':
      return {
        tone: 'warn',
        glyph: '!',
        text: `stale${Number.isFinite(state.since) ? ` since ${formatTime(state.since)}` : ''}${retryWords(state)}`,
      }
    case 'gap':
      if (state.isBehind) return { tone: 'warn', glyph: '↻', text: 'behind · newest on its way' }
      return { tone: 'warn', glyph: '↻', text: `gap ${sequenceRange(state.from, state.to)} · resyncing` }
    case 'invalid':
      return { tone: 'error', glyph: '✕', text: `${state.reason}, quarantined` }
    case 'halted':
      return {
        tone: 'warn',
        glyph: '‖',
        text: state.reason === undefined ? 'halted by the venue' : `halted: ${state.reason}`,
      }
    case 'ended':
      return { tone: 'busy', glyph: '■', text: 'ended' }
    case 'paused':
      return { tone: 'busy', glyph: '‖', text: 'paused' }
    case 'refused':
      return { tone: 'error', glyph: '✕', text: `refused (${state.code}): ${state.reason}` }
  }
}

/** What stands behind a live panel: `seq 1,204,881 · checksum ok 0.2 s ago`. */
export function describeProof({ seq, verifiedAt, bars }: PanelReport, now: number): string {
  if (bars !== undefined) {
    const closed = bars.match + bars.missed + bars.unexplained
    return `seq ${formatCount(seq)} · ${formatCount(bars.match)} of ${formatCount(closed)} bars proven`
  }
  const proof = verifiedAt <= 0 ? 'not checked by checksum' : `checksum ok ${formatAge(now - verifiedAt)} ago`
  return `seq ${formatCount(seq)} · ${proof}`
}

/** Said of the book at its venue, which the checksum of the gateway says nothing of. */
export function describeSource({ verified, at }: NonNullable<PanelReport['source']>, now: number): string {
  if (verified === 'none' || at <= 0) return 'nothing at the venue to check it by'
  return `${SOURCE_WORDS[verified]} ${formatAge(Math.max(0, now - at))} ago`
}

const SOURCE_WORDS = {
  checksum: "venue's checksum ok",
  sequence: "venue's sequence whole",
  oracle: "venue's second source agreed",
} as const

/** A few updates a frame are what a rate is for; from here on it is worth a word. */
const HEAVY_MERGING = 10

/** Said only when much is merged: `1 frame per 14 updates (your 5 Hz)`. */
export function describeMerging(report: Pick<PanelReport, 'merged' | 'granted'>): string | undefined {
  return report.merged >= HEAVY_MERGING ? describeConflation(report) : undefined
}

/** How many source updates a message stands for, in the last second: `1 frame per 14 updates (your 5 Hz)`. */
export function describeConflation({ merged, granted }: Pick<PanelReport, 'merged' | 'granted'>): string {
  const rate = granted?.rateMs
  const yours = typeof rate === 'number' && rate > 0 ? ` (your ${formatHz(rate)})` : ''
  const updates = Math.max(1, Math.round(merged))
  return `1 frame per ${formatCount(updates)} ${updates === 1 ? 'update' : 'updates'}${yours}`
}

function formatHz(rateMs: number): string {
  const hz = 1000 / rateMs
  return `${formatNumber(hz, hz < 1 ? 1 : 0)} Hz`
}

/** What was granted where it is not what was asked for: a word for the panel's header, and why. */
export type Shortfall = { readonly text: string; readonly why: string }

export function describeShortfall(
  { asked, granted, refusal }: Pick<PanelReport, 'asked' | 'granted' | 'refusal'>,
  limits: Connection['limits'],
): Shortfall | undefined {
  if (asked === undefined || granted === undefined) return undefined
  if (refusal !== undefined) return { text: 'refused', why: `the change was refused: ${refusal}` }
  const { depth, grouping, rateMs } = granted
  if (depth !== undefined && depth !== 'all' && asked.depth !== undefined && depth < asked.depth) {
    const most = limits === undefined || limits.maxDepth === 'all' ? '' : `, at most ${limits.maxDepth} on this server`
    return {
      text: `${depth} of ${asked.depth}`,
      why: `${asked.depth} levels a side were asked for, ${depth} granted${most}`,
    }
  }
  if (typeof rateMs === 'number' && rateMs > asked.rateMs) {
    const least = limits === undefined ? '' : `, at least ${limits.minRateMs} ms on this server`
    return {
      text: `every ${rateMs} ms`,
      why: `an update every ${asked.rateMs} ms was asked for, every ${rateMs} ms granted${least}`,
    }
  }
  if (grouping !== undefined && asked.grouping !== undefined && grouping !== asked.grouping)
    return { text: `×${grouping}`, why: `levels of ${asked.grouping} ticks were asked for, of ${grouping} granted` }
  return undefined
}

/** How late the picture is, and from where that is known: the venue's time, or the gateway's send where the venue's clock is not known. */
export function describeLatency(
  report: PanelReport | undefined,
): { readonly from: 'venue' | 'gateway'; readonly ms: string } | undefined {
  const { latency } = report ?? {}
  if (latency === undefined) return undefined
  return { from: Number.isFinite(latency.venue) ? 'venue' : 'gateway', ms: formatMs(latency.screenP50) }
}

export type Connection = Extract<FromEngine, { kind: 'connection' }>

/** The whole page's state for the status strip: the socket first, then the worst panel. */
export function describeConnection(
  connection: Connection | undefined,
  options: { paused: boolean; worst: ViewState | undefined; instrument: string; now: number },
): Described {
  const { paused, worst, instrument, now } = options
  if (connection === undefined || connection.state === 'connecting')
    return { tone: 'busy', glyph: '○', text: 'Connecting…' }
  if (connection.state === 'closed')
    return { tone: 'error', glyph: '✕', text: `Disconnected${reasonWords(connection.reason)}` }
  if (connection.state === 'waiting') {
    const since =
      worst?.kind === 'stale' && Number.isFinite(worst.since) ? ` · stale since ${formatTime(worst.since)}` : ''
    const retry =
      connection.retryAt === undefined
        ? ''
        : ` · retry in ${Math.max(0, Math.ceil((connection.retryAt - now) / 1000))} s`
    return { tone: 'warn', glyph: '!', text: `Disconnected${refusalWords(connection)}${since}${retry}` }
  }
  if (paused) return { tone: 'busy', glyph: '‖', text: 'Paused' }
  if (worst?.kind === 'ended')
    return { tone: 'busy', glyph: '■', text: `Ended ${formatDate(Math.min(worst.since, now))}` }
  if (worst === undefined && connection.overdueMs !== undefined)
    return { tone: 'warn', glyph: '●', text: `Delayed ${formatAge(connection.overdueMs)}` }
  // The phone's chart stands alone, without a panel that has a chain of its own.
  const described = worst === undefined ? describeInstrument(instrument) : describeState(worst)
  if (described.tone === 'calm') return { ...described, glyph: '●', text: 'Live' }
  return { ...described, text: `${described.text.slice(0, 1).toUpperCase()}${described.text.slice(1)}` }
}

/** The state that most deserves a look. */
export function worstState(states: readonly ViewState[]): ViewState | undefined {
  return states.reduce<ViewState | undefined>(
    (worst, state) => (worst === undefined || badness(state) > badness(worst) ? state : worst),
    undefined,
  )
}

const BADNESS: readonly ViewState['kind'][] = [
  'live',
  'quiet',
  'loading',
  'paused',
  'ended',
  'halted',
  'delayed',
  'gap',
  'stale',
  'refused',
  'invalid',
]

function badness(state: ViewState): number {
  return BADNESS.indexOf(state.kind)
}

/** The state of an instrument that the gateway had, and has no more. */
export const UNLISTED = 'unlisted'

/** An instrument's state as its feed reports it, for the watchlist. */
export function describeInstrument(state: string): Described {
  switch (state) {
    case 'live':
    case 'quiet':
      return { tone: 'calm', glyph: '✓', text: state }
    case 'connecting':
    case 'syncing':
      return { tone: 'busy', glyph: '…', text: state }
    case 'ended':
      return { tone: 'busy', glyph: '■', text: state }
    case 'halted':
      return { tone: 'warn', glyph: '‖', text: state }
    case 'refused':
    case 'degraded':
      return { tone: 'error', glyph: '✕', text: state }
    case 'resyncing':
      return { tone: 'warn', glyph: '↻', text: state }
    case UNLISTED:
      return { tone: 'warn', glyph: '✕', text: 'not listed any more' }
    default:
      return { tone: 'warn', glyph: '!', text: state }
  }
}

/** `1,204,882–890`: the end without the groups it shares with the start. */
export function sequenceRange(from: number, to: number | undefined): string {
  const start = formatCount(from, 'en')
  if (to === undefined || to === from) return start
  const first = start.split(',')
  const last = formatCount(to, 'en').split(',')
  if (first.length !== last.length) return `${start}–${last.join(',')}`
  const differs = last.findIndex((group, index) => group !== first[index])
  return `${start}–${last.slice(differs).join(',')}`
}

function quietWords(ageMs: number | undefined, of: Quiet): string {
  return ageMs === undefined ? 'quiet' : `${of} ${formatAge(ageMs)} ago`
}

function retryWords(state: Extract<ViewState, { kind: 'stale' }>): string {
  if (state.retryInMs !== undefined) return ` · retry in ${Math.max(0, Math.ceil(state.retryInMs / 1000))} s`
  return state.reason === undefined ? '' : ` · ${state.reason}`
}

/** What the server itself said; that it is not there needs no words. */
function refusalWords({ refusal }: Connection): string {
  return refusal === undefined ? '' : ` · refused (${refusal.code}): ${refusal.reason}`
}

function reasonWords(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`
}
