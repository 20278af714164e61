import type { ClientState, SubscriptionStatus } from '@depthcast/client'
import type { GapReason } from '@depthcast/market'
import type { ViewState } from './messages.ts'
import { DELAYED_AFTER_MS, silenceLimitMs } from './silence.ts'

/** Everything a view's state is derived from. Times are ms since 1970. */
export type Evidence = {
  readonly now: number
  /** By the user. */
  readonly paused: boolean
  readonly connection: ClientState
  readonly subscription: SubscriptionStatus
  /** The view was let go on after a pause, and has not arrived yet: its age is no fault. */
  readonly resuming: boolean
  /** The `seq` on the screen; undefined while there is nothing on it. */
  readonly seq: number | undefined
  /** What is wrong with the view by itself, e.g. "crossed book"; undefined when nothing is. */
  readonly contradiction: string | undefined
  /** When a view last came, and when the newest thing in it happened; undefined unknown. */
  readonly takenAt: number
  readonly happenedAt: number | undefined
  /** When anything at all last came from the server: the proof that silence means "nothing happened". */
  readonly lifeAt: number
  /** The longest of the recent pauses between the server's messages, and the time between its heartbeats; undefined unknown. */
  readonly longestPauseMs: number | undefined
  readonly heartbeatMs: number | undefined
  /** How old the newest message was when it came, ms, at least; undefined unknown. */
  readonly lateMs: number | undefined
  /** The view's least time between two updates. */
  readonly rateMs: number
}

/**
 * Says in which state a view is, the gravest doubt first: refused, paused, then what is known to be old or wrong, then what is merely late,
 * then what is quiet. `live` is what is left when nothing speaks against it.
 */
export function viewState(evidence: Evidence): ViewState {
  const { subscription, connection, now, paused } = evidence
  if (subscription.kind !== 'refused') {
    if (connection.kind === 'closed') return { kind: 'stale', since: connection.since, ...reasonOf(connection.error) }
    if (paused) return { kind: 'paused' }
  }
  switch (subscription.kind) {
    case 'refused':
      return { kind: 'refused', code: subscription.error.code, reason: subscription.error.message }
    case 'paused':
      return { kind: 'paused' }
    case 'closed':
      return { kind: 'stale', since: now, reason: 'closed' }
    case 'stale':
      return evidence.resuming && connection.kind === 'open' ? LOADING : ofStale(subscription, now)
    case 'pending':
      if (connection.kind !== 'waiting') return LOADING
      return stale(now, connection.since, connection.retryAt, connection.error.message)
    case 'invalid':
      return ofFault(subscription)
    case 'gap':
      return ofGap(subscription, evidence.seq ?? 0)
    case 'live':
      return evidence.seq === undefined
        ? LOADING
        : (ofView(evidence) ?? ofInstrument(subscription, now) ?? ofSilence(evidence, subscription))
  }
}

type Of<Kind extends SubscriptionStatus['kind']> = Extract<SubscriptionStatus, { kind: Kind }>

const LOADING: ViewState = { kind: 'loading' }
const QUIET_AFTER_MS = 2000

/** The breaks that say the view itself was wrong, not that a part of it is missing. */
const CONTRADICTIONS: ReadonlyMap<GapReason, string> = new Map([
  ['checksum', 'checksum mismatch at the source'],
  ['crossed', 'crossed book at the source'],
  ['oracle', 'differs from the venue\u2019s own quotes'],
])

/** Updates that never came are a gap, wherever that was noticed; whatever else does not hold is wrong. */
function ofFault({ error, from, to }: Of<'invalid'>): ViewState {
  if (from !== undefined) return { kind: 'gap', from: from + 1, ...(to !== undefined && { to }) }
  return { kind: 'invalid', reason: error.slug.replace('-', ' ') }
}

function ofGap({ reason, from, to }: Of<'gap'>, seq: number): ViewState {
  const contradiction = CONTRADICTIONS.get(reason)
  if (contradiction !== undefined) return { kind: 'invalid', reason: contradiction }
  const isBehind = reason === 'too-old' || reason === 'slow-client'
  return { kind: 'gap', from: (from ?? seq) + 1, ...(to !== undefined && { to }), ...(isBehind && { isBehind }) }
}

function ofStale({ since, retryAt, instrument, reason }: Of<'stale'>, now: number): ViewState {
  if (instrument === 'degraded') return { kind: 'invalid', reason: reason ?? 'resynced too often, given up for now' }
  if (instrument === 'refused')
    return { kind: 'refused', code: 0, reason: reason ?? 'the venue refuses this instrument' }
  return stale(
    now,
    since,
    retryAt,
    reason ?? (instrument === 'syncing' || instrument === 'connecting' ? 'the feed is starting' : undefined),
  )
}

function ofView({ contradiction }: Evidence): ViewState | undefined {
  return contradiction === undefined ? undefined : { kind: 'invalid', reason: contradiction }
}

/** What the feed says of a view whose chain is whole; undefined while it says nothing against it. */
function ofInstrument({ instrument, since, reason }: Of<'live'>, now: number): ViewState | undefined {
  switch (instrument) {
    case undefined:
    case 'live':
    case 'quiet':
      return undefined
    case 'ended':
      return { kind: 'ended', since }
    case 'halted':
      return { kind: 'halted', ...(reason !== undefined && { reason }) }
    case 'suspect':
      return { kind: 'delayed', ageMs: Math.max(0, now - since) }
    default:
      // Nothing that is still to come, or given up, is what is shown here.
      return stale(now, since, undefined, reason)
  }
}

function ofSilence(evidence: Evidence, { instrument }: Of<'live'>): ViewState {
  const { now, takenAt, happenedAt, lifeAt, longestPauseMs, heartbeatMs, rateMs, lateMs = 0 } = evidence
  const silentMs = now - lifeAt
  const heldMs = now - takenAt
  // Of a flow that goes on: what came late once, and has been followed by nothing since, is complete.
  if (lateMs > DELAYED_AFTER_MS && heldMs <= Math.max(DELAYED_AFTER_MS, 3 * rateMs))
    return { kind: 'delayed', ageMs: lateMs + heldMs }
  if (silentMs > silenceLimitMs(longestPauseMs, heartbeatMs)) return { kind: 'delayed', ageMs: silentMs }
  const restedMs = now - (happenedAt ?? takenAt)
  const isQuiet = instrument === 'quiet' || restedMs > Math.max(QUIET_AFTER_MS, 3 * rateMs)
  if (!isQuiet) return { kind: 'live' }
  return happenedAt === undefined ? { kind: 'quiet' } : { kind: 'quiet', ageMs: Math.max(0, restedMs) }
}

function stale(now: number, since: number, retryAt: number | undefined, reason: string | undefined): ViewState {
  return {
    kind: 'stale',
    since,
    ...(retryAt !== undefined && { retryInMs: Math.max(0, retryAt - now) }),
    ...(reason !== undefined && { reason }),
  }
}

function reasonOf(error: Error | undefined): { reason?: string } {
  return error === undefined ? {} : { reason: error.message }
}
