import type { Cancel, Clock } from './clock.ts'

/** Milliseconds between two updates of a view. What a client asks for is rounded up to one of these, so that equal wishes share a view. */
export const RATES_MS = [10, 20, 50, 100, 200, 250, 500, 1000, 2000, 5000] as const
export type RateMs = (typeof RATES_MS)[number]

/** The slowest rate there is. */
export const SLOWEST_MS = 5000

/** The fastest rate that any view is published at; 0 for no such bound. */
export type Floor = RateMs | 0

/** How soon a view that the market moves past without touching it says that it still holds. */
export const CONFIRM_MS = 1000

/** What the pacer runs: something that has news to publish. `publish` never throws: the others of its round would miss their turn. */
export type Paced = { readonly rateMs: RateMs | 'raw'; publish(): void }

/** The slowest rate on the ladder that is no faster than `ms`; undefined when `ms` is beyond it. */
export function rateAtLeast(ms: number): RateMs | undefined {
  return RATES_MS.find((rate) => rate >= ms)
}

/** The rate, or the floor where that is slower. */
export function slowerOf(rateMs: RateMs | 'raw', floor: Floor): RateMs | 'raw' {
  return floor !== 0 && (rateMs === 'raw' || rateMs < floor) ? floor : rateMs
}

/**
 * One clock for all rates. Everything of one rate is due at the same instants, so what one session has at that rate leaves in one write;
 * different rates are due at different milliseconds, so that they do not pile up on the full second. No timer runs while nothing has news.
 */
export class Pacer {
  readonly #clock: Clock
  readonly #afterRound: () => void
  readonly #buckets: readonly Bucket[]
  #timer: { readonly due: number; readonly cancel: Cancel } | undefined

  /** `afterRound` is called once after each round of publishing. */
  constructor(clock: Clock, afterRound: () => void) {
    this.#clock = clock
    this.#afterRound = afterRound
    this.#buckets = RATES_MS.map((rateMs, index) => ({
      rateMs,
      phaseMs: (index * 7) % rateMs,
      due: Number.POSITIVE_INFINITY,
      news: new Set(),
    }))
  }

  /** Notes that `paced` has news; its `publish` is called when its rate is next due. Again before then changes nothing. */
  mark(paced: Paced): void {
    const bucket = this.#bucket(paced.rateMs)
    if (bucket.news.size === 0) {
      const now = this.#clock.now() / 1000
      bucket.due = nextDue(bucket, now)
      this.#arm(bucket.due, now)
    }
    bucket.news.add(paced)
  }

  /** Forgets `paced`. Returns whether it had news. */
  drop(paced: Paced): boolean {
    return paced.rateMs !== 'raw' && this.#bucket(paced.rateMs).news.delete(paced)
  }

  /** Lets `to` give it another rate: the news it has is published once, when the new rate is due, or now where that is raw. */
  change(paced: Paced, to: () => void): void {
    const hasNews = this.drop(paced)
    to()
    if (!hasNews) return
    if (paced.rateMs === 'raw') paced.publish()
    else this.mark(paced)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const bucket of this.#buckets) bucket.news.clear()
  }

  #bucket(rateMs: Paced['rateMs']): Bucket {
    const bucket = this.#buckets[RATES_MS.indexOf(rateMs as RateMs)]
    if (bucket === undefined) throw new RangeError(`rate ${rateMs} is not on the ladder ${RATES_MS.join(', ')}`)
    return bucket
  }

  #arm(due: number, now: number): void {
    if (this.#timer !== undefined && this.#timer.due <= due) return
    this.#timer?.cancel()
    // Timers count whole milliseconds and may fire a fraction early: rounding up makes what is due really due.
    this.#timer = { due, cancel: this.#clock.after(Math.max(0, Math.ceil(due - now)), () => this.#round()) }
  }

  #round(): void {
    this.#timer = undefined
    const now = this.#clock.now() / 1000
    for (const bucket of this.#buckets) {
      // A due time further off than the rate means that the wall clock was set back: due now.
      if (bucket.due > now && bucket.due - now <= bucket.rateMs) continue
      bucket.due = Number.POSITIVE_INFINITY
      const due = bucket.news
      bucket.news = new Set()
      for (const paced of due) paced.publish()
    }
    this.#afterRound()
    const next = Math.min(
      ...this.#buckets.map((bucket) => (bucket.news.size > 0 ? bucket.due : Number.POSITIVE_INFINITY)),
    )
    if (next < Number.POSITIVE_INFINITY) this.#arm(next, now)
  }
}

type Bucket = { readonly rateMs: RateMs; readonly phaseMs: number; due: number; news: Set<Paced> }

/** The first instant after `now` (ms since 1970) that the rate falls on. */
function nextDue(bucket: Bucket, now: number): number {
  const { rateMs, phaseMs } = bucket
  return (Math.floor((now - phaseMs) / rateMs) + 1) * rateMs + phaseMs
}
