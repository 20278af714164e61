import type { Feed, FeedHealth, FeedSink } from '@depthcast/feeds'
import {
  type GapReason,
  type Instrument,
  type InstrumentState,
  type Levels,
  type MarketEvent,
  step,
} from '@depthcast/market'

/** A feed of one instrument, quarters of a dollar and hundred-millionths of a coin, whose events a test makes. Several gateways may have it. */
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
  readonly #sinks = new Set<FeedSink>()
  #epoch = 0
  #seq = 0
  #trades = 0
  #others = 0

  start(sink: FeedSink): void {
    this.#sinks.add(sink)
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

  trades(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#trades++
      const trade = { kind: 'trade', tradeId: `t${this.#trades}`, price: 400, quantity: 1, side: 'buy' }
      this.#emit({ ...trade, epoch: 1, seq: this.#trades })
    }
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
    this.#sinks.clear()
    return Promise.resolve()
  }

  #emit(fields: object): void {
    const now = Date.now() * 1000
    const event = { ...fields, instrument: this.instrument.id, exchangeTime: now, receivedAt: now } as MarketEvent
    for (const sink of this.#sinks) sink.event(event)
  }
}
