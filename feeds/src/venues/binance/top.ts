/** Best bid and ask as the venue states them for one update id. */
export type Top = {
  readonly id: number
  readonly bid: number
  readonly bidLots: number
  readonly ask: number
  readonly askLots: number
}

/** A book's own top; undefined on an empty side. */
export type OwnTop = {
  readonly bid: number | undefined
  readonly bidLots: number
  readonly ask: number | undefined
  readonly askLots: number
}

/** Tops come for every id, depth events only for the last of a batch; most are passed over. */
const MOST_HELD = 1_000

/**
 * Pairs the bookTicker stream with the depth stream: a top counts when its id is exactly the book's.
 *
 * A top usually comes before the batch that holds its id, so it waits for it here; those inside a batch never meet the book.
 */
export class TopOracle {
  #held: Top[] = []

  /** The top to compare now that one has come; undefined when the book is not there yet, or already past it. */
  offer(top: Top, bookId: number | undefined): Top | undefined {
    if (bookId !== undefined && top.id <= bookId) return top.id === bookId ? top : undefined
    this.#held.push(top)
    if (this.#held.length > MOST_HELD) this.#held.shift()
    return undefined
  }

  /** The top to compare now that the book has come to `bookId`. */
  reached(bookId: number): Top | undefined {
    const exact = this.#held.findLast((top) => top.id === bookId)
    this.#held = this.#held.filter((top) => top.id > bookId)
    return exact
  }

  clear(): void {
    this.#held = []
  }
}

export function agrees(theirs: Top, ours: OwnTop): boolean {
  return (
    theirs.bid === ours.bid &&
    theirs.bidLots === ours.bidLots &&
    theirs.ask === ours.ask &&
    theirs.askLots === ours.askLots
  )
}
