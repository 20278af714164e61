import type { TapeTrade } from '../tape.ts'
import type { TapeBar } from '../tape-bar.ts'
import {
  type Asked,
  limitAsked,
  listingAsked,
  mandatory,
  RestError,
  timeAsked,
  wholeNumber,
  zoneAsked,
} from './endpoints.ts'
import { type AggTrade, partialDepth, type TimeUnit, timeText } from './frames.ts'
import { beginOf, endOf, INTERVALS } from './klines.ts'
import type { BinanceMarket } from './market.ts'

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
  return rows(market.tape.trades(limitAsked(asked, 500, 1000)).map((one) => tradeRow(market, one, asked.unit)))
}

/** The same from an id on; what is older than we keep is not there. */
export function tradesFrom(asked: Asked): string {
  const { market } = listingAsked(asked)
  const limit = limitAsked(asked, 500, 1000)
  const fromId = wholeNumber(asked.query, 'fromId')
  const all = market.tape.trades(1000)
  const found = fromId === undefined ? all.slice(-limit) : all.filter(({ id }) => id >= fromId).slice(0, limit)
  return rows(found.map((one) => tradeRow(market, one, asked.unit)))
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
  return rows((fromStart ? found.slice(0, limit) : found.slice(-limit)).map((one) => aggRow(market, one, asked.unit)))
}

export function candles(asked: Asked): string {
  const { market } = listingAsked(asked)
  const { query, now } = asked
  const name = mandatory(query, 'interval')
  const interval = INTERVALS.find((one) => one === name)
  if (interval === undefined) throw new RestError(-1120, 'Invalid interval.')
  const limit = limitAsked(asked, 500, 1000)
  const zone = zoneAsked(query)
  const end = Math.min(timeAsked(query, 'endTime') ?? now, now)
  const start = timeAsked(query, 'startTime')
  const all = market.klines.between(interval, { from: start ?? 0, to: beginOf(interval, end, zone), zone })
  const bars = start === undefined ? all.slice(-limit) : all.filter(({ begin }) => begin >= start).slice(0, limit)
  return rows(bars.map((bar) => candleRow(market, bar, endOf(interval, bar.begin, zone), asked.unit)))
}

export function averagePrice(asked: Asked): string {
  const { market } = listingAsked(asked)
  market.advance(asked.now)
  const { notional, lots, lastAt } = market.average(asked.now)
  const mean = market.decimals.averagePrice(notional, lots)
  return `{"mins":5,"price":"${mean}","closeTime":${timeText(lastAt, asked.unit)}}`
}

function tradeRow({ decimals }: BinanceMarket, trade: TapeTrade, unit: TimeUnit): string {
  const { id, ticks, lots, taker, at } = trade
  const quote = decimals.quoteVolume(BigInt(ticks) * BigInt(lots))
  const what = `"id":${id},"price":"${decimals.price(ticks)}","qty":"${decimals.quantity(lots)}","quoteQty":"${quote}"`
  return `{${what},"time":${timeText(at, unit)},"isBuyerMaker":${taker === 'sell'},"isBestMatch":true}`
}

function aggRow({ decimals }: BinanceMarket, agg: AggTrade, unit: TimeUnit): string {
  const { aggId, firstId, id, ticks, lots, taker, at } = agg
  const what = `"a":${aggId},"p":"${decimals.price(ticks)}","q":"${decimals.quantity(lots)}","f":${firstId},"l":${id}`
  return `{${what},"T":${timeText(at, unit)},"m":${taker === 'sell'},"M":true}`
}

function candleRow({ decimals }: BinanceMarket, bar: TapeBar, end: number, unit: TimeUnit): string {
  const prices = [bar.open, bar.high, bar.low, bar.close].map((ticks) => `"${decimals.price(ticks)}"`).join(',')
  const sums = `"${decimals.quantity(bar.lots)}",${timeText(end - 1, unit)},"${decimals.quoteVolume(bar.notional)}",${bar.trades}`
  const taken = `"${decimals.quantity(bar.takerLots)}","${decimals.quoteVolume(bar.takerNotional)}","0"`
  return `[${timeText(bar.begin, unit)},${prices},${sums},${taken}]`
}

function rows(list: readonly string[]): string {
  return `[${list.join(',')}]`
}
