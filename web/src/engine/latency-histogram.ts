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

function bucketOf(latencyMs: number): number {
  if (!(latencyMs > 0)) return 0
  if (latencyMs < FINE_MS) return Math.floor((latencyMs * FINE_BUCKETS) / FINE_MS)
  return Math.min(BUCKETS - 1, FINE_BUCKETS + Math.floor(Math.log2(latencyMs / FINE_MS) * PER_DOUBLING))
}

function upperEdge(bucket: number): number {
  if (bucket < FINE_BUCKETS) return ((bucket + 1) * FINE_MS) / FINE_BUCKETS
  return FINE_MS * 2 ** ((bucket + 1 - FINE_BUCKETS) / PER_DOUBLING)
}
