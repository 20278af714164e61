import type {
  BookDelta,
  BookSnapshot,
  InstrumentId,
  Lots,
  Micros,
  Ticker,
  Ticks,
  Trade,
  VenueEvent,
} from '@depthcast/market'
import { Day, type Print } from './day.ts'
import { FairValue } from './fair-value.ts'
import { pastTrades } from './history.ts'
import type { Ladder } from './ladder.ts'
import type { Listing } from './listings.ts'
import { Market, type Step } from './market.ts'
import { Random } from './random.ts'

const SECOND = 1_000_000
/** A market trades so long, in its own time, before anyone looks: the first book is one that grew. */
const WARM_UP = 60 * SECOND
/** What the 24 h figures start with, and how much of it comes out as trades: 500 one-minute bars. */
const PAST_HOURS = 24
const BACKFILL = 500 * 60 * SECOND
/** The ticker moves at most so often. */
const TICKER_EVERY = SECOND / 10
/** A book that has not changed for so long is quiet. */
const QUIET_AFTER = 10 * SECOND

/** Turns a time on the market's clock into the stamps of an event. */
export type Stamps = (at: number) => { readonly exchangeTime: Micros; readonly receivedAt: Micros }

/**
 * One simulated instrument as a venue would tell of it: numbered book updates, trades, ticker, and whether it is quiet. Its clock counts µs
 * from the opening, and what happens at which time on it depends on the seed alone, never on when anyone asks.
 */
export class InstrumentStream {
  readonly #listing: Listing
  readonly #market: Market
  readonly #day = new Day()
  readonly #past: readonly (Print & { readonly side: 'buy' | 'sell' })[]
  #nextStepAt: number
  #tickerAt: number | undefined
  #lastTickerAt = Number.NEGATIVE_INFINITY
  #lastChangeAt = 0
  #quiet = false
  #sequence = 0
  #trades = 0
  #lastTicks: number

  constructor(listing: Listing, options: { readonly seed: number; readonly rate: number }) {
    this.#listing = listing
    const warmUp = Math.round(WARM_UP / Math.max(1, options.rate))
    const fair = new FairValue(listing, new Random(options.seed, `${listing.instrument.id} fair value`))
    const random = new Random(options.seed, `${listing.instrument.id} past`)
    this.#past = pastTrades(listing, { fair, random, rate: options.rate, hours: PAST_HOURS, until: -warmUp })
    this.#lastTicks = this.#past.at(-1)?.ticks ?? listing.ticks
    this.#market = new Market(listing, { ...options, fair })
    this.#nextStepAt = -warmUp + Math.round(this.#market.secondsToNext * SECOND)
  }

