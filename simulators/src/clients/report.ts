import { monitorEventLoopDelay } from 'node:perf_hooks'
import { count, size } from '../progress.ts'
import type { Crowd, CrowdOptions } from './crowd.ts'
import { DOORS } from './doors.ts'
import type { Latency, Tally } from './tally.ts'

/** What a run came to. Latencies in ms, of the clients that are verified and read at full pace. */
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
  /** Connections that ended by themselves, by close code; requests refused, by slug. */
  readonly closed: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
  /** Of this process alone: share of a core, and how late its loop was. */
  readonly own: { readonly cpu: number; readonly loopP99Ms: number }
  readonly complaint: string | null
  readonly passed: boolean
}

/** What this process itself takes, since `mark` and in the last second. */
export class OwnLoad {
  readonly #delay = monitorEventLoopDelay({ resolution: 10 })
  #since = process.cpuUsage()
  #from = performance.now()
  #last = { cpu: process.cpuUsage(), at: performance.now() }

  mark(): void {
    this.#since = process.cpuUsage()
    this.#from = performance.now()
    this.#delay.enable()
    this.#delay.reset()
  }

  /** Share of a core since it was last asked. */
  lately(): number {
    const { cpu, at } = this.#last
    this.#last = { cpu: process.cpuUsage(), at: performance.now() }
    return share(process.cpuUsage(cpu), performance.now() - at)
  }

  total(): LoadReport['own'] {
    this.#delay.disable()
    const loopP99Ms = Math.max(0, this.#delay.percentile(99) / 1e6 - 10)
    return { cpu: share(process.cpuUsage(this.#since), performance.now() - this.#from), loopP99Ms }
  }
}

function share({ user, system }: NodeJS.CpuUsage, ms: number): number {
  return ms <= 0 ? 0 : (user + system) / 1000 / ms
}

/** One line, for the second that has passed. */
export function secondLine(
  crowd: Crowd,
  { tally, before, cpu }: { tally: Tally; before: Counts; cpu: number },
): string {
  const { gateway, exchange } = tally.latency()
  // What matters most first: a narrow terminal cuts the rest off.
  return [
    `${count(crowd.connected)} clients`,
    `${count(tally.wrongs)} wrong`,
    `${count(tally.gaps)} gaps`,
    `gateway ${ms(gateway)}`,
    `exchange ${ms(exchange)}`,
    `${count(tally.messages - before.messages)} msg/s`,
    `${size(tally.bytes - before.bytes)}/s`,
    `own CPU ${Math.round(cpu * 100)} %`,
  ].join(' · ')
}

export type Counts = { readonly messages: number; readonly bytes: number }

export function reportOf(
  crowd: Crowd,
  options: CrowdOptions,
  run: Pick<LoadReport, 'url' | 'mix' | 'symbols' | 'seconds' | 'own'> & {
    readonly connected: number
    readonly verified: number
  },
): LoadReport {
  const { tally } = crowd
  const { connected, verified, ...rest } = run
  const { chain, checksum, malformed } = tally.wrong
  return {
    ...rest,
    door: options.door,
    clients: { asked: options.count, connected, verified, churned: crowd.churned },
    messages: tally.messages,
    bytes: tally.bytes,
    payloadBytes: tally.payloadBytes,
    latencyMs: tally.latency(),
    gaps: tally.gaps,
    lostItems: tally.lostItems,
    checked: tally.checked,
    chainBreaks: chain,
    checksumFailures: checksum,
    malformed,
    closed: Object.fromEntries(tally.closed),
    refused: Object.fromEntries(tally.refused),
    complaint: tally.complaint ?? null,
    passed: tally.wrongs === 0,
  }
}

export function inWords(report: LoadReport): readonly string[] {
  const { clients, latencyMs, own, seconds, messages, bytes } = report
  const { title } = DOORS[report.door as keyof typeof DOORS]
  const all = clients.verified >= clients.connected ? 'all' : count(clients.verified)
  const rows: (readonly [string, string])[] = [
    ['door', title],
    [
      'mix',
      `${report.mix} of ${report.symbols.length === 1 ? report.symbols[0] : `one of ${report.symbols.length} symbols each`}`,
    ],
    [
      'clients',
      `${count(clients.connected)} of ${count(clients.asked)} connected${clients.churned > 0 ? `, ${count(clients.churned)} replaced` : ''}`,
    ],
    ['messages', `${count(messages)} (${count(messages / seconds)}/s)`],
    ['bytes', `${size(bytes)} (${size(bytes / seconds)}/s)`],
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
  const verdict = report.passed ? 'every book right' : `WRONG: ${report.complaint}`
  return [
    `${report.url}, ${seconds.toFixed(1)} s: ${verdict}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
  ]
}

function listed(counts: Readonly<Record<string, number>>, prefix: string): string {
  const all = Object.entries(counts)
  return all.length === 0 ? '0' : all.map(([name, number]) => `${count(number)} (${prefix}${name})`).join(', ')
}

function latencyWords(latency: Latency | null): string {
  if (latency === null) return 'no message said'
  const { p50, p99, p999 } = latency
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, p99.9 ${p999.toFixed(2)} ms`
}

/** The median and the slowest in a hundred. */
function ms(latency: Latency | null): string {
  return latency === null ? '–' : `${latency.p50.toFixed(1)}/${latency.p99.toFixed(0)} ms`
}
