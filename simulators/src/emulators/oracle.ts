import type { Exchange, Listed, OrderEvent } from '@depthcast/feeds/simulation'
import { BookHalf } from './price-book.ts'

/** Events of a symbol that are kept at least where nothing else is said: any book within them can be given. */
const KEPT = 20_000

/** A book as it truly was after event `seq`, at `at` µs since the opening. */
export type TrueBook = {
  readonly seq: number
  readonly at: number
  readonly bids: readonly number[]
  readonly asks: readonly number[]
}

/** Numbers of the first and last event after which a book can be given. */
export type Range = { readonly first: number; readonly last: number }

/** The true book of every symbol, now and after each of the last `kept` events or more. */
export class Oracle {
  readonly #histories: ReadonlyMap<string, History>
  readonly #exchange: Exchange

  constructor(exchange: Exchange, kept = KEPT) {
    this.#exchange = exchange
    this.#histories = new Map(
      exchange.instruments.map((listed) => [listed.symbol, new History(exchange, listed.symbol, kept)]),
    )
  }

  hear(event: OrderEvent): void {
    this.#histories.get(event.symbol)?.hear(event)
  }

  listed(symbol: string): Listed | undefined {
    return this.#exchange.instruments.find((one) => one.symbol === symbol)
  }

  /** Undefined for a symbol that is not listed. */
  range(symbol: string): Range | undefined {
    return this.#histories.get(symbol)?.range
  }

  /** After event `seq`, or after the last one; undefined where it is no longer, or not yet, known. */
  book(symbol: string, seq?: number): TrueBook | undefined {
    return this.#histories.get(symbol)?.book(seq)
  }

  /** The number of the last event up to and at this time, µs since the opening; below the range for a time before it, 0 for no symbol. */
  seqAt(symbol: string, at: number): number {
    return this.#histories.get(symbol)?.seqAt(at) ?? 0
  }
}

/** One level's new total, or nothing where `ticks` is 0: a halt, a resumption. */
type Step = { readonly isBid: boolean; readonly ticks: number; readonly total: number; readonly at: number }

/** A book as it was at some event, and every event since. */
class History {
  readonly #kept: number
  #base: { bid: BookHalf; ask: BookHalf; seq: number; at: number }
  #steps: Step[] = []

  constructor(exchange: Exchange, symbol: string, kept: number) {
    this.#kept = kept
    const half = (side: 'bid' | 'ask'): BookHalf => new BookHalf(side, exchange.levels(symbol, side))
    this.#base = { bid: half('bid'), ask: half('ask'), seq: exchange.seq(symbol), at: exchange.now }
  }

  get range(): Range {
    return { first: this.#base.seq, last: this.#base.seq + this.#steps.length }
  }

  hear(event: OrderEvent): void {
    const isLevel = event.kind !== 'halt' && event.kind !== 'resume'
    const level = isLevel
      ? { isBid: event.side === 'bid', ticks: event.ticks, total: event.total }
      : { isBid: false, ticks: 0, total: 0 }
    this.#steps.push({ ...level, at: event.at })
    if (this.#steps.length < 2 * this.#kept) return
    const gone = this.#steps.slice(0, this.#kept)
    apply(this.#base, gone)
    this.#base = { ...this.#base, seq: this.#base.seq + this.#kept, at: gone.at(-1)?.at ?? this.#base.at }
    this.#steps = this.#steps.slice(this.#kept)
  }

  book(seq = this.range.last): TrueBook | undefined {
    const { first, last } = this.range
    if (!(seq >= first && seq <= last)) return undefined
    const steps = this.#steps.slice(0, seq - first)
    const sides = {
      bid: new BookHalf('bid', this.#base.bid.levels()),
      ask: new BookHalf('ask', this.#base.ask.levels()),
    }
    apply(sides, steps)
    return { seq, at: steps.at(-1)?.at ?? this.#base.at, bids: sides.bid.levels(), asks: sides.ask.levels() }
  }

  /** The last event at or before this time; before the first one kept, a number below the range. */
  seqAt(at: number): number {
    if (at < this.#base.at) return -1
    let low = 0
    let high = this.#steps.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#steps[middle]!.at <= at) low = middle + 1
      else high = middle
    }
    return this.#base.seq + low
  }
}

function apply(sides: { readonly bid: BookHalf; readonly ask: BookHalf }, steps: readonly Step[]): void {
  for (const { isBid, ticks, total } of steps) {
    if (ticks !== 0) sides[isBid ? 'bid' : 'ask'].set(ticks, total)
  }
}
