import { type Step, step, toLots, toTicks, UnitError } from '@depthcast/market'

/** What a rule looks at. All of them fire when their figure gets to the threshold from the other side, the threshold itself included. */
export const MEASURES = ['price-above', 'price-below', 'spread-above', 'volume-minute', 'volume-24h'] as const
export type Measure = (typeof MEASURES)[number]

export type AlertRule = {
  readonly id: string
  readonly symbol: string
  readonly measure: Measure
  /** An exact decimal: a price, basis points of the middle, or a quantity of the base currency. */
  readonly threshold: string
  /** Least time between two firings, ms. Absent: it fires once, and is off then. */
  readonly againMs?: number
  readonly isOn: boolean
}

/** One instrument at one moment, in whole ticks and lots; undefined is unknown. */
export type Observation = {
  /** ms since 1970. */
  readonly at: number
  /** Whether the figures are those of now. What is stale is never compared. */
  readonly isLive: boolean
  readonly bid: number | undefined
  readonly ask: number | undefined
  readonly last: number | undefined
  readonly volume24h: number | undefined
  /** The newest minute in which anything was traded; `start` in ms since 1970. */
  readonly minute: { readonly start: number; readonly lots: number } | undefined
}

/** What is remembered of a rule between two observations. */
export type Memory = {
  readonly isBeyond: boolean
  /** The last moment at which that was certain, ms since 1970. */
  readonly at: number
  /** Since then there was a time in which nobody could tell. */
  readonly wasAway: boolean
  /** Of a minute's volume: which minute. */
  readonly minute?: number
  readonly firedAt?: number
}

/** `unseenSince`: it happened at some time after that, while nothing could be observed. */
export type Firing = { readonly at: number; readonly unseenSince?: number }
export type Outcome = { readonly memory: Memory | undefined; readonly firing?: Firing }

/** A rule's threshold in the units its figure is counted in, or why it has none. */
export type Limit =
  | { readonly kind: 'limit'; readonly units: number }
  | { readonly kind: 'unusable'; readonly reason: string }

type Grid = { readonly tickSize: string; readonly lotSize: string }

/** Spreads are compared in steps of a ten-thousandth of a basis point. */
const SPREAD_STEP = '0.0001'

/** Exact: a threshold that lies between two steps of its instrument is unusable, not rounded. */
export function limitOf({ measure, threshold }: Pick<AlertRule, 'measure' | 'threshold'>, grid: Grid): Limit {
  const size = measure === 'spread-above' ? SPREAD_STEP : isOfPrice(measure) ? grid.tickSize : grid.lotSize
  try {
    const units = isOfPrice(measure) ? toTicks(threshold, step(size)) : toLots(threshold, step(size))
    return units > 0 ? { kind: 'limit', units } : { kind: 'unusable', reason: 'must be above zero' }
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    if (error.code === 'UNIT_NOT_MULTIPLE') return { kind: 'unusable', reason: `goes in steps of ${size}` }
    return {
      kind: 'unusable',
      reason: error.code === 'UNIT_OVERFLOW' ? 'is too large' : 'is not a number like 63142.5',
    }
  }
}

/**
 * One more observation of a rule that is on.
 *
 * The first one only tells on which side the figure is. From then on the rule fires when it comes from the other side, at most every `againMs`. A time in
 * which nobody could tell is not skipped over: if the figure is beyond the threshold after it and was not before, that is told with `unseenSince`.
 */
export function observe(rule: AlertRule, limit: number, memory: Memory | undefined, now: Observation): Outcome {
  const isBeyond = now.isLive ? beyond(rule.measure, limit, now) : undefined
  if (isBeyond === undefined) return { memory: away(memory) }
  const next: Memory = {
    isBeyond,
    at: now.at,
    wasAway: false,
    ...(rule.measure === 'volume-minute' && now.minute !== undefined && { minute: now.minute.start }),
    ...(memory?.firedAt !== undefined && { firedAt: memory.firedAt }),
  }
  // Every minute begins with nothing traded, so one that is beyond got there by itself.
  const wasBeyond = memory?.isBeyond && memory.minute === next.minute
  if (memory === undefined || wasBeyond || !isBeyond) return { memory: next }
  if (memory.firedAt !== undefined && now.at - memory.firedAt < (rule.againMs ?? 0)) return { memory: next }
  return {
    memory: { ...next, firedAt: now.at },
    firing: { at: now.at, ...(memory.wasAway && { unseenSince: memory.at }) },
  }
}

/** What is remembered over a time in which nothing could be observed. */
export function away(memory: Memory | undefined): Memory | undefined {
  return memory === undefined || memory.wasAway ? memory : { ...memory, wasAway: true }
}

/** The whole number of steps a decimal stands for, of a figure that was made from such a number. */
export function unitsOf(decimal: number | undefined, { coefficient, decimals }: Step): number | undefined {
  return decimal === undefined ? undefined : Math.round((decimal * 10 ** decimals) / coefficient)
}

export function isOfPrice(measure: Measure): boolean {
  return measure === 'price-above' || measure === 'price-below'
}

/** Undefined where the figure is unknown. */
function beyond(measure: Measure, limit: number, now: Observation): boolean | undefined {
  switch (measure) {
    case 'price-above':
      return now.last === undefined ? undefined : now.last >= limit
    case 'price-below':
      return now.last === undefined ? undefined : now.last <= limit
    case 'spread-above':
      return isWide(now.bid, now.ask, limit)
    case 'volume-minute':
      return now.minute === undefined ? undefined : now.minute.lots >= limit
    case 'volume-24h':
      return now.volume24h === undefined ? undefined : now.volume24h >= limit
  }
}

/** (ask - bid) / middle in basis points against `limit` steps, without a division. */
function isWide(bid: number | undefined, ask: number | undefined, limit: number): boolean | undefined {
  if (bid === undefined || ask === undefined || bid + ask <= 0) return undefined
  return 2n * BigInt(ask - bid) * 10_000n * SPREAD_STEPS >= BigInt(limit) * BigInt(bid + ask)
}

/** Steps in a basis point. */
const SPREAD_STEPS = 10_000n
