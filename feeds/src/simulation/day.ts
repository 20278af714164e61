const MINUTE = 60_000_000
const MINUTES = 1440

/** A trade as the 24 h figures see it. `at` in µs, on any clock. */
export type Print = { readonly at: number; readonly ticks: number; readonly lots: number }

export type DayFigures = { readonly open: number; readonly high: number; readonly low: number; readonly lots: number }

type Bar = { minute: number; open: number; high: number; low: number; lots: number }

/** Open, high, low and volume over the last 24 hours, to the minute. Prints come in order of time. */
export class Day {
  /** Oldest first; minutes without a print have no bar. */
  #bars: Bar[] = []
  /** Over all bars but the last. */
  #past: Omit<DayFigures, 'open'> = { high: 0, low: Number.POSITIVE_INFINITY, lots: 0 }

  add(print: Print): void {
    const minute = Math.floor(print.at / MINUTE)
    const bar = this.#bars.at(-1)
    if (bar === undefined || bar.minute !== minute) {
      this.#bars.push({ minute, open: print.ticks, high: print.ticks, low: print.ticks, lots: print.lots })
      this.#forget(minute)
      return
    }
    bar.high = Math.max(bar.high, print.ticks)
    bar.low = Math.min(bar.low, print.ticks)
    bar.lots += print.lots
  }

  /** Undefined before the first print. */
  figures(at: number): DayFigures | undefined {
    const minute = Math.floor(at / MINUTE)
    if ((this.#bars[0]?.minute ?? minute) <= minute - MINUTES) this.#forget(minute)
    const [first] = this.#bars
    const last = this.#bars.at(-1)
    if (first === undefined || last === undefined) return undefined
    return {
      open: first.open,
      high: Math.max(this.#past.high, last.high),
      low: Math.min(this.#past.low, last.low),
      lots: this.#past.lots + last.lots,
    }
  }

  #forget(minute: number): void {
    const kept = this.#bars.findIndex((bar) => bar.minute > minute - MINUTES)
    this.#bars = kept === -1 ? this.#bars.slice(-1) : this.#bars.slice(kept)
    const past = this.#bars.slice(0, -1)
    this.#past = past.reduce(
      (sum, bar) => ({
        high: Math.max(sum.high, bar.high),
        low: Math.min(sum.low, bar.low),
        lots: sum.lots + bar.lots,
      }),
      { high: 0, low: Number.POSITIVE_INFINITY, lots: 0 },
    )
  }
}
