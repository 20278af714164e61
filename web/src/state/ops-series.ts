import type { ServerReport, Total } from './ops-wire.ts'

/** One look at the gateway, as far as it is drawn. `at` is ms since 1970 by its clock. */
export type Sample = {
  readonly at: number
  readonly startedAt: number
  /** Per second since the sample before; undefined for the first, and where the gateway was started again in between. */
  readonly rates: { readonly [total in Total]: number } | undefined
  /** Share of one processor since the sample before, per cent. */
  readonly cpu: number | undefined
  readonly report: ServerReport
}

/** This far back. */
export const KEPT_MS = 300_000
/** A line is never stretched further: two looks make no history. */
const LEAST_SPAN_MS = 60_000
/** Between two samples that lie further apart nobody looked, and no line is drawn. */
const GAP_MS = 10_000

/** Adds a report to the samples, oldest first, and drops what is too old. One that was had before changes nothing. */
export function withReport(samples: readonly Sample[], report: ServerReport): readonly Sample[] {
  const before = samples.at(-1)
  const at = report.at / 1000
  if (before !== undefined && at === before.at) return samples
  const isSame = before !== undefined && before.startedAt === report.startedAt && at > before.at
  const seconds = isSame ? (at - before.at) / 1000 : 0
  const next: Sample = {
    at,
    startedAt: report.startedAt,
    rates: isSame ? ratesOf(before.report, report, seconds) : undefined,
    cpu: isSame ? (report.cpuMs - before.report.cpuMs) / (seconds * 10) : undefined,
    report,
  }
  // A clock that was set back: what was to come is no past.
  const kept = samples.filter((sample) => sample.at < at && sample.at > at - KEPT_MS)
  return [...kept, next]
}

/** The path of a line through the values, newest at the right edge and the oldest sample, or a minute, at the left; broken where nothing was known, and the highest is at the top. */
export function linePath(
  samples: readonly Sample[],
  value: (sample: Sample) => number | undefined,
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const end = samples.at(-1)?.at ?? 0
  const points = samples.flatMap((sample) => {
    const known = value(sample)
    return known === undefined ? [] : [{ at: sample.at, known }]
  })
  const spanMs = Math.max(LEAST_SPAN_MS, end - (samples[0]?.at ?? end))
  const most = Math.max(0, ...points.map(({ known }) => known))
  let last: number | undefined
  return points
    .map(({ at, known }) => {
      const x = width - ((end - at) / spanMs) * width
      const y = most === 0 ? height : height - (known / most) * height
      const begins = last === undefined || at - last > GAP_MS
      last = at
      return `${begins ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`
    })
    .join('')
}

function ratesOf(before: ServerReport, after: ServerReport, seconds: number): Sample['rates'] {
  const names = Object.keys(after.totals) as Total[]
  const entries = names.map((name) => [name, Math.max(0, after.totals[name] - before.totals[name]) / seconds])
  return Object.fromEntries(entries) as Sample['rates']
}
