import type { OrderEvent } from '@depthcast/feeds/simulation'
import type { InstrumentId, InstrumentState, VenueEvent } from '@depthcast/market'
import { BookHalf } from '../emulators/price-book.ts'
import { Levels } from './level-sum.ts'

/** Moments of the truth that a book is looked for in: those of so many events at least. */
const KEPT = 5_000
/** States in which a book is given out as right. */
const MARKED_RIGHT: readonly InstrumentState[] = ['live', 'quiet']

/** A book that was given out as right and is none the market ever had. */
export type Wrong = { readonly instrument: InstrumentId; readonly at: number; readonly because: string }

/** How one instrument came through. */
export type AuditedBook = {
  readonly state: InstrumentState | undefined
  /** Books compared with the truth, one after each event, and how many of them were wrong while they were marked right. */
  readonly compared: number
  readonly wrong: number
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

  market(event: OrderEvent): void {
    if (event.kind === 'halt' || event.kind === 'resume') return
    for (const truth of this.#truths.get(event.symbol)?.values() ?? []) truth.set(event.side, event.ticks, event.total)
  }

  hear(event: VenueEvent): void {
    const book = this.#books.get(event.instrument)
    if (book === undefined) return
    const because = book.hear(event)
    if (because !== undefined) this.wrongs.push({ instrument: event.instrument, at: event.receivedAt, because })
  }

  of(instrument: InstrumentId): AuditedBook {
    const book = this.#books.get(instrument)
    if (book === undefined) throw new RangeError(`${instrument} is not expected`)
    return { state: book.state, compared: book.compared, wrong: book.wrong, isTrue: book.isTrue }
  }

  get instruments(): readonly InstrumentId[] {
    return [...this.#books.keys()]
  }
}

/** Levels of a market, best first, in pairs of ticks and lots. */
export type Market = { readonly bids: readonly number[]; readonly asks: readonly number[] }

class Truth {
  readonly #depth: number
  readonly #whole = new Levels()
  readonly #sides: { readonly bid: BookHalf; readonly ask: BookHalf }
  /** The moments of each sum, and the sums in order, so that old ones can be let go. */
  readonly #moments = new Map<number, number[]>()
  readonly #sums: number[] = []
  #moment = 0

  constructor({ bids, asks }: Market, depth: number) {
    this.#depth = depth
    this.#sides = { bid: new BookHalf('bid', bids), ask: new BookHalf('ask', asks) }
    this.#whole.take('bid', bids)
    this.#whole.take('ask', asks)
    this.#note()
  }

  set(side: 'bid' | 'ask', ticks: number, total: number): void {
    this.#sides[side].set(ticks, total)
    if (this.#depth === Number.POSITIVE_INFINITY) this.#whole.set(side, ticks, total)
    this.#moment++
    this.#note()
  }

  /** The first moment from `earliest` on at which the book had this sum; undefined for never, as far as is kept. */
  momentOf(sum: number, earliest: number): number | undefined {
    return this.#moments.get(sum)?.find((moment) => moment >= earliest)
  }

  /** The same, of any time. */
  knows(sum: number): boolean {
    return this.#moments.has(sum)
  }

  #note(): void {
    const sum = this.#sum()
    const moments = this.#moments.get(sum)
    if (moments === undefined) this.#moments.set(sum, [this.#moment])
    else moments.push(this.#moment)
    this.#sums.push(sum)
    if (this.#sums.length < 2 * KEPT) return
    for (const old of this.#sums.splice(0, KEPT)) {
      const left = this.#moments.get(old)
      left?.shift()
      if (left?.length === 0) this.#moments.delete(old)
    }
  }

  #sum(): number {
    if (this.#depth === Number.POSITIVE_INFINITY) return this.#whole.sum
    const cut = new Levels()
    cut.take('bid', this.#sides.bid.levels(this.#depth))
    cut.take('ask', this.#sides.ask.levels(this.#depth))
    return cut.sum
  }
}

class Follower {
  readonly #truth: Truth
  readonly #levels = new Levels()
  #hasBook = false
  #lastMoment = -1
  /** A snapshot may be of an earlier moment than the last book when what makes it up to date comes with it, in the same instant. */
  #owed: { readonly at: number; readonly because: string } | undefined
  state: InstrumentState | undefined
  compared = 0
  wrong = 0

  constructor(truth: Truth) {
    this.#truth = truth
  }

  get isTrue(): boolean {
    return this.#hasBook && this.#truth.momentOf(this.#levels.sum, this.#lastMoment) !== undefined
  }

  /** Why the book is wrong after this event, or was before it, although it was marked right; undefined where it is not. */
  hear(event: VenueEvent): string | undefined {
    const overdue = this.#owed !== undefined && event.receivedAt > this.#owed.at ? this.#owed.because : undefined
    if (overdue !== undefined) {
      this.#owed = undefined
      this.wrong++
    }
    return this.#take(event) ?? overdue
  }

  #take(event: VenueEvent): string | undefined {
    switch (event.kind) {
      case 'status':
        this.state = event.state
        return undefined
      case 'gap':
        if (event.stream === 'book') this.#drop()
        return undefined
      case 'book-snapshot':
        this.#drop()
        this.#hasBook = true
        break
      case 'book-delta':
        if (!this.#hasBook) return 'an update without a snapshot'
        break
      case 'trade':
      case 'ticker':
        return undefined
    }
    this.#levels.take('bid', event.bids)
    this.#levels.take('ask', event.asks)
    return this.#judge(event.kind, event.receivedAt)
  }

  #drop(): void {
    this.#levels.clear()
    this.#hasBook = false
    this.#owed = undefined
  }

  #judge(after: string, now: number): string | undefined {
    this.compared++
    const moment = this.#truth.momentOf(this.#levels.sum, this.#lastMoment)
    if (moment !== undefined) {
      this.#lastMoment = moment
      this.#owed = undefined
      return undefined
    }
    // The state of a snapshot is told right behind it.
    const isMarked = after === 'book-snapshot' || (this.state !== undefined && MARKED_RIGHT.includes(this.state))
    if (!isMarked) return undefined
    if (!this.#truth.knows(this.#levels.sum)) {
      this.wrong++
      return `${after}: never the market's book`
    }
    const because = `${after}: an older book than the one before`
    if (after === 'book-snapshot' || this.#owed?.at === now) {
      this.#owed ??= { at: now, because }
      return undefined
    }
    this.wrong++
    return because
  }
}
