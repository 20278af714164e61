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

  /** The view that held at that place: the newest at or before it, once one after it has come. Source updates that change no level of the view have none. */
  async at({ epoch, seq }: { readonly epoch: number; readonly seq: number }): Promise<TextBook> {
    await until(this.#book, (view) => view.epoch === epoch && view.seq > seq)
    const view = this.#views.findLast((one) => one.epoch === epoch && one.seq <= seq)
    if (view === undefined) throw new Error(`no view at ${epoch}.${seq}`)
    return { epoch, seq, ...view.levels() }
  }
}

/** The part of a book of HTTP that a view has. */
export function levelsOf({ epoch, seq, bids, asks }: TextBook): TextBook {
  return { epoch, seq, bids, asks }
}
