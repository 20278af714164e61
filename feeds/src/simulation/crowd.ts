import type { Order, Side } from './book-side.ts'
import type { Listing } from './catalogue.ts'
import type { ArrivalModel, Preset } from './exchange.ts'
import type { Arrival } from './hawkes.ts'
import { MatchingEngine, type Witness } from './matching-engine.ts'
import type { Patience } from './patience.ts'
import { Quotes } from './quotes.ts'
import type { Random } from './random.ts'
import { orderLots } from './sizes.ts'
import type { Takers } from './takers.ts'

/** So many levels a side are never taken or pulled: a book is never empty. */
const KEEP = 20
/** Where quotes have fallen behind the value, how often the next order sees to it, and the share that is taken before its owner moves it. */
const SEEN = 0.8
const SNIPED = 0.12
/** Where one side's touch has moved away, how often the next quote goes there. */
const FILLS_GAP = 0.3
/** How takers' sizes compare with those who wait, and how many want no more than what stands at the touch. */
const TAKER_SCALE = 0.6
const MODEST = 0.75
/** Takers whose order rests with what it could not get. */
const STAYS = 0.1
/** Of pulls, those that only make an order smaller, and those that come from the side about to be run over. */
const PARTLY = 0.04
const FLEES = 0.65
/** Who stands at the touch stays while there is nothing behind for so many usual spreads. */
const HOLE = 3
/** How far from the touch orders are pulled, in levels. */
const PULL_REACH = 2.5
/** A touch so many times as far as usual is gone; half of the time somebody answers within so many µs. Under `poisson` nobody answers anybody. */
const GONE = 1.8
const ANSWERS_WITHIN = 700

/** What the crowd knows of the world at the moment of an order. */
export type Moment = { readonly at: number; readonly value: number; readonly caution: number }

/**
 * The people who trade in one instrument. They believe in a value that wanders: they quote around it at distances with a power-law tail, pull what
 * the value has left behind, and take.
 */
export class Crowd {
  readonly engine: MatchingEngine
  readonly #listing: Listing
  readonly #preset: Preset
  readonly #random: Random
  readonly #quotes: Quotes
  readonly #takers: Takers
  readonly #patience: Patience
  readonly #answers: boolean
  #answerAt = Number.POSITIVE_INFINITY

  constructor(
    { listing, preset, model }: { readonly listing: Listing; readonly preset: Preset; readonly model: ArrivalModel },
    {
      random,
      takers,
      patience,
      witness,
    }: { readonly random: Random; readonly takers: Takers; readonly patience: Patience; readonly witness: Witness },
  ) {
    this.engine = new MatchingEngine(witness, KEEP)
    this.#listing = listing
    this.#answers = model === 'hawkes'
    this.#preset = preset
    this.#random = random
    this.#quotes = new Quotes(listing, random)
    this.#takers = takers
    this.#patience = patience
  }

