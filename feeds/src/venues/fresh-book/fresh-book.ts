import type { BookSide, Instrument, Levels, Micros } from '@depthcast/market'
import { Book, fromLots, fromTicks } from '@depthcast/market'

/**
 * What is compared: `depth` is how many levels a side both books have at most, default all; `apartUs` how far the two sockets, and what one socket is
 * said to have come to, may be apart in what they have told.
 */
export type Terms = { readonly depth?: number; readonly apartUs: number }

/** Levels as flat ticks and lots. */
export type Sides = { readonly bids: Levels; readonly asks: Levels }

/**
 * How the comparison stands. `later` not yet known · `differs` at levels on which both sockets have long said all they will; `ours` and `theirs` are
 * words for people.
 */
export type Freshness =
  | { readonly kind: 'later' }
  | { readonly kind: 'agrees' }
  | { readonly kind: 'differs'; readonly ours: string; readonly theirs: string }

/**
 * Holds our book against a second one of the same instrument, built from a fresh snapshot on another socket.
 *
 * The two sockets tell the same changes each in its own time, so at no moment need both books be of the same instant. But sizes are absolute: a level
 * that differs is settled by the next change to it, and that change reaches both within a batch. So the books are aligned by the venue's time, level by
 * level: one counts as different when it has not been changed on either socket for a while (`apartUs`) by the time that both have come to. What our socket
 * lost is such a level; what is only on its way is not.
 *
 * Books of a depth are compared as far down as both go. Below the last level of a full one the market goes on, and a level there may be missing only
 * because nobody told of it: the book is a little shorter then, and right all the same.
 */
export class FreshBook {
  /** What the second socket has told so far. Whoever reads it may put a change here first: quantities are absolute, so twice does no harm. */
  readonly theirs = new Book()
  readonly #instrument: Instrument
  readonly #ours: Book
  readonly #depth: number
  readonly #apartUs: number
  /** Levels that differ, and when they were last changed on either socket, by the venue's clock. Keys are ticks, negative for asks. */
  readonly #differing = new Map<number, Micros>()
  #ourTime: Micros
  #theirTime: Micros | undefined
  /** The time of the newer book when the snapshot came: what differs from then on, and was in neither, is not old. */
  #since: Micros | undefined

  /** `ourTime` is what our own socket has come to by the venue's clock. */
  constructor(instrument: Instrument, ours: Book, ourTime: Micros, { depth, apartUs }: Terms) {
    this.#instrument = instrument
    this.#ours = ours
    this.#ourTime = ourTime
    this.#depth = depth ?? Number.POSITIVE_INFINITY
    this.#apartUs = apartUs
  }

  /** The second socket's snapshot; one without a time is taken to be as old as our book. */
  snapshot({ bids, asks, time }: Sides & { readonly time: Micros | undefined }): void {
    this.theirs.replace(bids, asks)
    this.#differing.clear()
    if (time !== undefined) this.theirsReached(time)
    this.#since = latest(this.#ourTime, this.#theirTime)
    for (const side of ['bid', 'ask'] as const) {
      for (const key of differingKeys(side, this.theirs, this.#ours)) this.#differing.set(key, this.#since)
    }
  }

  /** A change told by the second socket. */
  theirsChanged({ bids, asks, time }: Sides & { readonly time: Micros }): void {
    this.theirsReached(time)
    if (this.#since === undefined) return
    this.theirs.apply(bids, asks)
    this.#changed(bids, asks, time)
  }

  /** A change that our book has just taken. */
  oursChanged({ bids, asks, time }: Sides & { readonly time: Micros }): void {
    this.oursReached(time)
    if (this.#since !== undefined) this.#changed(bids, asks, time)
  }

  /** The second socket has told all it had to until about this time. */
  theirsReached(time: Micros): void {
    this.#theirTime = latest(time, this.#theirTime)
  }

  oursReached(time: Micros): void {
    this.#ourTime = latest(time, this.#ourTime)
  }

  verdict(): Freshness {
    if (this.#since === undefined) return { kind: 'later' }
    if (this.#differing.size === 0) return { kind: 'agrees' }
    if (this.#theirTime === undefined) return { kind: 'later' }
    const settledUntil = Math.min(this.#ourTime, this.#theirTime) - this.#apartUs
    if (settledUntil < this.#since) return { kind: 'later' }
    const settled = [...this.#differing].filter(([, changedAt]) => changedAt <= settledUntil).map(([key]) => key)
    const [lastBid, lastAsk] = settled.length === 0 ? [0, 0] : [this.#last('bid'), this.#last('ask')]
    const wrong = settled.filter((key) => key >= (key > 0 ? lastBid : lastAsk))
    return wrong.length === 0 ? { kind: 'agrees' } : this.#words(wrong)
  }

  /** The key of the last level that both books go down to; keys fall from the best level on. */
  #last(side: BookSide): number {
    const isFull = (side === 'bid' ? this.theirs.bidCount : this.theirs.askCount) >= this.#depth
    return isFull ? Math.max(lastKey(this.#ours, side), lastKey(this.theirs, side)) : Number.NEGATIVE_INFINITY
  }

  #changed(bids: readonly number[], asks: readonly number[], time: Micros): void {
    for (let at = 0; at < bids.length; at += 2) this.#look('bid', bids[at]!, time)
    for (let at = 0; at < asks.length; at += 2) this.#look('ask', asks[at]!, time)
  }

  #look(side: BookSide, ticks: number, changedAt: Micros): void {
    const key = side === 'bid' ? ticks : -ticks
    if (this.#ours.lotsAt(side, ticks) === this.theirs.lotsAt(side, ticks)) this.#differing.delete(key)
    else this.#differing.set(key, changedAt)
  }

  #words(keys: readonly number[]): Freshness {
    const key = keys[0]!
    const side = key > 0 ? 'bid' : 'ask'
    const ticks = Math.abs(key)
    const { tickSize, lotSize } = this.#instrument
    const more = keys.length === 1 ? '' : `, one of ${keys.length} levels that differ`
    const words = (book: Book): string =>
      `${fromLots(book.lotsAt(side, ticks), lotSize)} at ${side} ${fromTicks(ticks, tickSize)}`
    return { kind: 'differs', ours: words(this.#ours), theirs: `${words(this.theirs)}${more}` }
  }
}

/** The keys of the levels at which two books differ, best first. Both are gone through once, side by side: books may have a million levels. */
function differingKeys(side: BookSide, one: Book, other: Book): readonly number[] {
  const keys: number[] = []
  const sign = side === 'bid' ? 1 : -1
  const levels = side === 'bid' ? other.bids() : other.asks()
  let at = 0
  one.forEach(side, (ticks, lots) => {
    const key = sign * ticks
    for (; at < levels.length && sign * levels[at]! > key; at += 2) keys.push(sign * levels[at]!)
    const isThere = levels[at] === ticks
    if (!isThere || levels[at + 1] !== lots) keys.push(key)
    if (isThere) at += 2
  })
  for (; at < levels.length; at += 2) keys.push(sign * levels[at]!)
  return keys
}

function lastKey(book: Book, side: BookSide): number {
  let key = Number.NEGATIVE_INFINITY
  book.forEach(side, (ticks) => {
    key = side === 'bid' ? ticks : -ticks
  })
  return key
}

function latest(time: Micros, other: Micros | undefined): Micros {
  return other === undefined || time > other ? time : other
}
