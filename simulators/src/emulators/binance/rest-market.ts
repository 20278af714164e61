import type { TapeTrade } from '../tape.ts'
import { percentText } from './decimals.ts'
import {
  type Asked,
  limitAsked,
  listingAsked,
  listingsAsked,
  mandatory,
  RestError,
  timeAsked,
  wholeNumber,
} from './endpoints.ts'
import { type AggTrade, firstIdOf, partialDepth, top } from './frames.ts'
import { beginOf, endOf, INTERVALS, type Kline } from './klines.ts'
import type { BinanceListing } from './listing.ts'
import type { BinanceMarket } from './market.ts'

const DAY_MS = 86_400_000

/** `GET /api/v3/depth`: the book of the last batch, or what a fault makes of it. */
export function depth(asked: Asked): string {
  const { market } = listingAsked(asked)
  const limit = limitAsked(asked, 100, 5000)
  market.advance(asked.now)
  if (market.strikes('refuse-symbol')) throw new RestError(-1121, 'Invalid symbol.')
  const cached = market.served.get(limit)
  if (cached !== undefined && market.strikes('snapshot-cached')) return cached
  const levels = market.strikes('outside-seed') ? Math.min(limit, 20) : limit
  const which = market.strikes('snapshot-old') ? 'opening' : market.strikes('snapshot-inside') ? 'inside' : 'batch'
  const body = partialDepth(market, market.seed(which, levels))
  market.served.set(limit, body)
  return body
}

export function recentTrades(asked: Asked): string {
  const { market } = listingAsked(asked)
  return rows(market.tape.trades(limitAsked(asked, 500, 1000)).map((one) => tradeRow(market, one)))
}

/** The same from an id on; what is older than we keep is not there. */
export function tradesFrom(asked: Asked): string {
  const { market } = listingAsked(asked)
  const limit = limitAsked(asked, 500, 1000)
  const fromId = wholeNumber(asked.query, 'fromId')
  const all = market.tape.trades(1000)
  const found = fromId === undefined ? all.slice(-limit) : all.filter(({ id }) => id >= fromId).slice(0, limit)
  return rows(found.map((one) => tradeRow(market, one)))
}

export function recentAggTrades(asked: Asked): string {
  const { market } = listingAsked(asked)
  const limit = limitAsked(asked, 500, 1000)
  const { query } = asked
  const fromId = wholeNumber(query, 'fromId')
  const start = timeAsked(query, 'startTime') ?? 0
  const end = timeAsked(query, 'endTime') ?? Number.POSITIVE_INFINITY
  market.advance(asked.now)
  const found = market.aggTrades.recent.filter(({ aggId, at }) => aggId >= (fromId ?? 0) && at >= start && at <= end)
  const fromStart = fromId !== undefined || query.has('startTime')
  return rows((fromStart ? found.slice(0, limit) : found.slice(-limit)).map((one) => aggRow(market, one)))
}

export function candles(asked: Asked): string {
  const { market } = listingAsked(asked)
  const { query, now } = asked
  const name = mandatory(query, 'interval')
  const interval = INTERVALS.find((one) => one === name)
  if (interval === undefined) throw new RestError(-1120, 'Invalid interval.')
  const limit = limitAsked(asked, 500, 1000)
  const end = Math.min(timeAsked(query, 'endTime') ?? now, now)
  const start = timeAsked(query, 'startTime')
  const all = market.klines.between(interval, start ?? 0, beginOf(interval, end))
  const bars = start === undefined ? all.slice(-limit) : all.slice(0, limit)
  return rows(bars.map((bar) => candleRow(market, bar, endOf(interval, bar.begin))))
}

export function averagePrice(asked: Asked): string {
  const { market } = listingAsked(asked)
  market.advance(asked.now)
  const { notional, lots, lastAt } = market.average(asked.now)
  const mean = market.decimals.averagePrice(notional, lots)
  return `{"mins":5,"price":"${mean}","closeTime":${Math.floor(lastAt / 1000)}}`
}

export function dayTickers(asked: Asked): string {
  const isMini = asked.query.get('type') === 'MINI'
  return oneOrAll(asked, (listing) => dayTicker(listing, asked.now, isMini))
}

