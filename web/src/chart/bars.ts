import type { Bar } from '../engine/messages.ts'

/** What the chart has to draw after a bar came in. */
export type BarChange =
  /** Bars came or went before the last: draw all of them anew. */
  | { readonly kind: 'reset' }
  /** The moving bar moved. */
  | { readonly kind: 'live'; readonly bar: Bar }
  /** A new bar began; the one before it is frozen from now on. */
  | { readonly kind: 'next'; readonly bar: Bar }
  /** A late trade revised a frozen bar; `index` counts from the oldest. */
  | { readonly kind: 'revise'; readonly index: number }

/** Bars that a chart holds at most. */
export const MOST_BARS = 5000

/**
 * The bars of one chart: everything before the last bar is frozen, the last one moves. Moving it then costs the same however many bars are
 * loaded.
 *
 * Bars may come twice, late or out of order: of two versions of a bar the higher `rev` stands, whoever brought it.
 */
export class SplitBars {
  #frozen: Bar[] = []
  #live: Bar | undefined
  readonly #keep: number

  /** Holds at most `keep` bars; the oldest fifth goes when it is full, so that dropping is rare. */
  constructor(keep = MOST_BARS) {
    this.#keep = keep
  }

  get live(): Bar | undefined {
    return this.#live
  }

  /** All bars, oldest first. */
  get all(): readonly Bar[] {
    return this.#live === undefined ? this.#frozen : [...this.#frozen, this.#live]
  }

  get length(): number {
    return this.#frozen.length + (this.#live === undefined ? 0 : 1)
  }

  /** Counted from the oldest, the one that moves last. */
  get(index: number): Bar | undefined {
    return index === this.#frozen.length ? this.#live : this.#frozen[index]
  }

  /** Where the bar is that stands at a time, the last one that began by then; -1 before them all. */
  indexAt(time: number): number {
    if (this.#live !== undefined && this.#live.time <= time) return this.#frozen.length
    let [from, to] = [0, this.#frozen.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#frozen[middle]?.time ?? time) <= time) from = middle + 1
      else to = middle
    }
    return from - 1
  }

  clear(): void {
    this.#frozen = []
    this.#live = undefined
  }

  /** Merges history in, whichever came first, history or the live bars. */
  merge(bars: readonly Bar[]): BarChange {
    const byTime = new Map(this.all.map((bar) => [bar.time, bar]))
    for (const bar of bars) if (isNewer(bar, byTime.get(bar.time))) byTime.set(bar.time, bar)
    const sorted = [...byTime.values()].sort((a, b) => a.time - b.time).slice(-this.#keep)
    this.#live = sorted.pop()
    this.#frozen = sorted
    return RESET
  }

  /** Undefined when the bar says nothing new. */
  add(bar: Bar): BarChange | undefined {
    const live = this.#live
    if (live === undefined) return this.merge([bar])
    if (bar.time === live.time) {
      if (!isNewer(bar, live)) return undefined
      this.#live = bar
      return { kind: 'live', bar }
    }
    return bar.time > live.time ? this.#begin(bar, live) : this.#revise(bar)
  }

  #begin(bar: Bar, froze: Bar): BarChange {
    this.#frozen.push(froze)
    this.#live = bar
    if (this.#frozen.length < this.#keep) return { kind: 'next', bar }
    this.#frozen = this.#frozen.slice(Math.ceil(this.#keep / 5))
    return RESET
  }

  #revise(bar: Bar): BarChange | undefined {
    const index = this.indexAt(bar.time)
    const frozen = this.#frozen[index]
    // A bar nobody knew of, between known ones or before them: rare enough to draw everything anew.
    if (frozen?.time !== bar.time) return this.merge([bar])
    if (!isNewer(bar, frozen)) return undefined
    this.#frozen[index] = bar
    return { kind: 'revise', index }
  }
}

const RESET: BarChange = { kind: 'reset' }

function isNewer(bar: Bar, known: Bar | undefined): boolean {
  return known === undefined || bar.rev > known.rev || (bar.rev === known.rev && bar.final && !known.final)
}
