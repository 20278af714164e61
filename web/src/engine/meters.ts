/** Times are milliseconds of one monotonic clock. Nothing here allocates after construction: the meters run on every message. */

const SLOT_MS = 100
const SLOTS = 10

/** Sums of the last second in tenths; what is older drops out as time passes, also when nothing arrives. */
export class SecondMeter {
  readonly #sums = new Float64Array(SLOTS)
  #slot = 0

  add(value: number, now: number): void {
    this.#turnTo(now)
    const at = this.#slot % SLOTS
    this.#sums[at] = (this.#sums[at] ?? 0) + value
  }

  /** What was added in the last second. */
  perSecond(now: number): number {
    this.#turnTo(now)
    let sum = 0
    for (let at = 0; at < SLOTS; at += 1) sum += this.#sums[at] ?? 0
    return sum
  }

  #turnTo(now: number): void {
    const slot = Math.floor(now / SLOT_MS)
    const steps = Math.min(slot - this.#slot, SLOTS)
    for (let step = 1; step <= steps; step += 1) {
      this.#sums[(slot - steps + step) % SLOTS] = 0
    }
    if (slot > this.#slot) this.#slot = slot
  }
}

/** Quarter milliseconds up to 16 ms, then sixteen buckets to each doubling up to about 4 s. */
const FINE_BUCKETS = 64
const FINE_MS = 16
const PER_DOUBLING = 16
const BUCKETS = FINE_BUCKETS + PER_DOUBLING * 8
const KEPT_SECONDS = 10

/** Latencies of the last ten seconds in fixed buckets. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(KEPT_SECONDS * BUCKETS)
  /** Of all seconds: asked for ten times as often as a second ends. */
  readonly #sums = new Uint32Array(BUCKETS)
  #all = 0
  #second = 0

  add(latencyMs: number, now: number): void {
    this.#turnTo(now)
    const bucket = bucketOf(latencyMs)
    const at = (this.#second % KEPT_SECONDS) * BUCKETS + bucket
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sums[bucket] = (this.#sums[bucket] ?? 0) + 1
    this.#all += 1
  }

  /** The upper edge of the bucket that holds the quantile, so a latency is never understated; NaN when there is none. */
  quantile(q: number, now: number): number {
    this.#turnTo(now)
    if (this.#all === 0) return Number.NaN
    let left = Math.max(1, Math.ceil(this.#all * q))
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.#sums[bucket] ?? 0
      if (left <= 0) return upperEdge(bucket)
    }
    return upperEdge(BUCKETS - 1)
  }

  #turnTo(now: number): void {
    const second = Math.floor(now / 1000)
    const steps = Math.min(second - this.#second, KEPT_SECONDS)
    for (let step = 1; step <= steps; step += 1) this.#drop((second - steps + step) % KEPT_SECONDS)
    if (second > this.#second) this.#second = second
  }

  #drop(slot: number): void {
    const at = slot * BUCKETS
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const count = this.#counts[at + bucket] ?? 0
      this.#sums[bucket] = (this.#sums[bucket] ?? 0) - count
      this.#all -= count
    }
    this.#counts.fill(0, at, at + BUCKETS)
  }
}

const REMEMBERED_SECONDS = 30
/** More than two heartbeats: by then a pause as long as one was seen, if there are any. */
const KNOWN_AFTER_MS = 5_000

/** The longest pause between two events in the last half minute; undefined before there was time to see one. */
export class PauseMeter {
  readonly #longest = new Float64Array(REMEMBERED_SECONDS)
  #second = 0
  #first = Number.NaN
  #last = Number.NaN

  mark(now: number): void {
    this.#turnTo(now)
    const at = this.#second % REMEMBERED_SECONDS
    if (Number.isNaN(this.#first)) this.#first = now
    else this.#longest[at] = Math.max(this.#longest[at] ?? 0, now - this.#last)
    this.#last = now
  }

  longestMs(now: number): number | undefined {
    this.#turnTo(now)
    return now - this.#first >= KNOWN_AFTER_MS ? Math.max(...this.#longest) : undefined
  }

  #turnTo(now: number): void {
    const second = Math.floor(now / 1000)
    const steps = Math.min(second - this.#second, REMEMBERED_SECONDS)
    for (let step = 1; step <= steps; step += 1) this.#longest[(second - steps + step) % REMEMBERED_SECONDS] = 0
    if (second > this.#second) this.#second = second
  }
}

function bucketOf(latencyMs: number): number {
  if (!(latencyMs > 0)) return 0
  if (latencyMs < FINE_MS) return Math.floor((latencyMs * FINE_BUCKETS) / FINE_MS)
  return Math.min(BUCKETS - 1, FINE_BUCKETS + Math.floor(Math.log2(latencyMs / FINE_MS) * PER_DOUBLING))
}

function upperEdge(bucket: number): number {
  if (bucket < FINE_BUCKETS) return ((bucket + 1) * FINE_MS) / FINE_BUCKETS
  return FINE_MS * 2 ** ((bucket + 1 - FINE_BUCKETS) / PER_DOUBLING)
}
