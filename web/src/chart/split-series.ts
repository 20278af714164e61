import type { CandlestickData, HistogramData, ISeriesApi, LineData, SeriesType, UTCTimestamp } from 'lightweight-charts'

/** Points that move singly before they are laid to rest together. */
const TAIL = 32

/** What a series draws at a time. */
export type Point = CandlestickData<UTCTimestamp> | HistogramData<UTCTimestamp> | LineData<UTCTimestamp>
type Series = ISeriesApi<SeriesType>

/**
 * One drawing in two series: points at rest, and a short tail of the newest. The chart library builds all of a series anew whenever one point of
 * it changes, so a point in the tail costs the same with a hundred points loaded as with five thousand.
 *
 * A line is joined: its tail begins with the last point at rest.
 */
export class SplitSeries {
  readonly frozen: Series
  readonly live: Series
  readonly #isJoined: boolean
  /** Without the joint. */
  #tail: Point[] = []
  #restsUntil = Number.NEGATIVE_INFINITY

  constructor({ frozen, live, isJoined }: { frozen: Series; live: Series; isJoined: boolean }) {
    this.frozen = frozen
    this.live = live
    this.#isJoined = isJoined
  }

  /** Draws these and nothing else; oldest first, one a time. */
  set(points: readonly Point[]): void {
    const resting = points.slice(0, -1)
    this.frozen.setData(resting)
    this.#begin(resting.at(-1), points.slice(-1))
  }

  /** Draws the newest point, or one of the last few anew. False where it is older: then nothing is drawn, and all has to be set. */
  put(point: Point): boolean {
    const newest = this.#tail.at(-1)
    if (newest === undefined || point.time > newest.time) return this.#append(point)
    const at = this.#tail.findLastIndex(({ time }) => time === point.time)
    if (at === -1) return false
    this.#tail[at] = point
    this.live.update(point, at < this.#tail.length - 1)
    return true
  }

  #append(point: Point): boolean {
    if (point.time <= this.#restsUntil) return false
    if (this.#tail.length >= TAIL) this.#rest()
    this.#tail.push(point)
    this.live.update(point)
    return true
  }

  /** Lays all of the tail but its last point to rest. */
  #rest(): void {
    const resting = this.#tail.slice(0, -1)
    for (const point of resting) this.frozen.update(point)
    this.#begin(resting.at(-1), this.#tail.slice(-1))
  }

  #begin(joint: Point | undefined, tail: Point[]): void {
    this.#restsUntil = joint?.time ?? Number.NEGATIVE_INFINITY
    this.#tail = tail
    this.live.setData(this.#isJoined && joint !== undefined ? [joint, ...tail] : tail)
  }
}
