import type { Order } from './book-side.ts'
import type { Listing } from './catalogue.ts'
import { Crowd } from './crowd.ts'
import type { ArrivalModel, OrderEvent, PastTrade, Preset, Scenario } from './exchange.ts'
import { Fundamental, STEP_SECONDS } from './fundamental.ts'
import { Hawkes } from './hawkes.ts'
import { pastTrades } from './history.ts'
import type { Witness } from './matching-engine.ts'
import { Patience } from './patience.ts'
import { Random } from './random.ts'
import { type Control, type Mood, moodAt, nextControl } from './script.ts'
import { Takers } from './takers.ts'

const SECOND = 1_000_000
/** The value, and what the scenario asks for, move on at every so many µs. */
const STEP = STEP_SECONDS * SECOND
/** A market trades so long, in its own time, before anyone looks: the first book is one that grew. */
const WARM_UP = 60 * SECOND

/** Of all order events, what comes to rest, what takes, and what is pulled early: the mix of one stock's hour (a fill, two, is one of them). */
const RESTS = 0.485
const TAKES = 0.042
const PULLS = 0.16

/** How much wider people quote when times are wild: the power of the variance. */
const CAUTION = 0.35

export type MarketOptions = {
  readonly preset: Preset
  readonly seed: number
  readonly rate: number
  readonly model: ArrivalModel
  readonly scenario: Scenario
  readonly pastHours: number
}

type Hear = (event: OrderEvent) => void
type Writable<Event> = { -readonly [Key in keyof Event]: Event[Key] }
/** One event of these kinds, used again and again. */
type Of<Kind extends OrderEvent['kind']> = Writable<Omit<Extract<OrderEvent, { kind: Kind }>, 'kind'>> & { kind: Kind }

/**
 * The market of one symbol: a crowd on a clock of its own. Everything that happens is numbered and told; the same seed and symbol give the same
 * events, whatever else trades.
 */
export class SymbolMarket implements Witness {
  readonly listing: Listing
  /** Trades from before the opening, oldest first, numbered from 1. */
  readonly past: readonly PastTrade[]
  readonly #crowd: Crowd
  readonly #value: Fundamental
  readonly #hawkes: Hawkes
  readonly #scenario: Scenario
  readonly #rested: Of<'rest' | 'cancel'>
  readonly #filled: Of<'fill'>
  readonly #told: Of<'halt' | 'resume'>
  #hear: Hear = () => {}
  #mood: Mood
  /** The number of the next step of the value; it comes at this many STEPs. */
  #step: number
  /** When the next order arrives, in seconds: not rounded, so that nothing adds up. */
  #arrival: number
  #control: Control | undefined
  #isHalted = false
  #nextAt: number
  #at: number
  #seq = 0
  #tradeId = 0

