import { Arrivals } from './arrivals.ts'
import type { FairValue } from './fair-value.ts'
import { type Fill, Ladder } from './ladder.ts'
import type { Listing } from './listings.ts'
import { Random } from './random.ts'

/** What one order did to the book. */
export type Step = {
  /** Prices whose total changed, each once. */
  readonly bids: readonly number[]
  readonly asks: readonly number[]
  /** Resting orders taken, in order. */
  readonly fills: readonly Fill[]
  /** Who took them; meaningless without fills. */
  readonly taker: 'buy' | 'sell'
}

type Side = 'bid' | 'ask'
/** Prices from `low` to `high`, both inclusive. */
type Band = { readonly low: number; readonly high: number }

/** So many levels a side are never taken or cancelled: a book is never empty. */
const KEEP = 20
/** Of all orders, those sent to trade at once for no reason the price could tell. */
const IMPATIENT = 0.03
/** Where quotes have fallen behind the fair value, the share that is taken before its owner moves it. */
const SNIPED = 0.12
/** How much of what such an order did to the mid stays in the fair value, at the usual rate. */
const PERMANENT_IMPACT = 0.3
/** Sizes people type, as multiples of the usual one, and how often they do. */
const ROUND_SIZES = [0.1, 0.2, 0.2, 0.5, 0.5, 1, 1, 1, 2, 5, 10] as const
const ROUND_SHARE = 0.45
/** Of the others: the largest in usual sizes, and how those who take compare with those who wait. */
const LARGEST_SIZE = 60
const TAKER_SCALE = 0.6

/**
 * One instrument's order book and the crowd that trades in it. Orders arrive in bursts; each rests at a price, is taken back, or takes what
 * rests (price first, then time). The crowd believes in a fair value that wanders: where the book has fallen behind it, makers pull their
 * orders and takers snap them up. Never crossed, never empty, and the same for the same seed.
 */
export class Market {
  readonly bids = new Ladder('bid')
  readonly asks = new Ladder('ask')
  readonly #listing: Listing
  readonly #random: Random
  readonly #fair: FairValue
  readonly #arrivals: Arrivals
  readonly #impact: number
  #secondsToNext: number
  /** A big order is worked in pieces: the side of the one at work, and the pieces left. */
  #flow: { side: 'buy' | 'sell'; pieces: number } = { side: 'buy', pieces: 0 }

  /** `fair` is where the market starts, and is moved on by it; `rate` multiplies the listing's updates a second. */
  constructor(listing: Listing, options: { readonly seed: number; readonly rate: number; readonly fair: FairValue }) {
    this.#listing = listing
    this.#random = new Random(options.seed, `${listing.instrument.id} orders`)
    this.#fair = options.fair
    // Many small pushes move as far as few large ones when each is smaller by the root of their number.
    this.#impact = PERMANENT_IMPACT / Math.sqrt(Math.max(1, options.rate))
    this.#arrivals = new Arrivals(listing.updatesPerSecond * options.rate, this.#random)
    this.#fill()
    this.#secondsToNext = this.#arrivals.next()
  }

  /** Seconds from the last step to the next. */
  get secondsToNext(): number {
    return this.#secondsToNext
  }

