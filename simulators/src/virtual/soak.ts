import type { Output } from '@depthcast/feeds'
import { FAULT_VENUES, type FaultVenue } from '../faults/fault.ts'
import { parseFault } from '../faults/spec.ts'
import { FAULTS, type FaultName } from '../faults/table.ts'
import type { AuditedBook, Wrong } from './audit.ts'
import { VirtualWorld } from './world.ts'

/** How often a fault may strike at a venue, once in so long, each with a beginning of its own. */
const EVERY_S = 120
/** No fault strikes at the end, so that every book can come back. */
const CALM_MINUTES = 2
/** The audit has its own past of every book; more of the oracle's would only hide what grows. */
const ORACLE_KEPT = 500
/** Faults after which a market stays away, or whose bans take longer than a soak. */
const FOR_GOOD: readonly FaultName[] = ['refuse-symbol', 'refuse-depth', 'refuse-auth', 'delist', 'connect-refused']

export type SoakOptions = {
  readonly seed: number
  readonly symbols: readonly string[]
  readonly venues: readonly FaultVenue[]
  readonly minutes: number
  /** Times as many orders as usual. */
  readonly rate: number
}

export type SoakReport = {
  readonly compared: number
  readonly wrongs: readonly Wrong[]
  readonly struck: number
  readonly faults: number
  readonly resyncs: number
  readonly orderEvents: number
  /** Books that are neither the true ones at the end, after two minutes of calm, nor degraded. */
  readonly lost: readonly string[]
  /** Given up for ten minutes, openly: resynced more than five times within ten. */
  readonly degraded: number
  /** Bytes of live heap after each tenth of the time. */
  readonly heap: readonly number[]
}

/** Every fault that a venue can show on its wire, at random moments, many times, on many markets; `told` after each minute. */
export function soak(options: SoakOptions, told: (minute: number, world: VirtualWorld) => void): SoakReport {
  let resyncs = 0
  const hear = (output: Output): void => {
    if (output.kind === 'event' && output.event.kind === 'gap' && output.event.stream === 'book') resyncs++
  }
  const faults = specs(options)
  const world = new VirtualWorld({
    ...options,
    preset: 'crypto',
    depths: { kraken: 10 },
    oracleKept: ORACLE_KEPT,
    faults: faults.map(parseFault),
    hear,
  })
  const heap: number[] = []
  for (let minute = 1; minute <= options.minutes; minute++) {
    world.run(60_000)
    if (minute % Math.ceil(options.minutes / 10) === 0) heap.push(heapBytes())
    told(minute, world)
  }
  const books = world.audit.instruments.map((id) => ({ id, ...world.audit.of(id) }))
  return {
    compared: books.reduce((sum, { compared }) => sum + compared, 0),
    wrongs: world.audit.wrongs,
    struck: world.host.faults.counts().reduce((sum, { count }) => sum + count, 0),
    faults: faults.length,
    resyncs,
    orderEvents: world.host.events,
    lost: books.flatMap((book) => (isRight(book) || book.state === 'degraded' ? [] : [`${book.id} ${book.state}`])),
    degraded: books.filter(({ state }) => state === 'degraded').length,
    heap,
  }
}

function isRight({ isTrue, state }: AuditedBook): boolean {
  return isTrue && (state === 'live' || state === 'quiet')
}

/** None that a venue's wire cannot show. */
function specs({ venues, minutes }: SoakOptions): string[] {
  const until = (minutes - CALM_MINUTES) * 60
  return FAULT_VENUES.filter((venue) => venues.includes(venue)).flatMap((venue) =>
    FAULTS.filter(({ name, at, silentAt }) => {
      return 'detectors' in at[venue] && !FOR_GOOD.includes(name) && !silentAt?.includes(venue)
    }).map(({ name }, index) => {
      const after = 5 + ((index * 7) % EVERY_S)
      return `${name}:${venue}:every=${EVERY_S}s:after=${after}s:until=${until}s`
    }),
  )
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
