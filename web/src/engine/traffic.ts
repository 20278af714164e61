import type { Client } from '@depthcast/client'
import type { EngineHost } from './host.ts'
import { IntervalMeter, SecondMeter } from './meters.ts'

/** What all views of a connection share: when the server last gave a sign of life, and how often it is to be expected. Times in ms. */
export type Life = {
  readonly lifeAt: number
  readonly lifeEveryMs: number | undefined
  readonly heartbeatMs: number | undefined
}

/** Counts what comes over the connection, from the client's own counters, as often as `count` is called. */
export class Traffic {
  readonly #client: Client
  readonly #host: EngineHost
  readonly #bytes = new SecondMeter()
  #every = new IntervalMeter()
  #counted = { bytes: 0, messages: 0 }
  #life: Life = { lifeAt: 0, lifeEveryMs: undefined, heartbeatMs: undefined }

  constructor(client: Client, host: EngineHost) {
    this.#client = client
    this.#host = host
  }

  get life(): Life {
    return this.#life
  }

  get bytesPerSecond(): number {
    return this.#bytes.perSecond(this.#host.precise())
  }

  /** A new connection: what was usual on the one before says nothing of it. */
  opened(heartbeatMs: number): void {
    this.#every = new IntervalMeter()
    this.#life = { lifeAt: this.#host.now(), lifeEveryMs: undefined, heartbeatMs }
  }

  count(): void {
    const now = this.#host.precise()
    const { bytesIn, messages } = this.#client.stats()
    this.#bytes.add(bytesIn - this.#counted.bytes, now)
    if (messages !== this.#counted.messages) {
      this.#every.mark(now, messages - this.#counted.messages)
      this.#life = { ...this.#life, lifeAt: this.#host.now(), lifeEveryMs: this.#every.meanMs }
    }
    this.#counted = { bytes: bytesIn, messages }
  }
}
