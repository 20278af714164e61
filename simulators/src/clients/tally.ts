import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** Milliseconds. */
export type Latency = { readonly count: number; readonly p50: number; readonly p99: number; readonly p999: number }

/** Latencies in µs are kept to three digits, up to an hour. */
const LONGEST_US = 3_600_000_000

/** What all clients count together. */
export class Tally {
  messages = 0
  payloadBytes = 0
  bytes = 0
  /** `gap` messages, and the items they say are gone. */
  gaps = 0
  lostItems = 0
  checked = 0
  wrong = { chain: 0, checksum: 0, malformed: 0 }
  /** Connections that ended by themselves, by close code. */
  readonly closed = new Map<number, number>()
  readonly refused = new Map<string, number>()
  /** The first thing found wrong, and the first refusal in words. */
  complaint: string | undefined
  readonly #gateway: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 })
  readonly #exchange: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 })

  /** From the moment the gateway wrote the message, and the exchange what is in it, to our reading it; µs. Clocks may differ: below 0 counts as 0. */
  sawLatency(gatewayUs: number, exchangeUs: number | undefined): void {
    this.#gateway.record(within(gatewayUs))
    if (exchangeUs !== undefined) this.#exchange.record(within(exchangeUs))
  }

  sawWrong(kind: keyof Tally['wrong'], why: string): void {
    this.wrong[kind]++
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
    Object.assign(this, { messages: 0, payloadBytes: 0, bytes: 0, gaps: 0, lostItems: 0, checked: 0 })
    this.#gateway.reset()
    this.#exchange.reset()
  }

  get wrongs(): number {
    return this.wrong.chain + this.wrong.checksum + this.wrong.malformed
  }

  latency(): { readonly gateway: Latency | null; readonly exchange: Latency | null } {
    return { gateway: latencyOf(this.#gateway), exchange: latencyOf(this.#exchange) }
  }
}

function within(us: number): number {
  return Math.min(LONGEST_US, Math.max(1, Math.round(us)))
}

function latencyOf(histogram: RecordableHistogram): Latency | null {
  if (histogram.count === 0) return null
  const ms = (share: number) => histogram.percentile(share) / 1000
  return { count: histogram.count, p50: ms(50), p99: ms(99), p999: ms(99.9) }
}
