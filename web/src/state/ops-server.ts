import { formatNumber, UNKNOWN } from './format.ts'
import type { Sample } from './ops-series.ts'
import type { Text } from './panel.ts'

/** `84.2 MB`: thousands, as networks and the page's other meters count. */
export function bytesWords(bytes: number): string {
  if (!Number.isFinite(bytes)) return UNKNOWN
  const unit = BYTE_UNITS.find(({ from }) => bytes >= from)
  return unit === undefined ? `${formatNumber(bytes, 0)} B` : `${formatNumber(bytes / unit.from, 1)} ${unit.name}`
}

/** Every sample there is, oldest first, for export. Rates are per second. */
export function serverTable(samples: readonly Sample[]): Text {
  return {
    symbol: 'server',
    seq: 0,
    columns: [
      ...['Time', 'Clients', 'Held', 'Slowed', 'Lag ms', 'Views', 'Subscriptions', 'Encodes/s', 'Frames/s'],
      ...['Writes/s', 'Bytes/s', 'Events/s', 'Loop p50 ms', 'Loop p99 ms', 'Loop max ms', 'RSS', 'Heap', 'CPU %'],
    ],
    rows: samples.map(({ at, rates, cpu, report: { clients, views, loop, memory } }) =>
      [
        new Date(at).toISOString(),
        ...[clients.total, clients.held, clients.slowed, clients.lagMs, views.total, clients.subscriptions],
        ...[rates?.encodes, rates?.frames, rates?.writes, rates?.bytes, rates?.events].map(tenths),
        ...[loop.p50Ms, loop.p99Ms, loop.maxMs, memory.rss, memory.heap, tenths(cpu)],
      ].map(String),
    ),
  }
}

function tenths(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(1)
}

const BYTE_UNITS = [
  { from: 1e9, name: 'GB' },
  { from: 1e6, name: 'MB' },
  { from: 1e3, name: 'KB' },
] as const
