import type { Bar } from '../engine/messages.ts'
import { decimalsOf, formatDate, UNKNOWN, zoneLabel } from '../state/format.ts'
import type { Text } from '../state/panel.ts'
import type { Instrument } from './chart-options.ts'
import { INDICATORS, labelOf } from './indicators.ts'
import type { Study } from './layers.ts'

const ROWS = 50

/** The newest bars as text, newest first, with the indicators on the chart; `seq` is the revision of the newest. */
export function barTable(instrument: Instrument, bars: readonly Bar[], studies: readonly Study[]): Text {
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
  const first = Math.max(0, bars.length - ROWS)
  const rows = bars
    .slice(first)
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
