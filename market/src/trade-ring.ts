import type { Trade } from './event.ts'

/** A trade with its place in the instrument's trades stream. */
export type NumberedTrade = Trade & { readonly epoch: number; readonly seq: number }

/** Trades after some seq, oldest first, and how many after it are no longer kept. */
export type TradesSince = { readonly trades: readonly NumberedTrade[]; readonly lost: number }

/** The newest trades of one epoch, their seqs without a hole. */
export class TradeRing {
  epoch = 0
  /** Of the newest trade, 0 before the first. */
  seq = 0
  readonly #capacity: number
  /** The trade with a seq is at `seq % capacity`. */
  readonly #slots: NumberedTrade[] = []
  #kept = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Takes the next trade; false for one it has had already. A hole before it drops what was kept: those count as lost, as the hole does. */
  add(trade: NumberedTrade): boolean {
    if (trade.epoch < this.epoch) return false
    if (trade.epoch === this.epoch && trade.seq <= this.seq) return false
    if (trade.epoch !== this.epoch || trade.seq !== this.seq + 1) this.#kept = 0
    this.epoch = trade.epoch
    this.seq = trade.seq
    this.#slots[trade.seq % this.#capacity] = trade
    this.#kept = Math.min(this.#kept + 1, this.#capacity)
    return true
  }

  since(seq: number): TradesSince {
    const missing = Math.max(0, this.seq - Math.max(0, seq))
    const available = Math.min(missing, this.#kept)
    return { trades: this.last(available), lost: missing - available }
  }

  /** The newest `n`, oldest first. */
  last(n: number): NumberedTrade[] {
    const trades: NumberedTrade[] = []
    for (let seq = this.seq - Math.min(n, this.#kept) + 1; seq <= this.seq; seq++)
      trades.push(this.#slots[seq % this.#capacity]!)
    return trades
  }
}
