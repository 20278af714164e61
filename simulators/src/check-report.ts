import type { CheckCounts, FeedConfigError } from '@depthcast/feeds'

/** What one recording came to. Prices are decimal strings, null where a side is empty. */
export type CheckReport = {
  readonly file: string
  readonly venues: readonly string[]
  readonly frames: number
  /** Book updates published, and how many an independent reading of the recording says there are to apply. */
  readonly updates: { readonly applied: number; readonly expected: number | null }
  readonly trades: number
  /** What the production code verified while it ran. */
  readonly checks: CheckCounts
  readonly crossedBooks: number
  readonly resyncs: number
  /** Connections that took over from one about to end, without a gap. */
  readonly rolls: number
  readonly errors: readonly string[]
  /** What the recorder has to say, e.g. that the file is cut off. */
  readonly notes: readonly string[]
  /** Whole final books against the independent reading, level by level. */
  readonly finalBooks: { readonly equal: number; readonly of: number }
  readonly instruments: readonly InstrumentReport[]
  readonly passed: boolean
}

export type InstrumentReport = {
  readonly id: string
  readonly bestBid: string | null
  readonly bestAsk: string | null
  readonly bids: number
  readonly asks: number
  readonly state: string
  /** Null where nothing independent reads this venue. */
  readonly equal: boolean | null
}

/** One line that names the file, once, and has nothing in it that a terminal would obey. */
export function unreadable(file: string, { message }: FeedConfigError): string {
  const reason = message.includes(file) ? message : `${file}: ${message}`
  return `cannot check: ${reason.replaceAll(/\p{Cc}+/gu, ' ')}`
}

/** For people. */
export function inWords(report: CheckReport): readonly string[] {
  const { checks, updates, finalBooks } = report
  const outcome = (name: keyof CheckCounts): string => {
    const { passed, failed } = checks[name] ?? { passed: 0, failed: 0 }
    return `${passed} passed, ${failed} failed`
  }
  const onSubscribe = checks['oracle-on-subscribe']
  const width = Math.max(...report.instruments.map(({ id }) => id.length))
  return [
    `${report.file}: ${report.passed ? 'passed' : 'FAILED'} (${report.venues.join(', ')}, ${report.instruments.length} instruments)`,
    `  frames                 ${report.frames}`,
    `  updates applied        ${updates.applied}${updates.expected === null ? '' : ` of ${updates.expected}`}`,
    `  trades                 ${report.trades}`,
    `  sequence checks        ${outcome('sequence')}`,
    `  snapshots joined       ${outcome('seed')}`,
    `  checksum comparisons   ${outcome('checksum')}`,
    `  oracle comparisons     ${outcome('oracle')}`,
    ...(onSubscribe === undefined
      ? []
      : [`  quotes on subscribing  ${onSubscribe.passed} equal, ${onSubscribe.failed} older than the book`]),
    `  crossed books          ${report.crossedBooks}`,
    `  resyncs                ${report.resyncs}`,
    ...(report.rolls === 0 ? [] : [`  taken over             ${report.rolls} times by another connection`]),
    `  errors                 ${report.errors.length}`,
    ...report.errors.slice(0, 10).map((error) => `    ${error}`),
    ...report.notes.slice(0, 10).map((note) => `  note                   ${note}`),
    `  final books equal      ${finalBooks.equal}/${finalBooks.of}`,
    ...report.instruments.map((instrument) => instrumentInWords(instrument, width)),
  ]
}

function instrumentInWords(
  { id, bestBid, bestAsk, bids, asks, state, equal }: InstrumentReport,
  width: number,
): string {
  const book = [`${bids} bids`, `${asks} asks`]
  if (bids + asks === 0) book.push(state)
  if (equal === false) book.push('DIFFERS')
  return `    ${id.padEnd(width)}  ${bestBid ?? 'no bids'} / ${bestAsk ?? 'no asks'}  (${book.join(', ')})`
}
