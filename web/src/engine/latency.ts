import { LatencyHistogram } from './latency-histogram.ts'

/**
 * When the newest of what a view tells happened, by the venue's clock, and when it was sent, by the gateway's; µs since 1970. Undefined where
 * nobody said.
 */
export type Stamps = { readonly exchangeTime: number | undefined; readonly serverTime: number | undefined }

/** Every view says when it was sent; trades say one by one when they happened. */
export function stampsOf(view: unknown): Stamps {
  const { exchangeTime, serverTime, added } = view as {
    readonly exchangeTime?: number
    readonly serverTime?: number
    readonly added?: readonly { readonly exchangeTime?: number }[]
  }
  return { exchangeTime: exchangeTime ?? added?.at(-1)?.exchangeTime, serverTime }
}

const SIMULATED = 'simulated:'
/** More than a raw view gets in a picture's time at any rate a page can follow. */
const MOST_WAITING = 256
/** Nothing waits that long at a gateway: what seems to is of a recording. */
const REPLAYED_MS = 60_000

/**
 * From the venue's time to the gateway's send, ms. Undefined where the two clocks cannot be compared: only the simulated market is stamped by
 * the gateway's own, and how far off a real venue's is nobody here knows.
 */
export function venueMs(symbol: string, { exchangeTime, serverTime }: Stamps): number | undefined {
  if (!symbol.startsWith(SIMULATED) || exchangeTime === undefined || serverTime === undefined) return undefined
  const ms = (serverTime - exchangeTime) / 1000
  return ms >= 0 && ms < REPLAYED_MS ? ms : undefined
}

/** The ways of one message to the screen, medians of the last 10 s in ms; NaN unknown. */
export type Latency = {
  /** The venue's time to the gateway's send, which waits for the view's rate; NaN where the venue's clock is not known. */
  readonly venue: number
  /** The gateway's send to our receipt, by clocks that were compared. */
  readonly way: number
  /** All of it, receipt to drawn included, from the first of these that is known; p50 and p99. */
  readonly screenP50: number
  readonly screenP99: number
}

/** How late messages are on the screen. Times are ms of one monotonic clock; each message counts, however many share a picture. */
export class PictureLatency {
  readonly #venue = new LatencyHistogram()
  readonly #way = new LatencyHistogram()
  readonly #paint = new LatencyHistogram()
  readonly #screen = new LatencyHistogram()
  /** When each message that waits for a picture came, and what it had waited by then; NaN unknown. */
  readonly #came = new Float64Array(MOST_WAITING)
  readonly #waitedBefore = new Float64Array(MOST_WAITING)
  #waiting = 0

  /** What was under way belongs to another view, or was to be seen by nobody. */
  forgetWaiting(): void {
    this.#waiting = 0
  }

  /** A message came that took so long; undefined unknown. */
  received(now: number, venue: number | undefined, way: number | undefined): void {
    if (venue !== undefined) this.#venue.add(venue, now)
    if (way !== undefined) this.#way.add(way, now)
    // Where no picture comes the first ones have waited longest: what it is late by is theirs to say.
    if (this.#waiting === MOST_WAITING) return
    this.#came[this.#waiting] = now
    this.#waitedBefore[this.#waiting] = way === undefined ? Number.NaN : (venue ?? 0) + Math.max(0, way)
    this.#waiting += 1
  }

  /** Returns whether a message was waiting for this picture. */
  painted(now: number): boolean {
    if (this.#waiting === 0) return false
    for (let at = 0; at < this.#waiting; at += 1) {
      const waited = now - (this.#came[at] ?? now)
      const before = this.#waitedBefore[at] ?? Number.NaN
      this.#paint.add(waited, now)
      if (!Number.isNaN(before)) this.#screen.add(before + waited, now)
    }
    this.#waiting = 0
    return true
  }

  paint(q: number, now: number): number {
    return this.#paint.quantile(q, now)
  }

  /** Undefined while no message's age is known. */
  read(now: number): Latency | undefined {
    const screenP50 = this.#screen.quantile(0.5, now)
    if (Number.isNaN(screenP50)) return undefined
    return {
      venue: this.#venue.quantile(0.5, now),
      way: this.#way.quantile(0.5, now),
      screenP50,
      screenP99: this.#screen.quantile(0.99, now),
    }
  }
}
