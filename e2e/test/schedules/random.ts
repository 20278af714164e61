/** A small seeded generator: the same seed, the same schedule. Source: mulberry32, public domain. */
export type Random = {
  whole(below: number): number
  pick<T>(from: readonly T[]): T
  chance(of: number): boolean
}

export function random(seed: number): Random {
  let state = seed >>> 0
  const real = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const whole = (below: number): number => Math.floor(real() * below)
  return { whole, pick: (from) => from[whole(from.length)] as (typeof from)[number], chance: (of) => real() < of }
}
