import type { Side } from './book-side.ts'
import type { Listing } from './catalogue.ts'
import type { Random } from './random.ts'

/** Nobody asks for less than this share of the usual spread; what is asked for beyond it varies by so much, in logs. */
const LEAST_SPREAD = 0.5
const SPREAD_DEVIATION = 0.9
/** Of all orders, those at round prices, where the grid has prices that are rounder than others. */
const ROUND = 0.5

/** What a quote goes by: what the instrument is worth, how wide people quote, and the best price of the other side. */
type Sight = { readonly value: number; readonly caution: number; readonly opposite: number }

/** Which price people quote at. */
export class Quotes {
  readonly #listing: Listing
  readonly #random: Random

  constructor(listing: Listing, random: Random) {
    this.#listing = listing
    this.#random = random
  }

  /** So many spacings from where a side would quote first; below 1 where there is no such price. Never at or through the other side. */
  ticks(side: Side, distance: number, sight: Sight): number {
    const { spacing } = this.#listing
    const sign = side === 'bid' ? -1 : 1
    const ticks = this.#first(side, sight) + sign * distance * spacing
    if (spacing === 1) return ticks
    if (!this.#random.chance(ROUND)) return ticks + sign * this.#random.below(spacing)
    if (distance === 0) return ticks
    return (side === 'bid' ? Math.floor(ticks / spacing) : Math.ceil(ticks / spacing)) * spacing
  }

  /** Some half spread from the value. */
  #first(side: Side, { value, caution, opposite }: Sight): number {
    const asked = LEAST_SPREAD + (1 - LEAST_SPREAD) * Math.exp(SPREAD_DEVIATION * this.#random.normal())
    const half = (this.#listing.spread / 2) * caution * asked
    if (side === 'bid') return Math.min(opposite - 1, Math.floor(value + 0.5 - half))
    return Math.max(opposite + 1, Math.ceil(value - 0.5 + half))
  }
}
