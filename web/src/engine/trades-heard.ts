import type { TradesView } from '@depthcast/client'
import type { TradesCounted } from './messages.ts'

/** Which trades of a view were heard: their numbers have no holes but those that are told. */
export class TradesHeard {
  #counted: TradesCounted | undefined

  /** Undefined before the first view. */
  get counted(): TradesCounted | undefined {
    return this.#counted
  }

  /** `now` is ms since 1970. */
  take({ epoch, seq, added, lost, isBroken }: TradesView, now: number): void {
    const before = this.#counted
    const goesOn = before !== undefined && before.epoch === epoch && !isBroken
    this.#counted = {
      epoch,
      from: goesOn ? before.from : Math.max(0, seq - added.length + 1),
      to: seq,
      since: goesOn ? before.since : now,
      trades: (goesOn ? before.trades : 0) + added.length,
      lost: (goesOn ? before.lost : 0) + lost,
    }
  }
}
