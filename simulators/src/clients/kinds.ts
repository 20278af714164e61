import { count, size } from '../progress.ts'
import { textTable } from '../text-table.ts'
import type { Crowd } from './crowd.ts'
import { type ChannelTally, type ClientKind, Latencies, type Latency } from './tally.ts'

/** Messages and their payloads, and what became of those that are verified. */
type Counted = {
  readonly messages: number
  readonly payloadBytes: number
  /** From the gateway's stamp to our reading. */
  readonly latencyMs: Latency | null
  readonly gaps: number
  readonly chainBreaks: number
  readonly checksumFailures: number
}

/** Of one channel, as the verified clients of a kind got it. */
type ChannelReport = Counted & { readonly channel: string }

export type KindReport = Counted & {
  readonly kind: ClientKind
  readonly connected: number
  readonly verified: number
  /** How old the newest message is that a verified client has read: of most, and of the one furthest behind. */
  readonly lagMs: { readonly p50: number; readonly max: number } | null
  readonly channels: readonly ChannelReport[]
}

/** What each kind of client counts so far; `mix` names their channels. */
export function kindReports(crowd: Crowd, mix: readonly string[]): readonly KindReport[] {
  return crowd.kinds.map((kind) => {
    const tally = crowd.tally.of(kind)
    const clients = crowd.of(kind)
    return {
      kind,
      connected: clients.length,
      verified: clients.filter(({ verifies }) => verifies).length,
      ...counted(tally.all),
      messages: tally.messages,
      payloadBytes: tally.payloadBytes,
      lagMs: lagOf(crowd.lags(kind)),
      channels: tally.channels.map((channel, place) => ({ channel: mix[place] ?? '', ...counted([channel]) })),
    }
  })
}

function counted(all: readonly ChannelTally[]): Counted {
  const sum = (of: (one: ChannelTally) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    messages: sum(({ messages }) => messages),
    payloadBytes: sum(({ payloadBytes }) => payloadBytes),
    latencyMs: Latencies.summary(all.map(({ gateway }) => gateway)),
    gaps: sum(({ gaps }) => gaps),
    chainBreaks: sum(({ wrong }) => wrong.chain),
    checksumFailures: sum(({ wrong }) => wrong.checksum),
  }
}

function lagOf(sorted: readonly number[]): KindReport['lagMs'] {
  const [p50, max] = [sorted[sorted.length >> 1], sorted.at(-1)]
  return p50 === undefined || max === undefined ? null : { p50, max }
}

const HEADING = ['msg/s', 'bytes/s', 'p50', 'p99', 'p99.9', 'lag', 'lag most', 'gaps', 'chain', 'checksum']

/** A row a kind and, below it, one for each of its channels. Rates are those since `before`, which is so many seconds ago. */
export function kindTable(
  now: readonly KindReport[],
  seconds: number,
  before: readonly KindReport[] = [],
): readonly string[] {
  const rows = now.flatMap((kind) => {
    const was = before.find((one) => one.kind === kind.kind)
    const lag = kind.lagMs === null ? [NONE, NONE] : [ms(kind.lagMs.p50), ms(kind.lagMs.max)]
    const name = kind.verified < kind.connected ? `${kind.kind}, ${count(kind.verified)} verified` : kind.kind
    const channels = kind.kind === 'stalled' ? [] : kind.channels
    return [
      [name, count(kind.connected), ...cells(kind, { was, seconds, lag })],
      ...channels.map((channel, place) => [
        `  ${channel.channel}`,
        '',
        ...cells(channel, { was: was?.channels[place], seconds, lag: ['', ''] }),
      ]),
    ]
  })
  return textTable([['', 'clients', ...HEADING], ...rows])
}

/** What the columns are. */
export const LEGEND = [
  'p50 to p99.9: from the gateway to our reading · lag: age of the newest message read, of half the clients and at most',
  'gaps: as told by the gateway · chain, checksum: messages that failed',
  'of verified clients only: all from p50 on, and the channels, which are without heartbeats',
]

const NONE = '–'

type Then = { readonly was: Counted | undefined; readonly seconds: number; readonly lag: readonly string[] }

function cells(counted: Counted, { was, seconds, lag }: Then): readonly string[] {
  const { latencyMs: latency } = counted
  const rate = (all: number, past = 0) => Math.max(0, all - past) / seconds
  return [
    count(rate(counted.messages, was?.messages)),
    size(Math.round(rate(counted.payloadBytes, was?.payloadBytes))),
    ...(latency === null ? [NONE, NONE, NONE] : [ms(latency.p50), ms(latency.p99), ms(latency.p999)]),
    ...lag,
    count(counted.gaps),
    count(counted.chainBreaks),
    count(counted.checksumFailures),
  ]
}

/** `0.93 ms`, `12.3 ms`, `845 ms`, `12.3 s`. */
export function ms(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`
}
