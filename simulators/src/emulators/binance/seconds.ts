import type { Now } from '../emulator.ts'
import { dayFigures, figuresText, windowFigures } from './figures.ts'
import { avgPrice, kline, miniTicker, rollingTicker, ticker } from './frames.ts'
import { beginOf } from './klines.ts'
import type { BinanceMarket } from './market.ts'
import { WINDOWS } from './streams.ts'

const SECOND = 1_000_000
const AVERAGE_MINUTES = 5

/** What a symbol sends by the clock: day figures each second, candles each second or two, where something changed since. */
export class Seconds {
  readonly #market: BinanceMarket
  /** The last trade each candle's followers have heard of, in the bar that begins then. */
  readonly #told = new Map<string, { begin: number; lastId: number }>()
  #second = 0
  #toldDay = ''

  constructor(market: BinanceMarket) {
    this.#market = market
  }

  /** Sends what the seconds that ended by now call for; of several at once, the last speaks. */
  advance(now: Now): void {
    const second = Math.floor(now / SECOND)
    if (second <= this.#second) return
    this.#second = second
    const at = second * SECOND
    this.#figures(at)
    this.#bars(at)
  }

  #figures(at: Now): void {
    const market = this.#market
    const topics = {
      mini: market.followed('miniTicker'),
      full: market.followed('ticker'),
      rolling: market.followed('rolling'),
      average: market.followed('avgPrice'),
    }
    if (Object.values(topics).every(({ length }) => length === 0)) return
    const figures = dayFigures(market)
    const now = figuresText(market)
    if (now === this.#toldDay) return
    this.#toldDay = now
    for (const { topic } of topics.mini) topic.publish((as) => miniTicker(as, figures, at))
    for (const { topic } of topics.full) topic.publish((as) => ticker(as, figures, at))
    for (const { stream, topic } of topics.rolling) {
      const { window } = stream
      topic.publish((as) => rollingTicker(as, window, windowFigures(market, WINDOWS[window], at), at))
    }
    for (const { topic } of topics.average) {
      topic.publish((as) => avgPrice(as, this.average(at), at))
    }
  }

  /** Sums of the last five minutes, or the last price where nobody traded. */
  average(at: Now): { readonly notional: bigint; readonly lots: number; readonly lastAt: number } {
    const { klines, tape, lastTradeAt } = this.#market
    const bars = klines.between('1m', { from: at - (AVERAGE_MINUTES - 1) * 60 * SECOND, to: at })
    const lots = bars.reduce((sum, bar) => sum + bar.lots, 0)
    const notional = bars.reduce((sum, bar) => sum + bar.notional, 0n)
    return lots === 0
      ? { notional: BigInt(tape.lastTicks), lots: 1, lastAt: lastTradeAt }
      : { notional, lots, lastAt: lastTradeAt }
  }

  #bars(at: Now): void {
    const market = this.#market
    for (const { stream, topic } of market.followed('kline')) {
      const { interval, zone } = stream
      const key = `${interval} ${zone}`
      const begin = beginOf(interval, at, zone)
      const told = this.#told.get(key)
      if (told !== undefined && told.begin < begin) {
        const bar = market.klines.at(interval, told.begin, zone)
        if (bar !== undefined) topic.publish((as) => kline(as, interval, bar, { at, zone, isClosed: true }))
      }
      const lastId = told?.begin === begin ? told.lastId : -1
      const bar = interval === '1s' || this.#second % 2 === 0 ? market.klines.at(interval, begin, zone) : undefined
      const isNews = bar !== undefined && bar.trades > 0 && bar.lastId !== lastId
      if (isNews) topic.publish((as) => kline(as, interval, bar, { at, zone, isClosed: false }))
      this.#told.set(key, { begin, lastId: isNews ? bar.lastId : lastId })
    }
    this.#forget()
  }

  /** Whoever comes anew hears of the bar of that moment, not of one that ended while nobody listened. */
  #forget(): void {
    const followed = new Set(this.#market.followed('kline').map(({ stream }) => `${stream.interval} ${stream.zone}`))
    for (const key of this.#told.keys()) if (!followed.has(key)) this.#told.delete(key)
  }
}
