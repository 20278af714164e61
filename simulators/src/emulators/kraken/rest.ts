import { isoMicros, priceText, quantityText } from '../decimal.ts'
import type { HttpAnswer, HttpQuestion } from '../emulator.ts'
import { vwapText } from './frames.ts'
import type { KrakenMarket } from './market.ts'
import { INTERVALS } from './requests.ts'
import { assetPairs, assets } from './rest-listing.ts'
import { countAsked, marketAsked, marketsAsked, RestRefusal, restPrice, sinceAsked } from './rest-question.ts'

const PUBLIC = '/0/public/'
const PRIVATE = '/0/private/'
const SECOND = 1_000_000
const MINUTE = 60 * SECOND
const MAX_TRADES = 1000
const KEPT_CANDLES = 720

type Markets = ReadonlyMap<string, KrakenMarket>

/**
 * Kraken's REST: always HTTP 200, with what went wrong in `error`. Undefined for a path of another venue. No key is known here, so whatever needs
 * one is refused. Source: docs.kraken.com, Spot REST, market data.
 */
export function krakenRest(question: HttpQuestion, markets: Markets): HttpAnswer | undefined {
  if (question.path.startsWith(PRIVATE)) return refused('EAPI:Invalid key')
  if (!question.path.startsWith(PUBLIC)) return undefined
  const endpoint = ENDPOINTS[question.path.slice(PUBLIC.length)]
  if (endpoint === undefined) return refused('EGeneral:Unknown method')
  try {
    return answered(`{"error":[],"result":${endpoint(question, markets)}}`)
  } catch (error) {
    if (error instanceof RestRefusal) return refused(error.message)
    throw error
  }
}

function refused(error: string): HttpAnswer {
  return answered(`{"error":[${JSON.stringify(error)}]}`)
}

function answered(body: string): HttpAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'access-control-allow-origin': '*' }
  return { status: 200, headers, body }
}

const ENDPOINTS: Readonly<Record<string, (question: HttpQuestion, markets: Markets) => string>> = {
  Time: ({ now }) => {
    const seconds = Math.floor(now / SECOND)
    // The year has two digits: `Sun, 21 Mar 21 14:23:14 +0000`.
    const rfc = new Date(seconds * 1000)
      .toUTCString()
      .replace(/ \d\d(\d\d) /, ' $1 ')
      .replace('GMT', '+0000')
    return `{"unixtime":${seconds},"rfc1123":"${rfc}"}`
  },
  SystemStatus: ({ now }) =>
    `{"status":"online","timestamp":"${isoMicros(now).slice(0, 19)}Z","upcoming_maintenance":[],"emergency":[]}`,
  Assets: ({ query }, markets) => assets(query, [...markets.values()]),
  AssetPairs: ({ query }, markets) => assetPairs(query, marketsAsked(query, markets)),
  Depth: ({ query, now }, markets) => depth(marketAsked(query, markets), countAsked(query, 100, 500), now),
  Trades: ({ query, now }, markets) => trades(marketAsked(query, markets), query, now),
  Spread: ({ query, now }, markets) => spreads(marketAsked(query, markets), sinceAsked(query, SECOND), now),
  OHLC: ({ query, now }, markets) => candles(marketAsked(query, markets), query, now),
  Ticker: ({ query }, markets) => `{${marketsAsked(query, markets).map(tickerText).join(',')}}`,
}

function depth(market: KrakenMarket, count: number, now: number): string {
  const side = (which: 'bid' | 'ask'): string => {
    const levels = market.sides[which].levels(count)
    const rows: string[] = []
    for (let i = 0; i < levels.length; i += 2) {
      const [ticks, lots] = [levels[i]!, levels[i + 1]!]
      rows.push(`["${restPrice(ticks, market)}","${quantityText(lots, market.listed)}",${Math.floor(now / SECOND)}]`)
    }
    return rows.join(',')
  }
  return `{"${market.names.pair}":{"asks":[${side('ask')}],"bids":[${side('bid')}]}}`
}

