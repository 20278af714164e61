import type { Feed, FeedHealth, FeedSink } from '@depthcast/feeds'
import { type Instrument, instrumentId, type Micros, step, type Verification } from '@depthcast/market'
import { Random } from '../random.ts'
import { stampMicros } from '../ticker.ts'

/** One book of the script: how many of its levels a side an update changes. The book holds a few more. */
export type Script = { readonly changes: number }

export const GRID = { tickSize: step('0.01'), lotSize: step('0.00000001') }
const SPARE_LEVELS = 5
const MID = 6_500_000
/** Changes drawn beforehand, that come round again and again: what is measured is the gateway and not this. A prime, so that no period of anything meets it. */
const CHANGES = 61

/** A feed that does what the bench says and nothing else: `move` changes the quantities of the best levels of one book, in one event. */
export class ScriptedFeed implements Feed {
  readonly #books: readonly ScriptedBook[]
  #sink: FeedSink | undefined

  constructor(scripts: readonly Script[]) {
    this.#books = scripts.map(({ changes }, index) => new ScriptedBook(index, changes))
  }

  start(sink: FeedSink): void {
    this.#sink = sink
    for (const book of this.#books) {
      sink.instrument(book.instrument)
      sink.event({ kind: 'book-snapshot', ...book.next(), ...book.whole() })
      sink.event({ kind: 'status', state: 'live', ...book.stamp(), epoch: 1, seq: 1 })
    }
  }

  move(index: number): void {
    const book = this.#books[index]
    if (book === undefined) throw new RangeError(`no book ${index} in the script, there are ${this.#books.length}`)
    this.#sink?.event({ kind: 'book-delta', ...book.next(), ...book.change() })
  }

  health(): readonly FeedHealth[] {
    return [{ name: 'bench', state: 'open', frames: 0, errors: 0, reconnects: 0, checks: {} }]
  }

  async close(): Promise<void> {
    this.#sink = undefined
  }
}

/** The id of the book with this number. */
export function symbolOf(index: number): `${string}:${string}-${string}` {
  return instrumentId('bench', `C${String(index).padStart(2, '0')}`, 'USD')
}

type Change = { readonly bids: readonly number[]; readonly asks: readonly number[] }

export class ScriptedBook {
  readonly instrument: Instrument
  readonly #changes: number
  readonly #bids: readonly number[]
  readonly #asks: readonly number[]
  readonly #random: Random
  readonly #drawn: readonly Change[]
  #seq = 0
  #moves = 0

  constructor(index: number, changes: number) {
    const base = `C${String(index).padStart(2, '0')}`
    this.instrument = { id: symbolOf(index), venue: 'bench', venueSymbol: base, base, quote: 'USD', ...GRID }
    this.#changes = changes
    this.#random = new Random(index + 1)
    this.#bids = this.#prices(MID, -1)
    this.#asks = this.#prices(MID + 1, 1)
    this.#drawn = Array.from({ length: CHANGES }, () => ({
      bids: this.#levels(this.#bids, changes),
      asks: this.#levels(this.#asks, changes),
    }))
  }

  stamp() {
    const now = stampMicros() as Micros
    return { instrument: this.instrument.id, exchangeTime: now, receivedAt: now }
  }

  /** The place of the next book event. */
  next() {
    const verified: Verification = 'none'
    this.#seq++
    return { ...this.stamp(), epoch: 1, seq: this.#seq, verified }
  }

  whole() {
    const all = this.#changes + SPARE_LEVELS
    return { bids: this.#levels(this.#bids, all), asks: this.#levels(this.#asks, all) }
  }

  change(): Change {
    return this.#drawn[this.#moves++ % CHANGES] as Change
  }

  #prices(best: number, direction: 1 | -1): readonly number[] {
    const prices: number[] = []
    for (
      let price = best;
      prices.length < this.#changes + SPARE_LEVELS;
      price += direction * (1 + this.#random.below(3))
    ) {
      prices.push(price)
    }
    return prices
  }

  #levels(prices: readonly number[], count: number): number[] {
    return prices.slice(0, count).flatMap((price) => [price, 1 + Math.floor(this.#random.logNormal(50_000_000, 1.5))])
  }
}
