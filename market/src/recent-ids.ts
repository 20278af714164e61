/** The last so many ids, to know a duplicate; older ones are forgotten, oldest first. */
export class RecentIds {
  readonly #ring: string[] = []
  readonly #known = new Set<string>()
  readonly #capacity: number
  #next = 0

  /** Capacity 0 remembers nothing: every id is new. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** Remembers an id; false when it was known. */
  add(id: string): boolean {
    if (this.#capacity === 0) return true
    if (this.#known.has(id)) return false
    const forgotten = this.#ring[this.#next]
    if (forgotten !== undefined) this.#known.delete(forgotten)
    this.#ring[this.#next] = id
    this.#known.add(id)
    this.#next = (this.#next + 1) % this.#capacity
    return true
  }
}
