import { priceText } from '../decimal.ts'
import type { KrakenMarket } from './market.ts'

/** Becomes `{"error":["…"]}`, with status 200 as all of Kraken's answers. */
export class RestRefusal extends Error {
  override readonly name = 'RestRefusal'
}

/** The markets named by `pair=A,B`, each by any of its names; all where it is left out. */
export function marketsAsked(query: URLSearchParams, markets: ReadonlyMap<string, KrakenMarket>): KrakenMarket[] {
  const all = [...markets.values()].filter(({ status }) => status !== 'delisted')
  const names = query.get('pair')?.split(',')
  return names === undefined ? all : names.map((name) => marketNamed(name, all))
}

/** The one that is named; it must be. */
export function marketAsked(query: URLSearchParams, markets: ReadonlyMap<string, KrakenMarket>): KrakenMarket {
  const name = query.get('pair')
  if (name === null) throw new RestRefusal('EGeneral:Invalid arguments')
  return marketNamed(
    name,
    [...markets.values()].filter(({ status }) => status !== 'delisted'),
  )
}

function marketNamed(name: string, all: readonly KrakenMarket[]): KrakenMarket {
  const market = all.find(({ names: { altname, wsname, pair, symbol } }) =>
    [altname, wsname, pair, symbol].includes(name),
  )
  if (market === undefined) throw new RestRefusal('EQuery:Unknown asset pair')
  return market
}

/** A whole number of units from 1 to `most`; the default where it is none. */
export function countAsked(query: URLSearchParams, byDefault: number, most: number): number {
  const count = Number(query.get('count') ?? byDefault)
  return Number.isInteger(count) && count > 0 ? Math.min(most, count) : byDefault
}

/** µs of `since=`, sent in units of so many µs; -1 where it was not. */
export function sinceAsked(query: URLSearchParams, unitUs: number): number {
  const text = query.get('since')
  if (text === null || text === '') return -1
  if (!/^\d+(\.\d+)?$/.test(text)) throw new RestRefusal('EGeneral:Invalid arguments')
  return Number(text) * unitUs
}

/** REST writes prices of books, trades and tickers with five decimals at least, whatever the tick size. */
export function restPrice(ticks: number, { listed }: KrakenMarket): string {
  const text = priceText(ticks, listed)
  const missing = 5 - listed.tickSize.decimals
  return missing <= 0 ? text : `${text}${listed.tickSize.decimals === 0 ? '.' : ''}${'0'.repeat(missing)}`
}
