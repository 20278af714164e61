import { type Micros, micros, type VenueEvent } from '@depthcast/market'
import { InstrumentStream } from '../simulation/instrument-stream.ts'
import { LISTINGS } from '../simulation/listings.ts'
import type { ConnectionPlan, Input, Output, Protocol, Venue } from '../venue.ts'

const ID = 'simulated'
const DEFAULT_SEED = 1
/** How often the markets' clock is moved on to ours, µs. */
const TICK_EVERY = 10_000
/** After a pause longer than this (a laptop's sleep, a stopped process) the markets go on from where they stood; the pause is not traded. */
const CATCH_UP = 2_000_000

/**
 * Made-up markets, in process: the same seed gives the same orders, trades and prices, at the same times after the opening, however the clock
 * ticks. Integrity `sequence`: every update of an instrument is numbered, none can be lost.
 */
export const simulated: Venue = {
  id: ID,
  describe: () => ({
    title: 'Simulated market',
    integrity: 'sequence',
    defaultSymbols: LISTINGS.map((listing) => listing.instrument.venueSymbol),
    limits: { connects: 1, perMs: 1000, sendsPerSecond: 1 },
  }),
  directory: () => ({ requests: [], parse: () => LISTINGS.map((listing) => listing.instrument) }),
  plan: (instruments, options) =>
    instruments.length === 0 ? [] : [{ venue: ID, url: undefined, instruments, options }],
  protocol: (plan) => new Simulation(plan),
}

/** All markets of a plan on one clock. Speaks no frames: it opens, and ticks. */
class Simulation implements Protocol {
  readonly #streams: readonly InstrumentStream[]
  /** Our clock when the markets' stood at 0; undefined before the opening. */
  #origin: number | undefined
  /** Up to where the markets have been played, on our clock. */
  #playedTo = 0

  constructor(plan: ConnectionPlan) {
    const wanted = new Set(plan.instruments.map((instrument) => instrument.id))
    const options = { seed: plan.options.seed ?? DEFAULT_SEED, rate: plan.options.rate ?? 1 }
    this.#streams = LISTINGS.filter((listing) => wanted.has(listing.instrument.id)).map(
      (listing) => new InstrumentStream(listing, options),
    )
  }

  step(input: Input): readonly Output[] {
    switch (input.kind) {
      case 'open':
        return this.#origin === undefined ? this.#open(input.now) : this.#play(input.now)
      case 'tick':
        return this.#play(input.now)
      case 'distrust':
        return this.#streams
          .filter(({ instrument }) => instrument === input.instrument)
          .map((stream) => asOutput(stream.again(this.#stamps(input.now), input.now - (this.#origin ?? input.now))))
      case 'frame':
      case 'ping':
      case 'http':
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
    return [...this.#streams.flatMap((stream) => stream.open(stamps)).map(asOutput), nextTick(now)]
  }

  #play(now: Micros): Output[] {
    if (this.#origin === undefined || now <= this.#playedTo) return [nextTick(now)]
    const slept = Math.max(0, now - this.#playedTo - CATCH_UP)
    this.#origin += slept
    this.#playedTo = now
    const until = now - this.#origin
    const stamps = this.#stamps(now)
    const outputs: Output[] = []
    for (;;) {
      const next = this.#next()
      if (next === undefined || next.dueAt > until) break
      for (const event of next.run(stamps)) outputs.push(asOutput(event))
    }
    outputs.push(nextTick(now))
    return outputs
  }

  /** The market in which something happens first; the first listed of several. */
  #next(): InstrumentStream | undefined {
    let next: InstrumentStream | undefined
    for (const stream of this.#streams) if (next === undefined || stream.dueAt < next.dueAt) next = stream
    return next
  }

  #stamps(receivedAt: Micros): (at: number) => { exchangeTime: Micros; receivedAt: Micros } {
    const origin = this.#origin ?? 0
    return (at) => ({ exchangeTime: micros(origin + at), receivedAt })
  }
}

function asOutput(event: VenueEvent): Output {
  return { kind: 'event', event }
}

function nextTick(now: Micros): Output {
  return { kind: 'timer', at: micros(now + TICK_EVERY) }
}
