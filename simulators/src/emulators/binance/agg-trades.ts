import type { Now } from '../emulator.ts'
import type { TapeTrade } from '../tape.ts'
import type { AggTrade } from './frames.ts'

const KEPT = 1000

/** Joins what one taker took at one price into one trade, counted for themselves from 0. */
export class AggTrades {
  readonly #done: AggTrade[] = []
  #open: { agg: AggTrade; readonly takerId: number } | undefined
  #next = 0

  /** Whether the taker is done shows only when the moment of its trade is over. */
  get dueAt(): Now | undefined {
    return this.#open?.agg.at
  }

  /** Gives the trade before, where this one is not part of it. */
  add(trade: TapeTrade, takerId: number): AggTrade | undefined {
    const open = this.#open
    if (open !== undefined && open.takerId === takerId && open.agg.ticks === trade.ticks) {
      const { aggId, firstId, lots } = open.agg
      open.agg = { ...trade, aggId, firstId, lots: lots + trade.lots }
      return undefined
    }
    const complete = this.take()
    this.#open = { agg: { ...trade, aggId: this.#next++, firstId: trade.id }, takerId }
    return complete
  }

  /** Ends the trade that is being gathered, and gives it. */
  take(): AggTrade | undefined {
    const agg = this.#open?.agg
    this.#open = undefined
    if (agg === undefined) return undefined
    this.#done.push(agg)
    if (this.#done.length >= 2 * KEPT) this.#done.splice(0, KEPT)
    return agg
  }

  /** The last thousand and some, oldest first. */
  get recent(): readonly AggTrade[] {
    return this.#done
  }
}
