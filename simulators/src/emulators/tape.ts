import type { World } from './emulator.ts'
import { extendBars, flatBar, joinedBar, type TapeBar } from './tape-bar.ts'

const MINUTE = 60_000_000
const DAY = 1440 * MINUTE
/** Days of one-minute bars; the shortest past that a venue tells is longer than that of most charts. */
const KEPT = 3 * DAY
const KEPT_TRADES = 1000

/** One trade as the exchange told it; `at` is the time on the wall, µs, `taker` the side that crossed the spread. */
export type TapeTrade = {
  readonly id: number
  readonly ticks: number
  readonly lots: number
  readonly taker: 'buy' | 'sell'
  readonly at: number
}

/** What was traded before the exchange opened: what a venue's tape and candles begin with. */
export function pastOf({ exchange, openedAt }: Pick<World, 'exchange' | 'openedAt'>, symbol: string): TapeTrade[] {
  return exchange.past(symbol).map(({ at, ticks, lots, side }, index) => {
    return { id: index + 1, ticks, lots, taker: side, at: openedAt + at }
  })
}

/** What a venue keeps of a symbol's trades: the last thousand, three days of one-minute bars, and what follows from them. */
export class Tape {
  readonly #trades: TapeTrade[] = []
  readonly #bars: TapeBar[] = []
  /** The bars of a day before the last, folded; undefined when they must be folded again. */
  #past: { readonly bar: TapeBar | undefined } | undefined
  #last: number

  /** `ticks` stands for the last price until there is a trade. */
  constructor(ticks: number) {
    this.#last = ticks
  }

  get lastTicks(): number {
    return this.#last
  }

  add(trade: TapeTrade): void {
    this.#last = trade.ticks
    this.#trades.push(trade)
    if (this.#trades.length >= 2 * KEPT_TRADES) this.#trades.splice(0, KEPT_TRADES)
    if (!extendBars(this.#bars, trade, MINUTE)) return
    const newest = this.#bars.at(-1)!.begin
    while (this.#bars[0]!.begin <= newest - KEPT) this.#bars.shift()
    this.#past = undefined
  }

  /** One-minute bars, oldest first; minutes without a trade have none. */
  get minutes(): readonly TapeBar[] {
    return this.#bars
  }

  /** The last `count` trades, oldest first. */
  trades(count: number): readonly TapeTrade[] {
    return this.#trades.slice(-Math.min(count, KEPT_TRADES))
  }

  /** The last 24 hours as one bar; flat at the last price where nothing traded. */
  day(): TapeBar {
    const last = this.#bars.at(-1)
    if (last === undefined) return flatBar(this.#last, 0)
    this.#past ??= { bar: fold(this.#bars.filter(({ begin }) => begin > last.begin - DAY && begin < last.begin)) }
    return this.#past.bar === undefined ? last : joinedBar(this.#past.bar, last)
  }

  /** What was traded in the minutes that begin at this time or later, as one bar; flat at the last price where nothing was. */
  since(begin: number): TapeBar {
    return fold(this.#bars.filter((bar) => bar.begin >= begin)) ?? flatBar(this.#last, 0)
  }

  /** Candles of so many minutes, oldest first, at most `count`; the last one is still open. */
  candles(minutes: number, count: number): readonly TapeBar[] {
    const out: TapeBar[] = []
    for (let at = this.#bars.length - 1; at >= 0; at--) {
      const bar = this.#bars[at]!
      const begin = bar.begin - (bar.begin % (minutes * MINUTE))
      const open = out.at(-1)
      if (open?.begin === begin) out[out.length - 1] = { ...joinedBar(bar, open), begin }
      else if (out.length === count) break
      else out.push({ ...bar, begin })
    }
    return out.reverse()
  }
}

function fold(bars: readonly TapeBar[]): TapeBar | undefined {
  return bars.length === 0 ? undefined : bars.reduce(joinedBar)
}
