import type { HttpAnswer, HttpQuestion, World } from '../emulator.ts'
import { ask, type Endpoint, RestError } from './endpoints.ts'
import { exchangeInfo } from './exchange-info.ts'
import { TIME_UNITS, type TimeUnit, timeText } from './frames.ts'
import type { BinanceListing } from './listing.ts'
import { averagePrice, candles, depth, recentAggTrades, recentTrades, tradesFrom } from './rest-market.ts'
import { bookTickers, dayTickers, prices, rollingTickers, tradingDayTickers } from './rest-tickers.ts'
import { Weights } from './weights.ts'

/** What was there before version 3 is still there under version 1, and clients ask for it so. */
const PATH =
  /^\/api\/v(?:3|1(?=\/(?:ping|time|exchangeInfo|depth|trades|historicalTrades|aggTrades|klines|ticker\/24hr)$))\/(.*)$/
const CANDLE_PARAMETERS = ['symbol', 'interval', 'limit', 'startTime', 'endTime', 'timeZone']

/** Weights as of 2025. A function where they depend on what is asked. Source: binance-spot-api-docs, rest-api.md. */
const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  ping: { weight: 1, allowed: [], answer: () => '{}' },
  time: { weight: 1, allowed: [], answer: ({ now, unit }) => `{"serverTime":${timeText(now, unit)}}` },
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
  klines: { weight: 2, allowed: CANDLE_PARAMETERS, answer: candles },
  uiKlines: { weight: 2, allowed: CANDLE_PARAMETERS, answer: candles },
  avgPrice: { weight: 2, allowed: ['symbol'], answer: averagePrice },
  'ticker/24hr': {
    weight: byCount(2, 40, 80),
    allowed: ['symbol', 'symbols', 'type', 'symbolStatus'],
    answer: dayTickers,
  },
  'ticker/tradingDay': {
    weight: bySymbol,
    allowed: ['symbol', 'symbols', 'timeZone', 'type', 'symbolStatus'],
    answer: tradingDayTickers,
  },
  'ticker/price': { weight: oneOrMore, allowed: ['symbol', 'symbols', 'symbolStatus'], answer: prices },
  'ticker/bookTicker': { weight: oneOrMore, allowed: ['symbol', 'symbols', 'symbolStatus'], answer: bookTickers },
  ticker: {
    weight: bySymbol,
    allowed: ['symbol', 'symbols', 'windowSize', 'type', 'symbolStatus'],
    answer: rollingTickers,
  },
}

/** What only who has an account may ask. */
const PRIVATE =
  /^(account|allOrderList|allOrders|my\w+|openOrderList|openOrders|order|orderList|rateLimit|sor|userDataStream)(\/.+)?$/

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
    const name = PATH.exec(path)?.[1]
    if (name === undefined) return undefined
    const endpoint = ENDPOINTS[name]
    if (endpoint === undefined && PRIVATE.test(name)) return keyRefusal(question.headers?.['x-mbx-apikey'])
    if (endpoint === undefined)
      return { status: 404, headers: HTML, body: '<html><body><h2>404 Not found</h2></body></html>' }
    if (method !== 'GET') return failure(405, -1000, `Request method '${method}' is not supported.`)
    const weight = typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(query)
    const { used, refusal } = this.#weights.weigh(address, weight, now)
    const weighed = { 'x-mbx-used-weight': String(used), 'x-mbx-used-weight-1m': String(used) }
    if (refusal !== undefined) return { ...refusal, headers: { ...JSON_TYPE, ...weighed, ...refusal.headers } }
    try {
      const unit = unitAsked(question.headers?.['x-mbx-time-unit'])
      const body = ask(endpoint, { listings: this.#listings, world: this.#world, query, now, unit })
      return { status: 200, headers: { ...JSON_TYPE, ...weighed }, body }
    } catch (error) {
      if (!(error instanceof RestError)) throw error
      const { status, headers, body } = failure(400, error.code, error.message)
      return { status, headers: { ...headers, ...weighed }, body }
    }
  }
}

/** Any page of a browser may ask. */
const CORS = { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET, HEAD, OPTIONS' }
const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8', ...CORS }
const HTML = { 'content-type': 'text/html' }

function failure(status: number, code: number, msg: string) {
  return { status, headers: JSON_TYPE, body: JSON.stringify({ code, msg }) }
}

/** No key is known here: one of the right form is a wrong one. */
function keyRefusal(key: string | undefined): HttpAnswer {
  return /^[A-Za-z0-9]{64}$/.test(key ?? '')
    ? failure(401, -2015, 'Invalid API-key, IP, or permissions for action.')
    : failure(401, -2014, 'API-key format invalid.')
}

function unitAsked(text = 'MILLISECOND'): TimeUnit {
  const unit = TIME_UNITS[text.toUpperCase() as keyof typeof TIME_UNITS] as TimeUnit | undefined
  if (unit === undefined) {
    throw new RestError(-1194, 'Invalid value for time unit; expected either MICROSECOND or MILLISECOND.')
  }
  return unit
}

/** 4 for each, at most 200. */
function bySymbol(query: URLSearchParams): number {
  return Math.min(200, 4 * (query.get('symbols')?.split(',').length ?? 1))
}

function oneOrMore(query: URLSearchParams): number {
  return query.has('symbol') ? 2 : 4
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
