import { Book, type InstrumentId, type Levels, type MarketEvent, type Micros } from '@depthcast/market'
import type { FakeHost } from './fake-host.ts'

/** A market that a test drives: makes events, and remembers every book there ever was. */
export class FakeMarket {
  readonly symbol: InstrumentId
  readonly #host: FakeHost
  readonly #book = new Book()
  readonly #books = new Map<string, { readonly bids: readonly number[]; readonly asks: readonly number[] }>()
  readonly #tradesEpoch: number
  #epoch: number
  #seq = 0
  #tradesSeq = 0

  constructor(host: FakeHost, symbol: string, epoch = 1) {
    this.#host = host
    this.symbol = symbol as InstrumentId
    this.#epoch = epoch
    this.#tradesEpoch = epoch
  }

  /** The whole book as it was then; undefined when there never was one. */
  bookAt(
    epoch: number,
    seq: number,
  ): { readonly bids: readonly number[]; readonly asks: readonly number[] } | undefined {
    return this.#books.get(`${epoch}.${seq}`)
  }

  get newest(): { readonly bids: readonly number[]; readonly asks: readonly number[] } {
    return { bids: this.#book.bids(), asks: this.#book.asks() }
  }

  get trades(): number {
    return this.#tradesSeq
  }

  snapshot(bids: Levels, asks: Levels): MarketEvent {
    this.#book.replace(bids, asks)
    this.#epoch++
    this.#seq = 0
    return this.#stamped({ kind: 'book-snapshot', bids, asks, verified: 'sequence' })
  }

  delta(bids: Levels, asks: Levels): MarketEvent {
    this.#book.apply(bids, asks)
    return this.#stamped({ kind: 'book-delta', bids, asks, verified: 'sequence' })
  }

  trade(price: number, quantity: number): MarketEvent {
    this.#tradesSeq++
    const fields = { kind: 'trade', tradeId: `t${this.#tradesSeq}`, price, quantity, side: 'buy' }
    return { ...fields, ...this.#stamp(), epoch: this.#tradesEpoch, seq: this.#tradesSeq } as unknown as MarketEvent
  }

  /** A book of ten levels a side around a random price. */
  randomSnapshot(): MarketEvent {
    const mid = 1000 + this.#host.below(50)
    const bids: number[] = []
    const asks: number[] = []
    for (let i = 1; i <= 10; i++) {
      bids.push(mid - i * 2, 1 + this.#host.below(99))
      asks.push(mid + i * 2, 1 + this.#host.below(99))
    }
    return this.snapshot(bids, asks)
  }

  /** One or two levels set or removed, never crossing. */
  randomDelta(): MarketEvent {
    const bid = this.#book.bestBid() ?? 1000
    const ask = this.#book.bestAsk() ?? bid + 2
    const bids: number[] = []
    const asks: number[] = []
    if (this.#host.below(3) > 0) bids.push(...this.#change('bid', Math.min(bid + 1, ask - 1) - this.#host.below(12)))
    if (this.#host.below(3) > 0) asks.push(...this.#change('ask', Math.max(ask - 1, bid + 1) + this.#host.below(12)))
    return this.delta(bids, asks)
  }

  #change(side: 'bid' | 'ask', price: number): number[] {
    const held = this.#book.lotsAt(side, price as never)
    const isLast = (side === 'bid' ? this.#book.bidCount : this.#book.askCount) <= 2
    if (held > 0 && !isLast && this.#host.below(2) === 0) return [price, 0]
    return [price, 1 + this.#host.below(99)]
  }

  #stamped(fields: object): MarketEvent {
    this.#seq++
    this.#books.set(`${this.#epoch}.${this.#seq}`, { bids: this.#book.bids(), asks: this.#book.asks() })
    return { ...fields, ...this.#stamp(), epoch: this.#epoch, seq: this.#seq } as unknown as MarketEvent
  }

  #stamp(): { readonly instrument: InstrumentId; readonly exchangeTime: Micros; readonly receivedAt: Micros } {
    const now = (this.#host.now() * 1000) as Micros
    return { instrument: this.symbol, exchangeTime: now, receivedAt: now }
  }
}
