import type { Micros } from '@depthcast/market'

const GAPS_KEPT = 31
const LEAST_US = 30_000_000
const MEDIANS = 20

/**
 * How often a stream speaks, to tell a silence that means something from one that does not: longer than 30 s and than 20 times its median gap.
 *
 * A busy market's stream is asked after within half a minute, one that trades once an hour not all the time.
 */
export class Rhythm {
  readonly #gaps: number[] = []
  #next = 0
  #last: Micros | undefined

  /** Something came. */
  beat(now: Micros): void {
    if (this.#last !== undefined) {
      this.#gaps[this.#next] = now - this.#last
      this.#next = (this.#next + 1) % GAPS_KEPT
    }
    this.#last = now
  }

  /** What came before was another socket's: the time in between is no gap of the stream's. */
  interrupted(): void {
    this.#last = undefined
  }

  /** The longest silence that needs no explanation, µs. */
  get patienceUs(): number {
    if (this.#gaps.length === 0) return LEAST_US
    const sorted = this.#gaps.toSorted((a, b) => a - b)
    return Math.max(LEAST_US, MEDIANS * sorted[sorted.length >> 1]!)
  }
}
