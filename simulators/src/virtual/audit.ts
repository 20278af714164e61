import type { OrderEvent } from '@depthcast/feeds/simulation'
import type { InstrumentId, InstrumentState, MarketEvent } from '@depthcast/market'
import { Follower } from './follower.ts'
import { type Market, Truth } from './truth.ts'

/** A book that was given out as right and is none the market ever had, or that goes on without the epoch of its snapshot. */
export type Wrong = { readonly instrument: InstrumentId; readonly at: number; readonly because: string }

/** How one instrument came through. */
export type AuditedBook = {
  readonly state: InstrumentState | undefined
  /** Books compared with the truth, one after each event, and how many of them were wrong while they were marked right. */
  readonly compared: number
  readonly wrong: number
  /** Books that were wrong while marked right within the time that a silent fault may take to show; and the longest such time, µs. */
  readonly silent: number
  readonly silentUs: number
  /** The longest time for which it was marked right though the market had left it, µs; looked at once in a while. */
  readonly oldUs: number
  /** True when the book is the true one of some moment not older than the last. */
  readonly isTrue: boolean
}

/**
 * Compares what a feed says with what the market was, event by event. A book is right when it is the true book after some event, and never one
 * before that of the book before it.
 *
 * A book is known by a sum over its levels; two different ones have the same sum once in 2^52.
 */
export class Audit {
  readonly #truths = new Map<string, Map<number, Truth>>()
  readonly #books = new Map<InstrumentId, Follower>()
  readonly wrongs: Wrong[] = []

  /** Where a market begins, whole or cut to so many levels a side: books of an earlier moment are not known. */
  know(symbol: string, market: Market, depth = Number.POSITIVE_INFINITY): void {
    const byDepth = this.#truths.get(symbol) ?? new Map<number, Truth>()
    this.#truths.set(symbol, byDepth.set(depth, new Truth(market, depth)))
  }

  /** That `instrument` claims to be the book of `symbol`, to a depth that is known. Throws RangeError for one that is not. */
  expect(instrument: InstrumentId, symbol: string, depth = Number.POSITIVE_INFINITY): void {
    const truth = this.#truths.get(symbol)?.get(depth)
    if (truth === undefined) throw new RangeError(`${symbol} is not known to depth ${depth}`)
    this.#books.set(instrument, new Follower(truth))
  }

  /** Something that nothing on the wire shows at once was done to this book at `at`: until then, or until it is taken anew, it may be wrong. */
  excuse(instrument: InstrumentId, { at, until }: { readonly at: number; readonly until: number }): void {
    this.#books.get(instrument)?.excuse(at, until)
  }

  market(event: OrderEvent): void {
    if (event.kind === 'halt' || event.kind === 'resume') return
    for (const truth of this.#truths.get(event.symbol)?.values() ?? []) truth.set(event.side, event.ticks, event.total)
  }

  hear(event: MarketEvent): void {
    const { instrument, receivedAt: at } = event
    for (const because of this.#books.get(instrument)?.hear(event) ?? []) this.wrongs.push({ instrument, at, because })
  }

  /** Looks for books that stand still while the market moves. */
  look(now: number): void {
    for (const book of this.#books.values()) book.look(now)
  }

  of(instrument: InstrumentId): AuditedBook {
    const book = this.#books.get(instrument)
    if (book === undefined) throw new RangeError(`${instrument} is not expected`)
    const { state, compared, wrong, silent, silentUs, oldUs, isTrue } = book
    return { state, compared, wrong, silent, silentUs, oldUs, isTrue }
  }

  get instruments(): readonly InstrumentId[] {
    return [...this.#books.keys()]
  }
}
