import type { Random } from './random.ts'

/** Calm and storm last: volatility is the product of two memories, each with its length in seconds and its deviation in logs. */
const MEMORIES = [
  { seconds: 20, deviation: 0.45 },
  { seconds: 900, deviation: 0.55 },
] as const
/** News: on average one jump in so many seconds, about so many seconds' worth of ordinary movement. */
const JUMP_EVERY_SECONDS = 900
const JUMP_SECONDS = 45
/** What keeps a market that runs for months near the price it was listed at. */
const HOME_SECONDS = 4 * 86_400

/**
 * What an instrument is worth, which nobody in the market sees: a random walk whose volatility has memory, with a jump now and then. The book
 * follows it, late and imperfectly. In ticks, not whole.
 */
export class FairValue {
  readonly #random: Random
  readonly #home: number
  /** Deviation of the log price over one second. */
  readonly #perRootSecond: number
  readonly #memories = MEMORIES.map(() => 0)
  #log: number

  constructor(start: { readonly ticks: number; readonly dailyVolatility: number }, random: Random) {
    this.#random = random
    this.#home = Math.log(start.ticks)
    this.#log = this.#home
    this.#perRootSecond = start.dailyVolatility / Math.sqrt(86_400)
  }

  get ticks(): number {
    return Math.exp(this.#log)
  }

  advance(seconds: number): void {
    const deviation = this.#volatility(seconds) * Math.sqrt(seconds)
    this.#log += deviation * this.#random.normal() + (this.#home - this.#log) * (seconds / HOME_SECONDS)
    if (this.#random.chance(seconds / JUMP_EVERY_SECONDS)) {
      this.#log += this.#perRootSecond * Math.sqrt(JUMP_SECONDS) * this.#random.normal()
    }
  }

  /** A trade told the market something. */
  push(ticks: number): void {
    this.#log = Math.log(Math.max(1, this.ticks + ticks))
  }

  /** Moves both memories on and gives the deviation over one second; its square has the listed mean. */
  #volatility(seconds: number): number {
    let log = 0
    for (const [i, memory] of MEMORIES.entries()) {
      const kept = Math.exp(-seconds / memory.seconds)
      const fresh = memory.deviation * Math.sqrt(1 - kept * kept) * this.#random.normal()
      const level = (this.#memories[i] ?? 0) * kept + fresh
      this.#memories[i] = level
      log += level - memory.deviation ** 2
    }
    return this.#perRootSecond * Math.exp(log)
  }
}
