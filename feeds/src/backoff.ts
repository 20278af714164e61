/** Full jitter: each delay is drawn evenly from nothing up to a ceiling that doubles from `firstMs` to `capMs`. */
const RECONNECT = { firstMs: 500, capMs: 30_000 } as const

/**
 * How long to wait before attempt `attempt` (0 is the first retry), in ms.
 *
 * `random` gives a number in [0, 1). Full jitter rather than equal steps, so that many clients thrown out together do not come back together.
 */
export function backoffMs(
  attempt: number,
  random: () => number,
  limits: { firstMs: number; capMs: number } = RECONNECT,
): number {
  const ceiling = Math.min(limits.capMs, limits.firstMs * 2 ** Math.min(attempt, 30))
  return Math.floor(random() * ceiling)
}

/** Counts connection attempts in a rolling window, so that a storm of reconnects never gets our address banned. */
export class Budget {
  readonly #limit: number
  readonly #perMs: number
  readonly #taken: number[] = []

  constructor(limit: number, perMs: number) {
    this.#limit = limit
    this.#perMs = perMs
  }

  /** How many may be taken now. */
  left(nowMs: number): number {
    this.#forget(nowMs)
    return this.#limit - this.#taken.length
  }

  /** Takes one now, or says in how many ms the next one is free; 0 means taken. */
  take(nowMs: number): number {
    this.#forget(nowMs)
    if (this.#taken.length < this.#limit) {
      this.#taken.push(nowMs)
      return 0
    }
    return this.#taken[0]! + this.#perMs - nowMs
  }

  #forget(nowMs: number): void {
    while (this.#taken.length > 0 && this.#taken[0]! <= nowMs - this.#perMs) this.#taken.shift()
  }
}

/** Spaces things evenly, at most so many a second and never two at once. */
export class Pacing {
  readonly #everyMs: number
  #nextAt = 0

  constructor(perSecond: number) {
    this.#everyMs = 1000 / perSecond
  }

  /** Takes the place of now, or says in how many ms there is one; 0 means taken. */
  take(nowMs: number): number {
    if (nowMs < this.#nextAt) return this.#nextAt - nowMs
    this.#nextAt = nowMs + this.#everyMs
    return 0
  }
}

/** Weighs what is asked for: `perSecond` comes back with time, up to `burst`. */
export class Allowance {
  readonly #burst: number
  readonly #perSecond: number
  #left: number
  #at: number | undefined

  constructor({ burst, perSecond }: { readonly burst: number; readonly perSecond: number }) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#left = burst
  }

  /**
   * Takes so much now, or says in how many ms to ask again; 0 means taken. It is given while more than `kept` is left, however heavy it is: the
   * last one may overdraw, or light ones would pass a heavy one by for ever.
   */
  take(weight: number, nowMs: number, kept = 0): number {
    const passedMs = Math.max(0, nowMs - (this.#at ?? nowMs))
    this.#at = nowMs
    this.#left = Math.min(this.#burst, this.#left + (passedMs * this.#perSecond) / 1000)
    if (this.#left <= kept) return Math.max(1, Math.ceil(((kept - this.#left) * 1000) / this.#perSecond))
    this.#left -= weight
    return 0
  }
}
