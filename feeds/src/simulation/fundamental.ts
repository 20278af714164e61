import type { ArrivalModel } from './exchange.ts'
import { Random } from './random.ts'
import type { Mood } from './script.ts'

/** Values move on at every so many seconds. */
export const STEP_SECONDS = 0.1

/**
 * Calm and storm last: how wild and how busy a market is, is a product of memories, each with its length in seconds and its deviation in logs
 * (Ornstein and Uhlenbeck in the logarithm). From seconds to the better part of an hour together they fade slowly, as measured volatility does.
 */
const OWN = [
  { seconds: 3, deviation: 0.55 },
  { seconds: 25, deviation: 0.55 },
  { seconds: 180, deviation: 0.4 },
] as const
const SHARED = [{ seconds: 1500, deviation: 0.3 }] as const

/** News: on average one jump in so many seconds, of so many seconds' worth of ordinary movement or more, with a power-law tail. */
const JUMP_EVERY_SECONDS = 50
const JUMP_SECONDS = 5
const JUMP_TAIL = 2.5
const LARGEST_JUMP = 3.5
/** How much of a symbol's movement is everybody's, as a correlation with the common factor. */
const COMMON = 0.65
/** What keeps a market that runs for months near the price it was listed at. */
const HOME_SECONDS = 4 * 86_400
/** The crowd learns from the price: the share of its distance from the mid that a value gives up in a second. */
const LEARNING = 0.25

/** What moves every market of a seed: the same path in each of them, whatever else trades. */
export class CommonFactor {
  readonly #random: Random
  readonly #memory: Memory
  /** Of the last step, with deviation 1 in the long run. */
  shock = 0
  /** The log of how wild the times are. */
  heat = 0

  constructor(seed: number) {
    this.#random = new Random(seed, 'common factor')
    this.#memory = new Memory(SHARED, this.#random)
  }

  step(): void {
    this.heat = this.#memory.step()
    this.shock = this.#random.normal()
  }
}

/**
 * What an instrument is worth, which nobody in the market sees: a random walk with a part in common with all others, whose volatility has memory,
 * with a jump now and then. The book follows it, late and imperfectly, and it follows the book. In ticks, not whole.
 *
 * Under `poisson` times are neither calm nor wild.
 */
export class Fundamental {
  readonly #random: Random
  readonly #factor: CommonFactor
  readonly #memory: Memory
  readonly #learning: number
  readonly #isPlain: boolean
  readonly #home: number
  /** Deviation of the log price over one step. */
  readonly #perStep: number
  #log: number
  #ticks: number
  #heat = 0

  constructor(
    start: { readonly symbol: string; readonly ticks: number; readonly dailyVolatility: number },
    { seed, model, rate }: { readonly seed: number; readonly model: ArrivalModel; readonly rate: number },
  ) {
    this.#random = new Random(seed, `${start.symbol} value`)
    this.#factor = new CommonFactor(seed)
    this.#memory = new Memory(OWN, this.#random)
    // Many small pushes move as far as few large ones when each is smaller by the root of their number.
    this.#learning = (LEARNING * STEP_SECONDS) / Math.sqrt(Math.max(1, rate))
    this.#isPlain = model === 'poisson'
    this.#home = Math.log(start.ticks)
    this.#log = this.#home
    this.#ticks = start.ticks
    this.#perStep = start.dailyVolatility * Math.sqrt(STEP_SECONDS / 86_400)
  }

  get ticks(): number {
    return this.#ticks
  }

  /** Times the usual number of orders, and the usual variance: 1 in the long run. */
  get activity(): number {
    return this.#heat
  }

  /** One step on. `mid` is where the market stands, in ticks. */
  step(mid: number, mood: Mood): void {
    this.#factor.step()
    const log = this.#memory.step() + this.#factor.heat
    this.#heat = this.#isPlain ? 1 : Math.exp(log)
    const deviation = this.#perStep * mood.volatility * Math.sqrt(this.#heat)
    const own = this.#random.normal()
    this.#log += deviation * (COMMON * this.#factor.shock + Math.sqrt(1 - COMMON ** 2) * own)
    if (this.#random.chance(STEP_SECONDS / JUMP_EVERY_SECONDS) && !this.#isPlain) {
      const jump =
        deviation * Math.sqrt(JUMP_SECONDS / STEP_SECONDS) * Math.min(LARGEST_JUMP, this.#random.pareto(JUMP_TAIL))
      this.#log += this.#random.chance(0.5) ? jump : -jump
    }
    this.#log += (this.#home - this.#log) * (STEP_SECONDS / HOME_SECONDS) + mood.drift * STEP_SECONDS
    this.#log += (Math.log(mid) - this.#log) * this.#learning
    this.#ticks = Math.exp(this.#log)
  }
}

type MemoryPart = { readonly seconds: number; readonly deviation: number }

/** A sum of memories, from their long-run distribution on. `exp` of it has mean 1. */
class Memory {
  readonly #random: Random
  readonly #parts: readonly { readonly kept: number; readonly fresh: number }[]
  readonly #levels: number[]
  readonly #offset: number

  constructor(parts: readonly MemoryPart[], random: Random) {
    this.#random = random
    this.#parts = parts.map(({ seconds, deviation }) => {
      const kept = Math.exp(-STEP_SECONDS / seconds)
      return { kept, fresh: deviation * Math.sqrt(1 - kept * kept) }
    })
    this.#levels = parts.map(({ deviation }) => deviation * random.normal())
    this.#offset = parts.reduce((sum, { deviation }) => sum + deviation ** 2 / 2, 0)
  }

  step(): number {
    let sum = -this.#offset
    for (let i = 0; i < this.#levels.length; i++) {
      const part = this.#parts[i]!
      this.#levels[i] = this.#levels[i]! * part.kept + part.fresh * this.#random.normal()
      sum += this.#levels[i]!
    }
    return sum
  }
}
