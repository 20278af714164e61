import type { ArrivalModel } from './exchange.ts'
import type { Random } from './random.ts'

/** Of all takers, those who trade for themselves alone. */
const LONERS = 0.2
/** Pieces of a large order: at least 2, with a power-law tail, so that signs stay alike for long (Lillo, Mike and Farmer 2005). */
const FEWEST_PIECES = 2
const PIECES_TAIL = 1.6

/**
 * Which way takers go. Large orders are worked in pieces, one after the other, so a buyer is mostly followed by a buyer. Under `poisson` everyone
 * tosses a coin.
 */
export class Takers {
  readonly #random: Random
  readonly #model: ArrivalModel
  #buys = false
  #pieces = 0

  constructor(model: ArrivalModel, random: Random) {
    this.#model = model
    this.#random = random
  }

  /** Whether the next one buys. */
  buys(): boolean {
    if (this.#model === 'poisson' || this.#random.chance(LONERS)) return this.#random.chance(0.5)
    if (this.#pieces <= 0) {
      this.#buys = this.#random.chance(0.5)
      this.#pieces = Math.ceil(FEWEST_PIECES * this.#random.pareto(PIECES_TAIL))
    }
    this.#pieces -= 1
    return this.#buys
  }
}
