import type { Instrument, Micros, Trade } from '@depthcast/market'
import type { Output } from '../venue.ts'

/**
 * Follows a venue's trade ids where they count up by one an instrument: a trade seen twice is passed over, a hole is told with its size.
 *
 * It outlives sockets, so trades missed while disconnected are counted too.
 */
export class TradeChain {
  readonly #instrument: Instrument
  #last: number | undefined

  constructor(instrument: Instrument) {
    this.#instrument = instrument
  }

  /** The last id seen; undefined before the first. */
  get lastId(): number | undefined {
    return this.#last
  }

  add(trade: Trade, id: number, out: Output[]): void {
    if (this.#last !== undefined && id <= this.#last) return
    this.reached(id - 1, trade.receivedAt, out)
    this.#last = id
    out.push({ kind: 'event', event: trade })
  }

  /** The venue has come to `id`: whatever is between it and the last one seen was lost. */
  reached(id: number, now: Micros, out: Output[]): void {
    const last = this.#last
    if (last !== undefined && id > last) {
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
}
