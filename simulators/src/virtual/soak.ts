import type { InstrumentState } from '@depthcast/market'
import { FAULT_VENUES, type FaultVenue } from '../faults/fault.ts'
import { parseFault } from '../faults/spec.ts'
import { FAULTS, type FaultName } from '../faults/table.ts'
import type { AuditedBook, Wrong } from './audit.ts'
import { heapBytes } from './heap.ts'
import { type Heard, VirtualWorld } from './world.ts'

/** The audit has its own past of every book; more of the oracle's would only hide what grows. */
const ORACLE_KEPT = 500
/** Faults after which a market stays away: with many of them there would be nothing left to audit. */
const FEW: readonly FaultName[] = ['refuse-symbol', 'refuse-depth', 'refuse-auth', 'delist']
const FEW_COUNT = 2
/** An address that is refused is left alone for ten minutes: in the last minute, so that the venue is away in the calm. */
const LAST: readonly FaultName[] = ['connect-refused']
/** When the faults are over every book comes right within this: the longest that a fault may stay unseen, and a new book after it. */
const CALM_MINUTES = 35
/** Of a book that is not there, told so: given up for ten minutes after five resyncs, refused by the venue, taken off its list. */
const AWAY: readonly (InstrumentState | undefined)[] = ['degraded', 'refused', 'halted']

export type SoakOptions = {
  readonly seed: number
  readonly symbols: readonly string[]
  readonly venues: readonly FaultVenue[]
  /** Of faults; the calm after them comes on top. */
  readonly minutes: number
  /** How often a fault may strike at a venue, once in so long, each with a beginning of its own. */
  readonly everyS: number
  /** Times as many orders as usual. */
  readonly rate: number
}

export type SoakReport = {
  readonly compared: number
  /** Books wrong while marked right, those within the time that a silent fault may stay unseen not counted. */
  readonly wrongs: readonly Wrong[]
  /** Those: how many, and the longest time that one was wrong, in seconds. */
  readonly silent: number
  readonly silentS: number
  /** The longest time that a book stood still, marked right, while the market moved, in seconds. */
  readonly oldS: number
  readonly struck: number
  readonly faults: number
  readonly resyncs: number
  readonly rolls: number
  readonly orderEvents: number
  /** Minutes after the faults until every book was right, or said not to be there. */
  readonly calmMinutes: number
  /** Books that are neither at the end. */
  readonly lost: readonly string[]
  /** Books that are openly not there at the end, by state. */
  readonly away: Readonly<Record<string, number>>
  /** Bytes of live heap after each minute of faults. */
  readonly heap: readonly number[]
}

/** Every fault at every venue that can show it, at random moments, many times, on many markets; `told` after each minute. */
export async function soak(
  options: SoakOptions,
  told: (minute: number, world: VirtualWorld) => void,
): Promise<SoakReport> {
  let resyncs = 0
  const hear = (heard: Heard): void => {
    if (heard.kind === 'event' && heard.event.kind === 'gap' && heard.event.stream === 'book') resyncs++
  }
  const faults = soakFaults(options)
  const world = new VirtualWorld({
    ...options,
    preset: 'crypto',
    oracleKept: ORACLE_KEPT,
    faults: faults.map(parseFault),
    hear,
  })
  const heap: number[] = []
  heapBytes()
  for (let minute = 1; minute <= options.minutes; minute++) {
    await world.run(60_000)
    heap.push(heapBytes())
    told(minute, world)
  }
  let calmMinutes = 0
  while (calmMinutes < CALM_MINUTES && !booksOf(world).every((book) => isRight(book) || AWAY.includes(book.state))) {
    await world.run(60_000)
    told(options.minutes + ++calmMinutes, world)
  }
  const books = booksOf(world)
  const away = books.filter(({ state }) => AWAY.includes(state))
  return {
    compared: books.reduce((sum, { compared }) => sum + compared, 0),
    wrongs: world.audit.wrongs,
    silent: books.reduce((sum, { silent }) => sum + silent, 0),
    silentS: Math.max(...books.map(({ silentUs }) => silentUs)) / 1_000_000,
    oldS: Math.round(Math.max(...books.map(({ oldUs }) => oldUs)) / 1_000_000),
    struck: world.host.faults.counts().reduce((sum, { count }) => sum + count, 0),
    faults: faults.length,
    resyncs,
    rolls: world.health.reduce((sum, { rolls = 0 }) => sum + rolls, 0),
    orderEvents: world.host.events,
    calmMinutes,
    lost: books.flatMap((book) => (isRight(book) || away.includes(book) ? [] : [`${book.id} ${book.state}`])),
    away: Object.fromEntries(AWAY.map((state) => [state, away.filter((book) => book.state === state).length])),
    heap,
  }
}

function booksOf({ audit }: VirtualWorld) {
  return audit.instruments.map((id) => ({ id, ...audit.of(id) }))
}

function isRight({ isTrue, state }: AuditedBook): boolean {
  return isTrue && (state === 'live' || state === 'quiet')
}

/** All that can be asked for, but what a venue's wire cannot show. */
export function soakFaults({ venues, minutes, everyS }: Pick<SoakOptions, 'venues' | 'minutes' | 'everyS'>): string[] {
  return FAULT_VENUES.filter((venue) => venues.includes(venue)).flatMap((venue) =>
    FAULTS.filter(({ at }) => 'detectors' in at[venue]).map(({ name }, index) => {
      const after = LAST.includes(name) ? (minutes - 1) * 60 : 5 + ((index * 7) % everyS)
      const count = FEW.includes(name) ? `:count=${FEW_COUNT}` : ''
      return `${name}:${venue}:every=${everyS}s:after=${after}s:until=${minutes * 60}s${count}`
    }),
  )
}
