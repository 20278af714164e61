import type { Desk } from '../state/desk.ts'
import type { Quote } from '../state/quotes.ts'

const EVERY_MS = 1000

/** The quotes once a second: rows that changed places with every quote could not be read, and not be hit. */
export class Sampled {
  readonly #desk: Desk
  #newest = $state.raw<ReadonlyMap<string, Quote> | undefined>()
  #settled = $state.raw<ReadonlyMap<string, Quote> | undefined>()
  #isHeld = false

  constructor(desk: Desk) {
    this.#desk = desk
  }

  /** What to show. */
  get newest(): ReadonlyMap<string, Quote> {
    return this.#newest ?? this.#desk.quotes.value
  }

  /** What to order rows by: it does not change while it is held. */
  get settled(): ReadonlyMap<string, Quote> {
    return this.#settled ?? this.#desk.quotes.value
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    if (isHeld && this.#settled === undefined) this.settle()
  }

  /** Takes what there is now, held or not: the user asked for another order. */
  settle(): void {
    this.#newest = this.#settled = this.#desk.quotes.value
  }

  /** Takes a sample every second until the returned function is called. */
  follow(): () => void {
    const timer = setInterval(() => {
      this.#newest = this.#desk.quotes.value
      if (!this.#isHeld) this.#settled = this.#newest
    }, EVERY_MS)
    return () => clearInterval(timer)
  }
}
