/**
 * The size that has the full colour: twice the one that nearly all in sight are below, so that a single giant does not blacken the rest, and
 * still stands out among equals.
 *
 * It holds still while the truth stays near it; a scale that followed each column would make the whole picture flicker.
 */
export class SteadyScale {
  readonly #counts = new Uint32Array(BUCKETS)
  #total = 0
  #value = 1

  get value(): number {
    return this.#value
  }

  /** Looks again: `feed` gives each size there is, in lots. Returns whether the scale is another now. */
  measure(feed: (see: (lots: number) => void) => void): boolean {
    this.#counts.fill(0)
    this.#total = 0
    feed((lots) => {
      if (!(lots > 0)) return
      const bucket = Math.min(BUCKETS - 1, Math.floor(Math.log2(lots) * AN_OCTAVE))
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
      this.#total += 1
    })
    const next = this.#quantile()
    if (next === undefined) return false
    const change = next / this.#value
    if (change < STEADY && change > 1 / STEADY) return false
    this.#value = next
    return true
  }

  #quantile(): number | undefined {
    if (this.#total === 0) return undefined
    let left = Math.ceil(this.#total * NEARLY_ALL)
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.#counts[bucket] ?? 0
      if (left <= 0) return 2 * 2 ** ((bucket + 1) / AN_OCTAVE)
    }
    return undefined
  }
}

const NEARLY_ALL = 0.97
const STEADY = 1.3
/** Sizes are counted by their magnitude, from 1 to 2^53 lots. */
const AN_OCTAVE = 8
const BUCKETS = 53 * AN_OCTAVE
