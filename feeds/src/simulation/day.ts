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
  /** All bars but the last, summed up. */
  #past: Range = NOTHING

  add(print: Print): void {
    const minute = Math.floor(print.at / MINUTE)
    const bar = this.#bars.at(-1)
    if (bar === undefined || bar.minute !== minute) {
      if (bar !== undefined) this.#past = joined(this.#past, bar)
      this.#bars.push({ minute, open: print.ticks, high: print.ticks, low: print.ticks, lots: print.lots })
      this.#forget(minute)
      return
    }
    bar.high = Math.max(bar.high, print.ticks)
    bar.low = Math.min(bar.low, print.ticks)
    bar.lots += print.lots
  }

  /** Undefined before the first print. After 24 hours without one, the last print's minute still counts. */
  figures(at: number): DayFigures | undefined {
    this.#forget(Math.floor(at / MINUTE))
    const [first] = this.#bars
    const last = this.#bars.at(-1)
    return first && last && { open: first.open, ...joined(this.#past, last) }
  }

  #forget(minute: number): void {
    const oldest = minute - MINUTES + 1
    const [first] = this.#bars
    if (first === undefined || first.minute >= oldest) return
    const kept = this.#bars.filter((bar) => bar.minute >= oldest)
    this.#bars = kept.length > 0 ? kept : this.#bars.slice(-1)
    this.#past = this.#bars.slice(0, -1).reduce(joined, NOTHING)
  }
}

type Range = { readonly high: number; readonly low: number; readonly lots: number }

const NOTHING: Range = { high: 0, low: Number.POSITIVE_INFINITY, lots: 0 }

function joined(a: Range, b: Range): Range {
  return { high: Math.max(a.high, b.high), low: Math.min(a.low, b.low), lots: a.lots + b.lots }
}
