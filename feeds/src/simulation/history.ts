import type { Print } from './day.ts'
import type { FairValue } from './fair-value.ts'
import type { Listing } from './listings.ts'
import type { Random } from './random.ts'

const SECOND = 1_000_000
/** One print a quarter of a minute: enough for a minute bar to have a body and wicks. */
const EVERY_SECONDS = 15
/** Of the book's updates, those that are trades, and a trade's mean size in usual orders: measured on running markets. */
const TRADES_PER_UPDATE = 0.1
const MEAN_TRADE = 0.5

export type PastTrade = Print & { readonly side: 'buy' | 'sell' }

/**
 * Trades of the time before a market opened, oldest first, at negative times in µs, the last just before `until`: what its charts and 24 h
 * figures begin with. Fewer and larger than live ones, with about the same volume a minute. Moves the fair value on to where the market opens.
 */
export function pastTrades(
  listing: Listing,
  past: {
    readonly fair: FairValue
    readonly random: Random
    readonly rate: number
    readonly hours: number
    readonly until: number
  },
): PastTrade[] {
  const { fair, random } = past
  const count = Math.floor((past.hours * 3600) / EVERY_SECONDS)
  const usual = past.rate * listing.updatesPerSecond * TRADES_PER_UPDATE * EVERY_SECONDS * MEAN_TRADE * listing.lots
  const trades: PastTrade[] = []
  let before = fair.ticks
  for (let i = count; i > 0; i -= 1) {
    fair.advance(EVERY_SECONDS)
    const moved =
      Math.abs(Math.log(fair.ticks / before)) / (listing.dailyVolatility * Math.sqrt(EVERY_SECONDS / 86_400))
    before = fair.ticks
    const side = random.chance(0.5) ? 'buy' : 'sell'
    const half = (listing.spread / 2) * (side === 'buy' ? 1 : -1)
    trades.push({
      at: past.until - i * EVERY_SECONDS * SECOND + random.below(EVERY_SECONDS * SECOND),
      ticks: Math.max(1, Math.round(fair.ticks + half)),
      // Volume comes with movement.
      lots: Math.max(1, Math.round(usual * (0.4 + 0.6 * moved) * Math.min(8, 0.5 * random.pareto(1.8)))),
      side,
    })
  }
  return trades
}
