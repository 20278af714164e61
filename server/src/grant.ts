import type { InstrumentId } from '@depthcast/market'
import {
  type AnyChannel,
  type Granted,
  type Limits,
  type Mode,
  refuseForeign,
  type ViewOptions,
} from '@depthcast/protocol'
import { shallower } from './auth/entitlements.ts'
import type { Entitlements } from './auth/identity.ts'
import { RATES_MS, type RateMs, rateAtLeast, SLOWEST_MS } from './pacer.ts'
import type { ViewSpec } from './subscription.ts'

/** A view as it is given, and why that is not what was asked for, where it is not. */
export type Grant = {
  readonly spec: ViewSpec
  /** What it would be if the client could follow. */
  readonly wanted: ViewSpec
  readonly why?: string
}

/** What bounds what someone may have. */
export type Bounds = {
  readonly limits: Limits
  readonly entitlements: Entitlements
  /** The fastest rate for a client that was too slow for more; undefined for any. */
  readonly rung: RateMs | undefined
}

const DEFAULT_RATE_MS = 100
const DEFAULT_DEPTH = 25

/**
 * Settles what a client asked for into a view that exists here: rates rounded up to the ladder, depth and rate kept within the limits of the
 * server and of the client's key.
 *
 * Throws ProtocolError 422, naming what is allowed, for an option that the channel does not have or a value it cannot have.
 */
export function grant(channel: AnyChannel, symbol: InstrumentId, options: ViewOptions, bounds: Bounds): Grant {
  refuseForeign(options, channel.options, channel.name)
  const reasons: string[] = []
  const params = channel.params({ ...options, ...boundedDepth(channel, options, bounds, reasons) })
  const rateMs = settledRate(options.rateMs ?? DEFAULT_RATE_MS, bounds, reasons)
  const mode = settledMode(channel, options.mode, reasons)
  const granted: Granted = { ...chosen(channel, params), rateMs, mode }
  const wanted = { key: keyOf(channel, params, rateMs, mode), symbol, channel, params, rateMs, mode, granted }
  const spec = slowedTo(wanted, bounds.rung)
  if (spec !== wanted) reasons.push(tooSlow(bounds.rung))
  return reasons.length === 0 ? { spec, wanted } : { spec, wanted, why: reasons.join('; ') }
}

/** The view no faster than this rate. Itself where it is not, or where a lower rate would bring no less. */
export function slowedTo(spec: ViewSpec, rung: RateMs | undefined): ViewSpec {
  const { channel, params, rateMs, mode, granted } = spec
  if (rung === undefined || mode === 'unfiltered' || channel.name === 'status') return spec
  if (rateMs !== 'raw' && rateMs >= rung) return spec
  return { ...spec, key: keyOf(channel, params, rung, mode), rateMs: rung, granted: { ...granted, rateMs: rung } }
}

/** Why a client has less than it asked for. */
export function tooSlow(rung: RateMs | undefined): string {
  return `this connection cannot take more than one update every ${rung} ms at present`
}

function keyOf(channel: AnyChannel, params: unknown, rateMs: RateMs | 'raw', mode: Mode): string {
  const key = `${channel.name}.${channel.key(params)}.${rateMs}`
  return mode === 'unfiltered' && channel.whenSlow === 'conflate' ? `${key}.unfiltered` : key
}

function settledMode(channel: AnyChannel, asked: Mode | undefined, reasons: string[]): Mode {
  if (channel.whenSlow === 'conflate') return asked ?? 'merge'
  if (asked === 'merge') reasons.push(`${channel.name} are never merged: each is sent`)
  return 'unfiltered'
}

function boundedDepth(
  channel: AnyChannel,
  { depth }: ViewOptions,
  { limits, entitlements }: Bounds,
  reasons: string[],
): ViewOptions {
  if (!channel.options.includes('depth')) return {}
  const wanted = depth ?? DEFAULT_DEPTH
  const most = shallower(limits.maxDepth, entitlements.maxDepth)
  if (most === 'all' || (wanted !== 'all' && wanted <= most)) return { depth: wanted }
  if (depth !== undefined) {
    const giver = most === limits.maxDepth ? 'this server gives' : 'your key may have'
    reasons.push(`depth ${depth} is more than ${giver}: at most ${most} levels a side`)
  }
  return { depth: most }
}

function settledRate(asked: number | 'raw', { limits, entitlements }: Bounds, reasons: string[]): RateMs | 'raw' {
  const least = Math.max(limits.minRateMs, entitlements.minRateMs)
  const giver = least === limits.minRateMs ? 'this server gives' : 'your key may have'
  if (asked === 'raw') {
    if (least === 0) return 'raw'
    reasons.push(`raw is faster than ${giver}: at most one update every ${least} ms`)
  }
  const wanted = Math.max(asked === 'raw' ? 0 : asked, least)
  const rate = rateAtLeast(wanted) ?? SLOWEST_MS
  if (asked !== 'raw' && rate !== asked) {
    if (asked < least) reasons.push(`rate ${asked} ms is faster than ${giver}: at most one update every ${least} ms`)
    else if (asked > SLOWEST_MS) reasons.push(`the slowest rate is ${SLOWEST_MS} ms`)
    else reasons.push(`rate ${asked} ms is rounded up to the next of ${RATES_MS.join(', ')}`)
  }
  return rate
}

/** What the channel settled on, under the names a client knows. */
function chosen(channel: AnyChannel, params: unknown): Partial<Granted> {
  const settled = params as Readonly<Record<string, unknown>>
  return Object.fromEntries(channel.options.map((option) => [option, settled[option]])) as Partial<Granted>
}
