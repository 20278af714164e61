/** Seeded draws for one fault. The same seed and name give the same draws; faults share nothing with each other or with the market. */
export class Chance {
  #state: number

  constructor(seed: number, name: string) {
    let hash = (seed ^ 0x811c9dc5) | 0
    for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
    this.#state = hash
  }

  /** In [0, 1): splitmix32, which passes on every seed. */
  uniform(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let mixed = this.#state ^ (this.#state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }

  below(bound: number): number {
    return Math.floor(this.uniform() * bound)
  }
}
