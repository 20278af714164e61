import type { BatchChanges } from '../batch.ts'
import type { BookHalf } from '../price-book.ts'
import type { TapeTrade } from '../tape.ts'
import type { TapeBar } from '../tape-bar.ts'
import { type BinanceDecimals, percentText } from './decimals.ts'
import { endOf, type Interval, type Zone } from './klines.ts'
import type { Window } from './streams.ts'

/** How times are written: µs in one unit. Milliseconds unless the client asked for `timeUnit=MICROSECOND`. */
export const TIME_UNITS = { MILLISECOND: 1000, MICROSECOND: 1 } as const
export type TimeUnit = (typeof TIME_UNITS)[keyof typeof TIME_UNITS]

/** A symbol as it stands in a frame. */
export type Named = { readonly symbol: string; readonly decimals: BinanceDecimals }
/** What one follower of a stream is told in. */
export type Spelling = Named & { readonly unit: TimeUnit }
export type Sides = { readonly bid: BookHalf; readonly ask: BookHalf }

const DAY = 86_400_000_000

/** Whole units, rounded down, as the venue's clock shows them. */
export function timeText(at: number, unit: TimeUnit): number {
  return Math.floor(at / unit)
}

export function depthUpdate(
  { symbol, decimals, unit }: Spelling,
  batch: BatchChanges & { readonly first: number; readonly last: number; readonly at: number },
): string {
  const ids = `"U":${batch.first},"u":${batch.last}`
  const sides = `"b":${decimals.levels(batch.bids)},"a":${decimals.levels(batch.asks)}`
  return `{"e":"depthUpdate","E":${timeText(batch.at, unit)},"s":"${symbol}",${ids},${sides}}`
}

/** Also the body of `GET /api/v3/depth`. */
export function partialDepth(
  { decimals }: Pick<Named, 'decimals'>,
  { id, bids, asks }: { readonly id: number; readonly bids: readonly number[]; readonly asks: readonly number[] },
): string {
  return `{"lastUpdateId":${id},"bids":${decimals.levels(bids)},"asks":${decimals.levels(asks)}}`
}

/** The one event without `e` and without a time. */
export function bookTicker({ symbol, decimals }: Named, id: number, sides: Sides): string {
  const { bid, ask } = { bid: top(sides.bid, decimals), ask: top(sides.ask, decimals) }
  return `{"u":${id},"s":"${symbol}","b":"${bid.price}","B":"${bid.quantity}","a":"${ask.price}","A":"${ask.quantity}"}`
}

/** An empty side is written as zeros. */
export function top(half: BookHalf, decimals: BinanceDecimals): { readonly price: string; readonly quantity: string } {
  const level = half.level(0)
  return { price: decimals.price(level?.ticks ?? 0), quantity: decimals.quantity(level?.lots ?? 0) }
}

/** `m` says that the buyer was the maker: then the taker sold. */
export function trade({ symbol, decimals, unit }: Spelling, { id, ticks, lots, taker, at }: TapeTrade): string {
  const time = timeText(at, unit)
  const what = `"t":${id},"p":"${decimals.price(ticks)}","q":"${decimals.quantity(lots)}"`
  return `{"e":"trade","E":${time},"s":"${symbol}",${what},"T":${time},"m":${taker === 'sell'},"M":true}`
}

/** What one taker took at one price. */
export type AggTrade = TapeTrade & { readonly aggId: number; readonly firstId: number }

export function aggTrade({ symbol, decimals, unit }: Spelling, agg: AggTrade): string {
  const time = timeText(agg.at, unit)
  const what = `"a":${agg.aggId},"p":"${decimals.price(agg.ticks)}","q":"${decimals.quantity(agg.lots)}"`
  const ids = `"f":${agg.firstId},"l":${agg.id}`
  return `{"e":"aggTrade","E":${time},"s":"${symbol}",${what},${ids},"T":${time},"m":${agg.taker === 'sell'},"M":true}`
}

export function kline(
  { symbol, decimals, unit }: Spelling,
  interval: Interval,
  bar: TapeBar,
  moment: { readonly at: number; readonly zone: Zone; readonly isClosed: boolean },
): string {
  const span = `"t":${timeText(bar.begin, unit)},"T":${timeText(endOf(interval, bar.begin, moment.zone) - 1, unit)}`
  const first = bar.trades === 0 ? -1 : bar.lastId - bar.trades + 1
  const ids = `"f":${first},"L":${bar.lastId}`
  const prices = `"o":"${decimals.price(bar.open)}","c":"${decimals.price(bar.close)}","h":"${decimals.price(bar.high)}","l":"${decimals.price(bar.low)}"`
  const sums = `"v":"${decimals.quantity(bar.lots)}","n":${bar.trades},"x":${moment.isClosed},"q":"${decimals.quoteVolume(bar.notional)}"`
  const taken = `"V":"${decimals.quantity(bar.takerLots)}","Q":"${decimals.quoteVolume(bar.takerNotional)}","B":"0"`
  const body = `${span},"s":"${symbol}","i":"${interval}",${ids},${prices},${sums},${taken}`
  return `{"e":"kline","E":${timeText(moment.at, unit)},"s":"${symbol}","k":{${body}}}`
}

