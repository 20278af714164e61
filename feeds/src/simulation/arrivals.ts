import type { Random } from './random.ts'

/** How strongly one arrival calls for the next: the share of arrivals a kernel brings about, and how fast its call fades, per second. */
const KERNELS = [
  { share: 0.5, decay: 60 },
  { share: 0.3, decay: 0.8 },
] as const

/**
 * Times of a market's events: a Hawkes process, where every event makes more events likelier for a while, so that they come in bursts as real
 * ones do. Long-run rate: `perSecond`.
 */
export class Arrivals {
  readonly #random: Random
  readonly #base: number
  readonly #excitation = KERNELS.map(() => 0)

  constructor(perSecond: number, random: Random) {
    this.#random = random
    this.#base = perSecond * KERNELS.reduce((left, kernel) => left - kernel.share, 1)
  }

  /** Seconds from the last arrival to the next (Ogata's thinning). */
  next(): number {
    let waited = 0
    for (;;) {
      const bound = this.#intensity()
      const wait = this.#random.exponential() / bound
      waited += wait
      for (const [i, kernel] of KERNELS.entries()) {
        this.#excitation[i] = (this.#excitation[i] ?? 0) * Math.exp(-kernel.decay * wait)
      }
      if (this.#random.uniform() * bound < this.#intensity()) break
    }
    for (const [i, kernel] of KERNELS.entries()) {
      this.#excitation[i] = (this.#excitation[i] ?? 0) + kernel.share * kernel.decay
    }
    return waited
  }

  #intensity(): number {
    return this.#excitation.reduce((sum, excitation) => sum + excitation, this.#base)
  }
}
