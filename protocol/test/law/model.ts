import { type Instrument, instrumentId, type Levels, type MarketEvent, step, type VenueEvent } from '@depthcast/market'

export const INSTRUMENT: Instrument = {
  id: instrumentId('test', 'AAA', 'BBB'),
  venue: 'test',
  venueSymbol: 'AAABBB',
  base: 'AAA',
  quote: 'BBB',
  tickSize: step('0.25'),
  lotSize: step('0.001'),
}

type Stamps = 'instrument' | 'exchangeTime' | 'receivedAt'
type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never
/** What a venue says, but for the stamps; `late` puts a trade that many µs before the last one. */
export type Said = DistributiveOmit<VenueEvent, Stamps> & { readonly late?: number }

export type Pair = readonly [price: number, quantity: number]
export type NaiveTrade = Extract<MarketEvent, { kind: 'trade' }>
type Figures = Record<string, number | undefined>

/** The market as a naive reader of the events would keep it: maps, lists and sorting. What views are held against. */
export class Model {
  readonly bids = new Map<number, number>()
  readonly asks = new Map<number, number>()
  bookValid = false
  bookEpoch = 0
  readonly trades: NaiveTrade[] = []
  readonly venueFigures: Figures = {}
  /** When the venue last quoted, and when the book last changed. */
  quotedAt = -1
  bookAt = -1
  last: number | undefined
  status: { state: string; since: number; reason: string | undefined } = {
    state: 'connecting',
    since: 0,
    reason: undefined,
  }
  verified = 'none'
  now = 1_700_000_000_000_000
  #seqs = { book: 0, trades: 0, ticker: 0, control: 0 }
  #tradesEpoch = 1
  #ids = 0

  /** Stamps and numbers what a venue said as the feed would, and folds it. */
  say(said: Said): MarketEvent {
    this.now += 400_000
    const { late = 0, ...rest } = said
    const stamped = { ...rest, instrument: INSTRUMENT.id, exchangeTime: this.now - late, receivedAt: this.now }
    const event = this.#number(stamped as unknown as VenueEvent)
    this.#fold(event)
    return event
  }

  #number(event: VenueEvent): MarketEvent {
    switch (event.kind) {
      case 'book-snapshot':
        this.#seqs.book = 1
        return { ...event, epoch: ++this.bookEpoch, seq: 1 }
      case 'book-delta':
        return { ...event, epoch: this.bookEpoch, seq: ++this.#seqs.book }
      case 'trade':
        return { ...event, tradeId: `${++this.#ids}`, epoch: this.#tradesEpoch, seq: ++this.#seqs.trades }
      case 'ticker':
        return { ...event, epoch: 1, seq: ++this.#seqs.ticker }
      case 'gap':
        if (event.stream === 'trades' && event.lost === undefined) {
          this.#tradesEpoch++
          this.#seqs.trades = 0
        }
        return { ...event, epoch: 1, seq: ++this.#seqs.control }
      case 'status':
        return { ...event, epoch: 1, seq: ++this.#seqs.control }
    }
  }

  #fold(event: MarketEvent): void {
    switch (event.kind) {
      case 'book-snapshot':
        this.bids.clear()
        this.asks.clear()
        this.bookValid = true
        this.bookAt = event.receivedAt
        this.#set(event.bids, event.asks)
        this.verified = event.verified
        break
      case 'book-delta':
        if (!this.bookValid) break
        this.bookAt = event.receivedAt
        this.#set(event.bids, event.asks)
        this.verified = event.verified
        break
      case 'trade':
        this.trades.push(event)
        this.last = event.price
        break
      case 'ticker': {
        const { bid, last, volume24h } = event
        for (const [name, value] of Object.entries({ bid, volume24h }))
          if (value !== undefined) this.venueFigures[name] = value
        if (bid !== undefined) this.quotedAt = event.receivedAt
        if (last !== undefined) this.last = last
        break
      }
      case 'gap':
        if (event.stream === 'book') this.bookValid = false
        break
      case 'status':
        this.status = {
          state: event.state,
          since: event.state === this.status.state ? this.status.since : event.receivedAt,
          reason: event.reason,
        }
    }
  }

  #set(bids: Levels, asks: Levels): void {
    for (const [side, changes] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (let i = 0; i < changes.length; i += 2) {
        if (changes[i + 1] === 0) side.delete(changes[i]!)
        else side.set(changes[i]!, changes[i + 1]!)
      }
    }
  }

  /** The best groups of a side, best first: bids round down, asks up. */
  groups(side: 'bid' | 'ask', grouping: number, depth: number | 'all'): Pair[] {
    const sums = new Map<number, number>()
    for (const [price, lots] of side === 'bid' ? this.bids : this.asks) {
      const group = (side === 'bid' ? Math.floor(price / grouping) : Math.ceil(price / grouping)) * grouping
      sums.set(group, (sums.get(group) ?? 0) + lots)
    }
    const sorted = [...sums].sort(([a], [b]) => (side === 'bid' ? b - a : a - b))
    return depth === 'all' ? sorted : sorted.slice(0, depth)
  }
}