/** Figures of the last 24 hours. */
export type DayFigures = {
  readonly day: TapeBar
  readonly lastId: number
  readonly lastLots: number
  readonly sides: Sides
}

export function miniTicker({ symbol, decimals, unit }: Spelling, { day }: DayFigures, at: number): string {
  const prices = `"c":"${decimals.price(day.close)}","o":"${decimals.price(day.open)}","h":"${decimals.price(day.high)}","l":"${decimals.price(day.low)}"`
  const sums = `"v":"${decimals.quantity(day.lots)}","q":"${decimals.quoteVolume(day.notional)}"`
  return `{"e":"24hrMiniTicker","E":${timeText(at, unit)},"s":"${symbol}",${prices},${sums}}`
}

export function ticker({ symbol, decimals, unit }: Spelling, figures: DayFigures, at: number): string {
  const { day } = figures
  const bid = top(figures.sides.bid, decimals)
  const ask = top(figures.sides.ask, decimals)
  const change = `"p":"${decimals.price(day.close - day.open)}","P":"${percentText(day.close - day.open, day.open)}","w":"${decimals.averagePrice(day.notional, day.lots)}","x":"${decimals.price(day.open)}"`
  const last = `"c":"${decimals.price(day.close)}","Q":"${decimals.quantity(figures.lastLots)}"`
  const quotes = `"b":"${bid.price}","B":"${bid.quantity}","a":"${ask.price}","A":"${ask.quantity}"`
  const prices = `"o":"${decimals.price(day.open)}","h":"${decimals.price(day.high)}","l":"${decimals.price(day.low)}"`
  const sums = `"v":"${decimals.quantity(day.lots)}","q":"${decimals.quoteVolume(day.notional)}"`
  const span = `"O":${timeText(at - DAY, unit)},"C":${timeText(at, unit)}`
  const ids = `"F":${firstIdOf(figures)},"L":${lastIdOf(figures)},"n":${day.trades}`
  return `{"e":"24hrTicker","E":${timeText(at, unit)},"s":"${symbol}",${change},${last},${quotes},${prices},${sums},${span},${ids}}`
}

/** Figures of a window that begins on a minute: no quotes, other than those of the last 24 hours. `openAt` in µs. */
export type WindowFigures = Pick<DayFigures, 'day' | 'lastId'> & { readonly openAt: number }

export function rollingTicker(
  { symbol, decimals, unit }: Spelling,
  window: Window,
  figures: WindowFigures,
  at: number,
): string {
  const { day, openAt } = figures
  const change = `"p":"${decimals.price(day.close - day.open)}","P":"${percentText(day.close - day.open, day.open)}"`
  const prices = `"o":"${decimals.price(day.open)}","h":"${decimals.price(day.high)}","l":"${decimals.price(day.low)}","c":"${decimals.price(day.close)}"`
  const sums = `"w":"${decimals.averagePrice(day.notional, day.lots)}","v":"${decimals.quantity(day.lots)}","q":"${decimals.quoteVolume(day.notional)}"`
  const span = `"O":${timeText(openAt, unit)},"C":${timeText(at, unit)}`
  const ids = `"F":${firstIdOf(figures)},"L":${lastIdOf(figures)},"n":${day.trades}`
  return `{"e":"${window}Ticker","E":${timeText(at, unit)},"s":"${symbol}",${change},${prices},${sums},${span},${ids}}`
}

/** Trades are counted without a hole. */
export function firstIdOf({ day, lastId }: Pick<DayFigures, 'day' | 'lastId'>): number {
  return day.trades === 0 ? -1 : lastId - day.trades + 1
}

export function lastIdOf({ day, lastId }: Pick<DayFigures, 'day' | 'lastId'>): number {
  return day.trades === 0 ? -1 : lastId
}

export function avgPrice(
  { symbol, decimals, unit }: Spelling,
  average: { readonly notional: bigint; readonly lots: number; readonly lastAt: number },
  at: number,
): string {
  const mean = decimals.averagePrice(average.notional, average.lots)
  return `{"e":"avgPrice","E":${timeText(at, unit)},"s":"${symbol}","i":"5m","w":"${mean}","T":${timeText(average.lastAt, unit)}}`
}

/** It belongs to no stream, so it is never wrapped. */
export function serverShutdown(at: number, unit: TimeUnit): string {
  return `{"e":"serverShutdown","E":${timeText(at, unit)}}`
}
