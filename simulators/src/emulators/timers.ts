/** What is to be done at which time, earliest first; what was asked for first goes first among equals. */
export class Timers<Item> {
  readonly #heap: { readonly at: number; readonly order: number; readonly item: Item }[] = []
  #order = 0

  /** When the next one is due; Infinity without any. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  add(at: number, item: Item): void {
    const heap = this.#heap
    heap.push({ at, order: this.#order++, item })
    let child = heap.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!this.#before(child, parent)) break
      this.#swap(child, parent)
      child = parent
    }
  }

  /** Takes the earliest one that is due by `now`; undefined when none is. */
  take(now: number): { readonly at: number; readonly item: Item } | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined || first.at > now) return undefined
    const last = heap.pop()!
    if (heap.length === 0) return first
    heap[0] = last
    let parent = 0
    for (;;) {
      const left = 2 * parent + 1
      if (left >= heap.length) break
      const child = left + 1 < heap.length && this.#before(left + 1, left) ? left + 1 : left
      if (!this.#before(child, parent)) break
      this.#swap(child, parent)
      parent = child
    }
    return first
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a]!, this.#heap[b]!]
    return one.at < other.at || (one.at === other.at && one.order < other.order)
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = kept
  }
}