  /** What the next order does. Now and then nothing: then every list is empty. */
  step(): Step {
    this.#fair.advance(this.#secondsToNext)
    this.#secondsToNext = this.#arrivals.next()
    const fair = this.#fair.ticks
    if (this.#bestBid() > fair && this.#random.chance(0.8)) return this.#correct('bid', fair)
    if (this.#bestAsk() < fair && this.#random.chance(0.8)) return this.#correct('ask', fair)
    if (this.#random.chance(IMPATIENT)) return this.#impatient()
    return this.#quote(fair)
  }

  /** The best quotes of a side are worse than fair for their owners: someone takes them, or they are moved back. */
  #correct(side: Side, fair: number): Step {
    if (this.#random.chance(SNIPED)) return this.#take(side, this.#lots(TAKER_SCALE), fair)
    const ladder = side === 'bid' ? this.bids : this.asks
    const prices = new Set<number>()
    for (let left = 1 + this.#random.below(4); left > 0 && ladder.levels > KEEP; left -= 1) {
      const best = ladder.best()
      if (best === undefined || (side === 'bid' ? best.ticks <= fair : best.ticks >= fair)) break
      prices.add(best.ticks)
      ladder.cancelLevel(best.ticks)
    }
    const requoted = this.#add(side, 0, this.#band(side, 0, fair))
    return changed(side, [...prices.add(requoted)])
  }

  /** Takes at any price, on the side of the big order at work. */
  #impatient(): Step {
    if (this.#flow.pieces <= 0) {
      this.#flow = { side: this.#random.chance(0.5) ? 'buy' : 'sell', pieces: Math.ceil(2 * this.#random.pareto(1.5)) }
    }
    this.#flow.pieces -= 1
    const mid = (this.#bestBid() + this.#bestAsk()) / 2
    const buys = this.#flow.side === 'buy'
    const furthest = 10 * this.#listing.spacing + this.#listing.spread
    const step = this.#take(buys ? 'ask' : 'bid', this.#lots(TAKER_SCALE), buys ? mid + furthest : mid - furthest)
    this.#fair.push(this.#impact * ((this.#bestBid() + this.#bestAsk()) / 2 - mid))
    return step
  }

  #take(side: Side, lots: number, limit: number): Step {
    const fills = (side === 'bid' ? this.bids : this.asks).take(lots, limit, KEEP)
    const prices = [...new Set(fills.map((fill) => fill.ticks))]
    return { ...changed(side, prices), fills, taker: side === 'bid' ? 'sell' : 'buy' }
  }

  /**
   * A resting order comes or goes at some distance from the touch. At each distance orders come at a steady pace and each leaves in its own
   * time, so their number hovers around the usual one.
   */
  #quote(fair: number): Step {
    const hollow = this.#random.chance(0.75) ? this.#hollowSide(fair) : undefined
    const side = hollow ?? (this.#random.chance(0.5) ? 'bid' : 'ask')
    const ladder = side === 'bid' ? this.bids : this.asks
    const distance = hollow === undefined ? this.#random.logUniform(this.#listing.reach) : 0
    const band = this.#band(side, distance, fair)
    if (band.low < 1) return changed(side, [])
    const resting = hollow === undefined ? ladder.ordersBetween(band.low, band.high) : 0
    const usual = usualOrders(distance)
    if (resting > 0 && ladder.levels > KEEP && !this.#random.chance(usual / (usual + resting))) {
      const ticks = ladder.cancelBetween(band.low, band.high, this.#random.below(resting))
      return changed(side, ticks === undefined ? [] : [ticks])
    }
    const ticks = this.#add(side, distance, band)
    return changed(side, [ticks, ...this.#prune(ladder, ticks)])
  }

  #add(side: Side, distance: number, band: Band): number {
    const ticks = this.#priceIn(side, distance, band)
    const ladder = side === 'bid' ? this.bids : this.asks
    ladder.add(ticks, this.#lots(1 + distance / 150))
    return ticks
  }

  /** The side whose touch stands well behind where the crowd would quote. */
  #hollowSide(fair: number): Side | undefined {
    const slack = this.#listing.spread + this.#listing.spacing / 2
    const bid = fair - this.#bestBid()
    const ask = this.#bestAsk() - fair
    if (Math.max(bid, ask) <= slack) return undefined
    return bid > ask ? 'bid' : 'ask'
  }

  /** The prices `distance` spacings from where a side would quote first, which is never at or through the other side. */
  #band(side: Side, distance: number, fair: number): Band {
    const { spacing, spread } = this.#listing
    if (side === 'bid') {
      const first = Math.min(this.#bestAsk() - 1, Math.floor(fair - (spread - 1) / 2))
      const low = (Math.floor(first / spacing) - distance) * spacing
      return { low, high: Math.min(low + spacing - 1, first) }
    }
    const first = Math.max(this.#bestBid() + 1, Math.ceil(fair + (spread - 1) / 2))
    const high = (Math.ceil(first / spacing) + distance) * spacing
    return { low: Math.max(high - spacing + 1, first), high }
  }

  /** Half of all orders stand at the round price of their band; at the touch, in front of all others. */
  #priceIn(side: Side, distance: number, band: Band): number {
    if (this.#random.chance(0.5)) return (side === 'bid') === distance > 0 ? band.low : band.high
    return band.low + this.#random.below(band.high - band.low + 1)
  }

  /** A level the market has left far behind is given up. */
  #prune(ladder: Ladder, except: number): number[] {
    const worst = ladder.worst()
    const best = ladder.best()
    if (worst === undefined || best === undefined || worst.ticks === except) return []
    if (Math.abs(best.ticks - worst.ticks) <= 1.25 * this.#listing.reach * this.#listing.spacing) return []
    ladder.cancelLevel(worst.ticks)
    return [worst.ticks]
  }

  /** Sizes people type, and sizes programs compute: mostly small, now and then very large. `scale` 1 is an order at the touch. */
  #lots(scale: number): number {
    const round = ROUND_SIZES[this.#random.below(ROUND_SIZES.length)] ?? 1
    const computed = scale * Math.min(LARGEST_SIZE, this.#random.pareto(1.4) / 4) * (0.5 + this.#random.uniform())
    return Math.max(1, Math.round(this.#listing.lots * (this.#random.chance(ROUND_SHARE) ? round : computed)))
  }

  #bestBid(): number {
    return this.bids.best()?.ticks ?? 0
  }

  #bestAsk(): number {
    return this.asks.best()?.ticks ?? Number.POSITIVE_INFINITY
  }

  /** The book as it would be found: the usual number of orders at every distance, and one at least near the touch. */
  #fill(): void {
    const fair = this.#fair.ticks
    for (let distance = 0; distance < this.#listing.reach; distance += 1) {
      for (const side of ['bid', 'ask'] as const) {
        const orders = Math.max(distance <= KEEP ? 1 : 0, this.#random.poisson(usualOrders(distance)))
        const band = this.#band(side, distance, fair)
        for (let i = 0; i < orders && band.low > 0; i += 1) this.#add(side, distance, band)
      }
    }
  }
}

/** Books are thickest a little behind the touch (Bouchaud, Mézard and Potters 2002). */
function usualOrders(distance: number): number {
  return 1.1 + 2.5 * (distance / 15) * Math.exp(1 - distance / 15)
}

function changed(side: Side, prices: readonly number[]): Step {
  return side === 'bid'
    ? { bids: prices, asks: [], fills: [], taker: 'sell' }
    : { bids: [], asks: prices, fills: [], taker: 'buy' }
}
