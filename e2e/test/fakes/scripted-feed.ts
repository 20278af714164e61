import type { Feed, FeedHealth, FeedSink } from '@depthcast/feeds'
import {
  type GapReason,
  type Instrument,
  type InstrumentState,
  type Levels,
  type MarketEvent,
  step,
} from '@depthcast/market'

/** A feed of one instrument, quarters of a dollar and hundred-millionths of a coin, whose events a test makes. */
export class ScriptedFeed implements Feed {
  readonly instrument: Instrument = {
    id: 'test:BTC-USD',
    venue: 'test',
    venueSymbol: 'BTCUSD',
    base: 'BTC',
    quote: 'USD',
    tickSize: step('0.25'),
    lotSize: step('0.00000001'),
  }
  #sink: FeedSink | undefined
  #epoch = 0
  #seq = 0
  #others = 0

  start(sink: FeedSink): void {
    this.#sink = sink
    sink.instrument(this.instrument)
  }

  snapshot(bids: Levels, asks: Levels): void {
    this.#epoch++
    this.#seq = 1
    this.#emit({ kind: 'book-snapshot', bids, asks, verified: 'sequence', epoch: this.#epoch, seq: this.#seq })
  }

  delta(bids: Levels, asks: Levels): void {
    this.#seq++
    this.#emit({ kind: 'book-delta', bids, asks, verified: 'sequence', epoch: this.#epoch, seq: this.#seq })
  }

  gap(reason: GapReason): void {
    this.#emit({ kind: 'gap', stream: 'book', reason, epoch: 1, seq: ++this.#others })
  }

  status(state: InstrumentState, reason: string): void {
    this.#emit({ kind: 'status', state, reason, epoch: 1, seq: ++this.#others })
  }

  health(): readonly FeedHealth[] {
    return [{ name: 'test', state: 'open', frames: 0, errors: 0, reconnects: 0, checks: {} }]
  }

  close(): Promise<void> {
    this.#sink = undefined
    return Promise.resolve()
  }

  #emit(fields: object): void {
    const now = Date.now() * 1000
    this.#sink?.event({ ...fields, instrument: this.instrument.id, exchangeTime: now, receivedAt: now } as MarketEvent)
  }
}
