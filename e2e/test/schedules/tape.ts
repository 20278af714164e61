import type { Ledger } from '@depthcast/market'
import type { TradesView } from '@depthcast/protocol'

/** The trades one watcher has received, whatever connections they came through: each once, in order, and the number it was told it lost. */
export class Tape {
  #first: number | undefined
  #last = 0
  #count = 0

  /** Takes what is new in the view; returns what is wrong with it. */
  take({ trades, added }: TradesView): string | undefined {
    for (const [id] of added === 0 ? [] : trades.slice(-added)) {
      const number = Number(id)
      if (number <= this.#last) return `trade ${number} came after ${this.#last}`
      this.#first ??= number
      this.#last = number
      this.#count++
    }
    return undefined
  }

  /** Every trade since the first one received is here, or told as lost. */
  isComplete({ lost, seq }: TradesView, ledger: Ledger): boolean {
    if (ledger.tradesSeq === 0) return true
    return seq === ledger.tradesSeq && this.#first !== undefined && this.#count + lost === seq - this.#first + 1
  }

  describe(view: TradesView | undefined): string {
    return `first ${this.#first} last ${this.#last} count ${this.#count} lost ${view?.lost} breaks ${view?.breaks}`
  }
}
