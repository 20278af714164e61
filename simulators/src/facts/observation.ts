/**
 * What was seen of one instrument, in the order it happened. Times in µs from the start, prices in ticks, quantities in lots. What a recording by
 * price cannot show stays empty: orders have no lifetime there, and no size of their own.
 */
export type Observation = {
  /** How long was looked, µs. */
  readonly span: number
  /** When something happened: an order, or a message of a venue that says nothing of orders. */
  readonly eventTimes: readonly number[]
  /** Messages of the book come at a beat: their times say nothing of when things happened. */
  readonly isBatched: boolean
  readonly tradeTimes: readonly number[]
  /** 1 where the taker bought, -1 where he sold, of each trade whose side is known. */
  readonly tradeSigns: readonly number[]
  /** Once a second. */
  readonly mids: readonly number[]
  readonly spreads: readonly number[]
  /** Lots of the levels from the touch on, mean over both sides, once a second: one list a level. */
  readonly depths: readonly (readonly number[])[]
  readonly mix: Readonly<Record<Happening, number>>
  /** Lots of each order that came to rest. */
  readonly sizes: readonly number[]
  /** How far each came from the best price of its side, in ticks: below 0 inside the spread. */
  readonly distances: readonly number[]
  /** How long each order that was taken back rested, µs. */
  readonly lifetimes: readonly number[]
}

export const HAPPENINGS = ['submit', 'delete', 'partial', 'execution'] as const
export type Happening = (typeof HAPPENINGS)[number]

export const DEPTH_LEVELS = 10
const SECOND = 1_000_000

/** Best first, flat pairs, of at most DEPTH_LEVELS levels. */
type Sides = { readonly bids: readonly number[]; readonly asks: readonly number[] }

/** An observation as it grows. Whoever watches adds to the lists, and says in time when a second is over. */
export class Notes {
  readonly eventTimes: number[] = []
  readonly tradeTimes: number[] = []
  readonly tradeSigns: number[] = []
  readonly mids: number[] = []
  readonly spreads: number[] = []
  readonly depths: number[][] = Array.from({ length: DEPTH_LEVELS }, () => [])
  readonly mix: Record<Happening, number> = { submit: 0, delete: 0, partial: 0, execution: 0 }
  readonly sizes: number[] = []
  readonly distances: number[] = []
  readonly lifetimes: number[] = []
  #sampledTo = 0

  /** Samples the book, as it stood until this time, at every full second that has passed. */
  sampleUntil(time: number, book: () => Sides): void {
    if (time < this.#sampledTo + SECOND) return
    const { bids, asks } = book()
    const [bid, ask] = [bids[0], asks[0]]
    while (time >= this.#sampledTo + SECOND) {
      this.#sampledTo += SECOND
      if (bid === undefined || ask === undefined) continue
      this.mids.push((bid + ask) / 2)
      this.spreads.push(ask - bid)
      for (let level = 0; level < DEPTH_LEVELS; level++) {
        const found = [bids[2 * level + 1], asks[2 * level + 1]].filter((lots) => lots !== undefined)
        if (found.length > 0) this.depths[level]!.push(found.reduce((sum, lots) => sum + lots, 0) / found.length)
      }
    }
  }

  trade(time: number, sign: number): void {
    this.tradeTimes.push(time)
    if (sign !== 0) this.tradeSigns.push(sign)
  }

  done(span: number, isBatched = false): Observation {
    return { span, isBatched, ...this }
  }
}
