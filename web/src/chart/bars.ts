import type { Bar } from '../engine/messages.ts'

/** What the chart has to draw after a bar came in. */
export type BarChange =
  /** Begin anew: frozen bars oldest first, and the one still moving. */
  | { readonly kind: 'reset'; readonly frozen: readonly Bar[]; readonly live: Bar | undefined }
  /** The moving bar moved. */
  | { readonly kind: 'live'; readonly bar: Bar }
  /** A new bar began; the one before it is frozen from now on. */
  | { readonly kind: 'next'; readonly froze: Bar; readonly bar: Bar }
  /** A late trade revised a frozen bar. */
  | { readonly kind: 'revise'; readonly bar: Bar }

/**
 * The bars of one chart, split where drawing wants it: everything before the last bar is frozen, the last one moves. Moving it then costs the
 * same however many bars are loaded.
 *
 * Bars may come twice, late or out of order: of two versions of a bar the higher `rev` stands, whoever brought it.
 */
export class SplitBars {
  #frozen: Bar[] = []
  #live: Bar | undefined
  readonly #keep: number

  /** Holds at most `keep` bars; the oldest fifth goes when it is full, so that dropping is rare. */
  constructor(keep = 5000) {
    this.#keep = keep
  }

  get live(): Bar | undefined {
    return this.#live
  }

  /** All bars, oldest first. */
  get all(): readonly Bar[] {
    return this.#live === undefined ? this.#frozen : [...this.#frozen, this.#live]
  }

  /** The bar that stands at a time: the last one that began by then. */
  at(time: number): Bar | undefined {
    if (this.#live !== undefined && this.#live.time <= time) return this.#live
    return this.#frozen.findLast((bar) => bar.time <= time)
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
    return { kind: 'reset', frozen: sorted, live: this.#live }
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
    if (this.#frozen.length < this.#keep) return { kind: 'next', froze, bar }
    this.#frozen = this.#frozen.slice(Math.ceil(this.#keep / 5))
    return { kind: 'reset', frozen: this.#frozen, live: bar }
  }

  #revise(bar: Bar): BarChange | undefined {
    const index = this.#frozen.findLastIndex((frozen) => frozen.time <= bar.time)
    const frozen = this.#frozen[index]
    // A bar nobody knew of, between known ones or before them: rare enough to draw everything anew.
    if (frozen?.time !== bar.time) return this.merge([bar])
    if (!isNewer(bar, frozen)) return undefined
    this.#frozen[index] = bar
    return { kind: 'revise', bar }
  }
}

function isNewer(bar: Bar, known: Bar | undefined): boolean {
  return known === undefined || bar.rev > known.rev || (bar.rev === known.rev && bar.final && !known.final)
}
