import { ProtocolError } from '@depthcast/protocol'
import type { Clock } from './clock.ts'
import { type GatewayLimits, limitNow, TokenBucket } from './limits.ts'

/** Mistakes a client may make at once, and then one a second, before it is cut. */
const MISTAKES = 50

/** What one client may ask for a second. A bucket is there only while it is not full: most clients ask once and then only listen. */
export class Allowance {
  readonly #clock: Clock
  readonly #limits: GatewayLimits
  #requests: TokenBucket | undefined
  #symbols: TokenBucket | undefined
  #mistakes: TokenBucket | undefined

  constructor(clock: Clock, limits: GatewayLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Throws ProtocolError 429 for a request too many. */
  request(): void {
    this.#requests ??= new TokenBucket(this.#clock, this.#limits.messagesPerSecond)
    if (this.#requests.take()) return
    throw this.#tooMany('messages', 'messagesPerSecond', this.#requests.waitMs())
  }

  /** Throws ProtocolError 429 for symbols too many. */
  symbols(count: number): void {
    this.#symbols ??= new TokenBucket(this.#clock, this.#limits.symbolsPerSecond)
    if (this.#symbols.take(count)) return
    throw this.#tooMany('symbols', 'symbolsPerSecond', this.#symbols.waitMs(count))
  }

  /** Returns false for one mistake too many. */
  mistake(): boolean {
    this.#mistakes ??= new TokenBucket(this.#clock, 1, MISTAKES)
    return this.#mistakes.take()
  }

  /** Drops what is as good as new; to be called now and then. */
  rest(): void {
    if (this.#requests?.isFull()) this.#requests = undefined
    if (this.#symbols?.isFull()) this.#symbols = undefined
    if (this.#mistakes?.isFull()) this.#mistakes = undefined
  }

  #tooMany(what: string, limit: 'messagesPerSecond' | 'symbolsPerSecond', retryAfterMs: number): ProtocolError {
    const message = `too many ${what} a second: ${limitNow(this.#limits, limit)}`
    return new ProtocolError('rate-limited', message, { retryAfterMs })
  }
}
