import type { Print } from './day.ts'
import type { FairValue } from './fair-value.ts'
import type { Listing } from './listings.ts'
import type { Random } from './random.ts'

const SECOND = 1_000_000
/** One burst of prints a quarter of a minute: enough for a minute bar to have a body and wicks. */
const EVERY_SECONDS = 15
/** A burst is a moment long: whichever minute it falls into, it nearly always falls into it whole. */
const BURST_MICROS = 400_000
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
    const after = fair.ticks
    const moved = Math.abs(Math.log(after / before)) / (listing.dailyVolatility * Math.sqrt(EVERY_SECONDS / 86_400))
    const side = random.chance(after >= before ? 0.75 : 0.25) ? 'buy' : 'sell'
    const half = (listing.spread / 2) * (side === 'buy' ? 1 : -1)
    const at = past.until - i * EVERY_SECONDS * SECOND + random.below(EVERY_SECONDS * SECOND - BURST_MICROS)
    // Volume comes with movement.
    const lots = usual * (0.4 + 0.6 * moved) * Math.min(8, 0.5 * random.pareto(1.8))
    // Someone sweeps the book from where the last one left it: prices move while they are traded, so a bar opens where the one before closed.
    for (const [ticks, later] of [
      [before, 0],
      [after, 1 + random.below(BURST_MICROS - 1)],
    ] as const) {
      trades.push({
        at: at + later,
        ticks: Math.max(1, Math.round(ticks + half)),
        lots: Math.max(1, Math.round(lots / 2)),
        side,
      })
    }
    before = after
  }
  return trades
}
