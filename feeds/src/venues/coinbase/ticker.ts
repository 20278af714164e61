import type { Micros, Ticks } from '@depthcast/market'

/** The best bid and ask of a ticker, and the moment they are of. */
export type Quote = { readonly time: Micros; readonly bid: Ticks; readonly ask: Ticks }

/** How a comparison came out; `undecided` says nothing about the book. */
export type Verdict = 'agrees' | 'differs' | 'undecided' | 'later'

/**
 * Pairs tickers with the book by time: a ticker is sent for a match, and the match changes the book in an l2update of the very same time.
 *
 * Only a ticker whose time is that of the book's last update speaks of the same moment. One that comes before its update waits for it; one that
 * differs is looked at again when the book moves on, since several updates may carry one time. An update of several changes (level2_batch) may
 * hold later ones than its time says, so a difference there is undecided. The ticker sent on subscribing is of the last match, however long ago.
 */
export class QuoteOracle {
  #bookTime: Micros | undefined
  #isBatch = false
  #held: Quote | undefined

  /** A new socket or a new snapshot: no update has come yet. */
  clear(): void {
    this.#bookTime = undefined
    this.#held = undefined
  }

  /** A ticker has come; `later` when its verdict is still out. */
  offer(quote: Quote, matches: (quote: Quote) => boolean): Verdict {
    if (this.#bookTime !== undefined && quote.time < this.#bookTime) return 'undecided'
    if (quote.time === this.#bookTime && matches(quote)) return 'agrees'
    this.#held = quote
    return 'later'
  }

  /** To be called before an update of `time` is applied: the book still stands as the update before it left it. */
  beforeUpdate(time: Micros, isBatch: boolean, matches: (quote: Quote) => boolean): Verdict | undefined {
    const verdict = this.#held !== undefined && time > this.#held.time ? this.settle(matches) : undefined
    this.#bookTime = time
    this.#isBatch = isBatch
    return verdict
  }

  /** No more updates of the held ticker's time are to be expected. */
  settle(matches: (quote: Quote) => boolean): Verdict | undefined {
    const held = this.#held
    if (held === undefined) return undefined
    this.#held = undefined
    if (held.time !== this.#bookTime) return 'undecided'
    if (matches(held)) return 'agrees'
    return this.#isBatch ? 'undecided' : 'differs'
  }
}
