import type { GapReason, InstrumentState } from '@depthcast/market'
import type { ChannelName, GapMessage, Position, StatusMessage } from '@depthcast/protocol'
import type { ConnectionState } from './connection.ts'
import type { ClientError } from './errors.ts'

/**
 * What may be thought of a subscription's `current`. Times are ms since 1970.
 *
 * `pending` asked for, nothing of it has come yet, and it may come any moment (after `modify`, or when the server moved us to another view,
 * `current` is still the view before) · `live` exactly what the server last published; `instrument` says whether the market moves (`live`),
 * rests (`quiet`), is `halted`, has `ended`…, undefined while the server has not said · `paused` by `pause()` · `gap` the chain is broken,
 * `current` is the last good view, a snapshot is on its way (`too-old`: an update waited longer than `maxAgeMs` for us to take or read it) ·
 * `invalid` the same, found by the client: a chain or a checksum that does not hold, with `from` and `to` as in a `gap` where messages in
 * between never came · `stale` what is held is old, or what was asked for will
 * not come yet: the connection is lost, or the source is; after a reconnect views may come that catch up with what was missed · `refused` the
 * server will not have it; nothing more comes · `closed` by `close()`.
 */
export type SubscriptionStatus =
  | { readonly kind: 'pending' }
  | {
      readonly kind: 'live'
      readonly instrument: InstrumentState | undefined
      readonly since: number
      readonly reason?: string
    }
  | { readonly kind: 'paused' }
  | {
      readonly kind: 'gap'
      readonly since: number
      readonly reason: GapReason
      readonly from?: number
      readonly to?: number
      readonly lost?: number
    }
  | {
      readonly kind: 'invalid'
      readonly since: number
      readonly error: ClientError
      readonly from?: number
      readonly to?: number
    }
  | {
      readonly kind: 'stale'
      readonly since: number
      readonly because: 'connection' | 'source'
      readonly retryAt?: number
      readonly instrument?: InstrumentState
      readonly reason?: string
    }
  | { readonly kind: 'refused'; readonly error: ClientError }
  | { readonly kind: 'closed' }

/** How one view stands on its connection. */
export type Standing =
  | { readonly kind: 'asked' }
  /** Goes on from where the last connection ended, and has not come to `at` yet, where the view stood when that was granted. */
  | { readonly kind: 'recovering'; readonly at: Position }
  | { readonly kind: 'good'; readonly since: number }
  | { readonly kind: 'gap'; readonly since: number; readonly gap: GapMessage }
  | Extract<SubscriptionStatus, { kind: 'invalid' }>
  | { readonly kind: 'refused'; readonly error: ClientError }

export type Circumstances = {
  readonly channel: ChannelName
  readonly isClosed: boolean
  readonly isPaused: boolean
  readonly connection: ConnectionState
  /** Undefined while the view is not on a connection. */
  readonly standing: Standing | undefined
  readonly status: StatusMessage | undefined
  /** Since when what is held was not followed any more, until it is again; undefined when it was not interrupted. */
  readonly lostAt: number | undefined
}

/** The state of a subscription, from everything that bears on it; the gravest doubt wins. */
export function subscriptionStatus(of: Circumstances): SubscriptionStatus {
  if (of.isClosed) return { kind: 'closed' }
  if (of.connection.kind === 'closed' && of.connection.error !== undefined)
    return { kind: 'refused', error: of.connection.error }
  if (of.isPaused) return { kind: 'paused' }
  if (of.connection.kind !== 'open' || of.standing === undefined) return unconnected(of)
  switch (of.standing.kind) {
    case 'asked':
    case 'recovering':
      return forsaken(of) ?? unconnected(of)
    case 'gap': {
      const without = forsaken(of)
      if (without !== undefined) return without
      const { since, gap } = of.standing
      const { reason, from, to, lost } = gap
      return { kind: 'gap', since, reason, from, ...(to !== undefined && { to }), ...(lost !== undefined && { lost }) }
    }
    case 'invalid':
    case 'refused':
      return of.standing
    case 'good':
      return sourced(of, of.standing.since)
  }
}

/** Nothing of it yet, or something old. */
function unconnected({ lostAt, connection }: Circumstances): SubscriptionStatus {
  if (lostAt === undefined) return { kind: 'pending' }
  if (connection.kind !== 'waiting') return { kind: 'stale', since: lostAt, because: 'connection' }
  return {
    kind: 'stale',
    since: lostAt,
    because: 'connection',
    retryAt: connection.retryAt,
    reason: connection.error.message,
  }
}

/** What is waited for will not come before the source recovers; undefined while it may come any moment. */
function forsaken(of: Circumstances): SubscriptionStatus | undefined {
  if (of.channel === 'status') return undefined
  const state = of.status?.state
  return state === 'stale' || state === 'degraded' || state === 'refused' ? sourced(of, 0) : undefined
}

/** The view is what the server published; now it depends on what the server's source is worth. */
function sourced({ channel, status }: Circumstances, goodSince: number): SubscriptionStatus {
  if (channel === 'status' || status === undefined) return { kind: 'live', instrument: status?.state, since: goodSince }
  const since = status.since / 1000
  const instrument = status.state
  const reason = status.reason === undefined ? {} : { reason: status.reason }
  switch (instrument) {
    case 'live':
    case 'quiet':
    case 'suspect':
    case 'halted':
    case 'ended':
      return { kind: 'live', instrument, since, ...reason }
    case 'resyncing':
      if (channel !== 'book') return { kind: 'live', instrument, since, ...reason }
      return { kind: 'gap', since, reason: 'sequence' }
    case 'connecting':
    case 'syncing':
    case 'stale':
    case 'degraded':
    case 'refused':
      return { kind: 'stale', since, because: 'source', instrument, ...reason }
  }
}

/** True for equal fields. */
export function isSame(a: object, b: object): boolean {
  const fields = a as Readonly<Record<string, unknown>>
  const others = b as Readonly<Record<string, unknown>>
  const names = Object.keys(fields)
  return names.length === Object.keys(others).length && names.every((name) => Object.is(fields[name], others[name]))
}
