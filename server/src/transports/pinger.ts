/** Someone who has to show now and then that there is anyone. */
export type Pinged = {
  /** Sends a ping. */
  ping(): void
  /** Pings since it was last heard of. */
  readonly unanswered: number
  vanish(): void
}

/** Everyone's ping falls into one of this many slices of the interval, so that they do not all leave at once. */
const SLICES = 20

/** Pings everyone at one interval with one timer, and lets go of those who have not been heard of for a number of pings. */
export class Pinger {
  readonly #slices: readonly Set<Pinged>[] = Array.from({ length: SLICES }, () => new Set<Pinged>())
  readonly #timer: NodeJS.Timeout
  readonly #patience: number
  #added = 0
  #turn = 0

  /** `patience` pings in a row may go unanswered. */
  constructor({ intervalMs, patience }: { readonly intervalMs: number; readonly patience: number }) {
    this.#patience = patience
    this.#timer = setInterval(() => this.#next(), intervalMs / SLICES)
    this.#timer.unref()
  }

  add(pinged: Pinged): void {
    const slice = this.#slices[this.#added++ % SLICES] as Set<Pinged>
    slice.add(pinged)
  }

  drop(pinged: Pinged): void {
    for (const slice of this.#slices) if (slice.delete(pinged)) return
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #next(): void {
    for (const pinged of this.#slices[this.#turn++ % SLICES] as Set<Pinged>) {
      if (pinged.unanswered >= this.#patience) pinged.vanish()
      else pinged.ping()
    }
  }
}
