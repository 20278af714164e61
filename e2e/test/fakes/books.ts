import type { BookView, Subscription, TextLevel } from '@depthcast/client'

/** A book as HTTP and the JSON door spell it. */
export type TextBook = {
  readonly epoch: number
  readonly seq: number
  readonly bids: readonly TextLevel[]
  readonly asks: readonly TextLevel[]
}

export async function httpBook(url: string, symbol: string, query: string): Promise<TextBook> {
  const response = await fetch(`${url}/v1/book/${symbol}?${query}`)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as TextBook
}

/** Resolves with the first view, from the present one on, for which the claim holds. */
export function until<View>(subscription: Subscription<View>, holds: (view: View) => boolean): Promise<View> {
  return new Promise((resolve) => {
    let stop = (): void => {}
    let isDone = false
    stop = subscription.subscribe((view) => {
      if (isDone || view === undefined || !holds(view)) return
      isDone = true
      resolve(view)
      queueMicrotask(() => stop())
    })
  })
}

/** Resolves as soon as the state is of this kind. */
export function untilState(
  subscription: Subscription<unknown>,
  kind: Subscription<unknown>['status']['kind'],
): Promise<void> {
  return new Promise((resolve) => {
    subscription.onStatus((state) => {
      if (state.kind === kind) resolve()
    })
  })
}

/** Every view of a book so far, to be looked up by its place. */
export class History {
  readonly #book: Subscription<BookView>
  readonly #views: BookView[] = []

  constructor(book: Subscription<BookView>) {
    this.#book = book
    book.subscribe((view) => {
      if (view !== undefined) this.#views.push(view)
    })
  }

  /**
   * A book as HTTP serves it, and the view that held at that place: the newest at or before it, once one after it has come. Source updates that change
   * no level of the view have none. A busy gateway merges several into one view; a place within such has no view either, and another is asked for.
   */
  async beside(serve: () => Promise<TextBook>): Promise<{ readonly served: TextBook; readonly seen: TextBook }> {
    for (;;) {
      const { epoch, seq, bids, asks } = await serve()
      await until(this.#book, (view) => view.epoch === epoch && view.seq > seq)
      const at = this.#views.findLastIndex((one) => one.epoch === epoch && one.seq <= seq)
      const [view, next] = [this.#views[at], this.#views[at + 1]]
      if (view === undefined) throw new Error(`no view at ${epoch}.${seq}`)
      if (view.seq === seq || next?.merged === 1)
        return { served: { epoch, seq, bids, asks }, seen: { epoch, seq, ...view.levels() } }
    }
  }
}
