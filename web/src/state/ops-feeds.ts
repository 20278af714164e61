import type { FEED_SORTS } from '../panels/options.ts'
import { type Described, describeInstrument } from './describe.ts'
import { formatAge, formatCount, UNKNOWN } from './format.ts'
import type { Polled } from './ops.ts'
import type { FeedsReport, InstrumentHealth, SourceHealth } from './ops-wire.ts'
import type { Text } from './panel.ts'

export type FeedSort = (typeof FEED_SORTS)[number]

/** Which instruments are shown, and in which order. */
type FeedChoice = {
  /** Empty is any. */
  readonly venue: string
  readonly only: 'all' | 'trouble'
  readonly sort: FeedSort
  readonly down: boolean
}

/** Rows as they were chosen; `now` is the gateway's, µs. */
export function chosenRows(report: FeedsReport, choice: FeedChoice, now: number): readonly InstrumentHealth[] {
  const rows = report.instruments.filter(
    (row) => (choice.venue === '' || row.venue === choice.venue) && (choice.only === 'all' || isInTrouble(row)),
  )
  const by = ORDERS[choice.sort]
  const sign = choice.down ? -1 : 1
  // What nobody knows stands last, whichever way the rest is sorted; among equals the name decides.
  return rows.sort((a, b) => {
    const [one, other] = [by(a, now), by(b, now)]
    if (one === undefined || other === undefined) {
      if (one !== other) return one === undefined ? 1 : -1
    } else if (one !== other) return (one < other ? -1 : 1) * sign
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
  })
}

/** Who clicks a column again turns it round; the worst of a new one stands first. */
export function nextFeedSort({ sort, down }: Pick<FeedChoice, 'sort' | 'down'>, to: FeedSort) {
  return { sort: to, down: sort === to ? !down : to !== 'name' }
}

/** Its book is not shown as right, or not for sure. */
export function isInTrouble({ state }: InstrumentHealth): boolean {
  const { tone } = describeInstrument(state)
  return tone === 'warn' || tone === 'error'
}

export function venuesOf(report: FeedsReport | undefined): readonly string[] {
  return [...new Set(report?.instruments.map(({ venue }) => venue))].sort()
}

/** The gateway's clock as far as this page can tell, µs: what it said, and the time since. */
export function gatewayNow({ report, takenAt }: Polled<{ readonly at: number }>, now: number): number {
  return report === undefined || takenAt === undefined ? Number.NaN : report.at + Math.max(0, now - takenAt) * 1000
}

/** `14 s`; a dash where it never happened. */
export function ageWords(at: number | undefined, gatewayNowUs: number): string {
  return at === undefined || at === 0 ? UNKNOWN : formatAge(Math.max(0, gatewayNowUs - at) / 1000)
}

/** What stands behind a book, as people say it. */
export const GRADES = { checksum: 'checksum', sequence: 'sequence', oracle: 'second source', none: 'nothing' } as const

export function describeSource(state: SourceHealth['state']): Described {
  switch (state) {
    case 'starting':
    case 'connecting':
      return { tone: 'busy', glyph: '…', text: state }
    case 'open':
      return { tone: 'calm', glyph: '✓', text: state }
    case 'waiting':
      return { tone: 'warn', glyph: '!', text: state }
    case 'ended':
      return { tone: 'busy', glyph: '■', text: state }
    case 'failed':
      return { tone: 'error', glyph: '✕', text: state }
  }
}

/** All checks of a source together: `1,204`, with `· 2 failed` where any did. */
export function checkWords({ checks }: SourceHealth): string {
  const all = Object.values(checks)
  if (all.length === 0) return UNKNOWN
  const passed = all.reduce((sum, check) => sum + check.passed, 0)
  const failed = all.reduce((sum, check) => sum + check.failed, 0)
  return failed === 0 ? `${formatCount(passed)} ✓` : `${formatCount(passed)} ✓ · ${formatCount(failed)} ✕`
}

/** What the venue's limits and our memory leave: `287 connects left · 12 updates waiting`. */
export function budgetWords({ connectsLeft, bufferedUpdates }: SourceHealth): string {
  const words = [
    ...(connectsLeft === undefined ? [] : [`${formatCount(connectsLeft)} connects left`]),
    ...(bufferedUpdates === undefined || bufferedUpdates === 0
      ? []
      : [`${formatCount(bufferedUpdates)} updates waiting`]),
  ]
  return words.length === 0 ? UNKNOWN : words.join(' · ')
}

/** The rows as they are shown, for export. Times are µs since 1970 by the gateway's clock. */
export function feedsTable(rows: readonly InstrumentHealth[]): Text {
  return {
    symbol: 'feeds',
    seq: 0,
    columns: ['Instrument', 'State', 'Reason', 'Grade', 'Verified at', 'Last event at', 'Epoch', 'Seq', 'Resyncs'],
    rows: rows.map((row) => [
      row.id,
      row.state,
      row.reason ?? '',
      row.verified,
      String(row.verifiedAt ?? ''),
      String(row.heardAt ?? ''),
      ...[row.epoch, row.seq, row.resyncs].map(String),
    ]),
  }
}

/** Worst last, as a column that is turned round shows it first. */
const STATES = [
  'live',
  'ended',
  'connecting',
  'syncing',
  'halted',
  'suspect',
  'stale',
  'resyncing',
  'degraded',
  'refused',
]

const ORDERS: Readonly<Record<FeedSort, (row: InstrumentHealth, now: number) => number | string | undefined>> = {
  name: ({ id }) => id,
  // A market that rests is no worse than one that moves.
  state: ({ state }) => STATES.indexOf(state === 'quiet' ? 'live' : state),
  verified: ({ verifiedAt }, now) => (verifiedAt === undefined ? undefined : now - verifiedAt),
  age: ({ heardAt }, now) => (heardAt === undefined ? undefined : now - heardAt),
  resyncs: ({ resyncs }) => resyncs,
}
