import { fetchCandles } from '../chart/history.ts'
import { cell } from './cell.ts'

const MINUTES = 60
const REFRESH_MS = 60_000

/** The last hour's closes of the instruments that are looked at, a minute each, oldest first. Nothing is fetched for what nobody sees. */
export class Sparklines {
  readonly closes = cell<ReadonlyMap<string, readonly number[]>>(new Map())
  readonly #seen = new Set<string>()
  readonly #fetch: typeof fetchCandles
  #queue: string[] = []
  #isBusy = false

  constructor(fetcher: typeof fetchCandles = fetchCandles) {
    this.#fetch = fetcher
  }

  see(symbol: string, isSeen: boolean): void {
    if (!isSeen) {
      this.#seen.delete(symbol)
      return
    }
    if (this.#seen.has(symbol)) return
    this.#seen.add(symbol)
    if (!this.closes.value.has(symbol)) void this.#ask([symbol])
  }

  /** Fetches every minute from now on what is seen then; returns how to stop that. */
  keepFresh(): () => void {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void this.#ask([...this.#seen])
    }, REFRESH_MS)
    return () => clearInterval(timer)
  }

  /** One after another: they are the least urgent thing on the page. */
  async #ask(symbols: readonly string[]): Promise<void> {
    this.#queue = [...new Set([...this.#queue, ...symbols])]
    if (this.#isBusy) return
    this.#isBusy = true
    for (let symbol = this.#queue.shift(); symbol !== undefined; symbol = this.#queue.shift()) {
      const known = symbol
      const history = await this.#fetch(known, '1m', MINUTES)
      // Without a history there is no line; an older one stays until the next minute.
      if (history.kind === 'loaded')
        this.closes.change((closes) =>
          new Map(closes).set(
            known,
            history.bars.map((bar) => bar.close),
          ),
        )
    }
    this.#isBusy = false
  }
}

/** The points of a polyline through the closes and the last price, in a box of `width` by `height`; empty where there is no line to draw. */
export function linePoints(closes: readonly number[], last: number | undefined, width: number, height: number): string {
  const values = last === undefined ? closes : [...closes.slice(0, -1), last]
  if (values.length < 2) return ''
  const low = Math.min(...values)
  const range = Math.max(...values) - low
  const x = (at: number): number => (at * width) / (values.length - 1)
  const y = (value: number): number => (range === 0 ? height / 2 : height - ((value - low) * height) / range)
  return values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
}
