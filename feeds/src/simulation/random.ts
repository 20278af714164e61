import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Seeded draws from the distributions a market needs. The same seed and name give the same draws on every machine. */
export class Random {
  readonly #generator: ReturnType<typeof xoroshiro128plus>

  /** `name` keeps streams apart: two instruments of one seed share nothing. */
  constructor(seed: number, name: string) {
    this.#generator = xoroshiro128plus(mixed(seed, name))
    // The first outputs of neighbouring seeds resemble each other.
    for (let i = 0; i < 16; i += 1) this.#generator.next()
  }

  /** In [0, 1). */
  uniform(): number {
    return uniformFloat64(this.#generator)
  }

  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.uniform() * below)
  }

  /** Mean 1. */
  exponential(): number {
    return -Math.log(1 - this.uniform())
  }

  /** Mean 0, deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** At least 1, with tail exponent `tail`; the mean is `tail / (tail - 1)`. */
  pareto(tail: number): number {
    return (1 - this.uniform()) ** (-1 / tail)
  }
}

/** FNV-1a over the name, from the seed, then an avalanche so that near seeds end far apart. */
function mixed(seed: number, name: string): number {
  let hash = (seed ^ Math.floor(seed / 2 ** 32) ^ 0x811c9dc5) | 0
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return hash ^ (hash >>> 16)
}
