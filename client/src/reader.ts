import type { ClientError } from './errors.ts'
import type { Merge } from './views/view.ts'

type Waiter<View> = {
  readonly resolve: (result: IteratorResult<View>) => void
  readonly reject: (error: ClientError) => void
}

/** One `for await` loop: holds at most one view that it has not taken yet, into which later ones are merged. */
export class Reader<View> implements AsyncIterator<View> {
  readonly #merge: Merge<View>
  readonly #onEnd: () => void
  readonly #waiting: Waiter<View>[] = []
  #next: { readonly view: View } | undefined
  #end: { readonly error: ClientError | undefined } | undefined

  constructor(merge: Merge<View>, onEnd: () => void) {
    this.#merge = merge
    this.#onEnd = onEnd
  }

  offer(view: View): void {
    if (this.#end !== undefined) return
    const waiter = this.#waiting.shift()
    if (waiter !== undefined) waiter.resolve({ done: false, value: view })
    else this.#next = { view: this.#next === undefined ? view : this.#merge(this.#next.view, view) }
  }

  /** After what it still holds, the loop ends, or throws the error. */
  end(error?: ClientError): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error === undefined) resolve({ done: true, value: undefined })
      else reject(error)
    }
    this.#onEnd()
  }

  next(): Promise<IteratorResult<View>> {
    const next = this.#next
    if (next !== undefined) {
      this.#next = undefined
      return Promise.resolve({ done: false, value: next.view })
    }
    if (this.#end?.error !== undefined) return Promise.reject(this.#end.error)
    if (this.#end !== undefined) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<View>> {
    this.#next = undefined
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }
}
