import type { Now } from './emulator.ts'

export type BatchGrid = { readonly everyMs: number; readonly phaseMs: number }

/** The first time of the grid at or after this one. */
export function gridAtOrAfter(at: Now, { everyMs, phaseMs }: BatchGrid): Now {
  const every = everyMs * 1000
  const phase = phaseMs * 1000
  return Math.ceil((at - phase) / every) * every + phase
}

/** What became of the levels that changed: flat ticks and totals, best first, a total of 0 where the level went. */
export type BatchChanges = { readonly bids: readonly number[]; readonly asks: readonly number[] }

/** Changes of one book, gathered until the next time of a grid; of a level that changed more than once the last total stays. */
export class Batch {
  readonly #grid: BatchGrid
  readonly #bids = new Map<number, number>()
  readonly #asks = new Map<number, number>()
  #dueAt: Now | undefined

  constructor(grid: BatchGrid) {
    this.#grid = grid
  }

  /** When it is to be sent; undefined while nothing changed. */
  get dueAt(): Now | undefined {
    return this.#dueAt
  }

  add(side: 'bid' | 'ask', ticks: number, total: number, at: Now): void {
    const levels = side === 'bid' ? this.#bids : this.#asks
    levels.set(ticks, total)
    this.#dueAt ??= gridAtOrAfter(at, this.#grid)
  }

  addAll({ bids, asks }: BatchChanges, at: Now): void {
    for (let i = 0; i < bids.length; i += 2) this.add('bid', bids[i]!, bids[i + 1]!, at)
    for (let i = 0; i < asks.length; i += 2) this.add('ask', asks[i]!, asks[i + 1]!, at)
  }

  /** Gives what was gathered, and begins anew. */
  take(): BatchChanges {
    const bids = [...this.#bids].sort(([a], [b]) => b - a).flat()
    const asks = [...this.#asks].sort(([a], [b]) => a - b).flat()
    this.#bids.clear()
    this.#asks.clear()
    this.#dueAt = undefined
    return { bids, asks }
  }
}

/** A phase of its own for every name, so that the batches of many symbols do not all fall into one instant. */
export function phaseMs(name: string, everyMs: number): number {
  let hash = 0
  for (let i = 0; i < name.length; i += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0
  return hash % everyMs
}