  constructor(listing: Listing, options: MarketOptions) {
    const { seed, rate, model, scenario, preset } = options
    const events = listing.eventsPerSecond * rate
    const random = new Random(seed, `${listing.symbol} crowd`)
    this.listing = listing
    this.#scenario = scenario
    this.#value = new Fundamental(listing, { seed, model, rate })
    this.#hawkes = new Hawkes(
      { rest: RESTS * events, take: TAKES * events, pull: PULLS * events },
      model,
      new Random(seed, `${listing.symbol} arrivals`),
    )
    this.#crowd = new Crowd(
      { listing, preset, model },
      {
        random,
        takers: new Takers(model, random),
        patience: new Patience({ reach: listing.reach, perSecond: RESTS * events, preset, model }, random),
        witness: this,
      },
    )
    const happened = { symbol: listing.symbol, seq: 0, at: 0 }
    const level = { side: 'bid' as const, ticks: 0, lots: 0, total: 0 }
    this.#rested = { kind: 'rest', ...happened, ...level, orderId: 0 }
    this.#filled = { kind: 'fill', ...happened, ...level, tradeId: 0, orderId: 0, takerId: 0 }
    this.#told = { kind: 'halt', ...happened, reason: '' }
    this.#step = -Math.ceil(WARM_UP / Math.max(1, rate) / STEP)
    this.#at = this.#step * STEP
    this.#arrival = this.#step * STEP_SECONDS
    this.#mood = moodAt(scenario, this.#arrival)
    this.#value.step(listing.ticks, this.#mood)
    this.#crowd.fill(this.#moment())
    this.#step += 1
    this.#awaitArrival()
    this.#nextAt = this.#soonest()
    while (this.#nextAt <= 0) this.run()
    this.#seq = 0
    this.past = this.#pastOf(options)
    this.#tradeId = this.past.length
    this.#control = nextControl(scenario, 0)
    this.#nextAt = this.#soonest()
  }

  #pastOf({ seed, rate, pastHours: hours }: MarketOptions): readonly PastTrade[] {
    const mid = ((this.levels('bid', 1)[0] ?? 1) + (this.levels('ask', 1)[0] ?? 1)) / 2
    return pastTrades(this.listing, { random: new Random(seed, `${this.listing.symbol} past`), mid, rate, hours })
  }

  get seq(): number {
    return this.#seq
  }

  get tradeId(): number {
    return this.#tradeId
  }

  get isHalted(): boolean {
    return this.#isHalted
  }

  /** When something happens next, in µs from the opening; not everything that does is heard. */
  get nextAt(): number {
    return this.#nextAt
  }

  /** What happens at `nextAt`. */
  run(hear: Hear = () => {}): void {
    this.#hear = hear
    const at = this.#nextAt
    this.#at = at
    if (at === this.#control?.at) this.#obey(this.#control)
    else if (at === this.#step * STEP) this.#moveOn()
    else if (at === this.#crowd.nextExpiry) this.#crowd.expire(at)
    else if (at === this.#crowd.nextAnswer) this.#crowd.answer(this.#moment())
    else {
      const { kind } = this.#hawkes
      if (!this.#isHalted || kind === 'pull') this.#crowd.act(kind, this.#moment())
      this.#awaitArrival()
    }
    if (!this.#isHalted) this.#crowd.look(this.#moment())
    this.#nextAt = this.#soonest()
  }

  levels(side: 'bid' | 'ask', depth: number): number[] {
    return this.#crowd.engine.side(side).flat(depth)
  }

  rested(order: Order): void {
    this.#tell(order, order.lots, 'rest')
  }

  cancelled(order: Order, lots: number): void {
    this.#tell(order, lots, 'cancel')
  }

  filled(order: Order, lots: number, takerId: number): void {
    const event = this.#filled
    event.seq = ++this.#seq
    event.at = this.#at
    event.side = order.level.side
    event.ticks = order.level.ticks
    event.lots = lots
    event.total = order.level.lots
    event.orderId = order.id
    event.takerId = takerId
    event.tradeId = ++this.#tradeId
    this.#hear(event as OrderEvent)
  }

  #tell({ id, level }: Order, lots: number, kind: 'rest' | 'cancel'): void {
    const event = this.#rested
    event.kind = kind
    event.seq = ++this.#seq
    event.at = this.#at
    event.side = level.side
    event.ticks = level.ticks
    event.lots = lots
    event.total = level.lots
    event.orderId = id
    this.#hear(event as OrderEvent)
  }

  #soonest(): number {
    return Math.min(
      this.#step * STEP,
      Math.floor(this.#arrival * SECOND),
      this.#crowd.nextExpiry,
      this.#crowd.nextAnswer,
      this.#control?.at ?? Number.POSITIVE_INFINITY,
    )
  }

  #obey({ kind, reason }: Control): void {
    this.#isHalted = kind === 'halt'
    if (this.#isHalted) this.#crowd.hold()
    this.#control = nextControl(this.#scenario, this.#at)
    const event = this.#told
    event.kind = kind
    event.seq = ++this.#seq
    event.at = this.#at
    event.reason = reason
    this.#hear(event as OrderEvent)
  }

  /** The value moves; the order that was on its way comes no more, another may: what is to come depends on nothing but what was. */
  #moveOn(): void {
    this.#mood = moodAt(this.#scenario, this.#step * STEP_SECONDS)
    this.#value.step(this.#crowd.mid, this.#mood)
    this.#arrival = this.#step * STEP_SECONDS
    this.#step += 1
    this.#awaitArrival()
  }

  #awaitArrival(): void {
    const horizon = Math.max(0, this.#step * STEP_SECONDS - this.#arrival)
    this.#arrival += this.#hawkes.next(horizon, this.#value.activity * this.#mood.activity)
  }

  #moment(): { at: number; value: number; caution: number } {
    const caution = this.#mood.caution * this.#value.activity ** CAUTION
    return { at: this.#at, value: this.#value.ticks, caution }
  }
}
