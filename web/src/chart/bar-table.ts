import type { Bar } from '../engine/messages.ts'
import { decimalsOf, formatDate, UNKNOWN, zoneLabel } from '../state/format.ts'
import type { Text } from '../state/panel.ts'
import type { Instrument } from './chart-options.ts'
import { INDICATORS, labelOf } from './indicators.ts'
import type { Study } from './layers.ts'
import type { BarRange } from './visible-range.ts'

const LEAST_ROWS = 50
const MOST_ROWS = 500

/** What a chart shows: all its bars, the indicators beside them, and what is in sight of both. */
type Shown = {
  readonly bars: readonly Bar[]
  readonly studies: readonly Study[]
  readonly sight: BarRange | undefined
}

/**
 * The bars in sight as text, newest first, with the indicators on the chart; where few are in sight, those before them too. `seq` is the revision of
 * the newest bar there is.
 */
export function barTable(instrument: Instrument, { bars, studies, sight }: Shown): Text {
  const price = decimalsOf(instrument.tickSize)
  const size = decimalsOf(instrument.lotSize)
  const lines = studies.flatMap(({ indicator, values }) => {
    const { lines, isPrice } = INDICATORS[indicator.kind]
    const decimals = isPrice ? price : 1
    return lines.map(({ name }, line) => ({
      column: [labelOf(indicator), name].filter(Boolean).join(' '),
      text: (index: number) => values[index]?.[line]?.toFixed(decimals) ?? UNKNOWN,
    }))
  })
  const end = sight === undefined ? bars.length : Math.min(bars.length, Math.max(LEAST_ROWS, Math.floor(sight.to) + 1))
  const count = Math.ceil(end - (sight?.from ?? end))
  const first = Math.max(0, end - Math.min(MOST_ROWS, Math.max(LEAST_ROWS, count)))
  const rows = bars
    .slice(first, end)
    .map((bar, at) => [
      formatDate(bar.time),
      ...[bar.open, bar.high, bar.low, bar.close].map((value) => value.toFixed(price)),
      bar.volume.toFixed(size),
      ...lines.map(({ text }) => text(first + at)),
    ])
  return {
    symbol: instrument.id,
    seq: bars.at(-1)?.rev ?? 0,
    columns: [
      `Time ${zoneLabel(bars.at(-1)?.time ?? Date.now())}`,
      ...['Open', 'High', 'Low', 'Close', 'Volume'],
      ...lines.map(({ column }) => column),
    ],
    rows: rows.reverse(),
  }
}
