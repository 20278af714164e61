import { duration } from '../flags.ts'
import { FAULT_VENUES, type Fault, type FaultVenue } from './fault.ts'
import { FAULTS, type FaultName, faultNamed } from './table.ts'

/** When and where a fault strikes. Times in µs. */
export type FaultSpec = {
  readonly fault: Fault<FaultName>
  /** Undefined: wherever it can happen. */
  readonly venue: FaultVenue | undefined
  /** `BASE-QUOTE`, or undefined for any. */
  readonly symbol: string | undefined
  /** The chance at each opportunity. */
  readonly p: number
  /** Not before this time since the opening. */
  readonly after: number
  /** Not after this time since the opening; undefined for no end. */
  readonly until: number | undefined
  /** At most once in so long; undefined for no such limit. */
  readonly every: number | undefined
  /** At most so often. */
  readonly count: number
  /** How long it lasts each time, where it lasts. */
  readonly lasts: number
}

export class FaultSpecError extends Error {}

const KEYS = ['p', 'after', 'until', 'every', 'count', 'symbol', 'for'] as const
const EXAMPLE = 'e.g. drop:kraken:p=.001 or stall:after=10s:every=1m'

/**
 * Reads `name[:venue][:p=.001][:after=10s][:until=5m][:every=30s][:count=3][:symbol=BTC-USD][:for=5s]`. With no `p`, `every` or `count` it strikes once.
 *
 * Throws FaultSpecError that says in one line what is allowed.
 */
export function parseFault(text: string): FaultSpec {
  const [name = '', ...parts] = text.split(':')
  const fault = faultNamed(name)
  if (fault === undefined) throw new FaultSpecError(`'${name}' is no fault, allowed are ${names(name)}`)
  const venue = venueIn(parts, fault)
  const settings = settingsIn(parts.slice(venue === undefined ? 0 : 1))
  const isRepeated = settings.has('p') || settings.has('every') || settings.has('count')
  return {
    fault,
    venue,
    symbol: settings.get('symbol')?.toUpperCase(),
    p: read(settings, 'p', chance) ?? 1,
    after: read(settings, 'after', time) ?? 0,
    until: read(settings, 'until', time),
    every: read(settings, 'every', time),
    count: read(settings, 'count', count) ?? (isRepeated ? Number.POSITIVE_INFINITY : 1),
    lasts: read(settings, 'for', time) ?? fault.lasts ?? 0,
  }
}

function venueIn(parts: readonly string[], fault: Fault): FaultVenue | undefined {
  const [first] = parts
  if (first === undefined || first.includes('=')) return undefined
  const venue = FAULT_VENUES.find((one) => one === first.toLowerCase())
  const possible = FAULT_VENUES.filter((one) => 'detectors' in fault.at[one])
  if (venue === undefined) {
    throw new FaultSpecError(`'${first}' is no venue of ${fault.name}, allowed are ${possible.join(', ')}`)
  }
  const expectation = fault.at[venue]
  if ('impossible' in expectation) {
    throw new FaultSpecError(
      `${fault.name} cannot happen at ${venue} (${expectation.impossible}), allowed are ${possible.join(', ')}`,
    )
  }
  return venue
}

function settingsIn(parts: readonly string[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  for (const part of parts) {
    const [key = '', ...rest] = part.split('=')
    if (!KEYS.some((one) => one === key) || rest.length !== 1) {
      throw new FaultSpecError(
        `'${part}' is no setting, allowed are ${KEYS.map((one) => `${one}=`).join(', ')}, ${EXAMPLE}`,
      )
    }
    settings.set(key, rest[0] ?? '')
  }
  return settings
}

function read<Value>(
  settings: ReadonlyMap<string, string>,
  key: (typeof KEYS)[number],
  parse: (text: string) => Value | undefined,
): Value | undefined {
  const text = settings.get(key)
  if (text === undefined) return undefined
  const value = parse(text)
  if (value === undefined) throw new FaultSpecError(`${key}=${text} is not allowed, ${ALLOWED[key]}`)
  return value
}

const ALLOWED = {
  p: 'p is a chance above 0, at most 1, e.g. p=.001',
  after: 'after is a time, e.g. after=10s',
  until: 'until is a time, e.g. until=5m',
  every: 'every is a time, e.g. every=30s',
  count: 'count is a whole number from 1, e.g. count=3',
  symbol: 'symbol is BASE-QUOTE, e.g. symbol=BTC-USD',
  for: 'for is a time, e.g. for=5s',
} as const

function chance(text: string): number | undefined {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  return value > 0 && value <= 1 ? value : undefined
}

function count(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}

function time(text: string): number | undefined {
  try {
    return duration(text)
  } catch {
    return undefined
  }
}

/** Those that look like it, or all of them. */
function names(like: string): string {
  const near = like.length < 3 ? [] : FAULTS.filter(({ name }) => name.startsWith(like.slice(0, 3)))
  const shown = (near.length > 0 ? near : FAULTS).map(({ name }) => name).join(', ')
  return near.length > 0 ? `${shown}; depthcast-sim faults lists all` : shown
}
