import type { Feed, FeedHealth, FeedSink } from '@depthcast/feeds'
import {
  type GapReason,
  type Instrument,
  type InstrumentState,
  instrumentId,
  type Levels,
  lots,
  type MarketEvent,
  micros,
  type Side,
  step,
  ticks,
  type Verification,
} from '@depthcast/market'

export function instrument(base: string, tickSize = '0.01', lotSize = '0.001'): Instrument {
  const id = instrumentId('test', base, 'USD')
  return {
    id,
    venue: 'test',
    venueSymbol: `${base}USD`,
    base,
    quote: 'USD',
    tickSize: step(tickSize),
    lotSize: step(lotSize),
  }
}

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
type Unnumbered = DistributedOmit<MarketEvent, 'instrument' | 'exchangeTime' | 'receivedAt' | 'epoch' | 'seq'>

/** One instrument's events, numbered as a feed numbers them. */
export class Script {
  readonly instrument: Instrument
  readonly #sink: () => FeedSink
  readonly #now: () => number
  #book = { epoch: 0, seq: 0 }
  #trades = { epoch: 1, seq: 0 }
  #others = 0
  #tradeId = 0

  constructor(instrument: Instrument, sink: () => FeedSink, now: () => number) {
    this.instrument = instrument
    this.#sink = sink
    this.#now = now
  }

  /** What stands behind the book. */
  verified: Verification = 'sequence'

  snapshot(bids: Levels, asks: Levels): void {
    this.#book = { epoch: this.#book.epoch + 1, seq: 1 }
    this.#emit({ kind: 'book-snapshot', bids, asks, verified: this.verified }, this.#book)
  }

  delta(bids: Levels, asks: Levels): void {
    this.#book = { epoch: this.#book.epoch, seq: this.#book.seq + 1 }
    this.#emit({ kind: 'book-delta', bids, asks, verified: this.verified }, this.#book)
  }

  /** Loses deltas on the way to the hub without a word. */
  skip(count: number): void {
    this.#book = { epoch: this.#book.epoch, seq: this.#book.seq + count }
  }

  trade(price: number, quantity: number, side: Side = 'buy'): void {
    this.#trades = { epoch: this.#trades.epoch, seq: this.#trades.seq + 1 }
    this.#tradeId++
    this.#emit(
      { kind: 'trade', tradeId: String(this.#tradeId), price: ticks(price), quantity: lots(quantity), side },
      this.#trades,
    )
  }

  gap(stream: 'book' | 'trades', reason: GapReason = 'sequence', lost?: number): void {
    this.#emit({ kind: 'gap', stream, reason, ...(lost === undefined ? {} : { lost }) })
    if (stream === 'trades' && lost === undefined) this.#trades = { epoch: this.#trades.epoch + 1, seq: 0 }
  }

  status(state: InstrumentState, reason?: string): void {
    this.#emit({ kind: 'status', state, ...(reason === undefined ? {} : { reason }) })
  }

  ticker(last: number): void {
    this.#emit({ kind: 'ticker', last: ticks(last) })
  }

  get tradesMade(): number {
    return this.#tradeId
  }

  #emit(event: Unnumbered, place?: { readonly epoch: number; readonly seq: number }): void {
    const now = micros(this.#now())
    const { epoch, seq } = place ?? { epoch: 1, seq: ++this.#others }
    this.#sink().event({
      ...event,
      instrument: this.instrument.id,
      exchangeTime: now,
      receivedAt: now,
      epoch,
      seq,
    } as MarketEvent)
  }
}

/** A feed whose events a test makes. */
export class ScriptedFeed implements Feed {
  readonly scripts: readonly Script[]
  closed = false
  state: FeedHealth['state'] = 'open'
  /** What a venue has of before; a test puts it there. */
  older?: NonNullable<Feed['older']>
  #sink: FeedSink | undefined

  constructor(instruments: readonly Instrument[], now: () => number = () => Date.now() * 1000) {
    this.scripts = instruments.map((one) => new Script(one, () => this.#started(), now))
  }

  start(sink: FeedSink): void {
    this.#sink = sink
    for (const script of this.scripts) sink.instrument(script.instrument)
  }

  /** The script of the nth instrument. */
  script(index = 0): Script {
    const script = this.scripts[index]
    if (script === undefined) throw new RangeError(`no instrument ${index}`)
    return script
  }

  health(): readonly FeedHealth[] {
    return [{ name: 'test', state: this.state, frames: 0, errors: 0, reconnects: 0, checks: {} }]
  }

  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }

  #started(): FeedSink {
    if (this.#sink === undefined) throw new Error('the feed is not started')
    return this.#sink
  }
}
