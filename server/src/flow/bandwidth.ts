import type { Clock } from '../clock.ts'

/** What a client who was idle may have at once, as a part of a second's worth. */
const BURST_S = 0.5
/** Waiting for the first byte would mean a timer for each: this much of a second's worth comes together. */
const SHARE_S = 0.02

/**
 * The bytes a second that a client may be sent. A message goes out whole while there is anything left, and what it took too much is paid off
 * before the next one.
 */
export class Bandwidth {
  readonly #clock: Clock
  readonly #perSecond: number
  #bytes: number
  #at: number

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#bytes = perSecond * BURST_S
    this.#at = clock.now()
  }

  /** Bytes that may be sent now; not above 0 when all are spent. */
  room(): number {
    const now = this.#clock.now()
    this.#bytes = Math.min(
      this.#perSecond * BURST_S,
      this.#bytes + (Math.max(0, now - this.#at) / 1e6) * this.#perSecond,
    )
    this.#at = now
    return Math.floor(this.#bytes)
  }

  spend(bytes: number): void {
    this.#bytes -= bytes
  }

  /** Milliseconds until it is worth trying again. */
  waitMs(): number {
    return Math.max(1, Math.ceil((SHARE_S - this.#bytes / this.#perSecond) * 1000))
  }
}
