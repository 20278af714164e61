import type { HttpAnswer, Now } from './emulator.ts'

export type AttemptLimits = {
  /** Connection attempts of one address within `perMs`; one more and it is banned. */
  readonly attempts: number
  readonly perMs: number
  readonly banMs: number
  readonly status: number
}

/** Counts an address's connection attempts as a venue's front does, and bans it where they are too many. */
export class Attempts {
  readonly #limits: AttemptLimits
  readonly #byAddress = new Map<string, { at: Now[]; bannedUntil: Now }>()

  constructor(limits: AttemptLimits) {
    this.#limits = limits
  }

  /** Counts an attempt; the answer to refuse it with, or undefined. An attempt during a ban is refused and counts for nothing. */
  refusal(address: string, now: Now): HttpAnswer | undefined {
    const { attempts, perMs, banMs, status } = this.#limits
    const own = this.#byAddress.get(address) ?? { at: [], bannedUntil: 0 }
    this.#byAddress.set(address, own)
    own.at = own.at.filter((at) => at > now - perMs * 1000)
    if (now >= own.bannedUntil) {
      own.at.push(now)
      if (own.at.length <= attempts) return undefined
      own.bannedUntil = now + banMs * 1000
      own.at = []
    }
    const seconds = Math.ceil((own.bannedUntil - now) / 1_000_000)
    return { status, headers: { 'retry-after': String(seconds) }, body: 'too many connection attempts\n' }
  }
}

/** A bucket that so many messages fit in, emptied at so many a second. */
export class MessageBudget {
  readonly #capacity: number
  readonly #perSecond: number
  #used = 0
  #at = 0

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity
    this.#perSecond = perSecond
  }

  /** Counts one message; false when it is one too many. */
  take(now: Now): boolean {
    this.#used = Math.max(0, this.#used - ((now - this.#at) / 1_000_000) * this.#perSecond)
    this.#at = now
    if (this.#used + 1 > this.#capacity) return false
    this.#used += 1
    return true
  }
}
