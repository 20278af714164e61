import type { ArrivalModel } from './exchange.ts'
import type { Random } from './random.ts'

/** What arrives: an order that takes, one that rests, one resting near the touch that is pulled before its time. */
export const ARRIVALS = ['take', 'rest', 'pull'] as const
export type Arrival = (typeof ARRIVALS)[number]
type Rates = Readonly<Record<Arrival, number>>

/** How many arrivals of one kind (row) one of another kind (column) brings forth, in the order of ARRIVALS. Below: what follows from it. */
const OFFSPRING = [
  [0.66, 0.004, 0.002],
  [2.6, 0.62, 0.2],
  [1, 0.09, 0.3],
] as const

/** When the offspring come: a sum of exponentials that looks like the power law measured on exchanges. `decay` per second. */
const KERNELS = [
  { share: 0.68, decay: 3000 },
  { share: 0.04, decay: 90 },
  { share: 0.16, decay: 2.5 },
  { share: 0.12, decay: 0.06 },
] as const

const KINDS = ARRIVALS.length

/**
 * Times and kinds of a market's orders: a Hawkes process of several kinds, where every arrival makes more of its own and of other kinds likelier
 * for a while, so that orders and trades come in bursts of bursts (Bacry, Mastromatteo and Muzy 2015). Or, for comparison, a Poisson process of
 * the same mean rates.
 *
 * Sampled exactly, part by part (Dassios and Zhao 2013): the cost of an arrival does not grow with the past.
 */
export class Hawkes {
  readonly #random: Random
  /** Arrivals a second that nobody called for. */
  readonly #base: readonly number[]
  readonly #excites: boolean
  /** What the past adds to the rate of each kind, by kernel, then kind. */
  readonly #excitation = new Float64Array(KERNELS.length * KINDS)
  #kind: Arrival = 'rest'

  /** `rates` are the long-run means, per second. */
  constructor(rates: Rates, model: ArrivalModel, random: Random) {
    this.#random = random
    this.#excites = model === 'hawkes'
    const means = ARRIVALS.map((kind) => rates[kind])
    // The means are what nobody called for, and their offspring, and the offspring's.
    this.#base = means.map((mean, kind) =>
      this.#excites ? mean - OFFSPRING[kind]!.reduce((sum, number, by) => sum + number * means[by]!, 0) : mean,
    )
    const negative = this.#base.findIndex((rate) => !(rate >= 0))
    if (negative >= 0) throw new RangeError(`others alone bring more than ${means[negative]} ${ARRIVALS[negative]}/s`)
  }

  /** What arrived last. */
  get kind(): Arrival {
    return this.#kind
  }

  /**
   * Seconds from the last call's time to the next arrival; Infinity when none comes within `horizon`, and then so much time has passed.
   * `activity` multiplies what nobody called for, until then.
   */
  next(horizon: number, activity: number): number {
    let wait = horizon
    let from = -1
    const base = this.#base.reduce((sum, rate) => sum + rate, 0) * activity
    const first = this.#random.exponential() / base
    if (first < wait) {
      wait = first
      from = KERNELS.length
    }
    if (this.#excites) {
      for (let k = 0; k < KERNELS.length; k++) {
        const { decay } = KERNELS[k]!
        // Where the rate r fades at rate d, the next of its arrivals comes at -ln(1 - E d / r) / d, or never.
        const spent = (this.#random.exponential() * decay) / this.#rate(k)
        if (spent >= 1) continue
        const at = -Math.log(1 - spent) / decay
        if (at >= wait) continue
        wait = at
        from = k
      }
      this.#fade(wait)
    }
    if (from < 0) return Number.POSITIVE_INFINITY
    this.#arrive(from)
    return wait
  }

  #rate(kernel: number): number {
    let rate = 0
    for (let kind = 0; kind < KINDS; kind++) rate += this.#excitation[kernel * KINDS + kind]!
    return rate
  }

  #fade(seconds: number): void {
    for (let k = 0; k < KERNELS.length; k++) {
      const kept = Math.exp(-KERNELS[k]!.decay * seconds)
      for (let kind = 0; kind < KINDS; kind++) this.#excitation[k * KINDS + kind]! *= kept
    }
  }

  /** Picks the kind by its share in the part that it came from, and lets it call for others. */
  #arrive(from: number): void {
    const isBase = from === KERNELS.length
    const whole = isBase ? this.#base.reduce((sum, rate) => sum + rate, 0) : this.#rate(from)
    let left = this.#random.uniform() * whole
    let kind = 0
    for (; kind < KINDS - 1; kind++) {
      left -= isBase ? this.#base[kind]! : this.#excitation[from * KINDS + kind]!
      if (left < 0) break
    }
    this.#kind = ARRIVALS[kind]!
    if (!this.#excites) return
    for (let k = 0; k < KERNELS.length; k++) {
      const { share, decay } = KERNELS[k]!
      for (let of = 0; of < KINDS; of++) this.#excitation[k * KINDS + of]! += share * decay * OFFSPRING[of]![kind]!
    }
  }
}
