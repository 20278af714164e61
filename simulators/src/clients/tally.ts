import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Wrong } from './verifier.ts'

/** How clients read: as fast as it comes, no faster than a pace, or not at all. */
export const CLIENT_KINDS = ['healthy', 'slow', 'stalled'] as const
export type ClientKind = (typeof CLIENT_KINDS)[number]

/** Milliseconds. */
export type Latency = { readonly count: number; readonly p50: number; readonly p99: number; readonly p999: number }

/** Latencies in µs are kept to three digits, up to an hour. */
const HISTOGRAM = { lowest: 1, highest: 3_600_000_000, figures: 3 }

/** Of one channel, what the verified clients of one kind count together. */
export class ChannelTally {
  messages = 0
  payloadBytes = 0
  /** `gap` messages, and the items they say are gone. */
  gaps = 0
  lostItems = 0
  checked = 0
  wrong = { chain: 0, checksum: 0, malformed: 0 }
  /** From the moment the gateway wrote the message, and the exchange what is in it, to our reading it; µs. */
  readonly gateway = new Latencies()
  readonly exchange = new Latencies()

  reset(): void {
    Object.assign(this, { messages: 0, payloadBytes: 0, gaps: 0, lostItems: 0, checked: 0 })
    this.gateway.reset()
    this.exchange.reset()
  }
}

/** What all clients of one kind count together, verified or not. */
export class KindTally {
  messages = 0
  payloadBytes = 0
  /** All that was read from the sockets. */
  bytes = 0
  /** By their place in the mix. */
  readonly channels: readonly ChannelTally[]
  /** What belongs to no channel, and what cannot be read. */
  readonly other = new ChannelTally()

  constructor(channels: number) {
    this.channels = Array.from({ length: channels }, () => new ChannelTally())
  }

  get all(): readonly ChannelTally[] {
    return [...this.channels, this.other]
  }

  reset(): void {
    Object.assign(this, { messages: 0, payloadBytes: 0, bytes: 0 })
    for (const channel of this.all) channel.reset()
  }
}

/** What all clients count. */
export class Tally {
  readonly #kinds: Readonly<Record<ClientKind, KindTally>>
  /** Connections that ended by themselves, by close code. */
  readonly closed = new Map<number, number>()
  readonly refused = new Map<string, number>()
  /** The first thing found wrong, in words. */
  complaint: string | undefined

  constructor(channels: number) {
    const made = () => new KindTally(channels)
    this.#kinds = { healthy: made(), slow: made(), stalled: made() }
  }

  of(kind: ClientKind): KindTally {
    return this.#kinds[kind]
  }

  get kinds(): readonly KindTally[] {
    return CLIENT_KINDS.map((kind) => this.of(kind))
  }

  sawWrong(channel: ChannelTally, { wrong, why }: Wrong): void {
    channel.wrong[wrong]++
    this.complaint ??= why
  }

  sawClosed(code: number): void {
    this.closed.set(code, (this.closed.get(code) ?? 0) + 1)
  }

  sawRefused(why: string): void {
    this.refused.set(why, (this.refused.get(why) ?? 0) + 1)
  }

  /** Counts from here; what was found wrong stays so. */
  reset(): void {
    for (const kind of this.kinds) kind.reset()
  }

  get wrongs(): number {
    const channels = this.kinds.flatMap(({ all }) => all)
    return channels.reduce((sum, { wrong }) => sum + wrong.chain + wrong.checksum + wrong.malformed, 0)
  }
}

/** Latencies as they come, in µs. Clocks may differ: below 0 counts as 0. */
export class Latencies {
  #histogram: RecordableHistogram | undefined

  record(us: number): void {
    this.#histogram ??= createHistogram(HISTOGRAM)
    this.#histogram.record(Math.min(HISTOGRAM.highest, Math.max(1, Math.round(us))))
  }

  reset(): void {
    this.#histogram?.reset()
  }

  /** Of all these together; null where there are none. */
  static summary(all: readonly Latencies[]): Latency | null {
    const together = createHistogram(HISTOGRAM)
    for (const one of all) if (one.#histogram !== undefined) together.add(one.#histogram)
    if (together.count === 0) return null
    const ms = (share: number) => together.percentile(share) / 1000
    return { count: together.count, p50: ms(50), p99: ms(99), p999: ms(99.9) }
  }
}
