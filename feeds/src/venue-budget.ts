import { Allowance, Budget, Pacing } from './backoff.ts'
import type { HttpRequest, Limits } from './venue.ts'

/** Of what a venue lets us ask for, the part that may go to requests that can wait. */
const BACKGROUND_PART = 1 / 5
/** They go out only while more than this part of the burst is left: what a book waits for is never behind them. */
const KEPT_PART = 1 / 2
/** Requests a second that can wait, where the venue names no limit at all. */
const UNLIMITED_PER_SECOND = 5

/** What we may do at a venue, counted over everything we have open to it: venues count by address, and one process is one address. */
export class VenueBudget {
  /** Every attempt to open a socket takes one, a successor's and a probe's too. */
  readonly connects: Budget
  readonly #limits: Limits
  readonly #sends: Pacing | undefined
  readonly #requests: Pacing | undefined
  readonly #weight: Allowance | undefined
  #heldUntil = Number.NEGATIVE_INFINITY
  #backgroundAt = Number.NEGATIVE_INFINITY

  constructor(limits: Limits) {
    this.#limits = limits
    this.connects = new Budget(limits.connects, limits.perMs)
    if (limits.sendsCountPer === 'address') this.#sends = new Pacing(limits.sendsPerSecond)
    if (limits.requestsPerSecond !== undefined) this.#requests = new Pacing(limits.requestsPerSecond)
    if (limits.requestWeight !== undefined) this.#weight = new Allowance(limits.requestWeight)
  }

  /** How a new socket spaces what it sends. */
  sends(): Pacing {
    return this.#sends ?? new Pacing(this.#limits.sendsPerSecond)
  }

  /** Takes an HTTP request, or says in how many ms to ask again; 0 means taken. */
  request(nowMs: number, { weight = 1, canWait }: Pick<HttpRequest, 'weight' | 'canWait'> = {}): number {
    if (nowMs < this.#heldUntil) return this.#heldUntil - nowMs
    if (canWait === true && nowMs < this.#backgroundAt) return this.#backgroundAt - nowMs
    const kept = canWait === true ? (this.#limits.requestWeight?.burst ?? 0) * KEPT_PART : 0
    const waitMs = this.#weight?.take(weight, nowMs, kept) ?? this.#requests?.take(nowMs) ?? 0
    if (waitMs === 0 && canWait === true) this.#backgroundAt = nowMs + this.#backgroundMs(weight)
    return waitMs
  }

  /** The venue refused a request as one too many: none goes out before this. Asking on would turn a limit into a ban. */
  hold(untilMs: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, untilMs)
  }

  /** How long after one of this weight the next that can wait may go. */
  #backgroundMs(weight: number): number {
    const { requestWeight, requestsPerSecond } = this.#limits
    if (requestWeight !== undefined) return (weight * 1000) / (requestWeight.perSecond * BACKGROUND_PART)
    if (requestsPerSecond !== undefined) return 1000 / (requestsPerSecond * BACKGROUND_PART)
    return 1000 / UNLIMITED_PER_SECOND
  }
}
