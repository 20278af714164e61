import type { QuoteAmount } from './quote-amount.ts'

/** What it takes to trade to a level and through it: the sums of lots, and of ticks × lots, from the best level to it. */
type DepthStep = { readonly ticks: number; readonly total: number; readonly worth: bigint }

export type DepthSide = {
  /** Best first, as far as the span goes. */
  readonly steps: readonly DepthStep[]
  readonly end: DepthEnd | undefined
}

/**
 * The last price that is known of a side, where that is before the span ends: what lies beyond nobody here knows. Either the view has no more
 * levels than it may have, or the book it is of has no more. That book need not be all of the venue's, which tells of so many levels only.
 */
type DepthEnd = { readonly ticks: number; readonly of: 'view' | 'book' }

/** Both sides of a book around their middle, which is half of `middle2` ticks. */
export type DepthCurve = {
  readonly middle2: number
  /** The outermost prices, ticks. */
  readonly lowest: number
  readonly highest: number
  readonly grouping: number
  readonly bids: DepthSide
  readonly asks: DepthSide
}

/** A book as it came: flat pairs of ticks and lots, best first, so many levels a side at most of so many ticks each. */
export type DepthBook = {
  readonly bids: readonly number[]
  readonly asks: readonly number[]
  readonly depth: number | 'all'
  readonly grouping: number
}

/** Twice the middle of the best prices, ticks, so that it is a whole number; of the one there is where a side is empty, undefined for none. */
export function middle2Of({ bids, asks }: Pick<DepthBook, 'bids' | 'asks'>): number | undefined {
  const bid = bids[0] ?? asks[0]
  const ask = asks[0] ?? bids[0]
  return bid === undefined || ask === undefined ? undefined : bid + ask
}

/** How far a span of so many percent goes from the middle, ticks. */
export function reachOf(middle2: number, spanPercent: number): number {
  return Math.max(1, (Math.abs(middle2) / 2) * (spanPercent / 100))
}

/** Adds the levels of a book up, as far from the middle as the span goes. Undefined for an empty book. */
export function depthCurve(book: DepthBook, spanPercent: number, worth: QuoteAmount): DepthCurve | undefined {
  const middle2 = middle2Of(book)
  if (middle2 === undefined) return undefined
  const reach = reachOf(middle2, spanPercent)
  const lowest = Math.ceil(middle2 / 2 - reach)
  const highest = Math.floor(middle2 / 2 + reach)
  const side = (levels: readonly number[], isWithin: (ticks: number) => boolean): DepthSide => {
    const steps = stepsOf(levels, isWithin, worth)
    const last = steps.at(-1)?.ticks
    const isBeyond = steps.length < levels.length / 2
    if (last === undefined || isBeyond || last === lowest || last === highest) return { steps, end: undefined }
    const isWhole = book.depth === 'all' || levels.length / 2 < book.depth
    return { steps, end: { ticks: last, of: isWhole ? 'book' : 'view' } }
  }
  return {
    middle2,
    lowest,
    highest,
    grouping: book.grouping,
    bids: side(book.bids, (ticks) => ticks >= lowest),
    asks: side(book.asks, (ticks) => ticks <= highest),
  }
}

/** What is to be had up to two prices as far from the middle, one on each side. */
export type DepthMark = {
  readonly side: 'bid' | 'ask'
  readonly ticks: number
  readonly total: number
  readonly worth: bigint
  /** What is known ends before this price: it is at least so much. */
  readonly isLeast: boolean
}

/**
 * Both sides at a price, the side of the price first. Groups count whole, so the prices are the nearest at which that is exact: multiples of
 * the grouping, towards the middle; between the best prices, the best ones.
 */
export function marksAt(curve: DepthCurve, ticks: number): readonly DepthMark[] {
  const { middle2, bids, asks } = curve
  const isBid = 2 * ticks < middle2
  const own = isBid ? markOf(curve, 'bid', ticks) : markOf(curve, 'ask', ticks)
  const mirrored = middle2 - (own?.ticks ?? ticks)
  const other = isBid ? markOf(curve, 'ask', mirrored) : markOf(curve, 'bid', mirrored)
  const has = { bid: bids.steps.length > 0, ask: asks.steps.length > 0 }
  return [own, other].filter((mark) => mark !== undefined && has[mark.side]) as DepthMark[]
}

function markOf(
  { bids, asks, lowest, highest, grouping }: DepthCurve,
  side: 'bid' | 'ask',
  ticks: number,
): DepthMark | undefined {
  const { steps, end } = side === 'bid' ? bids : asks
  const best = steps[0]
  if (best === undefined) return undefined
  const price =
    side === 'bid'
      ? Math.min(best.ticks, Math.max(lowest, Math.ceil(ticks / grouping) * grouping))
      : Math.max(best.ticks, Math.min(highest, Math.floor(ticks / grouping) * grouping))
  const isReached = (step: DepthStep): boolean => (side === 'bid' ? step.ticks >= price : step.ticks <= price)
  const { total, worth } = steps.findLast(isReached) ?? best
  const isLeast = end !== undefined && (side === 'bid' ? price < end.ticks : price > end.ticks)
  return { side, ticks: price, total, worth, isLeast }
}

function stepsOf(
  levels: readonly number[],
  isWithin: (ticks: number) => boolean,
  worth: QuoteAmount,
): readonly DepthStep[] {
  const steps: DepthStep[] = []
  let total = 0
  let sum = 0n
  for (let at = 0; at < levels.length; at += 2) {
    const ticks = levels[at] ?? 0
    const lots = levels[at + 1] ?? 0
    if (!isWithin(ticks)) break
    total += lots
    sum += worth.of(ticks, lots)
    steps.push({ ticks, total, worth: sum })
  }
  return steps
}