  /** When something happens next, in µs from the opening. */
  get dueAt(): number {
    return Math.min(this.#nextStepAt, this.#tickerAt ?? Number.POSITIVE_INFINITY, this.#quietAt())
  }

  /** Everything up to the opening: the past as backfilled trades, then the book and the ticker as they stand. */
  open(stamps: Stamps): VenueEvent[] {
    const events: VenueEvent[] = []
    for (const trade of this.#past) {
      this.#day.add(trade)
      this.#trades += 1
      if (trade.at >= -BACKFILL) events.push({ ...this.#trade(trade, stamps), backfilled: true })
    }
    while (this.#nextStepAt <= 0) {
      for (const event of this.#step(stamps)) {
        if (event.kind === 'trade') events.push({ ...event, backfilled: true })
      }
    }
    this.#tickerAt = undefined
    this.#lastChangeAt = 0
    this.#quiet = false
    return [...events, this.#snapshot(0, stamps), this.#status(0, 'live', stamps), this.#ticker(0, stamps)]
  }

  /** What happens at `dueAt`. */
  run(stamps: Stamps): VenueEvent[] {
    const at = this.dueAt
    if (at === this.#nextStepAt) return this.#step(stamps)
    if (at === this.#tickerAt) return [this.#ticker(at, stamps)]
    this.#quiet = true
    const reason = `no order for ${QUIET_AFTER / SECOND} s`
    return [this.#status(at, 'quiet', stamps, reason)]
  }

  get instrument(): InstrumentId {
    return this.#listing.instrument.id
  }

  /** The book as it stands. */
  again(stamps: Stamps, at: number): BookSnapshot {
    return this.#snapshot(at, stamps)
  }

  #step(stamps: Stamps): VenueEvent[] {
    const at = this.#nextStepAt
    const step = this.#market.step()
    this.#nextStepAt = at + Math.max(1, Math.round(this.#market.secondsToNext * SECOND))
    if (step.bids.length + step.asks.length === 0) return []
    const events: VenueEvent[] = []
    if (this.#quiet) events.push(this.#status(at, 'live', stamps))
    this.#quiet = false
    this.#lastChangeAt = at
    this.#tickerAt ??= Math.max(at, this.#lastTickerAt + TICKER_EVERY)
    for (const fill of step.fills) {
      const print = { at, ticks: fill.ticks, lots: fill.lots }
      this.#day.add(print)
      this.#trades += 1
      this.#lastTicks = fill.ticks
      events.push(this.#trade({ ...print, side: step.taker }, stamps))
    }
    events.push(this.#delta(at, step, stamps))
    return events
  }

  #quietAt(): number {
    return this.#quiet ? Number.POSITIVE_INFINITY : this.#lastChangeAt + QUIET_AFTER
  }

  #trade(trade: Print & { readonly side: 'buy' | 'sell' }, stamps: Stamps): Trade {
    return {
      kind: 'trade',
      instrument: this.#listing.instrument.id,
      ...stamps(trade.at),
      tradeId: String(this.#trades),
      price: trade.ticks as Ticks,
      quantity: trade.lots as Lots,
      side: trade.side,
    }
  }

  #delta(at: number, step: Step, stamps: Stamps): BookDelta {
    const { bids, asks } = this.#market
    this.#sequence += 1
    return {
      kind: 'book-delta',
      instrument: this.#listing.instrument.id,
      ...stamps(at),
      bids: levelsAt(step.bids, bids),
      asks: levelsAt(step.asks, asks),
      verified: 'sequence',
      venueSeq: [this.#sequence, this.#sequence],
    }
  }

  #snapshot(at: number, stamps: Stamps): BookSnapshot {
    return {
      kind: 'book-snapshot',
      instrument: this.#listing.instrument.id,
      ...stamps(at),
      bids: this.#market.bids.flat(),
      asks: this.#market.asks.flat(),
      verified: 'sequence',
      venueSeq: [this.#sequence, this.#sequence],
    }
  }

  #ticker(at: number, stamps: Stamps): Ticker {
    this.#tickerAt = undefined
    this.#lastTickerAt = at
    const bid = this.#market.bids.best()
    const ask = this.#market.asks.best()
    const day = this.#day.figures(at)
    return {
      kind: 'ticker',
      instrument: this.#listing.instrument.id,
      ...stamps(at),
      ...(bid && { bid: bid.ticks as Ticks, bidQuantity: bid.lots as Lots }),
      ...(ask && { ask: ask.ticks as Ticks, askQuantity: ask.lots as Lots }),
      last: this.#lastTicks as Ticks,
      ...(day && {
        open24h: day.open as Ticks,
        high24h: day.high as Ticks,
        low24h: day.low as Ticks,
        volume24h: day.lots as Lots,
      }),
    }
  }

  #status(at: number, state: 'live' | 'quiet', stamps: Stamps, reason?: string): VenueEvent {
    const event = { kind: 'status', instrument: this.#listing.instrument.id, ...stamps(at), state } as const
    return reason === undefined ? event : { ...event, reason }
  }
}

/** Flat pairs: what rests at these prices now, 0 where nothing does. */
function levelsAt(prices: readonly number[], ladder: Ladder): number[] {
  const levels: number[] = []
  for (const ticks of prices) levels.push(ticks, ladder.lotsAt(ticks))
  return levels
}