export function prices(asked: Asked): string {
  return oneOrAll(
    asked,
    ({ symbol, market }) => `{"symbol":"${symbol}","price":"${market.decimals.price(market.tape.lastTicks)}"}`,
  )
}

export function bookTickers(asked: Asked): string {
  return oneOrAll(asked, ({ symbol, market: { decimals, sides } }) => {
    const [bid, ask] = [top(sides.bid, decimals), top(sides.ask, decimals)]
    return `{"symbol":"${symbol}","bidPrice":"${bid.price}","bidQty":"${bid.quantity}","askPrice":"${ask.price}","askQty":"${ask.quantity}"}`
  })
}

function dayTicker({ symbol, market }: BinanceListing, now: number, isMini: boolean): string {
  const { decimals } = market
  const figures = market.figures()
  const { day, lastLots, sides } = figures
  const [bid, ask] = [top(sides.bid, decimals), top(sides.ask, decimals)]
  const closeMs = Math.floor(now / 1000)
  const change = `"priceChange":"${decimals.price(day.close - day.open)}","priceChangePercent":"${percentText(day.close - day.open, day.open)}","weightedAvgPrice":"${decimals.averagePrice(day.notional, day.lots)}","prevClosePrice":"${decimals.price(day.open)}"`
  const last = `"lastPrice":"${decimals.price(day.close)}"`
  const quotes = `"lastQty":"${decimals.quantity(lastLots)}","bidPrice":"${bid.price}","bidQty":"${bid.quantity}","askPrice":"${ask.price}","askQty":"${ask.quantity}"`
  const range = `"openPrice":"${decimals.price(day.open)}","highPrice":"${decimals.price(day.high)}","lowPrice":"${decimals.price(day.low)}"`
  const sums = `"volume":"${decimals.quantity(day.lots)}","quoteVolume":"${decimals.quoteVolume(day.notional)}"`
  const span = `"openTime":${closeMs - DAY_MS},"closeTime":${closeMs},"firstId":${firstIdOf(figures)},"lastId":${figures.lastId},"count":${day.trades}`
  if (isMini) return `{"symbol":"${symbol}",${range},${last},${sums},${span}}`
  return `{"symbol":"${symbol}",${change},${last},${quotes},${range},${sums},${span}}`
}

function tradeRow({ decimals }: BinanceMarket, { id, ticks, lots, taker, at }: TapeTrade): string {
  const quote = decimals.quoteVolume(BigInt(ticks) * BigInt(lots))
  const what = `"id":${id},"price":"${decimals.price(ticks)}","qty":"${decimals.quantity(lots)}","quoteQty":"${quote}"`
  return `{${what},"time":${Math.floor(at / 1000)},"isBuyerMaker":${taker === 'sell'},"isBestMatch":true}`
}

function aggRow({ decimals }: BinanceMarket, { aggId, firstId, id, ticks, lots, taker, at }: AggTrade): string {
  const what = `"a":${aggId},"p":"${decimals.price(ticks)}","q":"${decimals.quantity(lots)}","f":${firstId},"l":${id}`
  return `{${what},"T":${Math.floor(at / 1000)},"m":${taker === 'sell'},"M":true}`
}

function candleRow({ decimals }: BinanceMarket, bar: Kline, end: number): string {
  const prices = [bar.open, bar.high, bar.low, bar.close].map((ticks) => `"${decimals.price(ticks)}"`).join(',')
  const sums = `"${decimals.quantity(bar.lots)}",${Math.floor((end - 1) / 1000)},"${decimals.quoteVolume(bar.notional)}",${bar.trades}`
  const taken = `"${decimals.quantity(bar.takerLots)}","${decimals.quoteVolume(bar.takerNotional)}","0"`
  return `[${bar.begin / 1000},${prices},${sums},${taken}]`
}

function oneOrAll(asked: Asked, render: (listing: BinanceListing) => string): string {
  const { single, list } = listingsAsked(asked)
  const found = list.map((listing) => {
    listing.market.advance(asked.now)
    return render(listing)
  })
  return single ? found[0]! : rows(found)
}

function rows(list: readonly string[]): string {
  return `[${list.join(',')}]`
}
