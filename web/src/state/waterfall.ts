import type { PanelReport } from '../engine/messages.ts'
import type { Connection } from './describe.ts'
import { formatAge, formatMs } from './format.ts'
import { type QuoteCosts, shareOf } from './quote-costs.ts'
import type { Typical } from './typical.ts'

/** One way of a message: how long it took and where it begins, as shares of the whole from 0 to 1; `errorMs` how far that may be off. */
type Leg = {
  readonly name: string
  readonly value: string
  readonly from: number
  readonly share: number
  readonly errorShare?: number
}

export type Waterfall = {
  readonly legs: readonly Leg[]
  /** What is not known, or only so well. */
  readonly notes: readonly string[]
  /** From where it is known. */
  readonly title: 'Venue to screen' | 'Gateway to screen'
  /** The whole, median and 99th percentile. */
  readonly total: string
}

/**
 * The ways of a panel's messages to the screen, medians of the last 10 s; undefined while the age of none is known. What a message does not say of
 * itself is what is typical, by the gateway's word.
 */
export function waterfallOf(
  report: PanelReport,
  connection: Connection | undefined,
  typical?: Typical,
): Waterfall | undefined {
  const { latency, paintP50, paintP99 } = report
  if (latency === undefined) return undefined
  const { venue, way, screenP50, screenP99 } = latency
  const isVenueKnown = Number.isFinite(venue)
  const errorMs = connection?.clock?.errorMs
  const doubt = errorMs === undefined ? '' : ` ± ${formatMs(errorMs)}`
  const ways: readonly Way[] = [
    ...waysToSend(report, venue, typical),
    {
      name: 'Gateway’s send to received',
      value: formatMs(way) + doubt,
      ms: way,
      ...(errorMs !== undefined && { errorMs }),
    },
    { name: 'Received to drawn', value: `${formatMs(paintP50)}, p99 ${formatMs(paintP99)}`, ms: paintP50 },
  ]
  const fromSend = isVenueKnown || typical?.wait === undefined ? '' : ' from its send'
  return {
    legs: legsOf(ways),
    title: isVenueKnown ? 'Venue to screen' : 'Gateway to screen',
    total: `${formatMs(screenP50)}${doubt}, p99 ${formatMs(screenP99)}${fromSend}`,
    notes: [
      isVenueKnown ? 'A simulated market: its times are the gateway’s own.' : unknownNote(report),
      ...(typical?.wait === undefined ? [] : [typicalNote(typical.wait)]),
      clockNote(connection?.clock),
    ],
  }
}

/** `ms` is what it takes of the picture; 0 where nobody knows. */
type Way = { readonly name: string; readonly value: string; readonly ms: number; readonly errorMs?: number }

/** Until the gateway sends: in one, or in two where it says what is typical. */
function waysToSend(report: PanelReport, venue: number, typical: Typical | undefined): readonly Way[] {
  const { rateMs } = report.granted ?? {}
  const rate = typeof rateMs === 'number' && rateMs > 0 ? `, held for up to ${rateMs} ms` : ''
  const isVenueKnown = Number.isFinite(venue)
  const unknown = isSimulated(report) ? 'not said by bars' : 'the venue’s clock is not known'
  const wait = typical?.wait
  if (wait === undefined) {
    const value = isVenueKnown ? formatMs(venue) + rate : unknown
    return [{ name: 'Venue’s time to gateway’s send', value, ms: isVenueKnown ? venue : 0 }]
  }
  // Medians of different messages: together they are what was measured.
  const held = isVenueKnown ? Math.min(wait.p50, venue) : wait.p50
  const arriving = isVenueKnown ? venue - held : 0
  const beyond = typical?.beyondFastest
  const unknownWay =
    beyond === undefined || isSimulated(report)
      ? unknown
      : `${formatMs(beyond)} beyond the fastest, of which nobody knows how long it took`
  return [
    {
      name: 'Venue’s time to gateway’s receipt',
      value: isVenueKnown ? formatMs(arriving) : unknownWay,
      ms: arriving,
    },
    {
      name: 'Gateway’s receipt to its send',
      value: `typically ${formatMs(wait.p50)}, p99 ${formatMs(wait.p99)}${rate}`,
      ms: held,
    },
  ]
}

