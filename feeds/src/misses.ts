/** Where this many subscriptions in a row came to nothing, another socket may help: ever more rarely, as it costs all others theirs. */
const ANOTHER_SOCKET_AT: ReadonlySet<number> = new Set([2, 8, 32, 128])

/** What to do when one more has: subscribe anew, open another socket, or leave the book alone for a while. */
export type Remedy = 'resubscribe' | 'reconnect' | 'rest'

/**
 * Counts a book's subscriptions that came to nothing, in a row.
 *
 * Its venue lists the book, so this is an outage of theirs, or of one of their servers. It is never given up for good; and the others on its socket,
 * which may be well, are not torn down for it again and again.
 */
export class Misses {
  #times = 0

  get times(): number {
    return this.#times
  }

  /** The book came. */
  clear(): void {
    this.#times = 0
  }

  /** Taken by the venue, and no snapshot followed. */
  unserved(): Remedy {
    this.#times++
    if (this.#times === 1) return 'resubscribe'
    return ANOTHER_SOCKET_AT.has(this.#times) ? 'reconnect' : 'rest'
  }

  /** Not even answered, though sent twice: that is as good as subscribed anew. */
  unanswered(): Remedy {
    this.#times = Math.max(1, this.#times)
    return this.unserved()
  }
}
