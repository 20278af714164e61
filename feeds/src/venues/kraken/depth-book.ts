import { type Book, type BookSide, checksum, type Levels } from '@depthcast/market'
import { lastWins } from '../wire.ts'

/** How many levels a side the checksum covers; what lies deeper it does not prove. */
export const PROVEN_LEVELS = 10

/** How many decimals more than our ticks and lots the wire has; below zero, how many fewer. */
export type Decimals = { readonly price: number; readonly quantity: number }

/**
 * A book held exactly as the venue holds the subscription's: its best `depth` levels a side.
 *
 * The venue tells of levels that change, never of those pushed out of the depth; one that comes back into it is sent again. So after each whole
 * message both sides are cut to the depth, and what was cut is told to whoever follows as deleted. A book that is not cut passes for right for as
 * long as the top ten hold no level that should have gone.
 *
 * Source: Kraken WebSocket API v2, the guide to maintaining a book, https://docs.kraken.com/api/docs/guides/spot-ws-book-v2.
 */
export class DepthBook {
  readonly #book: Book
  depth: number
  extra: Decimals = { price: 0, quantity: 0 }

  constructor(book: Book, depth: number) {
    this.#book = book
    this.depth = depth
  }

  /**
   * True of a message that takes away a level which is not here, or tells one again as it stands, as if a change before it had not come: of 4,778
   * recorded updates with 1,731 deletes none was so. It proves nothing: a message may come twice, and a level may come and go in one instant.
   */
  isOdd(bids: Levels, asks: Levels): boolean {
    return this.#hasOdd('bid', bids) || this.#hasOdd('ask', asks)
  }

  /** Applies a whole message, levels in the order of the wire; gives it as one entry a price, with what fell out of the depth deleted. */
  fold(bids: number[], asks: number[]): { bids: number[]; asks: number[] } {
    this.#book.apply(bids, asks)
    return { bids: this.#cut('bid', bids), asks: this.#cut('ask', asks) }
  }

  /** The levels of a side that belong to the subscription, of a list that is best first. */
  within(levels: number[]): number[] {
    return levels.length > this.depth * 2 ? levels.slice(0, this.depth * 2) : levels
  }

  /**
   * CRC-32 of the top ten asks from low to high, then of the top ten bids from high to low: of each level the digits of price and quantity as
   * they stand on the wire, without point and leading zeros. With fewer levels, of those there are.
   *
   * Source: the same guide, "Book checksum".
   */
  checksum(): number {
    return this.checksumOf(this.#book.bids(PROVEN_LEVELS), this.#book.asks(PROVEN_LEVELS))
  }

  /** The same of levels given best first. */
  checksumOf(bids: Levels, asks: Levels): number {
    const { price, quantity } = this.extra
    if (price === 0 && quantity === 0) return checksum(bids, asks, PROVEN_LEVELS)
    const written = (levels: Levels) =>
      levels.slice(0, PROVEN_LEVELS * 2).map((n, at) => shifted(n, at % 2 === 0 ? price : quantity))
    return checksum(written(bids), written(asks), PROVEN_LEVELS)
  }

  /** Of a price that is named twice the first time counts: the second speaks of what the first made of it. */
  #hasOdd(side: BookSide, levels: Levels): boolean {
    for (let at = 0; at < levels.length; at += 2) {
      const isAsHeld = this.#book.lotsAt(side, levels[at]!) === levels[at + 1]
      if (isAsHeld && !isNamedBefore(levels, at)) return true
    }
    return false
  }

  #cut(side: BookSide, changed: number[]): number[] {
    const book = this.#book
    if ((side === 'bid' ? book.bidCount : book.askCount) <= this.depth) return lastWins(changed)
    const gone: number[] = []
    let index = 0
    book.forEach(side, (ticks) => {
      if (index++ >= this.depth) gone.push(ticks, 0)
    })
    if (side === 'bid') book.apply(gone, [])
    else book.apply([], gone)
    return lastWins([...changed, ...gone])
  }
}

function isNamedBefore(levels: Levels, at: number): boolean {
  for (let before = 0; before < at; before += 2) if (levels[before] === levels[at]) return true
  return false
}

/** A whole number with so many zeros more, or fewer: the text of a power of ten is read exactly, its product is not where it is below one. */
function shifted(n: number, decimals: number): number {
  return decimals >= 0 ? n * Number(`1e${decimals}`) : n / Number(`1e${-decimals}`)
}
