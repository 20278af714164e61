import type { CandleBuilder, CandleFigures } from './candle.ts'
import { INTERVAL_NAMES, INTERVALS, type Interval } from './interval.ts'
import type { Micros } from './units.ts'

/** Bars of the past as their venue has them: all of one interval from `from` on that were over at `until`, which is the start of a minute. */
export type PastCandles = {
  readonly interval: Interval
  readonly from: Micros
  readonly until: Micros
  /** Intervals without a trade have none. */
  readonly bars: readonly CandleFigures[]
}

/** Bars are made whole by minutes: what is shorter has to be fetched for itself. */
const SHORTEST = '1m'

/**
 * Joins bars of the past to those that are folded from trades, without counting a trade twice: up to some minute, bars are the venue's; from then
 * on they are of trades. A longer bar that holds this minute is of shorter ones, of both kinds.
 *
 * Where trades began to be heard within a minute, that minute is whole once the past was told again when it was over.
 */
export class CandleHistory {
  readonly #builders: ReadonlyMap<Interval, CandleBuilder>
  /** Since when the bars of an interval are all there. */
  readonly #from = new Map<Interval, Micros>()
  /** The newest bar of an interval that could not be pieced together: trades of it are missing. */
  readonly #holes = new Map<Interval, number>()
  #until: Micros | undefined

  constructor(builders: ReadonlyMap<Interval, CandleBuilder>) {
    this.#builders = builders
  }

  /** Whether a trade of this time is in bars that were told already. */
  holds(time: number): boolean {
    return this.#until !== undefined && time < this.#until
  }

  /** Up to when bars are the venue's own; undefined while all are of trades. */
  get until(): Micros | undefined {
    return this.#until
  }

  /** Since when the bars of an interval are all here and whole, as far as is known: what is older is for the venue to tell. */
  wholeFrom(interval: Interval): number {
    const builder = this.#builders.get(interval)!
    if (this.#until === undefined) return builder.oldest?.openTime ?? Number.POSITIVE_INFINITY
    return Math.max(this.#toldFrom(interval) ?? this.#until, builder.keptFrom)
  }

  /** Takes bars in; minutes first, as what is longer is pieced together from them. What was told before and reaches further stands. */
  add({ interval, from, until, bars }: PastCandles): void {
    const before = this.#until ?? until
    const builder = this.#builders.get(interval)
    if (builder === undefined || until < before) return
    for (const bar of bars) {
      if (bar.openTime >= from && bar.openTime + builder.intervalUs <= until) builder.restore(bar)
    }
    const known = this.#from.get(interval)
    this.#from.set(interval, known !== undefined && known < from && from <= before ? known : from)
    const hole = this.#holes.get(interval)
    if (hole !== undefined && hole >= from && hole + builder.intervalUs <= until) this.#holes.delete(interval)
    this.#until = until
    this.#piece(before, until)
  }

  /** Makes the longer bars anew that hold a minute between the two, or end with the first. */
  #piece(before: Micros, until: Micros): void {
    for (const interval of INTERVAL_NAMES) {
      const length = INTERVALS[interval]
      if (length <= INTERVALS[SHORTEST]) continue
      const first = floor(before - 1, length)
      if ((this.#holes.get(interval) ?? first) >= first) this.#holes.delete(interval)
      for (let openTime = first; openTime < until; openTime += length) {
        const parts = this.#partsOf(interval, openTime)
        if (parts === undefined) this.#holes.set(interval, openTime)
        else {
          this.#builders.get(interval)?.refold(openTime as Micros, parts)
          if (!this.#from.has(interval)) this.#from.set(interval, openTime as Micros)
        }
      }
    }
  }

  #toldFrom(interval: Interval): number | undefined {
    const hole = this.#holes.get(interval)
    const from = this.#from.get(interval)
    return from === undefined || hole === undefined ? from : Math.max(from, hole + INTERVALS[interval])
  }

  /** The longest bars that a bar can be made of, and that are all there. */
  #partsOf(interval: Interval, openTime: number): CandleBuilder | undefined {
    return INTERVAL_NAMES.toReversed()
      .filter((part) => INTERVALS[part] >= INTERVALS[SHORTEST] && INTERVALS[part] < INTERVALS[interval])
      .filter((part) => openTime >= (this.#toldFrom(part) ?? Number.POSITIVE_INFINITY))
      .map((part) => this.#builders.get(part))
      .find((builder) => builder !== undefined && builder.keptFrom <= openTime)
  }
}

function floor(time: number, length: number): number {
  return Math.floor(time / length) * length
}
