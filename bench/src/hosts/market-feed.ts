import {
  type Feed,
  type FeedHealth,
  type FeedSink,
  firstEpoch,
  Numbering,
  type Protocol,
  VENUES,
} from '@depthcast/feeds'
import type { Instrument, Lots, Ticks, VenueEvent } from '@depthcast/market'
import { type Clock, systemClock } from '@depthcast/server'
import { every } from '../ticker.ts'
import { ScriptedBook } from './scripted-feed.ts'

/** How often the simulated markets are moved on. */
const STEPS_PER_SECOND = 100
const SEED = 1
/** Levels a side that change in one update of a quiet book. */
const QUIET_CHANGES = 2

/**
 * The simulated markets at a multiple of their pace, and beside them quiet ones, each with one update and one trade a second: one very busy
 * instrument, and a watchlist full of others. On the wall clock, as pages compare it with theirs.
 */
export class MarketFeed implements Feed {
  readonly #clock: Clock = systemClock()
  readonly #market: Protocol
  readonly #numbering = new Numbering(firstEpoch(this.#clock.now() / 1000, Math.random))
  readonly #instruments: readonly Instrument[]
  readonly #quiet: readonly ScriptedBook[]
  readonly #stops: (() => void)[] = []
  #sink: FeedSink | undefined
  #trades = 0

  /** `pace` is how many times as many orders a second as usual. */
  constructor({ pace, quiet }: { readonly pace: number; readonly quiet: number }) {
    const simulated = VENUES.find(({ id }) => id === 'simulated')!
    this.#instruments = simulated.directory({}).parse([])
    this.#market = simulated.protocol(simulated.plan(this.#instruments, { seed: SEED, rate: pace })[0]!)
    this.#quiet = Array.from({ length: quiet }, (_, index) => new ScriptedBook(index, QUIET_CHANGES))
  }

  start(sink: FeedSink): void {
    this.#sink = sink
    for (const instrument of [...this.#instruments, ...this.#quiet.map((book) => book.instrument)])
      sink.instrument(instrument)
    for (const book of this.#quiet) {
      this.#tell(book, { kind: 'book-snapshot', verified: 'none', ...book.whole() })
      this.#tell(book, { kind: 'status', state: 'live' })
    }
    this.#play('open')
    this.#stops.push(every(STEPS_PER_SECOND, () => this.#play('tick')))
    let turn = 0
    // One after the other: a second's worth at once would be a load of its own.
    this.#stops.push(every(this.#quiet.length, () => this.#move(this.#quiet[turn++ % this.#quiet.length]!)))
  }

  health(): readonly FeedHealth[] {
    return [{ name: 'bench', state: 'open', frames: 0, errors: 0, reconnects: 0, checks: {} }]
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop()
    this.#sink = undefined
  }

  #play(kind: 'open' | 'tick'): void {
    for (const output of this.#market.step({ kind, now: this.#clock.now() }))
      if (output.kind === 'event') this.#sink?.event(this.#numbering.number(output.event))
  }

  #move(book: ScriptedBook): void {
    const change = book.change()
    const [price, quantity] = change.asks as readonly [Ticks, Lots]
    this.#trades += 1
    this.#tell(book, { kind: 'book-delta', verified: 'none', ...change })
    this.#tell(book, { kind: 'trade', tradeId: `${this.#trades}`, price, quantity, side: 'buy' })
  }

  #tell(book: ScriptedBook, event: object): void {
    const now = this.#clock.now()
    const stamps = { instrument: book.instrument.id, exchangeTime: now, receivedAt: now }
    this.#sink?.event(this.#numbering.number({ ...stamps, ...event } as VenueEvent))
  }
}
