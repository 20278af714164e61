import type { BookView, Subscription } from '@depthcast/client'
import { momentOf } from './content.ts'
import { KeptBook } from './kept-book.ts'

type Granted = Partial<NonNullable<Subscription<BookView>['granted']>>

/** What every content that shows one book has: all that is told of it is what is told of the book that is kept. */
export abstract class BookContent {
  protected readonly book = new KeptBook()
  readonly isBook = true
  #subscription: Subscription<BookView> | undefined
  #granted: Granted = {}

  get seq(): number | undefined {
    return this.book.view?.seq
  }

  get isVerified(): boolean {
    return this.book.isVerified
  }

  get contradiction(): string | undefined {
    return this.book.contradiction
  }

  /** When the newest change in the book happened; see `Content.happenedAt`. */
  happenedAt(view: BookView, isFresh: boolean): number | undefined {
    const isSnapshot = view.merged === 0
    return isFresh || isSnapshot ? momentOf(view.exchangeTime, view) : view.receivedAt
  }

  /** What was granted when the book that is kept came; by now it may be something else. */
  protected get granted(): Granted {
    return this.#granted
  }

  /** The subscription whose views are kept from now on, which is returned. */
  protected follow<Followed extends Subscription<BookView>>(subscription: Followed): Followed {
    this.#subscription = subscription
    return subscription
  }

  /** Returns whether it was kept: a crossed book is not. */
  protected keep(view: BookView): boolean {
    this.book.take(view)
    if (this.book.view !== view) return false
    this.#granted = this.#subscription?.granted ?? {}
    return true
  }
}
