/** Levels, and a sum by which two books are told apart: kept up level by level, the same for different books once in 2^52. */
export class Levels {
  readonly #lots = new Map<number, number>()
  sum = 0

  /** Bids and asks share the map: asks are told apart by a sign. */
  set(side: 'bid' | 'ask', ticks: number, lots: number): void {
    const key = side === 'bid' ? ticks : -ticks
    const before = this.#lots.get(key)
    if (before !== undefined) this.sum -= weight(key, before)
    if (lots === 0) this.#lots.delete(key)
    else {
      this.#lots.set(key, lots)
      this.sum += weight(key, lots)
    }
    this.sum %= MODULUS
    if (this.sum < 0) this.sum += MODULUS
  }

  take(side: 'bid' | 'ask', levels: readonly number[]): void {
    for (let at = 0; at < levels.length; at += 2) this.set(side, levels[at]!, levels[at + 1]!)
  }

  clear(): void {
    this.#lots.clear()
    this.sum = 0
  }
}

const MODULUS = 2 ** 52

/** A level as a number below 2^52 that depends on every bit of both. */
function weight(key: number, lots: number): number {
  return mixed(key, lots, 0x9e3779b9) * 2 ** 20 + (mixed(lots, key, 0x85ebca6b) >>> 12)
}

function mixed(a: number, b: number, seed: number): number {
  let hash = seed
  for (const part of [a | 0, Math.floor(a / 2 ** 32) | 0, b | 0, Math.floor(b / 2 ** 32) | 0]) {
    hash = Math.imul(hash ^ part, 0xcc9e2d51)
    hash = ((hash << 13) | (hash >>> 19)) ^ (hash >>> 7)
    hash = Math.imul(hash, 0x1b873593)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  return (hash ^ (hash >>> 15)) >>> 0
}
