import type { CandlesView, Subscription, SubscriptionStats, TradesView } from '@depthcast/client'

type Spent = Pick<SubscriptionStats, 'bytes' | 'bytesShare' | 'messages'>

/** What one chart's bars cost, and what the certificate takes to count them again: two views, whose messages and bytes are one chart's. */
export class BarsCosts {
  readonly #candles: Subscription<CandlesView>
  readonly #trades: () => Subscription<TradesView> | undefined
  /** On certificates that were ended. */
  #spent: Spent = { bytes: 0, bytesShare: 0, messages: 0 }

  /** `trades`: what the certificate follows at present. */
  constructor(candles: Subscription<CandlesView>, trades: () => Subscription<TradesView> | undefined) {
    this.#candles = candles
    this.#trades = trades
  }

  /** A certificate was ended; what it cost stays the chart's. */
  spent({ bytes, bytesShare, messages }: Spent): void {
    const before = this.#spent
    this.#spent = {
      bytes: before.bytes + bytes,
      bytesShare: before.bytesShare + bytesShare,
      messages: before.messages + messages,
    }
  }

  stats(): SubscriptionStats {
    const bars = this.#candles.stats()
    const followed = this.#trades()?.stats()
    const others = followed === undefined ? [this.#spent] : [this.#spent, followed]
    const sum = (of: keyof Spent): number => others.reduce((all, each) => all + each[of], bars[of])
    return {
      ...bars,
      bytes: sum('bytes'),
      bytesShare: sum('bytesShare'),
      messages: sum('messages'),
      sharedBy: Math.max(bars.sharedBy, followed?.sharedBy ?? 0),
    }
  }
}
