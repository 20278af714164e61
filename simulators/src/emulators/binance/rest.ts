import type { HttpAnswer, HttpQuestion, World } from '../emulator.ts'
import { ask, type Endpoint, RestError } from './endpoints.ts'
import { exchangeInfo } from './exchange-info.ts'
import type { BinanceListing } from './listing.ts'
import {
  averagePrice,
  bookTickers,
  candles,
  dayTickers,
  depth,
  prices,
  recentAggTrades,
  recentTrades,
  tradesFrom,
} from './rest-market.ts'
import { Weights } from './weights.ts'

const PREFIX = '/api/v3/'

/** Weights as of 2025. A function where they depend on what is asked. Source: binance-spot-api-docs, rest-api.md. */
const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  ping: { weight: 1, allowed: [], answer: () => '{}' },
  time: { weight: 1, allowed: [], answer: ({ now }) => `{"serverTime":${Math.floor(now / 1000)}}` },
  exchangeInfo: {
    weight: 20,
    allowed: ['symbol', 'symbols', 'permissions', 'showPermissionSets', 'symbolStatus'],
    answer: exchangeInfo,
  },
  depth: {
    weight: (query) => depthWeight(Number(query.get('limit') ?? 100)),
    allowed: ['symbol', 'limit', 'symbolStatus'],
    answer: depth,
  },
  trades: { weight: 25, allowed: ['symbol', 'limit'], answer: recentTrades },
  historicalTrades: { weight: 25, allowed: ['symbol', 'limit', 'fromId'], answer: tradesFrom },
  aggTrades: {
    weight: 4,
    allowed: ['symbol', 'limit', 'fromId', 'startTime', 'endTime'],
    answer: recentAggTrades,
  },
  klines: {
    weight: 2,
    allowed: ['symbol', 'interval', 'limit', 'startTime', 'endTime', 'timeZone'],
    answer: candles,
  },
  avgPrice: { weight: 2, allowed: ['symbol'], answer: averagePrice },
  'ticker/24hr': {
    weight: byCount(2, 40, 80),
    allowed: ['symbol', 'symbols', 'type', 'symbolStatus'],
    answer: dayTickers,
  },
  'ticker/price': { weight: byCount(2, 4, 4), allowed: ['symbol', 'symbols', 'symbolStatus'], answer: prices },
  'ticker/bookTicker': {
    weight: byCount(2, 4, 4),
    allowed: ['symbol', 'symbols', 'symbolStatus'],
    answer: bookTickers,
  },
}

/** `GET /api/v3/*`: weighed, then answered, errors with the venue's codes and words. */
export class BinanceRest {
  readonly #listings: ReadonlyMap<string, BinanceListing>
  readonly #world: World
  readonly #weights = new Weights()

  constructor(listings: ReadonlyMap<string, BinanceListing>, world: World) {
    this.#listings = listings
    this.#world = world
  }

  /** Undefined for a path of somebody else. */
  answer(question: HttpQuestion): HttpAnswer | undefined {
    const { path, query, address, now, method } = question
    if (!path.startsWith(PREFIX)) return undefined
    const endpoint = ENDPOINTS[path.slice(PREFIX.length)]
    if (endpoint === undefined)
      return { status: 404, headers: HTML, body: '<html><body><h2>404 Not found</h2></body></html>' }
    if (method !== 'GET') return failure(405, -1000, `Request method '${method}' is not supported.`)
    const weight = typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(query)
    const { used, refusal } = this.#weights.weigh(address, weight, now)
    const weighed = { 'x-mbx-used-weight': String(used), 'x-mbx-used-weight-1m': String(used) }
    if (refusal !== undefined) return { ...refusal, headers: { ...JSON_TYPE, ...weighed, ...refusal.headers } }
    try {
      const body = ask(endpoint, { listings: this.#listings, world: this.#world, query, now })
      return { status: 200, headers: { ...JSON_TYPE, ...weighed }, body }
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      const { status, headers, body } = failure(400, error.code, error.message)
      return { status, headers: { ...headers, ...weighed }, body }
    }
  }
}

const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' }
const HTML = { 'content-type': 'text/html' }

function failure(status: number, code: number, msg: string) {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ code, msg }) }
}

function depthWeight(limit: number): number {
  if (limit <= 100) return 5
  if (limit <= 500) return 25
  return limit <= 1000 ? 50 : 250
}

/** One symbol, up to a hundred, more or all. */
function byCount(one: number, some: number, all: number): (query: URLSearchParams) => number {
  return (query) => {
    if (query.has('symbol')) return one
    const count = query.get('symbols')?.split(',').length ?? Number.POSITIVE_INFINITY
    if (count <= 20) return one
    return count <= 100 ? some : all
  }
}
