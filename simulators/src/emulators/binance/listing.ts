import type { World } from '../emulator.ts'
import { BinanceMarket, type MarketOptions } from './market.ts'

/** A market under one of its names, e.g. `BTCUSDT`. */
export type BinanceListing = {
  readonly symbol: string
  readonly base: string
  readonly quote: string
  readonly market: BinanceMarket
}

/**
 * The exchange's markets by the names Binance has for them. A market in dollars is listed in USDT too, where the exchange has none of that name:
 * Binance has no dollars, and its clients ask for `BTCUSDT`.
 */
export function binanceListings(world: World, options: MarketOptions): ReadonlyMap<string, BinanceListing> {
  const { instruments } = world.exchange
  const taken = new Set(instruments.map(({ base, quote }) => base + quote))
  const listings = new Map<string, BinanceListing>()
  for (const listed of instruments) {
    const market = new BinanceMarket(listed, world, options)
    const { base } = listed
    const quotes = listed.quote === 'USD' && !taken.has(`${base}USDT`) ? ['USD', 'USDT'] : [listed.quote]
    for (const quote of quotes) listings.set(base + quote, { symbol: base + quote, base, quote, market })
  }
  return listings
}