  get mid(): number {
    return (this.#bestBid() + this.#bestAsk()) / 2
  }

  /** When the next resting order's owner has waited enough, µs. */
  get nextExpiry(): number {
    return this.#patience.nextExpiry
  }

  /** When somebody answers to a touch that has gone, µs; Infinity while nobody has to. */
  get nextAnswer(): number {
    return this.#answerAt
  }

  /** The book as it would be found: as many orders as come and go, each some way into its life. */
  fill(moment: Moment): void {
    for (let left = this.#patience.population; left > 0; left--) {
      this.#quote(this.#random.chance(0.5) ? 'bid' : 'ask', this.#patience.restingDistance(), moment, true)
    }
    // Nobody may find less than what is kept, as far as there are prices.
    for (const side of ['bid', 'ask'] as const) {
      const book = this.engine.side(side)
      for (let at = 0; book.levels <= KEEP && at < this.#listing.reach; at++) this.#quote(side, at, moment, true)
    }
  }

  /** Someone takes, quotes or pulls. */
  act(arrival: Arrival, moment: Moment): void {
    switch (arrival) {
      case 'take':
        this.#takeAny(moment)
        break
      case 'rest':
        this.#rest(moment)
        break
      case 'pull':
        this.#pull(moment)
        break
    }
  }

  /** Takes back what `nextExpiry` speaks of, unless it is gone, or what is kept. */
  expire(at: number): void {
    const order = this.#patience.pop()
    if (order === undefined || order.lots === 0) return
    if (this.#isKept(order)) this.#patience.wait(order, at, 0)
    else this.engine.cancel(order)
  }

  /** Sees whether a touch has gone, so that somebody answers soon. */
  look(moment: Moment): void {
    if (!this.#answers || this.#answerAt < Number.POSITIVE_INFINITY) return
    if (this.#behind(moment.value) === undefined && this.#hollowSide(moment, GONE) === undefined) return
    this.#answerAt = moment.at + Math.ceil(ANSWERS_WITHIN * Math.exp(1.5 * this.#random.normal()))
  }

  /** Nobody answers any more, until somebody looks again. */
  hold(): void {
    this.#answerAt = Number.POSITIVE_INFINITY
  }

  /** What `nextAnswer` speaks of: a quote where there is none. */
  answer(moment: Moment): void {
    this.#answerAt = Number.POSITIVE_INFINITY
    const behind = this.#behind(moment.value)
    const hollow = this.#hollowSide(moment, GONE)
    if (behind !== undefined) this.#correct(behind, moment)
    else if (hollow !== undefined) this.#quote(hollow, 0, moment)
  }

  #rest(moment: Moment): void {
    const behind = this.#behind(moment.value)
    if (behind !== undefined && this.#random.chance(SEEN)) {
      this.#correct(behind, moment)
      return
    }
    const hollow = this.#random.chance(FILLS_GAP) ? this.#hollowSide(moment) : undefined
    const side = hollow ?? (this.#random.chance(0.5) ? 'bid' : 'ask')
    this.#quote(side, hollow === undefined ? this.#patience.distance() : 0, moment)
  }

  /** The side whose best quotes are worse than the value for their owners. */
  #behind(value: number): Side | undefined {
    if (this.#bestBid() > value) return 'bid'
    return this.#bestAsk() < value ? 'ask' : undefined
  }

  /** Quotes that fell behind the value: someone takes them, or they are moved back. */
  #correct(side: Side, moment: Moment): void {
    const limit = side === 'bid' ? Math.ceil(moment.value) : Math.floor(moment.value)
    if (this.#random.chance(SNIPED)) {
      this.engine.take(opposite(side), limit, this.#lots(TAKER_SCALE))
      return
    }
    const book = this.engine.side(side)
    for (let left = 1 + this.#random.below(3); left > 0 && book.levels > KEEP; left--) {
      const best = book.best!
      if (side === 'bid' ? best.ticks <= moment.value : best.ticks >= moment.value) break
      this.engine.cancel(best.last!)
    }
    this.#quote(side, 0, moment)
  }

  #takeAny(moment: Moment): void {
    const buys = this.#takers.buys()
    const touch = (buys ? this.engine.asks : this.engine.bids).best!
    const wanted = this.#lots(TAKER_SCALE)
    const lots = this.#random.chance(MODEST) ? Math.min(wanted, touch.lots) : wanted
    const furthest = 6 * this.#listing.spacing + this.#listing.spread * moment.caution
    const limit = Math.max(1, touch.ticks + Math.round(furthest * this.#random.uniform()) * (buys ? 1 : -1))
    if (!this.#random.chance(STAYS)) {
      this.engine.take(buys ? 'bid' : 'ask', limit, lots)
      return
    }
    const order = this.engine.submit(buys ? 'bid' : 'ask', limit, lots)
    if (order !== undefined) this.#patience.wait(order, moment.at, 0)
  }

  #pull({ value }: Moment): void {
    const nearer: Side = value - this.#bestBid() < this.#bestAsk() - value ? 'bid' : 'ask'
    const book = this.engine.side(this.#random.chance(FLEES) ? nearer : opposite(nearer))
    const level = book.level(Math.min(book.levels - 1, Math.floor(PULL_REACH * this.#random.exponential())))
    const order = this.#random.chance(0.7) ? level?.last : level?.first
    if (order === undefined || this.#isKept(order)) return
    const isPartial = order.lots > 1 && this.#random.chance(PARTLY)
    this.engine.cancel(order, isPartial ? 1 + this.#random.below(order.lots - 1) : order.lots)
  }

  /** One more order, so many spacings from where its side would quote first. */
  #quote(side: Side, distance: number, moment: Moment, isOld = false): void {
    const opposite = side === 'bid' ? this.#bestAsk() : this.#bestBid()
    const ticks = this.#quotes.ticks(side, distance, { ...moment, opposite })
    if (ticks < 1) return
    const order = this.engine.submit(side, ticks, this.#lots(1 + distance / 150))
    if (order === undefined) return
    if (isOld) this.#patience.waitOn(order, moment.at, distance)
    else this.#patience.wait(order, moment.at, distance)
  }

  /** The side whose touch stands well behind where the crowd would quote. */
  #hollowSide({ value, caution }: Moment, times = 1): Side | undefined {
    const slack = (times * (this.#listing.spread * caution + this.#listing.spacing)) / 2
    const bid = value - this.#bestBid()
    const ask = this.#bestAsk() - value
    if (Math.max(bid, ask) <= slack) return undefined
    return bid > ask ? 'bid' : 'ask'
  }

  /** Whether an order stays whatever its owner planned: a side would be left with too few levels, or a touch with nothing near behind it. */
  #isKept({ level }: Order): boolean {
    if (level.first !== level.last) return false
    const book = this.engine.side(level.side)
    if (book.levels <= KEEP) return true
    const next = level === book.best ? book.level(1) : undefined
    if (next === undefined) return false
    return Math.abs(level.ticks - next.ticks) > HOLE * (this.#listing.spread + this.#listing.spacing)
  }

  #lots(scale: number): number {
    return orderLots(this.#preset, this.#listing.lots, scale, this.#random)
  }

  #bestBid(): number {
    return this.engine.bids.best?.ticks ?? 0
  }

  #bestAsk(): number {
    return this.engine.asks.best?.ticks ?? Number.POSITIVE_INFINITY
  }
}

function opposite(side: Side): Side {
  return side === 'bid' ? 'ask' : 'bid'
}
