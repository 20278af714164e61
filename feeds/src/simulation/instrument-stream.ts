import type {
  BookDelta,
  BookSnapshot,
  Instrument,
  Lots,
  Micros,
  Ticker,
  Ticks,
  Trade,
  VenueEvent,
} from '@depthcast/market'
import { Day } from './day.ts'
import type { Exchange, OrderEvent, PastTrade } from './exchange.ts'
import { Random } from './random.ts'

const SECOND = 1_000_000
/** How much of the past comes out as trades: 500 one-minute bars. */
const BACKFILL = 500 * 60 * SECOND
/** The ticker moves at most so often; not all symbols' at once. */
const TICKER_EVERY = SECOND / 10
/** A book that has not changed for so long is quiet. */
const QUIET_AFTER = 10 * SECOND

/** Turns a time on the market's clock into the stamps of an event. */
export type Stamps = (at: number) => { readonly exchangeTime: Micros; readonly receivedAt: Micros }

/**
 * One symbol of the exchange as a venue would tell of it: numbered book updates by price, trades, ticker, and how it is doing. What one order
 * changes at once is one update. Its clock counts µs from the opening, and nothing on it depends on when anyone asks.
 */
export class InstrumentStream {
  readonly instrument: Instrument
  readonly #exchange: Exchange
  readonly #day = new Day()
  readonly #past: readonly PastTrade[]
  /** What the order that is being heard changed: totals by price. */
  readonly #bids = new Map<number, number>()
  readonly #asks = new Map<number, number>()
  #heardSeq: readonly [first: number, last: number] | undefined
  #told: VenueEvent[] = []
  /** When the ticker may move next; it does where something changed. */
  #tickerAt: number
  #isTickerOld = false
  #lastChangeAt = 0
  #state: 'live' | 'quiet' | 'halted' = 'live'
  #lastTicks: number

  constructor(instrument: Instrument, exchange: Exchange) {
    const past = exchange.past(instrument.venueSymbol)
    this.instrument = instrument
    this.#exchange = exchange
    this.#past = past
    this.#tickerAt = 1 + new Random(1, `${instrument.venueSymbol} ticker`).below(TICKER_EVERY)
    this.#lastTicks = past.at(-1)?.ticks ?? this.#levels('bid', 1)[0] ?? 0
  }

  /** When something is due that no order brings, in µs from the opening. */
  get dueAt(): number {
    const quietAt = this.#state === 'live' ? this.#lastChangeAt + QUIET_AFTER : Number.POSITIVE_INFINITY
    return Math.min(this.#tickerAt, quietAt)
  }

  /** Everything up to the opening: the past as backfilled trades, then the book and the ticker as they stand. */
  open(stamps: Stamps): VenueEvent[] {
    const events: VenueEvent[] = []
    for (const [i, trade] of this.#past.entries()) {
      this.#day.add(trade)
      if (trade.at >= -BACKFILL) events.push({ ...this.#trade(trade, i + 1, stamps), backfilled: true })
    }
    return [...events, this.snapshot(0, stamps), this.#status(0, 'live', stamps), this.#ticker(0, stamps)]
  }

  /** The book as it stands. */
  snapshot(at: number, stamps: Stamps): BookSnapshot {
    const seq = this.#exchange.seq(this.#symbol)
    return {
      kind: 'book-snapshot',
      instrument: this.instrument.id,
      ...stamps(at),
      bids: this.#levels('bid'),
      asks: this.#levels('ask'),
      verified: 'sequence',
      venueSeq: [seq, seq],
    }
  }

  /** Takes in what happened; all that one order did at once, then `told`. */
  hear(event: OrderEvent, stamps: Stamps): void {
    if (event.kind === 'halt' || event.kind === 'resume') {
      this.#changed(event.at, stamps)
      const state = event.kind === 'halt' ? 'halted' : 'live'
      this.#told.push(this.#status(event.at, state, stamps, event.reason))
      return
    }
    if (event.kind === 'fill') {
      const print = { at: event.at, ticks: event.ticks, lots: event.lots }
      this.#day.add(print)
      this.#lastTicks = event.ticks
      const taken = { ...print, side: event.side === 'ask' ? 'buy' : 'sell' } as const
      this.#changed(event.at, stamps)
      this.#told.push(this.#trade(taken, event.tradeId, stamps))
    }
    this.#changed(event.at, stamps)
    const side = event.side === 'bid' ? this.#bids : this.#asks
    side.set(event.ticks, event.total)
    this.#heardSeq = [this.#heardSeq?.[0] ?? event.seq, event.seq]
  }

  /** What was heard comes to: its trades, then one update of the book. */
  told(at: number, stamps: Stamps): VenueEvent[] {
    const events = this.#told
    this.#told = []
    if (this.#heardSeq !== undefined) events.push(this.#delta(at, this.#heardSeq, stamps))
    this.#heardSeq = undefined
    this.#bids.clear()
    this.#asks.clear()
    return events
  }

  /** What happens at `dueAt`: now and then nothing. */
  run(stamps: Stamps): VenueEvent[] {
    const at = this.dueAt
    if (at < this.#tickerAt) return [this.#status(at, 'quiet', stamps, `no order for ${QUIET_AFTER / SECOND} s`)]
    this.#tickerAt += TICKER_EVERY
    return this.#isTickerOld ? [this.#ticker(at, stamps)] : []
  }

  #changed(at: number, stamps: Stamps): void {
    if (this.#state === 'quiet') this.#told.push(this.#status(at, 'live', stamps))
    this.#lastChangeAt = at
    this.#isTickerOld = true
  }

  get #symbol(): string {
    return this.instrument.venueSymbol
  }

  #levels(side: 'bid' | 'ask', depth?: number): number[] {
    return this.#exchange.levels(this.#symbol, side, depth)
  }

  #trade(trade: PastTrade, id: number, stamps: Stamps): Trade {
    return {
      kind: 'trade',
      instrument: this.instrument.id,
      ...stamps(trade.at),
      tradeId: String(id),
      price: trade.ticks as Ticks,
      quantity: trade.lots as Lots,
      side: trade.side,
    }
  }

  #delta(at: number, venueSeq: readonly [number, number], stamps: Stamps): BookDelta {
    return {
      kind: 'book-delta',
      instrument: this.instrument.id,
      ...stamps(at),
      bids: [...this.#bids].flat(),
      asks: [...this.#asks].flat(),
      verified: 'sequence',
      venueSeq,
    }
  }

  #ticker(at: number, stamps: Stamps): Ticker {
    this.#isTickerOld = false
    const [bid, bidQuantity] = this.#levels('bid', 1)
    const [ask, askQuantity] = this.#levels('ask', 1)
    const day = this.#day.figures(at)
    return {
      kind: 'ticker',
      instrument: this.instrument.id,
      ...stamps(at),
      ...(bid !== undefined && { bid: bid as Ticks, bidQuantity: bidQuantity as Lots }),
      ...(ask !== undefined && { ask: ask as Ticks, askQuantity: askQuantity as Lots }),
      last: this.#lastTicks as Ticks,
      ...(day && {
        open24h: day.open as Ticks,
        high24h: day.high as Ticks,
        low24h: day.low as Ticks,
        volume24h: day.lots as Lots,
      }),
    }
  }

  #status(at: number, state: 'live' | 'quiet' | 'halted', stamps: Stamps, reason?: string): VenueEvent {
    this.#state = state
    const event = { kind: 'status', instrument: this.instrument.id, ...stamps(at), state } as const
    return reason === undefined ? event : { ...event, reason }
  }
}
