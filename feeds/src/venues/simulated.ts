import { type Instrument, instrumentId, type Micros, micros, type VenueEvent } from '@depthcast/market'
import { KNOWN, listingOf } from '../simulation/catalogue.ts'
import type { Exchange, OrderEvent } from '../simulation/exchange.ts'
import { InstrumentStream, type Stamps } from '../simulation/instrument-stream.ts'
import { openExchange } from '../simulation/open-exchange.ts'
import type { ConnectionPlan, Input, Output, Protocol, Venue } from '../venue.ts'

const ID = 'simulated'
const PRESET = 'crypto'
const DEFAULT_SEED = 1
/** What the 24 h figures start with. */
const PAST_HOURS = 24
/** How often the markets' clock is moved on to ours, µs. */
const TICK_EVERY = 10_000
/** After a pause longer than this (a laptop's sleep, a stopped process) the markets go on from where they stood; the pause is not traded. */
const CATCH_UP = 2_000_000

const INSTRUMENTS: readonly Instrument[] = KNOWN[PRESET].map((symbol) => {
  const { base, quote, tickSize, lotSize } = listingOf(symbol, PRESET)
  return { id: instrumentId(ID, base, quote), venue: ID, venueSymbol: symbol, base, quote, tickSize, lotSize }
})

/**
 * Made-up markets, in process: the same seed gives the same orders, trades and prices, at the same times after the opening, however the clock
 * ticks. Integrity `sequence`: every order event of an instrument is numbered, none can be lost.
 */
export const simulated: Venue = {
  id: ID,
  describe: () => ({
    title: 'Simulated market',
    integrity: 'sequence',
    defaultSymbols: KNOWN[PRESET],
    limits: { connects: 1, perMs: 1000, sendsPerSecond: 1 },
  }),
  directory: () => ({ requests: [], parse: () => INSTRUMENTS }),
  plan: (instruments, options) =>
    instruments.length === 0 ? [] : [{ venue: ID, url: undefined, instruments, options }],
  protocol: (plan) => new Simulation(plan),
}

/** The exchange of a plan on our clock. Speaks no frames: it opens, and ticks. */
class Simulation implements Protocol {
  readonly #exchange: Exchange
  readonly #streams: ReadonlyMap<string, InstrumentStream>
  /** Our clock when the markets' stood at 0; undefined before the opening. */
  #origin: number | undefined
  /** Up to where the markets have been played, on our clock. */
  #playedTo = 0

  constructor(plan: ConnectionPlan) {
    const { seed = DEFAULT_SEED, rate = 1 } = plan.options
    const wanted = new Set(plan.instruments.map((instrument) => instrument.id))
    const traded = INSTRUMENTS.filter((instrument) => wanted.has(instrument.id))
    const symbols = traded.map((instrument) => instrument.venueSymbol)
    const exchange = openExchange({ seed, rate, preset: PRESET, symbols, pastHours: PAST_HOURS })
    this.#exchange = exchange
    this.#streams = new Map(
      traded.map((instrument) => [instrument.venueSymbol, new InstrumentStream(instrument, exchange)]),
    )
  }

  step(input: Input): readonly Output[] {
    switch (input.kind) {
      case 'open':
        return this.#origin === undefined ? this.#open(input.now) : this.#play(input.now)
      case 'tick':
        return this.#play(input.now)
      case 'distrust':
        return [...this.#streams.values()]
          .filter(({ instrument }) => instrument.id === input.instrument)
          .map((stream) => asOutput(stream.snapshot(input.now - (this.#origin ?? input.now), this.#stamps(input.now))))
      case 'frame':
      case 'ping':
      case 'http':
      case 'asked':
      case 'probe':
      case 'probe-ended':
      case 'closed':
        return []
    }
  }

  #open(now: Micros): Output[] {
    this.#origin = now
    this.#playedTo = now
    const stamps = this.#stamps(now)
    return [...[...this.#streams.values()].flatMap((stream) => stream.open(stamps)).map(asOutput), nextTick(now)]
  }

  #play(now: Micros): Output[] {
    if (this.#origin === undefined || now <= this.#playedTo) return [nextTick(now)]
    const slept = Math.max(0, now - this.#playedTo - CATCH_UP)
    this.#origin += slept
    this.#playedTo = now
    const until = now - this.#origin
    const stamps = this.#stamps(now)
    const events: VenueEvent[] = []
    // No order makes anything due earlier than it was, so the book that a ticker shows is the one of its time.
    for (let at = 0; at < until; ) {
      at = Math.min(until, ...[...this.#streams.values()].map((stream) => stream.dueAt))
      this.#trade(at, stamps, events)
      for (const stream of this.#streams.values()) while (stream.dueAt <= at) events.push(...stream.run(stamps))
    }
    return [...events.map(asOutput), nextTick(now)]
  }

  /** Plays the markets up to this time. What one order does at its moment is told as one: the trades it makes, then all it changes. */
  #trade(until: number, stamps: Stamps, events: VenueEvent[]): void {
    let heard: InstrumentStream | undefined
    let heardAt = 0
    let actor: number | undefined
    const tell = (): void => {
      if (heard !== undefined) events.push(...heard.told(heardAt, stamps))
      heard = undefined
    }
    this.#exchange.advance(until, (event) => {
      const stream = this.#streams.get(event.symbol)
      const acts = actorOf(event)
      if (stream !== heard || event.at !== heardAt || acts !== actor) tell()
      heard = stream
      heardAt = event.at
      actor = acts
      stream?.hear(event, stamps)
    })
    tell()
  }

  #stamps(receivedAt: Micros): Stamps {
    const origin = this.#origin ?? 0
    return (at) => ({ exchangeTime: micros(origin + at), receivedAt })
  }
}

/** The order that came, left, or took. */
function actorOf(event: OrderEvent): number | undefined {
  if (event.kind === 'halt' || event.kind === 'resume') return undefined
  return event.kind === 'fill' ? event.takerId : event.orderId
}

function asOutput(event: VenueEvent): Output {
  return { kind: 'event', event }
}

function nextTick(now: Micros): Output {
  return { kind: 'timer', at: micros(now + TICK_EVERY) }
}
