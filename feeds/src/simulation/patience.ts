import type { Order } from './book-side.ts'
import type { ArrivalModel, Preset } from './exchange.ts'
import { Expiries } from './expiries.ts'
import type { Random } from './random.ts'

const SECOND = 1_000_000
/** Half of all orders stand within so many spacings of the touch; the tail of their distances falls as the first power. */
const HALF_WITHIN = 8
/** Lifetimes are log-normal, from milliseconds to hours; the deviation of their logs. Where a touch is one order wide, it would flicker with more. */
const DEVIATION = { equity: 3.2, crypto: 2.3 } as const
/** Orders that rest at a time, by how far quotes reach. */
const ORDERS_PER_SPACING = 4
const LONGEST = 30 * 86_400 * SECOND

type Habits = {
  readonly reach: number
  readonly perSecond: number
  readonly preset: Preset
  readonly model: ArrivalModel
}

/**
 * How far from the touch people quote, and how long they wait there: at a power-law distance, and the longer the further away. As many orders leave
 * as come (Little's law), so a book neither fills up nor runs dry. Under `poisson` lifetimes are exponential.
 */
export class Patience {
  /** Orders that rest at a time, about. */
  readonly population: number
  readonly #random: Random
  readonly #model: ArrivalModel
  readonly #reach: number
  readonly #deviation: number
  /** Of an order at the touch, µs. */
  readonly #meanWait: number
  readonly #expiries = new Expiries()

  /** `perSecond` orders come to rest; `reach` in spacings. */
  constructor({ reach, perSecond, preset, model }: Habits, random: Random) {
    this.#deviation = DEVIATION[preset]
    this.#random = random
    this.#model = model
    this.#reach = reach
    this.population = ORDERS_PER_SPACING * reach
    // The mean over all distances of how much longer than at the touch one waits.
    const longer = Math.log(1 + reach / HALF_WITHIN)
    this.#meanWait = ((this.population / perSecond) * SECOND) / longer
  }

  get nextExpiry(): number {
    return this.#expiries.nextAt
  }

  pop(): Order | undefined {
    return this.#expiries.pop()
  }

  /** Of a new order, in whole spacings. */
  distance(): number {
    const least = 1 / (1 + this.#reach / HALF_WITHIN)
    return Math.floor(HALF_WITHIN * (1 / (least + (1 - least) * this.#random.uniform()) - 1))
  }

  /** Of an order found resting: those who wait long are found more often. */
  restingDistance(): number {
    return Math.floor(HALF_WITHIN * ((1 + this.#reach / HALF_WITHIN) ** this.#random.uniform() - 1))
  }

  /** A new order will wait so long. */
  wait(order: Order, now: number, distance: number): void {
    const mean = this.#mean(distance)
    const lifetime =
      this.#model === 'poisson' ? mean * this.#random.exponential() : this.#logNormal(mean, -(this.#deviation ** 2) / 2)
    this.#expiries.push(now + Math.min(LONGEST, 1 + Math.round(lifetime)), order)
  }

  /** An order found resting waits on: what is left of a lifetime that was the likelier to be met the longer it is. */
  waitOn(order: Order, now: number, distance: number): void {
    const mean = this.#mean(distance)
    const left =
      this.#model === 'poisson'
        ? mean * this.#random.exponential()
        : this.#random.uniform() * this.#logNormal(mean, this.#deviation ** 2 / 2)
    this.#expiries.push(now + Math.min(LONGEST, 1 + Math.round(left)), order)
  }

  #mean(distance: number): number {
    return this.#meanWait * (1 + distance / HALF_WITHIN)
  }

  #logNormal(mean: number, shift: number): number {
    return mean * Math.exp(shift + this.#deviation * this.#random.normal())
  }
}
