import {
  type CandleFigures,
  foldCandles,
  INTERVALS,
  type Instrument,
  type Interval,
  type Micros,
} from '@depthcast/market'
import { BarSpans, type BarSpansOptions } from './bar-spans.ts'

/** Spans fetched for one page at most: where trades are rare, a page has fewer bars than were asked for rather than none for a minute. */
const MOST_SPANS = 8

/** The newest bars before some time, oldest first, without those in which nobody traded. */
export type OlderPage = {
  /** Every bar from then on is among them. */
  readonly from: Micros
  /** Up to here: what opens later is not over, or was over too short a while ago. */
  readonly to: Micros
  readonly bars: readonly CandleFigures[]
  /** The venue has nothing of this instrument before `from`. */
  readonly isStart: boolean
}

/** What a venue has of one instrument and interval. */
export type Older = {
  /**
   * At most so many of its bars that open before this time and are over; fewer do not mean that there are no more, `isStart` does. Rejects with
   * FeedError: RateLimited where it is to be asked again after some time.
   */
  page(before: number, limit: number): Promise<OlderPage>
}

/**
 * Turns back the pages of a venue's bars. An interval that the venue does not have is folded from the longest it has that fits.
 *
 * Where a whole span has no trade, longer bars tell where there were some before; a venue that has none of a day either, in as many days as it tells
 * at a time, has nothing older.
 */
export class OlderBars {
  readonly #spans: BarSpans
  /** From the shortest. */
  readonly #intervals: readonly Interval[]
  /** Where the bars of an instrument begin, as far as it was found. */
  readonly #starts = new Map<string, number>()

  constructor(options: BarSpansOptions) {
    this.#spans = new BarSpans(options)
    this.#intervals = options.history.intervals.toSorted((a, b) => INTERVALS[a] - INTERVALS[b])
  }

  /** Undefined for an interval that the venue neither has nor has parts of. */
  of(instrument: Instrument, interval: Interval): Older | undefined {
    const source = this.#intervals.findLast((one) => INTERVALS[interval] % INTERVALS[one] === 0)
    // Seconds make a minute, but sixty times as many of them would have to be fetched.
    if (source === undefined || (source === '1s' && interval !== '1s')) return undefined
    return { page: (before, limit) => this.#page({ instrument, interval, source }, before, limit) }
  }

  close(): void {
    this.#spans.close()
  }

  async #page({ instrument, interval, source }: What, before: number, limit: number): Promise<OlderPage> {
    const length = INTERVALS[interval]
    const name = `${instrument.id} ${interval}`
    const end = Math.min(ceil(before, length), floor(this.#spans.over(source), length))
    let reached = end
    let parts: readonly CandleFigures[] = []
    let isStart = reached <= (this.#starts.get(name) ?? 0)
    for (let asked = 0; asked < MOST_SPANS && !isStart && wholeOf(parts, length, reached) < limit; asked++) {
      const span = await this.#spans.at(instrument, source, reached)
      const older = span.bars.filter(({ openTime }) => openTime < reached)
      parts = [...older, ...parts]
      reached = Math.min(reached, span.from)
      if (span.isCut) isStart = true
      else if (older.length === 0) {
        const traded = await this.#tradedBefore(instrument, source, reached)
        isStart = traded === undefined
        reached = traded ?? reached
      }
    }
    const from = ceil(reached, length)
    const bars = folded(parts, length).filter(({ openTime }) => openTime >= from)
    if (isStart) this.#starts.set(name, from)
    const to = end as Micros
    if (bars.length <= limit) return { from: from as Micros, to, bars, isStart }
    const newest = bars.slice(-limit)
    return { from: newest[0]?.openTime ?? to, to, bars: newest, isStart: false }
  }

  /** A time before which nobody traded for a while up to this one, found in longer bars; undefined where nobody ever did. */
  async #tradedBefore(instrument: Instrument, interval: Interval, time: number): Promise<number | undefined> {
    let reached = time
    for (const longer of this.#intervals.filter((one) => INTERVALS[one] > INTERVALS[interval])) {
      const span = await this.#spans.at(instrument, longer, reached)
      const newest = span.bars.findLast(({ openTime }) => openTime < reached)
      if (newest !== undefined) return Math.min(reached, newest.openTime + INTERVALS[longer])
      if (span.isCut) return undefined
      reached = Math.min(reached, span.from)
    }
    return undefined
  }
}

type What = { readonly instrument: Instrument; readonly interval: Interval; readonly source: Interval }

/** Bars of this length, each of those that open within it. */
function folded(parts: readonly CandleFigures[], length: number): CandleFigures[] {
  const groups = Map.groupBy(parts, ({ openTime }) => floor(openTime, length))
  return [...groups]
    .map(([openTime, group]) => foldCandles(openTime as Micros, group))
    .filter((bar) => bar !== undefined)
}

/** How many bars of this length there are that do not reach back further than this. */
function wholeOf(parts: readonly CandleFigures[], length: number, reached: number): number {
  const openings = parts.map(({ openTime }) => floor(openTime, length)).filter((openTime) => openTime >= reached)
  return new Set(openings).size
}

function floor(time: number, length: number): number {
  return Math.floor(time / length) * length
}

function ceil(time: number, length: number): number {
  return Math.ceil(time / length) * length
}
