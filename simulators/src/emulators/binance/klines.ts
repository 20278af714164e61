import type { TapeTrade } from '../tape.ts'

export const INTERVALS = [
  ...(['1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M'] as const),
] as const
export type Interval = (typeof INTERVALS)[number]

const SECOND = 1_000_000
const DAY_SECONDS = 86_400
const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: DAY_SECONDS, w: 7 * DAY_SECONDS } as const
/** 1970-01-01 was a Thursday; weeks begin on Mondays. */
const WEEK_OFFSET = 4 * DAY_SECONDS * SECOND
/** How far a time zone is ahead of UTC, µs: days, weeks and months begin there at its midnight. */
export type Zone = number
const UTC: Zone = 0
/** A day of minutes, and as many seconds as one request may ask for. */
const KEPT_MINUTES = 1440
const KEPT_SECONDS = 1000

/** A candle. Sums are of lots, and of ticks times lots; `taker…` is what was bought by takers. Trades of a bar have ids up to `lastId`. */
export type Kline = {
  readonly begin: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly trades: number
  readonly lots: number
  readonly notional: bigint
  readonly takerLots: number
  readonly takerNotional: bigint
  readonly lastId: number
}

/** One symbol's candles, from seconds and minutes; longer ones are folded from minutes. Times in µs since 1970. */
export class Klines {
  readonly #seconds: Kline[] = []
  readonly #minutes: Kline[] = []

  add(trade: TapeTrade): void {
    extend(this.#seconds, single(trade, trade.at - (trade.at % SECOND)), KEPT_SECONDS)
    extend(this.#minutes, single(trade, trade.at - (trade.at % (60 * SECOND))), KEPT_MINUTES)
  }

  /** The bar that begins then; flat at the close before it where nothing traded, undefined before the first trade. */
  at(interval: Interval, begin: number, zone = UTC): Kline | undefined {
    return this.between(interval, { from: begin, to: begin, zone })[0]
  }

  /** Bars that begin from `from` to `to`, both inclusive, oldest first, none missing since the first trade. */
  between(interval: Interval, span: { readonly from: number; readonly to: number; readonly zone?: Zone }): Kline[] {
    const { from, to, zone = UTC } = span
    const source = interval === '1s' ? this.#seconds : this.#minutes
    const out: Kline[] = []
    let before: Kline | undefined
    let next = 0
    const oldest = source[0]
    if (oldest === undefined) return out
    let begin = Math.max(beginOf(interval, from, zone), beginOf(interval, oldest.begin, zone))
    while (next < source.length && source[next]!.begin < begin) before = source[next++]
    while (begin <= to) {
      const end = endOf(interval, begin, zone)
      let bar: Kline | undefined
      while (next < source.length && source[next]!.begin < end) {
        const part = source[next++]!
        bar = bar === undefined ? { ...part, begin } : joined(bar, part)
      }
      bar ??= before && flat(before, begin)
      if (bar !== undefined) out.push(bar)
      before = bar ?? before
      begin = end
    }
    return out
  }
}

/** When the bar that holds this moment begins. */
export function beginOf(interval: Interval, at: number, zone = UTC): number {
  if (interval === '1M') return monthOf(at + zone, 0) - zone
  const length = lengthOf(interval)
  const offset = (interval === '1w' ? WEEK_OFFSET : 0) - zone
  return Math.floor((at - offset) / length) * length + offset
}

/** When the bar that begins then is over, which is where the next begins. */
export function endOf(interval: Interval, begin: number, zone = UTC): number {
  return interval === '1M' ? monthOf(begin + zone, 1) - zone : begin + lengthOf(interval)
}

/** The beginning of the month of this moment, or of one so many after it. */
function monthOf(at: number, after: number): number {
  const date = new Date(at / 1000)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + after, 1) * 1000
}

function lengthOf(interval: Exclude<Interval, '1M'>): number {
  return Number.parseInt(interval, 10) * UNIT_SECONDS[interval.slice(-1) as keyof typeof UNIT_SECONDS] * SECOND
}

function single({ id, ticks, lots, taker }: TapeTrade, begin: number): Kline {
  const notional = BigInt(ticks) * BigInt(lots)
  const bought = taker === 'buy'
  return {
    begin,
    open: ticks,
    high: ticks,
    low: ticks,
    close: ticks,
    trades: 1,
    lots,
    notional,
    takerLots: bought ? lots : 0,
    takerNotional: bought ? notional : 0n,
    lastId: id,
  }
}

function flat({ close }: Kline, begin: number): Kline {
  return {
    begin,
    open: close,
    high: close,
    low: close,
    close,
    trades: 0,
    lots: 0,
    notional: 0n,
    takerLots: 0,
    takerNotional: 0n,
    lastId: -1,
  }
}

function extend(bars: Kline[], bar: Kline, keep: number): void {
  const last = bars.at(-1)
  if (last?.begin === bar.begin) bars[bars.length - 1] = joined(last, bar)
  else bars.push(bar)
  if (bars.length >= 2 * keep) bars.splice(0, bars.length - keep)
}

function joined(first: Kline, second: Kline): Kline {
  return {
    begin: first.begin,
    open: first.open,
    high: Math.max(first.high, second.high),
    low: Math.min(first.low, second.low),
    close: second.close,
    trades: first.trades + second.trades,
    lots: first.lots + second.lots,
    notional: first.notional + second.notional,
    takerLots: first.takerLots + second.takerLots,
    takerNotional: first.takerNotional + second.takerNotional,
    lastId: second.lastId,
  }
}
