import type { Bar } from '../engine/messages.ts'
import { decimalsOf, formatNumber } from '../state/format.ts'

const ROWS = 50

/** The newest bars as text, newest first; `seq` is the revision of the newest. */
export function barTable(
  instrument: { readonly id: string; readonly tickSize: string; readonly lotSize: string },
  bars: readonly Bar[],
): { symbol: string; seq: number; columns: readonly string[]; rows: readonly (readonly string[])[] } {
  const price = decimalsOf(instrument.tickSize)
  const size = decimalsOf(instrument.lotSize)
  const rows = bars
    .slice(-ROWS)
    .map((bar) => [
      new Date(bar.time).toISOString().slice(0, 19).replace('T', ' '),
      ...[bar.open, bar.high, bar.low, bar.close].map((value) => formatNumber(value, price)),
      formatNumber(bar.volume, size),
    ])
  return {
    symbol: instrument.id,
    seq: bars.at(-1)?.rev ?? 0,
    columns: ['Time UTC', 'Open', 'High', 'Low', 'Close', 'Volume'],
    rows: rows.reverse(),
  }
}
