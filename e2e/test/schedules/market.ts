import type { Feed, FeedHealth, FeedSink } from '@depthcast/feeds'
import { Ledger, type MarketEvent, micros } from '@depthcast/market'
import { instrument } from '../../../server/test/fakes/feed.ts'
import type { Random } from '../../../server/test/fakes/random.ts'

const BASES = ['BTC', 'ETH']
const MID = 10_000
/** Levels a side a random change falls among. */
const SPAN = 30

/**
 * One market that several gateways hear the same of: equal events with equal numbers. Its own ledgers are what is true.
 *
 * A gateway that starts later gets the books as they are, at the number they have; what was traded before it came it never knew.
 */
export class Market {
  readonly ledgers = new Map<string, Ledger>()
  readonly #sinks = new Set<FeedSink>()
  readonly #places = new Map<string, Places>()
  #at = Date.now() * 1000

  constructor(epoch: number) {
    for (const base of BASES) {
      const traded = instrument(base)
      this.ledgers.set(traded.id, new Ledger(traded))
      this.#places.set(traded.id, { book: { epoch, seq: 0 }, trades: { epoch, seq: 0 }, others: 0 })
      this.image(traded.id)
    }
  }

  get symbols(): readonly string[] {
    return [...this.ledgers.keys()]
  }

  /** A feed of this market for one more gateway. */
  feed(): Feed {
    let sink: FeedSink | undefined
    return {
      start: (started) => {
        sink = started
        this.#sinks.add(started)
        for (const ledger of this.ledgers.values()) this.#introduce(ledger, started)
      },
      health: (): readonly FeedHealth[] => [
        { name: 'market', state: 'open', frames: 0, errors: 0, reconnects: 0, checks: {} },
      ],
      close: () => {
        if (sink !== undefined) this.#sinks.delete(sink)
        return Promise.resolve()
      },
    }
  }

  /** One thing happens in the market. */
  step(dice: Random): void {
    const symbol = dice.pick(this.symbols)
    const roll = dice.whole(100)
    if (roll < 60) this.#delta(symbol, dice)
    else if (roll < 94) this.#trade(symbol, dice)
    else {
      this.#emit(symbol, { kind: 'gap', stream: 'book', reason: 'sequence' })
      if (roll < 98) this.image(symbol)
    }
  }

  /** A whole new book, after a gap: there is no other reason for one here. */
  image(symbol: string): void {
    const places = this.#placesOf(symbol)
    places.book = { epoch: places.book.epoch + 1, seq: 1 }
    const side = (direction: 1 | -1): number[] =>
      Array.from({ length: 40 }, (_, i) => [MID + direction * (i + 1), 5 + i]).flat()
    this.#emit(symbol, { kind: 'book-snapshot', bids: side(-1), asks: side(1), verified: 'sequence' }, places.book)
  }

  /** Every book is right again. */
  mend(): void {
    for (const [symbol, ledger] of this.ledgers) if (!ledger.bookValid) this.image(symbol)
  }

  /** One last trade and change of everything, so that whoever missed something can know. */
  close(dice: Random): void {
    for (const symbol of this.symbols) {
      this.#trade(symbol, dice)
      this.#delta(symbol, dice)
    }
  }

  #delta(symbol: string, dice: Random): void {
    const places = this.#placesOf(symbol)
    if (this.ledgers.get(symbol)?.bookValid !== true) return
    places.book = { ...places.book, seq: places.book.seq + 1 }
    const change = (direction: 1 | -1): number[] => {
      const levels = new Map<number, number>()
      for (let n = dice.whole(4); n > 0; n--)
        levels.set(dice.whole(SPAN) + 1, dice.chance(0.3) ? 0 : dice.whole(500) + 1)
      return [...levels].sort(([a], [b]) => a - b).flatMap(([away, lots]) => [MID + direction * away, lots])
    }
    this.#emit(symbol, { kind: 'book-delta', bids: change(-1), asks: change(1), verified: 'sequence' }, places.book)
  }

  #trade(symbol: string, dice: Random): void {
    const places = this.#placesOf(symbol)
    places.trades = { ...places.trades, seq: places.trades.seq + 1 }
    const { seq } = places.trades
    const trade = { tradeId: String(seq), price: MID, quantity: dice.whole(100) + 1, side: dice.pick(['buy', 'sell']) }
    this.#emit(symbol, { kind: 'trade', ...trade }, places.trades)
  }

  #emit(symbol: string, event: object, place?: Place): void {
    const places = this.#placesOf(symbol)
    const numbered = this.#stamped(symbol, event, place ?? { epoch: 1, seq: ++places.others })
    this.ledgers.get(symbol)?.apply(numbered)
    for (const sink of this.#sinks) sink.event(numbered)
  }

  #introduce(ledger: Ledger, sink: FeedSink): void {
    const { id } = ledger.instrument
    sink.instrument(ledger.instrument)
    const control = (): Place => ({ epoch: 1, seq: ++this.#placesOf(id).others })
    sink.event(this.#stamped(id, { kind: 'status', state: 'live' }, control()))
    if (!ledger.bookValid) return
    const { book, bookEpoch: epoch, bookSeq: seq } = ledger
    const image = { kind: 'book-snapshot', bids: book.bids(1e6), asks: book.asks(1e6), verified: 'sequence' }
    sink.event(this.#stamped(id, image, { epoch, seq }))
  }

  #stamped(instrument: string, event: object, place: Place): MarketEvent {
    const now = micros(++this.#at)
    return { ...event, instrument, exchangeTime: now, receivedAt: now, ...place } as MarketEvent
  }

  #placesOf(symbol: string): Places {
    return this.#places.get(symbol) as Places
  }
}

type Place = { readonly epoch: number; readonly seq: number }
type Places = { book: Place; trades: Place; others: number }
