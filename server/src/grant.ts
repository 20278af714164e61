import type { InstrumentId } from '@depthcast/market'
import { type AnyChannel, type Granted, type Limits, refuseForeign, type ViewOptions } from '@depthcast/protocol'
import { RATES_MS, type RateMs, rateAtLeast, SLOWEST_MS } from './pacer.ts'
import type { ViewSpec } from './subscription.ts'

/** A view as it is given, and why that is not what was asked for, where it is not. */
export type Grant = { readonly spec: ViewSpec; readonly why?: string }

const DEFAULT_RATE_MS = 100
const DEFAULT_DEPTH = 25

/**
 * Settles what a client asked for into a view that exists here: rates rounded up to the ladder, depth and rate kept within the limits.
 *
 * Throws ProtocolError 422, naming what is allowed, for an option that the channel does not have or a value it cannot have.
 */
export function grant(channel: AnyChannel, symbol: InstrumentId, options: ViewOptions, limits: Limits): Grant {
  refuseForeign(options, channel.options, channel.name)
  const reasons: string[] = []
  const bounded = { ...options, ...boundedDepth(channel, options, limits, reasons) }
  const rateMs = settledRate(options.rateMs ?? DEFAULT_RATE_MS, limits, reasons)
  const params = channel.params(bounded)
  const granted: Granted = { ...chosen(channel, params), rateMs, mode: 'merge' }
  const key = `${channel.name}.${channel.key(params)}.${rateMs}`
  const spec = { key, symbol, channel, params, rateMs, mode: granted.mode, granted }
  return reasons.length === 0 ? { spec } : { spec, why: reasons.join('; ') }
}

function boundedDepth(
  channel: AnyChannel,
  { depth }: ViewOptions,
  { maxDepth }: Limits,
  reasons: string[],
): ViewOptions {
  if (!channel.options.includes('depth')) return {}
  const wanted = depth ?? DEFAULT_DEPTH
  if (maxDepth === 'all' || (wanted !== 'all' && wanted <= maxDepth)) return { depth: wanted }
  if (depth !== undefined)
    reasons.push(`depth ${depth} is more than this server gives: at most ${maxDepth} levels a side`)
  return { depth: maxDepth }
}

function settledRate(asked: number | 'raw', { minRateMs }: Limits, reasons: string[]): RateMs | 'raw' {
  if (asked === 'raw') {
    if (minRateMs === 0) return 'raw'
    reasons.push(`raw is faster than this server gives: at most one update every ${minRateMs} ms`)
  }
  const wanted = Math.max(asked === 'raw' ? 0 : asked, minRateMs)
  const rate = rateAtLeast(wanted) ?? SLOWEST_MS
  if (asked !== 'raw' && rate !== asked) {
    if (asked < minRateMs)
      reasons.push(`rate ${asked} ms is faster than this server gives: at most one update every ${minRateMs} ms`)
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
