import type { Micros } from '@depthcast/market'
import type { Cancel, Clock } from '../../src/clock.ts'

type Timer = { due: number; readonly order: number; readonly run: () => void }

/** A clock that stands still until a test moves it. Timers run in the order they are due, each at its own time. */
export class FakeClock implements Clock {
  #now: number
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(now = 1_700_000_000_000_000) {
    this.#now = now
  }

  now(): Micros {
    return this.#now as Micros
  }

  after(ms: number, run: () => void): Cancel {
    const timer = { due: this.#now + ms * 1000, order: this.#order++, run }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Lets this much time pass. */
  advance(ms: number): void {
    const end = this.#now + ms * 1000
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.due)
      timer.run()
    }
    this.#now = end
  }

  /** Sets the clock without letting time pass, as an operator or NTP would. */
  set(now: number): void {
    for (const timer of this.#timers) timer.due += now - this.#now
    this.#now = now
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.due > end) continue
      if (next === undefined || timer.due < next.due || (timer.due === next.due && timer.order < next.order))
        next = timer
    }
    return next
  }
}
