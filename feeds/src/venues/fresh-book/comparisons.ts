import type { Micros } from '@depthcast/market'
import type { Action, SymbolBook } from '../../book-state.ts'
import { OracleMismatch } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { FreshBook, type Freshness, type Terms } from './fresh-book.ts'

/** One book's part in being held against fresh ones: what it is compared with now, and what came of the last. */
export class Comparisons {
  readonly #state: SymbolBook
  #current: FreshBook | undefined
  #isDoubted = false

  constructor(state: SymbolBook) {
    this.#state = state
  }

  /** The book that ours is being held against. */
  get current(): FreshBook | undefined {
    return this.#current
  }

  /** True from a fresh book that differed to one that agrees, or until the book is another. */
  get isDoubted(): boolean {
    return this.#isDoubted
  }

  /** `ourTime` is what our own socket has come to by the venue's clock. */
  begin(ourTime: Micros, terms: Terms): FreshBook {
    const { instrument, book } = this.#state
    this.#current = new FreshBook(instrument, book, ourTime, terms)
    return this.#current
  }

  end(fresh: FreshBook): void {
    if (this.#current === fresh) this.#current = undefined
  }

  /** Ours is another book, or none: what was compared is gone. */
  forget(): void {
    this.#current = undefined
    this.#isDoubted = false
  }

  /** Different once is a doubt, twice is a failure; only a fresh book that agrees lifts the doubt. */
  judge(freshness: Exclude<Freshness, { kind: 'later' }>, now: Micros, out: Output[]): Action {
    const { venue, id: instrument } = this.#state.instrument
    this.#isDoubted = freshness.kind === 'differs'
    out.push({ kind: 'check', check: 'oracle', instrument, ok: !this.#isDoubted })
    if (freshness.kind === 'agrees') {
      this.#state.proven(now, out)
      return 'none'
    }
    const { ours, theirs } = freshness
    return this.#state.doubt(new OracleMismatch({ venue, instrument, of: 'level', ours, theirs }), now, out)
  }
}
