import { count, size } from '../progress.ts'
import type { Crowd, CrowdOptions } from './crowd.ts'
import { DOORS } from './doors.ts'
import { type KindReport, kindReports, kindTable, LEGEND, ms } from './kinds.ts'
import { Latencies, type Latency } from './tally.ts'

/** What a run came to. Latencies in ms; those of `latencyMs` are of verified healthy clients. */
export type LoadReport = {
  readonly url: string
  readonly door: string
  readonly mix: string
  readonly symbols: readonly string[]
  readonly seconds: number
  readonly clients: {
    readonly asked: number
    readonly connected: number
    readonly verified: number
    readonly churned: number
  }
  readonly messages: number
  /** Read from the sockets. */
  readonly bytes: number
  readonly payloadBytes: number
  readonly latencyMs: { readonly gateway: Latency | null; readonly exchange: Latency | null }
  readonly gaps: number
  readonly lostItems: number
  /** Messages held against chain and checksum, and what was wrong. */
  readonly checked: number
  readonly chainBreaks: number
  readonly checksumFailures: number
  readonly malformed: number
  /** The same by kind of client, and by channel. */
  readonly kinds: readonly KindReport[]
  /** Connections that ended by themselves, by close code; requests refused, by slug. */
  readonly closed: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
  /** Of this process alone: share of a core, and how late its loop was. */
  readonly own: { readonly cpu: number; readonly loopP99Ms: number }
  readonly complaint: string | null
  readonly passed: boolean
}

export function reportOf(
  crowd: Crowd,
  options: CrowdOptions,
  run: Pick<LoadReport, 'url' | 'symbols' | 'seconds' | 'own'> & {
    readonly mix: { readonly text: string; readonly names: readonly string[] }
  },
): LoadReport {
  const { tally } = crowd
  const { mix, ...rest } = run
  const channels = tally.kinds.flatMap(({ all }) => all)
  const sum = <One>(all: readonly One[], of: (one: One) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    ...rest,
    mix: mix.text,
    door: options.door,
    clients: {
      asked: options.count,
      connected: crowd.connected,
      verified: crowd.verified,
      churned: crowd.churned,
    },
    messages: sum(tally.kinds, ({ messages }) => messages),
    bytes: sum(tally.kinds, ({ bytes }) => bytes),
    payloadBytes: sum(tally.kinds, ({ payloadBytes }) => payloadBytes),
    latencyMs: healthyLatency(crowd),
    gaps: sum(channels, ({ gaps }) => gaps),
    lostItems: sum(channels, ({ lostItems }) => lostItems),
    checked: sum(channels, ({ checked }) => checked),
    chainBreaks: sum(channels, ({ wrong }) => wrong.chain),
    checksumFailures: sum(channels, ({ wrong }) => wrong.checksum),
    malformed: sum(channels, ({ wrong }) => wrong.malformed),
    kinds: kindReports(crowd, mix.names),
    closed: Object.fromEntries(tally.closed),
    refused: Object.fromEntries(tally.refused),
    complaint: tally.complaint ?? null,
    passed: tally.wrongs === 0 && !isDeserted(crowd.connected, tally.closed),
  }
}

export function healthyLatency({ tally }: Crowd): LoadReport['latencyMs'] {
  const { all } = tally.of('healthy')
  return {
    gateway: Latencies.summary(all.map(({ gateway }) => gateway)),
    exchange: Latencies.summary(all.map(({ exchange }) => exchange)),
  }
}

export function inWords(report: LoadReport): readonly string[] {
  const { clients, latencyMs, own, seconds, messages, bytes, payloadBytes } = report
  const { title } = DOORS[report.door as keyof typeof DOORS]
  const all = clients.verified >= clients.connected ? 'all' : count(clients.verified)
  const [symbol = ''] = report.symbols
  const rows: (readonly [string, string])[] = [
    ['door', title],
    [
      'mix',
      `${report.mix} of ${report.symbols.length === 1 ? symbol : `one of ${report.symbols.length} symbols each`}`,
    ],
    [
      'clients',
      `${count(clients.connected)} of ${count(clients.asked)} connected${clients.churned > 0 ? `, ${count(clients.churned)} replaced` : ''}`,
    ],
    ['messages', `${count(messages)} (${count(messages / seconds)}/s)`],
    ['bytes', `${size(bytes)} (${size(bytes / seconds)}/s) from the sockets, ${size(payloadBytes)} of messages`],
    ['gateway to client', latencyWords(latencyMs.gateway)],
    ['exchange to client', latencyWords(latencyMs.exchange)],
    ['gaps told', `${count(report.gaps)}, ${count(report.lostItems)} items lost`],
    ['verified', `${count(report.checked)} messages that have a chain, of ${all} clients`],
    ['chain breaks', count(report.chainBreaks)],
    ['checksum failures', count(report.checksumFailures)],
    ['malformed', count(report.malformed)],
    ['lost connections', listed(report.closed, 'code ')],
    ['refused', listed(report.refused, '')],
    ['own CPU', `${Math.round(own.cpu * 100)} % of a core, event loop late by ${own.loopP99Ms.toFixed(1)} ms (p99)`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    `${report.url}, ${seconds.toFixed(1)} s: ${outcome(report)}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    '',
    ...[...kindTable(report.kinds, seconds), ...LEGEND].map((line) => `  ${line}`),
  ]
}

/** All that were connected ended by themselves: what they held was right, and tells nothing of the rest of the run. */
function isDeserted(connected: number, closed: ReadonlyMap<number, number>): boolean {
  return connected === 0 && closed.size > 0
}

export function verdict(passed: boolean, complaint: string | null): string {
  return passed ? 'every book right' : `WRONG: ${complaint}`
}

function outcome({ passed, complaint, closed }: LoadReport): string {
  const lost = Object.values(closed).reduce((sum, number) => sum + number, 0)
  if (!passed && complaint === null) return `FAILED: no connection is left, ${count(lost)} were lost`
  return `${verdict(passed, complaint)}${lost === 0 ? '' : `; ${count(lost)} connections lost`}`
}

function listed(counts: Readonly<Record<string, number>>, prefix: string): string {
  const all = Object.entries(counts)
  return all.length === 0 ? '0' : all.map(([name, number]) => `${count(number)} (${prefix}${name})`).join(', ')
}

export function latencyWords(latency: Latency | null): string {
  if (latency === null) return 'no message of a healthy client said'
  const { p50, p99, p999 } = latency
  return `p50 ${ms(p50)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}`
}
