import { Book } from '@depthcast/market'
import type { DepthDiff } from './depth.ts'
import type { Seed } from './symbol.ts'

/** What a snapshot spoke of: beyond its last level on a side only levels that changed since are known. */
export type Window = {
  readonly topBid: number
  readonly lastBid: number
  readonly topAsk: number
  readonly lastAsk: number
}

/** A side with fewer levels than were asked for is the whole side. */
export function windowOf({ bids, asks }: Seed, levels: number): Window {
  return {
    topBid: bids[0] ?? 0,
    lastBid: bids.length / 2 < levels ? Number.NEGATIVE_INFINITY : bids.at(-2)!,
    topAsk: asks[0] ?? 0,
    lastAsk: asks.length / 2 < levels ? Number.POSITIVE_INFINITY : asks.at(-2)!,
  }
}

/** The market has moved to within a fifth of the window's end: soon its best levels would be ones nobody told us of. */
export function nearsEdge(book: Book, { topBid, lastBid, topAsk, lastAsk }: Window): boolean {
  const bid = book.bestBid() ?? topBid
  const ask = book.bestAsk() ?? topAsk
  return bid - lastBid < (topBid - lastBid) / 5 || lastAsk - ask < (lastAsk - topAsk) / 5
}

/** How a live book compares with a fresh image of the same moment. */
export type Comparison = {
  /** Every level that our book should have known is as the image says. */
  readonly agrees: boolean
  /** Levels that were beyond our window, as changes to our book. */
  readonly bids: readonly number[]
  readonly asks: readonly number[]
}

/**
 * A snapshot fetched while the book is live, brought to the same id as the book by the events in between, and compared with it.
 *
 * It widens what is known without breaking the chain, and it is the one check of the book's depth that the stream itself cannot give.
 */
export class Reseed {
  readonly #fromId: number
  readonly #diffs: DepthDiff[] = []
  #seed: Seed | undefined

  /** `fromId` is the book's id when the snapshot was asked for. */
  constructor(fromId: number) {
    this.#fromId = fromId
  }

  /** An event that the book has applied meanwhile. */
  add(diff: DepthDiff): void {
    this.#diffs.push(diff)
  }

  get size(): number {
    return this.#diffs.length
  }

  /** False when the snapshot is from before the question, so that events between the two are missing. */
  offer(seed: Seed): boolean {
    this.#seed = seed
    return seed.lastId >= this.#fromId
  }

  /** The fetched snapshot; undefined until it is here and the book at `bookId` has come as far as it. */
  ready(bookId: number): Seed | undefined {
    return this.#seed !== undefined && bookId >= this.#seed.lastId ? this.#seed : undefined
  }

  compare(book: Book, seed: Seed, known: Window, levels: number): Comparison {
    const image = new Book()
    image.replace(seed.bids, seed.asks)
    for (const diff of this.#diffs) if (diff.last > seed.lastId) image.apply(diff.bids, diff.asks)
    const { lastBid, lastAsk } = windowOf(seed, levels)
    const bids = compareSide(book, image, 'bid', (ticks) =>
      ticks < lastBid ? 'untold' : ticks < known.lastBid ? 'new' : 'known',
    )
    const asks = compareSide(book, image, 'ask', (ticks) =>
      ticks > lastAsk ? 'untold' : ticks > known.lastAsk ? 'new' : 'known',
    )
    return { agrees: bids.agrees && asks.agrees, bids: bids.changes, asks: asks.changes }
  }
}

function compareSide(
  book: Book,
  image: Book,
  side: 'bid' | 'ask',
  place: (ticks: number) => 'untold' | 'new' | 'known',
) {
  const changes: number[] = []
  let agrees = true
  const look = (ticks: number): void => {
    const lots = image.lotsAt(side, ticks)
    if (lots === book.lotsAt(side, ticks)) return
    const where = place(ticks)
    if (where === 'new') changes.push(ticks, lots)
    if (where === 'known') agrees = false
  }
  image.forEach(side, look)
  book.forEach(side, (ticks) => {
    if (image.lotsAt(side, ticks) === 0) look(ticks)
  })
  return { changes, agrees }
}
