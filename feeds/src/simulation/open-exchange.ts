import { listingOf } from './catalogue.ts'
import type { Exchange, ExchangeOptions, Listed, OrderEvent, PastTrade } from './exchange.ts'
import { SymbolMarket } from './symbol-market.ts'

/**
 * Opens a simulated exchange; its clock stands at 0, its books are grown. Throws RangeError for a symbol that is not `BASE-QUOTE`, for one named
 * twice, and for a rate that is not above 0.
 */
export function openExchange(options: ExchangeOptions): Exchange {
  const { symbols, rate = 1 } = options
  const twice = symbols.find((symbol, at) => symbols.indexOf(symbol) !== at)
  if (twice !== undefined) throw new RangeError(`symbol '${twice}' is named twice`)
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`rate ${rate} is not above 0`)
  return new SimulatedExchange({ ...options, rate })
}

class SimulatedExchange implements Exchange {
  readonly instruments: readonly Listed[]
  readonly #markets: readonly SymbolMarket[]
  readonly #bySymbol: ReadonlyMap<string, SymbolMarket>
  #now = 0

  constructor({
    symbols,
    preset,
    seed,
    rate = 1,
    model = 'hawkes',
    scenario = 'none',
    pastHours = 0,
  }: ExchangeOptions) {
    this.#markets = symbols.map(
      (symbol) => new SymbolMarket(listingOf(symbol, preset), { preset, seed, rate, model, scenario, pastHours }),
    )
    this.#bySymbol = new Map(this.#markets.map((market) => [market.listing.symbol, market]))
    this.instruments = this.#markets.map(({ listing: { symbol, base, quote, tickSize, lotSize } }) => ({
      symbol,
      base,
      quote,
      tickSize,
      lotSize,
    }))
  }

  get now(): number {
    return this.#now
  }

  advance(until: number, hear: (event: OrderEvent) => void): void {
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#now = next.nextAt
      next.run(hear)
    }
    this.#now = Math.max(this.#now, until)
  }

  levels(symbol: string, side: 'bid' | 'ask', depth: number = Number.POSITIVE_INFINITY): number[] {
    return this.#market(symbol).levels(side, depth)
  }

  seq(symbol: string): number {
    return this.#market(symbol).seq
  }

  past(symbol: string): readonly PastTrade[] {
    return this.#market(symbol).past
  }

  tradeId(symbol: string): number {
    return this.#market(symbol).tradeId
  }

  isHalted(symbol: string): boolean {
    return this.#market(symbol).isHalted
  }

  /** The market in which something happens first, the first listed of several; undefined where nothing does until then. */
  #next(until: number): SymbolMarket | undefined {
    let first: SymbolMarket | undefined
    let at = until
    for (const market of this.#markets) {
      const { nextAt } = market
      if (nextAt < at || (nextAt === at && first === undefined)) {
        first = market
        at = nextAt
      }
    }
    return first
  }

  #market(symbol: string): SymbolMarket {
    const market = this.#bySymbol.get(symbol)
    if (market === undefined) {
      throw new RangeError(`symbol '${symbol}' is not listed: ${[...this.#bySymbol.keys()].join(', ')} are`)
    }
    return market
  }
}