/** Each begins where the one before ends. */
function legsOf(ways: readonly Way[]): readonly Leg[] {
  const whole = Math.max(
    1e-9,
    ways.reduce((all, { ms }) => all + ms, 0),
  )
  let from = 0
  return ways.map(({ name, value, ms, errorMs }) => {
    const share = ms / whole
    const leg = { name, value, from, share, ...(errorMs !== undefined && { errorShare: Math.min(1, errorMs / whole) }) }
    from += share
    return leg
  })
}

/** Whose it is, `CONNECTION` or `CLOSED`; what came for it in the last second, and so far. */
type Cost = { readonly who: string; readonly bytesPerSecond: number; readonly bytes: number }

/** Heartbeats, answers, how instruments are: no view is made of it. */
export const CONNECTION = 'connection'
/** Of views that nobody follows any more. */
export const CLOSED = 'closed'

/** Where the downstream goes, all that came: each panel's, the page's own, the connection's, and what is left of it for views that were closed. */
export function bandwidthOf({
  reports,
  quotes,
  usersOf,
  connection,
}: {
  readonly reports: readonly PanelReport[]
  readonly quotes: QuoteCosts
  readonly usersOf: (symbol: string) => ReadonlySet<string>
  readonly connection: Connection | undefined
}): readonly Cost[] {
  const costs = new Map<string, Cost>()
  const add = (who: string, { bytesPerSecond, bytes }: Omit<Cost, 'who'>): void => {
    const before = costs.get(who) ?? { bytesPerSecond: 0, bytes: 0 }
    costs.set(who, { who, bytesPerSecond: before.bytesPerSecond + bytesPerSecond, bytes: before.bytes + bytes })
  }
  // Alerts have bars of their own, panel or not: `alerts:<symbol>`.
  for (const report of reports) add(report.panel.split(':')[0] ?? report.panel, report)
  const users = new Set([...quotes.keys()].flatMap((symbol) => [...usersOf(symbol)]))
  for (const who of users) add(who, shareOf(who, quotes, usersOf))
  const { bytesPerSecond, downstream } = connection ?? {}
  if (bytesPerSecond === undefined || downstream === undefined) return [...costs.values()]
  add(CONNECTION, { bytesPerSecond: downstream.ownBytesPerSecond, bytes: downstream.ownBytes })
  const told = [...costs.values()]
  const rest = (of: 'bytesPerSecond' | 'bytes', all: number): number =>
    Math.max(
      0,
      told.reduce((left, cost) => left - cost[of], all),
    )
  add(CLOSED, { bytesPerSecond: rest('bytesPerSecond', bytesPerSecond), bytes: rest('bytes', downstream.bytes) })
  return [...costs.values()]
}

function isSimulated({ symbol }: PanelReport): boolean {
  return symbol.startsWith('simulated:')
}

function unknownNote(report: PanelReport): string {
  const why = isSimulated(report) ? 'bars do not say it' : 'its clock and the gateway’s were never compared'
  return `When the venue sent is not counted: ${why}.`
}

function typicalNote({ overMs }: NonNullable<Typical['wait']>): string {
  return `Typical: of all messages of this instrument at this rate in the last ${formatAge(overMs)}, by the gateway’s word; a message does not say it of itself.`
}

function clockNote(clock: Connection['clock']): string {
  if (clock === undefined) return 'The gateway’s clock was not compared with this page’s yet.'
  const { offsetMs, errorMs } = clock
  const way = offsetMs < 0 ? 'behind' : 'ahead of'
  return `The gateway’s clock is ${formatMs(Math.abs(offsetMs))} ${way} this page’s, ± ${formatMs(errorMs)}: half of the quickest recent ping.`
}
