import type { Book } from '@depthcast/market'
import type { Seed } from './replies.ts'

/** What snapshots spoke of: beyond its last level on a side only levels that changed since are known. */
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

/** What is known after a newer snapshot agreed: what either told, as changes have been followed ever since. */
export function widened(known: Window, fresh: Window): Window {
  return {
    ...fresh,
    lastBid: Math.min(known.lastBid, fresh.lastBid),
    lastAsk: Math.max(known.lastAsk, fresh.lastAsk),
  }
}

/** The market has moved to within a fifth of the window's end: soon its best levels would be ones nobody told us of. */
export function nearsEdge(book: Book, { topBid, lastBid, topAsk, lastAsk }: Window): boolean {
  const bid = book.bestBid() ?? topBid
  const ask = book.bestAsk() ?? topAsk
  return bid - lastBid < (topBid - lastBid) / 5 || lastAsk - ask < (lastAsk - topAsk) / 5
}

/** How a live book compares with an image of the same moment. */
export type Comparison = {
  /** The first level that our book should have known, and had otherwise; undefined where it agrees. */
  readonly differs: { readonly side: 'bid' | 'ask'; readonly ticks: number } | undefined
  /** Levels that were beyond our window, as changes to our book. */
  readonly bids: readonly number[]
  readonly asks: readonly number[]
}

/** Compares within both windows; what only the image knows is what our book learns from it. */
export function compare(book: Book, image: Book, known: Window, told: Window): Comparison {
  const bids = compareSide(book, image, 'bid', (ticks) =>
    ticks < told.lastBid ? 'untold' : ticks < known.lastBid ? 'new' : 'known',
  )
  const asks = compareSide(book, image, 'ask', (ticks) =>
    ticks > told.lastAsk ? 'untold' : ticks > known.lastAsk ? 'new' : 'known',
  )
  return { differs: bids.differs ?? asks.differs, bids: bids.changes, asks: asks.changes }
}

function compareSide(
  book: Book,
  image: Book,
  side: 'bid' | 'ask',
  place: (ticks: number) => 'untold' | 'new' | 'known',
) {
  const changes: number[] = []
  let differs: Comparison['differs']
  const look = (ticks: number): void => {
    const lots = image.lotsAt(side, ticks)
    if (lots === book.lotsAt(side, ticks)) return
    const where = place(ticks)
    if (where === 'new') changes.push(ticks, lots)
    if (where === 'known') differs ??= { side, ticks }
  }
  image.forEach(side, look)
  book.forEach(side, (ticks) => {
    if (image.lotsAt(side, ticks) === 0) look(ticks)
  })
  return { changes, differs }
}
