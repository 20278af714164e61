import type { MarketEvent, Micros } from '@depthcast/market'
import type { Clock } from './clock.ts'
import type { RateMs } from './pacer.ts'

/** Eight buckets to a doubling from 64 µs on, up to about a minute: a wait is told with at most 9 % too much, and never with too little. */
const LEAST_US = 64
const PER_DOUBLING = 8
const BUCKETS = PER_DOUBLING * 20
/** Two such are kept: what is told is of between one and two of them. */
const SLOT_US = 10_000_000
/** Of a recording: what was received then says nothing of now. */
const REPLAYED_US = 60_000_000

/** The waits of the last seconds, ms. `overMs`: of so long. */
export type Waits = {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly count: number
  readonly overMs: number
}

/** How long what was received waited here until it was sent: for the rate of its view, and for its turn. Adding one is two additions. */
export class SendWaits {
  #now = new Uint32Array(BUCKETS)
  #before = new Uint32Array(BUCKETS)
  #since = 0
  #first = 0

  /** The newest event of a message was received at one time and sent at the other. */
  add(receivedAt: Micros, sentAt: Micros): void {
    const waited = sentAt - receivedAt
    if (waited < 0 || waited > REPLAYED_US) return
    this.#turnTo(sentAt)
    const bucket = bucketOf(waited)
    this.#now[bucket] = (this.#now[bucket] ?? 0) + 1
  }

  /** Undefined where nothing was sent of late. */
  read(now: Micros): Waits | undefined {
    this.#turnTo(now)
    const sums = this.#now.map((count, bucket) => count + (this.#before[bucket] ?? 0))
    const count = sums.reduce((all, each) => all + each, 0)
    if (count === 0) return undefined
    const overMs = Math.round((now - this.#first) / 1000)
    return { p50Ms: quantile(sums, count, 0.5), p99Ms: quantile(sums, count, 0.99), count, overMs }
  }

  #turnTo(now: number): void {
    const passed = now - this.#since
    // A clock that was set back begins anew, too.
    if (passed >= 0 && passed < SLOT_US) return
    const isNext = passed >= 0 && passed < 2 * SLOT_US
    const spent = this.#before
    this.#before = this.#now
    this.#now = spent.fill(0)
    if (!isNext) this.#before.fill(0)
    this.#first = isNext ? this.#since : now
    this.#since = now
  }
}

/** Notes the waits of one view: of the newest event that moved it, once for each time it sends. */
export class ViewWaits {
  readonly #waitsAt: (rateMs: RateMs | 'raw') => SendWaits
  readonly #clock: Clock
  #receivedAt: Micros | undefined

  constructor(waitsAt: (rateMs: RateMs | 'raw') => SendWaits, clock: Clock) {
    this.#waitsAt = waitsAt
    this.#clock = clock
  }

  moved({ receivedAt }: MarketEvent): void {
    this.#receivedAt = receivedAt
  }

  published(isSent: boolean, rateMs: RateMs | 'raw'): void {
    if (isSent && this.#receivedAt !== undefined) this.#waitsAt(rateMs).add(this.#receivedAt, this.#clock.now())
    this.#receivedAt = undefined
  }
}

function bucketOf(us: number): number {
  return us < LEAST_US ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(us / LEAST_US) * PER_DOUBLING))
}

/** The upper edge of its bucket, ms. */
function quantile(sums: Uint32Array, count: number, q: number): number {
  let left = Math.max(1, Math.ceil(count * q))
  const bucket = sums.findIndex((each) => {
    left -= each
    return left <= 0
  })
  return Math.round(LEAST_US * 2 ** (bucket / PER_DOUBLING)) / 1000
}
