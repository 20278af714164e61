import type { Instrument, Micros, Trade } from '@depthcast/market'
import type { Output } from '../../venue.ts'
import { TradeChain } from '../trade-chain.ts'

/** One product's trades, whose ids count up by one: what came, and what was lost. */
export class CoinbaseTrades {
  readonly chain: TradeChain
  /** Trades the last heartbeat knew of that had not come. */
  #promised: number | undefined

  constructor(instrument: Instrument) {
    this.chain = new TradeChain(instrument)
  }

  opened(): void {
    this.#promised = undefined
  }

  match(trade: Trade, out: Output[]): void {
    this.chain.add(trade, Number(trade.tradeId), out)
  }

  /** Sent on subscribing, and old then: no new trade. After a reconnect it may be the newest of those we missed. */
  lastMatch(trade: Trade, out: Output[]): void {
    const id = Number(trade.tradeId)
    if (this.chain.lastId === undefined) this.chain.reached(id, trade.receivedAt, out)
    else this.chain.add({ ...trade, backfilled: true }, id, out)
  }

  /** The venue's count runs ahead of ours twice, a second apart: what is between has been lost. Once may be a match that is still on its way. */
  heartbeat(newest: number, now: Micros, out: Output[]): void {
    const ours = this.chain.lastId
    if (ours === undefined) return
    if (this.#promised !== undefined && this.#promised > ours) this.chain.reached(this.#promised, now, out)
    this.#promised = newest
  }
}
