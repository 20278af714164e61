import type { PanelReport } from '../engine/messages.ts'
import type { Connection } from './describe.ts'
import { formatMs } from './format.ts'
import { type QuoteCosts, shareOf } from './quote-costs.ts'

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

/** The ways of a panel's messages to the screen, medians of the last 10 s; undefined while the age of none is known. */
export function waterfallOf(report: PanelReport, connection: Connection | undefined): Waterfall | undefined {
  const { latency, paintP50, paintP99, granted } = report
  if (latency === undefined) return undefined
  const { venue, way, screenP50, screenP99 } = latency
  const isVenueKnown = Number.isFinite(venue)
  const errorMs = connection?.clock?.errorMs
  const doubt = errorMs === undefined ? '' : ` ± ${formatMs(errorMs)}`
  const whole = Math.max(1e-9, (isVenueKnown ? venue : 0) + way + paintP50)
  const rate = typeof granted?.rateMs === 'number' && granted.rateMs > 0 ? `, held for up to ${granted.rateMs} ms` : ''
  const legs: readonly Leg[] = [
    ...(isVenueKnown
      ? [{ name: 'Venue’s time to gateway’s send', value: formatMs(venue) + rate, from: 0, share: venue / whole }]
      : [
          {
            name: 'Venue’s time to gateway’s send',
            value: isSimulated(report) ? 'not said by bars' : 'the venue’s clock is not known',
            from: 0,
            share: 0,
          },
        ]),
    {
      name: 'Gateway’s send to received',
      value: formatMs(way) + doubt,
      from: isVenueKnown ? venue / whole : 0,
      share: way / whole,
      ...(errorMs !== undefined && { errorShare: Math.min(1, errorMs / whole) }),
    },
    {
      name: 'Received to drawn',
      value: `${formatMs(paintP50)}, p99 ${formatMs(paintP99)}`,
      from: 1 - paintP50 / whole,
      share: paintP50 / whole,
    },
  ]
  return {
    legs,
    title: isVenueKnown ? 'Venue to screen' : 'Gateway to screen',
    total: `${formatMs(screenP50)}${doubt}, p99 ${formatMs(screenP99)}`,
    notes: [
      isVenueKnown ? 'A simulated market: its times are the gateway’s own.' : unknownNote(report),
      clockNote(connection?.clock),
    ],
  }
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

function clockNote(clock: Connection['clock']): string {
  if (clock === undefined) return 'The gateway’s clock was not compared with this page’s yet.'
  const { offsetMs, errorMs } = clock
  const way = offsetMs < 0 ? 'behind' : 'ahead of'
  return `The gateway’s clock is ${formatMs(Math.abs(offsetMs))} ${way} this page’s, ± ${formatMs(errorMs)}: half of the quickest recent ping.`
}
