import type { World } from './emulator.ts'

const MINUTE = 60_000_000
const DAY_MINUTES = 1440
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

/** A candle; `notional` is the sum of ticks times lots. */
export type TapeBar = {
  readonly begin: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly trades: number
  readonly lots: number
  readonly notional: bigint
}

/** What a venue keeps of a symbol's trades: the last thousand, a day of one-minute bars, and what follows from them. */
export class Tape {
  readonly #trades: TapeTrade[] = []
  readonly #bars: TapeBar[] = []
  /** The bars before the last, folded; undefined when they must be folded again. */
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
    const begin = trade.at - (trade.at % MINUTE)
    const single = barOf(trade, begin)
    const bar = this.#bars.at(-1)
    if (bar?.begin === begin) {
      this.#bars[this.#bars.length - 1] = joined(bar, single)
      return
    }
    this.#bars.push(single)
    while (this.#bars[0]!.begin <= begin - DAY_MINUTES * MINUTE) this.#bars.shift()
    this.#past = undefined
  }

  /** The last `count` trades, oldest first. */
  trades(count: number): readonly TapeTrade[] {
    return this.#trades.slice(-Math.min(count, KEPT_TRADES))
  }

  /** The last 24 hours as one bar; flat at the last price where nothing traded. */
  day(): TapeBar {
    const last = this.#bars.at(-1)
    if (last === undefined) return flat(this.#last)
    this.#past ??= { bar: fold(this.#bars.slice(0, -1)) }
    return this.#past.bar === undefined ? last : joined(this.#past.bar, last)
  }

  /** What was traded in the minutes that begin at this time or later, as one bar; flat at the last price where nothing was. */
  since(begin: number): TapeBar {
    return fold(this.#bars.filter((bar) => bar.begin >= begin)) ?? flat(this.#last)
  }

  /** Candles of so many minutes, oldest first, at most `count`; the last one is still open. */
  candles(minutes: number, count: number): readonly TapeBar[] {
    const out: TapeBar[] = []
    for (let at = this.#bars.length - 1; at >= 0; at--) {
      const bar = this.#bars[at]!
      const begin = bar.begin - (bar.begin % (minutes * MINUTE))
      const open = out.at(-1)
      if (open?.begin === begin) out[out.length - 1] = { ...joined(bar, open), begin }
      else if (out.length === count) break
      else out.push({ ...bar, begin })
    }
    return out.reverse()
  }
}

function barOf({ ticks, lots }: TapeTrade, begin: number): TapeBar {
  const notional = BigInt(ticks) * BigInt(lots)
  return { begin, open: ticks, high: ticks, low: ticks, close: ticks, trades: 1, lots, notional }
}

function flat(ticks: number): TapeBar {
  return { begin: 0, open: ticks, high: ticks, low: ticks, close: ticks, trades: 0, lots: 0, notional: 0n }
}

function fold(bars: readonly TapeBar[]): TapeBar | undefined {
  return bars.length === 0 ? undefined : bars.reduce(joined)
}

function joined(first: TapeBar, second: TapeBar): TapeBar {
  return {
    begin: first.begin,
    open: first.open,
    high: Math.max(first.high, second.high),
    low: Math.min(first.low, second.low),
    close: second.close,
    trades: first.trades + second.trades,
    lots: first.lots + second.lots,
    notional: first.notional + second.notional,
  }
}
