import type { Host } from '../../src/host.ts'

type Timer = { readonly due: number; readonly order: number; readonly run: () => void }

/** Time that stands still until a test moves it, and chance that is the same each time. */
export class FakeHost implements Host {
  #now = 1_700_000_000_000
  /** How far the wall clock was set. */
  #set = 0
  #order = 0
  #seed: number
  readonly #timers = new Set<Timer>()

  constructor(seed = 1) {
    this.#seed = seed
  }

  now = (): number => this.#now + this.#set
  precise = (): number => this.#now

  after = (ms: number, run: () => void): (() => void) => {
    const timer = { due: this.#now + ms, order: this.#order++, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  random = (): number => {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    return this.#seed / 2 ** 32
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end)
  }

  /** Sets the wall clock without letting time pass, as an operator would. */
  setBy(ms: number): void {
    this.#set += ms
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Runs what is due in the next `ms`, each timer at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = [...this.#timers]
        .filter(({ due }) => due <= end)
        .sort((a, b) => a.due - b.due || a.order - b.order)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#now = next.due
      next.run()
    }
    this.#now = end
  }
}

/** Lets everything run that waits only for its turn. */
export async function turns(count = 8): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve()
}
