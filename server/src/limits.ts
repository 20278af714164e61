import type { Limits } from '@depthcast/protocol'
import type { Clock } from './clock.ts'

/** What a session works under, and what the gateway as a whole does. All of it is in `welcome`. */
export type GatewayLimits = Limits

/** A rate with a burst of one second: holds `perSecond` tokens, refilled evenly. */
export class TokenBucket {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(clock: Clock, perSecond: number, burst = perSecond) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#at = clock.now()
  }

  /**
   * Takes so many tokens if they are there. What asks for more than the bucket ever holds gets them when it is full, and what comes after waits
   * the longer.
   */
  take(count = 1): boolean {
    this.#refill()
    if (this.#tokens < Math.min(count, this.#burst)) return false
    this.#tokens -= count
    return true
  }

  /** A full one is as good as none: whoever keeps many may drop it. */
  isFull(): boolean {
    this.#refill()
    return this.#tokens >= this.#burst
  }

  /** Milliseconds until there are so many tokens again. */
  waitMs(count = 1): number {
    return Math.max(0, Math.ceil(((Math.min(count, this.#burst) - this.#tokens) / this.#perSecond) * 1000))
  }

  #refill(): void {
    const now = this.#clock.now()
    this.#tokens = Math.min(this.#burst, this.#tokens + (Math.max(0, now - this.#at) / 1e6) * this.#perSecond)
    this.#at = now
  }
}

/** What a refusal by a limit ends with: which one it was, and what it is now. */
export function limitNow(limits: Limits, name: keyof Limits): string {
  return `limit ${name} is ${limits[name]}`
}
