import { Budget, Pacing } from './backoff.ts'
import type { Limits } from './venue.ts'

/** What we may do at a venue, counted over everything we have open to it: venues count by address, and one process is one address. */
export class VenueBudget {
  /** Every attempt to open a socket takes one, a successor's and a probe's too. */
  readonly connects: Budget
  readonly #limits: Limits
  readonly #sends: Pacing | undefined
  readonly #requests: Pacing | undefined
  #heldUntil = Number.NEGATIVE_INFINITY

  constructor(limits: Limits) {
    this.#limits = limits
    this.connects = new Budget(limits.connects, limits.perMs)
    if (limits.sendsCountPer === 'address') this.#sends = new Pacing(limits.sendsPerSecond)
    if (limits.requestsPerSecond !== undefined) this.#requests = new Pacing(limits.requestsPerSecond)
  }

  /** How a new socket spaces what it sends. */
  sends(): Pacing {
    return this.#sends ?? new Pacing(this.#limits.sendsPerSecond)
  }

  /** Takes an HTTP request, or says in how many ms to ask again; 0 means taken. */
  request(nowMs: number): number {
    if (nowMs < this.#heldUntil) return this.#heldUntil - nowMs
    return this.#requests?.take(nowMs) ?? 0
  }

  /** The venue refused a request as one too many: none goes out before this. Asking on would turn a limit into a ban. */
  hold(untilMs: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, untilMs)
  }
}
