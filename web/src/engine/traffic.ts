import type { Client } from '@depthcast/client'
import type { EngineHost } from './host.ts'
import type { FromEngine } from './messages.ts'
import { PauseMeter, SecondMeter } from './meters.ts'
import { silenceLimitMs } from './silence.ts'

/** What all views of a connection share: when the server last gave a sign of life, and how often it is to be expected. Times in ms. */
export type Life = {
  readonly lifeAt: number
  readonly longestPauseMs: number | undefined
  readonly heartbeatMs: number | undefined
}

/** Counts what comes over the connection, from the client's own counters, as often as `count` is called. */
export class Traffic {
  readonly #client: Client
  readonly #host: EngineHost
  readonly #bytes = new SecondMeter()
  readonly #own = new SecondMeter()
  #pauses = new PauseMeter()
  #counted = { bytes: 0, own: 0, messages: 0 }
  #life: Life = { lifeAt: 0, longestPauseMs: undefined, heartbeatMs: undefined }

  constructor(client: Client, host: EngineHost) {
    this.#client = client
    this.#host = host
  }

  get life(): Life {
    return this.#life
  }

  /** How long nothing came from the server, ms, once that is longer than it should be. */
  get overdueMs(): number | undefined {
    const { lifeAt, longestPauseMs, heartbeatMs } = this.#life
    const silentMs = this.#host.now() - lifeAt
    return silentMs > silenceLimitMs(longestPauseMs, heartbeatMs) ? silentMs : undefined
  }

  get bytesPerSecond(): number {
    return this.#bytes.perSecond(this.#host.precise())
  }

  /** All that came, and of it what no view is made of. */
  get downstream(): NonNullable<Extract<FromEngine, { kind: 'connection' }>['downstream']> {
    const { bytes, own } = this.#counted
    return { bytes, ownBytes: own, ownBytesPerSecond: this.#own.perSecond(this.#host.precise()) }
  }

  /** A new connection: what was usual on the one before says nothing of it. */
  opened(heartbeatMs: number): void {
    this.#pauses = new PauseMeter()
    this.#life = { lifeAt: this.#host.now(), longestPauseMs: undefined, heartbeatMs }
  }

  count(): void {
    const now = this.#host.precise()
    const { bytesIn, bytesOfViews, messages } = this.#client.stats()
    const own = bytesIn - bytesOfViews
    this.#bytes.add(bytesIn - this.#counted.bytes, now)
    this.#own.add(own - this.#counted.own, now)
    if (messages !== this.#counted.messages) {
      this.#pauses.mark(now)
      this.#life = { ...this.#life, lifeAt: this.#host.now(), longestPauseMs: this.#pauses.longestMs(now) }
    }
    this.#counted = { bytes: bytesIn, own, messages }
  }
}
