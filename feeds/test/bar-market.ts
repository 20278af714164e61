import { INTERVALS, type Interval } from '@depthcast/market'
import { expect } from 'vitest'
import { OlderBars, type OlderPage } from '../src/older-bars.ts'
import type { Venue } from '../src/venue.ts'
import { VenueBudget } from '../src/venue-budget.ts'
import { instrument } from './driver.ts'
import { StillWorld } from './still-world.ts'

/** 20 s into a minute. */
export const NOW_MS = Date.UTC(2026, 0, 7, 12, 0, 20)
export const MINUTE_MS = 60_000
export const BTC = {
  binance: instrument('binance', 'BTCUSDT', 'BTC', 'USDT'),
  coinbase: instrument('coinbase', 'BTC-USD', 'BTC', 'USD'),
}

/** A venue's bars, made of minutes that were traded in; each of another price. */
export class Market {
  readonly #minutes: readonly number[]

  constructor(minutes: Iterable<number>) {
    this.#minutes = [...new Set(minutes)].sort((a, b) => a - b)
  }

  /** Times in ms, prices in ticks; oldest first, intervals without a trade left out. */
  bars(lengthMs: number, from: number, to: number) {
    const groups = Map.groupBy(this.#minutes, (at) => Math.floor(at / lengthMs) * lengthMs)
    return [...groups]
      .filter(([open]) => open >= from && open < to)
      .map(([open, minutes]) => {
        const prices = minutes.map((at) => 10_000 + ((at / MINUTE_MS) % 977))
        const extremes = { high: Math.max(...prices), low: Math.min(...prices) }
        return { at: open, open: prices[0]!, close: prices.at(-1)!, ...extremes, count: minutes.length }
      })
  }
}

const text = (ticks: number): string => (ticks / 100).toFixed(2)

/** What a real one answers: Binance without holes since its first trade, Coinbase newest first and with some that nobody asked for. */
const ANSWERS = {
  binance(market: Market, { searchParams: query }: URL, nowMs: number): string {
    const lengthMs = INTERVALS[query.get('interval') as Interval] / 1000
    const [start, end] = [Number(query.get('startTime')), Math.min(Number(query.get('endTime')), nowMs)]
    const told = market.bars(lengthMs, 0, end + 1)
    const rows: unknown[] = []
    let close = told[0]?.open ?? 0
    let next = 0
    for (let at = told[0]?.at ?? Number.POSITIVE_INFINITY; at <= end && rows.length < 1000; at += lengthMs) {
      const bar = told[next]?.at === at ? told[next++]! : { at, open: close, high: close, low: close, close, count: 0 }
      close = bar.close
      const prices = [bar.open, bar.high, bar.low, bar.close].map(text)
      if (at >= start) rows.push([at, ...prices, (bar.count / 1000).toFixed(3), at + lengthMs - 1, '1', bar.count])
    }
    return JSON.stringify(rows)
  },
  coinbase(market: Market, { searchParams: query }: URL, nowMs: number): string {
    const lengthMs = Number(query.get('granularity')) * 1000
    const [start, end] = [Date.parse(query.get('start')!), Date.parse(query.get('end')!)]
    expect((end - start) / lengthMs).toBeLessThanOrEqual(300)
    const told = market.bars(lengthMs, start - 2 * lengthMs, Math.min(end, nowMs) + 1)
    return `[${told
      .map(
        (bar) =>
          `[${bar.at / 1000},${text(bar.low)},${text(bar.high)},${text(bar.open)},${text(bar.close)},${bar.count / 1000}]`,
      )
      .reverse()
      .join(',')}]`
  },
}

/** Pages of a market’s bars, asked of a venue that answers as it should. */
export class World {
  readonly outside = new StillWorld(NOW_MS)
  readonly errors: string[] = []
  readonly older: OlderBars
  readonly venue: 'binance' | 'coinbase'
  readonly budget: VenueBudget
  /** Addresses asked for. */
  readonly asked: URL[] = []
  market = new Market([])

  constructor(venue: Venue) {
    this.venue = venue.id as 'binance' | 'coinbase'
    this.budget = new VenueBudget(venue.describe().limits)
    this.older = new OlderBars({
      venue: venue.id,
      history: { ...venue.history!({ httpUrl: 'http://venue' }), barsPerSpan: venue.history!({}).barsPerSpan! },
      outside: this.outside,
      budget: this.budget,
      onError: ({ code }) => this.errors.push(code),
    })
  }

  /** Answers what is asked until this settles; time passes meanwhile. */
  async settle<Result>(wanted: Promise<Result>): Promise<Result> {
    let isOver = false
    const over = wanted.finally(() => (isOver = true))
    over.catch(() => {})
    for (let turn = 0; !isOver && turn < 5_000; turn++) {
      for (const { url } of this.outside.open) {
        this.asked.push(new URL(url))
        await this.outside.answer(ANSWERS[this.venue](this.market, new URL(url), this.outside.now))
      }
      await new Promise(setImmediate)
      this.outside.pass(50)
    }
    return over
  }

  page(interval: Interval, before: number, limit: number): Promise<OlderPage> {
    return this.older.of(BTC[this.venue], interval)!.page(before, limit)
  }
}
