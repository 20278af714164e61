import type { Instrument, Micros, Trade } from '@depthcast/market'
import type { Output } from '../venue.ts'

/** Trades `from` to `to`, inclusive, that the venue made and we have not seen. */
export type Hole = { readonly from: number; readonly to: number }

/** A trade and its place in the venue's count. */
export type NumberedTrade = { readonly id: number; readonly trade: Trade }

/** Holes older than these stay as they are. */
const MOST_HOLES = 16

/**
 * Follows a venue's trade ids where they count up by one an instrument: a trade seen twice is passed over, a hole is told with its size and kept,
 * for what comes late or can be fetched.
 *
 * A venue that counts anew, as one that was set up again, is told as a restart. It outlives sockets, so trades missed while disconnected are counted too.
 */
export class TradeChain {
  readonly #instrument: Instrument
  #last: number | undefined
  /** By id. */
  #holes: readonly Hole[] = []
  #askedTo = -1
  /** The newest trade of the stream, by the venue's time. */
  #newest: { readonly id: number; readonly at: Micros } | undefined

  constructor(instrument: Instrument) {
    this.#instrument = instrument
  }

  /** The last id seen; undefined before the first. */
  get lastId(): number | undefined {
    return this.#last
  }

  /** What is missing and may still be filled, oldest first. */
  get holes(): readonly Hole[] {
    return this.#holes
  }

  /** The next trade of the stream. One that comes late fills its part of a hole, and is marked like a fetched one: it is out of its order. */
  add(trade: Trade, id: number, out: Output[]): void {
    if (this.#beginsAnew(trade, id)) this.#restart(trade.receivedAt, out)
    const at = trade.exchangeTime
    if (at !== undefined && at >= (this.#newest?.at ?? 0)) this.#newest = { id, at }
    if (this.#last !== undefined && id <= this.#last) {
      this.fill([{ id, trade }], out)
      return
    }
    this.reached(id - 1, trade.receivedAt, out)
    this.#last = id
    out.push({ kind: 'event', event: trade })
  }

  /** A newer trade under a lower id, and no late one: were it passed over as seen, so would be all that follow. */
  #beginsAnew({ exchangeTime }: Trade, id: number): boolean {
    if (this.#newest === undefined || exchangeTime === undefined) return false
    const isLate = this.#holes.some(({ from, to }) => from <= id && id <= to)
    return !isLate && id < this.#newest.id && exchangeTime > this.#newest.at
  }

  /** The venue counts anew; how many trades were between nobody knows. */
  #restart(now: Micros, out: Output[]): void {
    this.#last = undefined
    this.#holes = []
    this.#askedTo = -1
    this.#newest = undefined
    const stamp = { instrument: this.#instrument.id, exchangeTime: undefined, receivedAt: now }
    out.push({ kind: 'event', event: { kind: 'gap', stream: 'trades', reason: 'restart', ...stamp } })
  }

  /** The venue has come to `id`: whatever is between it and the last one seen was lost. */
  reached(id: number, now: Micros, out: Output[]): void {
    const last = this.#last
    if (last !== undefined && id > last) {
      this.#holes = [...this.#holes, { from: last + 1, to: id }].slice(-MOST_HOLES)
      const gap = {
        kind: 'gap',
        stream: 'trades',
        reason: 'sequence',
        expected: last + 1,
        received: id + 1,
        lost: id - last,
      } as const
      out.push({
        kind: 'event',
        event: { ...gap, instrument: this.#instrument.id, exchangeTime: undefined, receivedAt: now },
      })
    }
    if (last === undefined || id > last) this.#last = id
  }

  /** The oldest hole that was not asked for yet; undefined when there is none. Each is given once, however its trades are then fetched. */
  ask(): Hole | undefined {
    const hole = this.#holes.find(({ from }) => from > this.#askedTo)
    if (hole !== undefined) this.#askedTo = hole.to
    return hole
  }

  /** Fetched trades, in any order and with others among them: those that are missing are published, oldest first, as `backfilled`. */
  fill(trades: readonly NumberedTrade[], out: Output[]): void {
    for (const { id, trade } of trades.toSorted((a, b) => a.id - b.id)) {
      const hole = this.#holes.find(({ from, to }) => from <= id && id <= to)
      if (hole === undefined) continue
      this.#holes = this.#holes.flatMap((each) => (each === hole ? without(hole, id) : [each]))
      out.push({ kind: 'event', event: { ...trade, backfilled: true } })
    }
  }
}

function without({ from, to }: Hole, id: number): Hole[] {
  return [
    { from, to: id - 1 },
    { from: id + 1, to },
  ].filter((rest) => rest.from <= rest.to)
}
