import type { Now } from '../emulator.ts'
import { avgPrice, kline, miniTicker, ticker } from './frames.ts'
import { beginOf, type Interval } from './klines.ts'
import type { BinanceMarket } from './market.ts'

const SECOND = 1_000_000
const AVERAGE_MINUTES = 5

/** What a symbol sends by the clock: day figures each second, candles each second or two, where something changed since. */
export class Seconds {
  readonly #market: BinanceMarket
  /** The last trade each interval's followers have heard of, in the bar that begins then. */
  readonly #told = new Map<Interval, { begin: number; lastId: number }>()
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
      average: market.followed('avgPrice'),
    }
    if (topics.mini.length + topics.full.length + topics.average.length === 0) return
    const figures = market.figures()
    const bid = market.sides.bid.level(0)
    const ask = market.sides.ask.level(0)
    const now = [figures.lastId, bid?.ticks, bid?.lots, ask?.ticks, ask?.lots].join()
    if (now === this.#toldDay) return
    this.#toldDay = now
    for (const { topic } of topics.mini) topic.publish((as) => miniTicker(as, figures, at))
    for (const { topic } of topics.full) topic.publish((as) => ticker(as, figures, at))
    for (const { topic } of topics.average) {
      topic.publish((as) => avgPrice(as, this.average(at), at))
    }
  }

  /** Sums of the last five minutes, or the last price where nobody traded. */
  average(at: Now): { readonly notional: bigint; readonly lots: number; readonly lastAt: number } {
    const { klines, tape, lastTradeAt } = this.#market
    const bars = klines.between('1m', at - (AVERAGE_MINUTES - 1) * 60 * SECOND, at)
    const lots = bars.reduce((sum, bar) => sum + bar.lots, 0)
    const notional = bars.reduce((sum, bar) => sum + bar.notional, 0n)
    return lots === 0
      ? { notional: BigInt(tape.lastTicks), lots: 1, lastAt: lastTradeAt }
      : { notional, lots, lastAt: lastTradeAt }
  }

  #bars(at: Now): void {
    const market = this.#market
    for (const { stream, topic } of market.followed('kline')) {
      const { interval } = stream
      const begin = beginOf(interval, at)
      const told = this.#told.get(interval)
      if (told !== undefined && told.begin < begin) {
        const bar = market.klines.at(interval, told.begin)
        if (bar !== undefined) topic.publish((as) => kline(as, interval, bar, { at, isClosed: true }))
      }
      const lastId = told?.begin === begin ? told.lastId : -1
      const bar = interval === '1s' || this.#second % 2 === 0 ? market.klines.at(interval, begin) : undefined
      const isNews = bar !== undefined && bar.trades > 0 && bar.lastId !== lastId
      if (isNews) topic.publish((as) => kline(as, interval, bar, { at, isClosed: false }))
      this.#told.set(interval, { begin, lastId: isNews ? bar.lastId : lastId })
    }
    this.#forget()
  }

  /** Whoever comes anew hears of the bar of that moment, not of one that ended while nobody listened. */
  #forget(): void {
    const followed = new Set(this.#market.followed('kline').map(({ stream }) => stream.interval))
    for (const interval of this.#told.keys()) if (!followed.has(interval)) this.#told.delete(interval)
  }
}
