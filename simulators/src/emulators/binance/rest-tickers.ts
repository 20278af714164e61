import { percentText } from './decimals.ts'
import { type Asked, listingsAsked, RestError, zoneAsked } from './endpoints.ts'
import { dayFigures, windowFigures } from './figures.ts'
import { firstIdOf, lastIdOf, timeText, top, type WindowFigures } from './frames.ts'
import { beginOf, endOf } from './klines.ts'
import type { BinanceListing } from './listing.ts'
import type { BinanceMarket } from './market.ts'

const DAY = 86_400_000_000
const MOST_SYMBOLS = 100
const UNIT_MINUTES = { m: 1, h: 60, d: 1440 } as const

/** `GET /api/v3/ticker/24hr`. */
export function dayTickers(asked: Asked): string {
  const isMini = isMiniAsked(asked)
  return oneOrAll(asked, ({ symbol, market }) => {
    const { decimals } = market
    const figures = dayFigures(market)
    const [bid, ask] = [top(figures.sides.bid, decimals), top(figures.sides.ask, decimals)]
    const last = `"lastPrice":"${decimals.price(figures.day.close)}"`
    const span = `"openTime":${timeText(asked.now - DAY, asked.unit)},"closeTime":${timeText(asked.now, asked.unit)},${idsText(figures)}`
    const { range, sums } = texts(market, figures)
    if (isMini) return `{"symbol":"${symbol}",${range},${last},${sums},${span}}`
    const before = `"prevClosePrice":"${decimals.price(figures.day.open)}"`
    const quotes = `"lastQty":"${decimals.quantity(figures.lastLots)}","bidPrice":"${bid.price}","bidQty":"${bid.quantity}","askPrice":"${ask.price}","askQty":"${ask.quantity}"`
    return `{"symbol":"${symbol}",${changeText(market, figures)},${before},${last},${quotes},${range},${sums},${span}}`
  })
}

/** `GET /api/v3/ticker`: a window of minutes, hours or days up to now. What is older than a day is not kept. */
export function rollingTickers(asked: Asked): string {
  const text = asked.query.get('windowSize') ?? '1d'
  const [, count = '', unit] = /^([1-5]?\d)([mhd])$/.exec(text) ?? []
  const most = { m: 59, h: 23, d: 7 }[unit as 'm' | 'h' | 'd']
  if (most === undefined || Number(count) < 1 || Number(count) > most) {
    throw new RestError(-1130, "Data sent for parameter 'windowSize' is not valid.")
  }
  const minutes = Number(count) * UNIT_MINUTES[unit as 'm' | 'h' | 'd']
  return windowTickers(asked, asked.now, (market) => windowFigures(market, minutes, asked.now))
}

/** `GET /api/v3/ticker/tradingDay`: the day that began at midnight in the time zone asked for. */
export function tradingDayTickers(asked: Asked): string {
  const zone = zoneAsked(asked.query)
  const openAt = beginOf('1d', asked.now, zone)
  return windowTickers(asked, endOf('1d', openAt, zone) - 1, ({ tape }) => {
    return { openAt, day: tape.since(openAt), lastId: tape.trades(1)[0]?.id ?? -1 }
  })
}

function windowTickers(asked: Asked, closeAt: number, figuresOf: (market: BinanceMarket) => WindowFigures): string {
  const { query, unit } = asked
  if (!query.has('symbol') && !query.has('symbols')) {
    throw new RestError(-1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!")
  }
  if ((query.get('symbols')?.split(',').length ?? 1) > MOST_SYMBOLS) {
    throw new RestError(-1101, `Too many values sent for parameter 'symbols', maximum allowed up to ${MOST_SYMBOLS}.`)
  }
  const isMini = isMiniAsked(asked)
  return oneOrAll(asked, ({ symbol, market }) => {
    const figures = figuresOf(market)
    const { range, sums } = texts(market, figures)
    const last = `"lastPrice":"${market.decimals.price(figures.day.close)}"`
    const span = `"openTime":${timeText(figures.openAt, unit)},"closeTime":${timeText(closeAt, unit)},${idsText(figures)}`
    const change = isMini ? '' : `${changeText(market, figures)},`
    return `{"symbol":"${symbol}",${change}${range},${last},${sums},${span}}`
  })
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

type Figures = Pick<WindowFigures, 'day' | 'lastId'>

function changeText({ decimals }: BinanceMarket, { day }: Figures): string {
  const change = day.close - day.open
  return `"priceChange":"${decimals.price(change)}","priceChangePercent":"${percentText(change, day.open)}","weightedAvgPrice":"${decimals.averagePrice(day.notional, day.lots)}"`
}

function texts({ decimals }: BinanceMarket, { day }: Figures): { readonly range: string; readonly sums: string } {
  return {
    range: `"openPrice":"${decimals.price(day.open)}","highPrice":"${decimals.price(day.high)}","lowPrice":"${decimals.price(day.low)}"`,
    sums: `"volume":"${decimals.quantity(day.lots)}","quoteVolume":"${decimals.quoteVolume(day.notional)}"`,
  }
}

function idsText(figures: Figures): string {
  return `"firstId":${firstIdOf(figures)},"lastId":${lastIdOf(figures)},"count":${figures.day.trades}`
}

function isMiniAsked({ query }: Asked): boolean {
  const type = query.get('type') ?? 'FULL'
  if (type !== 'FULL' && type !== 'MINI') throw new RestError(-1139, 'Invalid ticker type.')
  return type === 'MINI'
}

function oneOrAll(asked: Asked, render: (listing: BinanceListing) => string): string {
  const { single, list } = listingsAsked(asked)
  const found = list.map((listing) => {
    listing.market.advance(asked.now)
    return render(listing)
  })
  return single ? found[0]! : `[${found.join(',')}]`
}
