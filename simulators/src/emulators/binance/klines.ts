import type { Tape, TapeTrade } from '../tape.ts'
import { extendBars, flatBar, joinedBar, type TapeBar } from '../tape-bar.ts'

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
/** As many as one request may ask for. */
const KEPT_SECONDS = 1000

/** One symbol's candles: seconds, the tape's minutes, and longer ones folded from those. Times in µs since 1970. */
export class Klines {
  readonly #seconds: TapeBar[] = []
  readonly #tape: Pick<Tape, 'minutes'>

  constructor(tape: Pick<Tape, 'minutes'>) {
    this.#tape = tape
  }

  add(trade: TapeTrade): void {
    extendBars(this.#seconds, trade, SECOND)
    if (this.#seconds.length >= 2 * KEPT_SECONDS) this.#seconds.splice(0, this.#seconds.length - KEPT_SECONDS)
  }

  /** The bar that begins then; flat at the close before it where nothing traded, undefined before the first trade. */
  at(interval: Interval, begin: number, zone = UTC): TapeBar | undefined {
    return this.between(interval, { from: begin, to: begin, zone })[0]
  }

  /** Bars that begin from `from` to `to`, both inclusive, oldest first, none missing since the first trade. */
  between(interval: Interval, span: { readonly from: number; readonly to: number; readonly zone?: Zone }): TapeBar[] {
    const { from, to, zone = UTC } = span
    const source = interval === '1s' ? this.#seconds : this.#tape.minutes
    const out: TapeBar[] = []
    let before: TapeBar | undefined
    let next = 0
    const oldest = source[0]
    if (oldest === undefined) return out
    let begin = Math.max(beginOf(interval, from, zone), beginOf(interval, oldest.begin, zone))
    while (next < source.length && source[next]!.begin < begin) before = source[next++]
    while (begin <= to) {
      const end = endOf(interval, begin, zone)
      let bar: TapeBar | undefined
      while (next < source.length && source[next]!.begin < end) {
        const part = source[next++]!
        bar = bar === undefined ? { ...part, begin } : joinedBar(bar, part)
      }
      bar ??= before && flatBar(before.close, begin)
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
