import { BookHalf } from '../emulators/price-book.ts'
import { Levels } from './level-sum.ts'

/** Moments in which a book is looked for: those of the last so many events. */
const KEPT = 8_192

/** Levels of a market, best first, in pairs of ticks and lots. */
export type Market = { readonly bids: readonly number[]; readonly asks: readonly number[] }

/** What a market's book was after each of its last events, as a sum, whole or cut to so many levels a side. Takes the same room however long it runs. */
export class Truth {
  readonly #depth: number
  readonly #whole = new Levels()
  readonly #sides: { readonly bid: BookHalf; readonly ask: BookHalf }
  readonly #sums = new Float64Array(KEPT)
  #moment = -1

  constructor({ bids, asks }: Market, depth: number) {
    this.#depth = depth
    this.#sides = { bid: new BookHalf('bid', bids), ask: new BookHalf('ask', asks) }
    this.#whole.take('bid', bids)
    this.#whole.take('ask', asks)
    this.#note(this.#sum())
  }

  set(side: 'bid' | 'ask', ticks: number, total: number): void {
    const { at } = this.#sides[side].set(ticks, total)
    if (this.#depth === Number.POSITIVE_INFINITY) this.#whole.set(side, ticks, total)
    const isSeen = at >= 0 && at < this.#depth
    this.#note(isSeen ? this.#sum() : this.#sums[this.#moment % KEPT]!)
  }

  /** The first moment from `earliest` on at which the book had this sum; undefined for never, as far as is kept. */
  momentOf(sum: number, earliest: number): number | undefined {
    for (let moment = Math.max(earliest, this.#moment - KEPT + 1, 0); moment <= this.#moment; moment++) {
      if (this.#sums[moment % KEPT] === sum) return moment
    }
    return undefined
  }

  /** That of the last event. */
  get moment(): number {
    return this.#moment
  }

  /** The same, of any time. */
  knows(sum: number): boolean {
    return this.momentOf(sum, 0) !== undefined
  }

  #note(sum: number): void {
    this.#moment++
    this.#sums[this.#moment % KEPT] = sum
  }

  #sum(): number {
    if (this.#depth === Number.POSITIVE_INFINITY) return this.#whole.sum
    const cut = new Levels()
    cut.take('bid', this.#sides.bid.levels(this.#depth))
    cut.take('ask', this.#sides.ask.levels(this.#depth))
    return cut.sum
  }
}