/** Without `since` the last ones, with it the first ones after it: `last` is where to go on, in nanoseconds. */
function trades(market: KrakenMarket, query: URLSearchParams, now: number): string {
  const since = nanosAsked(query)
  const count = countAsked(query, MAX_TRADES, MAX_TRADES)
  const all = market.tape.trades(MAX_TRADES).filter(({ at }) => nanos(at) > since)
  const chosen = since === 0n ? all.slice(-count) : all.slice(0, count)
  const rows = chosen.map(
    ({ id, ticks, lots, taker, at }) =>
      `["${restPrice(ticks, market)}","${quantityText(lots, market.listed)}",${secondsText(at)},` +
      `"${taker === 'buy' ? 'b' : 's'}","m","",${id}]`,
  )
  return `{"${market.names.pair}":[${rows.join(',')}],"last":"${nanos(chosen.at(-1)?.at ?? now)}"}`
}

/** The best prices as they changed, oldest first. */
function spreads(market: KrakenMarket, since: number, now: number): string {
  const rows = market.spreads
    .filter(({ at }) => at > since)
    .map(({ at, bid, ask }) => `[${Math.floor(at / SECOND)},"${restPrice(bid, market)}","${restPrice(ask, market)}"]`)
  return `{"${market.names.pair}":[${rows.join(',')}],"last":${Math.floor((market.spreads.at(-1)?.at ?? now) / SECOND)}}`
}

/** The last one is still open; `last` is the one before it. */
function candles(market: KrakenMarket, query: URLSearchParams, now: number): string {
  const { listed, names } = market
  const minutes = Number(query.get('interval') ?? 1)
  if (!INTERVALS.includes(minutes)) throw new RestRefusal('EGeneral:Invalid arguments')
  const since = sinceAsked(query, SECOND)
  const price = (ticks: number): string => `"${priceText(ticks, listed)}"`
  const bars = market.candlesUntil(now, minutes, KEPT_CANDLES)
  const rows = bars
    .filter(({ begin }) => begin > since)
    .map(
      (bar) =>
        `[${bar.begin / SECOND},${price(bar.open)},${price(bar.high)},${price(bar.low)},${price(bar.close)},` +
        `"${bar.trades === 0 ? '0.0' : vwapText(bar, listed)}","${quantityText(bar.lots, listed)}",${bar.trades}]`,
    )
  const open = bars.at(-1)?.begin ?? now - (now % (minutes * MINUTE))
  return `{"${names.pair}":[${rows.join(',')}],"last":${open / SECOND - minutes * 60}}`
}

function tickerText(market: KrakenMarket): string {
  const { listed, names, sides, tape } = market
  const day = tape.day()
  const price = (ticks: number): string => `"${restPrice(ticks, market)}"`
  const touch = (side: 'bid' | 'ask'): string => {
    const best = sides[side].level(0) ?? { ticks: 0, lots: 0 }
    const quantity = quantityText(best.lots, listed)
    return `[${price(best.ticks)},"${Math.max(1, Math.floor(Number(quantity)))}","${quantity}"]`
  }
  const twice = (text: string): string => `[${text},${text}]`
  const last = tape.trades(1)[0]
  return (
    `"${names.pair}":{"a":${touch('ask')},"b":${touch('bid')},"c":[${price(tape.lastTicks)},"${quantityText(last?.lots ?? 0, listed)}"],` +
    `"v":${twice(`"${quantityText(day.lots, listed)}"`)},"p":${twice(`"${vwapText(day, listed)}"`)},"t":[${day.trades},${day.trades}],` +
    `"l":${twice(price(day.low))},"h":${twice(price(day.high))},"o":${price(day.open)}}`
  )
}

/** Nanoseconds; what is too short for that is seconds, with or without a fraction. */
function nanosAsked(query: URLSearchParams): bigint {
  const text = query.get('since') ?? '0'
  if (!/^\d+(\.\d+)?$/.test(text)) throw new RestRefusal('EGeneral:Invalid arguments')
  const [whole = '0', fraction = ''] = text.split('.')
  return whole.length > 12 ? BigInt(whole) : BigInt(whole + fraction.slice(0, 9).padEnd(9, '0'))
}

function nanos(at: number): bigint {
  return BigInt(at) * 1000n
}

/** `1688669597.8277369`: seconds with a fraction, as a number. */
function secondsText(at: number): string {
  return `${Math.floor(at / SECOND)}.${String(at % SECOND).padStart(6, '0')}`
}
