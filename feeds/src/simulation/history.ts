import type { Listing } from './catalogue.ts'
import type { PastTrade } from './exchange.ts'
import type { Random } from './random.ts'

const SECOND = 1_000_000
/** One burst of prints a quarter of a minute: enough for a minute bar to have a body and wicks. */
const EVERY_SECONDS = 15
/** A burst is a moment long: whichever minute it falls into, it nearly always falls into it whole. */
const BURST_MICROS = 400_000
/** Of a market's order events, those that are trades, and a trade's mean size in usual orders: measured on running markets. */
const TRADES_PER_EVENT = 0.05
const MEAN_TRADE = 0.5
/** Calm and storm last so many seconds; the deviation is that of the log variance. */
const MEMORY_SECONDS = 1200
const MEMORY_DEVIATION = 0.6

/**
 * Trades of the time before a market opened, oldest first, at negative times in µs: what its charts and 24 h figures begin with. Fewer and larger
 * than live ones, with about the same volume a minute. The prices are a walk that ends at `mid`, in ticks, where the market opens.
 */
export function pastTrades(
  listing: Listing,
  past: { readonly random: Random; readonly mid: number; readonly rate: number; readonly hours: number },
): PastTrade[] {
  const { random } = past
  const count = Math.floor((past.hours * 3600) / EVERY_SECONDS)
  const usual = past.rate * listing.eventsPerSecond * TRADES_PER_EVENT * EVERY_SECONDS * MEAN_TRADE * listing.lots
  const steps = walk(listing, random, count)
  let log = Math.log(past.mid) - steps.reduce((sum, step) => sum + step, 0)
  const trades: PastTrade[] = []
  for (const [i, step] of steps.entries()) {
    const before = Math.exp(log)
    log += step
    const after = Math.exp(log)
    const moved = Math.abs(step) / perStep(listing)
    const side = random.chance(after >= before ? 0.75 : 0.25) ? 'buy' : 'sell'
    const half = (listing.spread / 2) * (side === 'buy' ? 1 : -1)
    const at = -(count - i) * EVERY_SECONDS * SECOND + random.below(EVERY_SECONDS * SECOND - BURST_MICROS)
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
  }
  return trades
}

/** Log returns with the listed deviation, in calms and storms. */
function walk(listing: Listing, random: Random, count: number): number[] {
  const kept = Math.exp(-EVERY_SECONDS / MEMORY_SECONDS)
  let heat = MEMORY_DEVIATION * random.normal()
  return Array.from({ length: count }, () => {
    heat = heat * kept + MEMORY_DEVIATION * Math.sqrt(1 - kept * kept) * random.normal()
    return perStep(listing) * Math.exp((heat - MEMORY_DEVIATION ** 2 / 2) / 2) * random.normal()
  })
}

function perStep({ dailyVolatility }: Listing): number {
  return dailyVolatility * Math.sqrt(EVERY_SECONDS / 86_400)
}
