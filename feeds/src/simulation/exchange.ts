import type { Instrument } from '@depthcast/market'

/** What the markets are like: liquid and round the clock with fine ticks, or one stock's day with clustered orders of a hundred. */
export type Preset = 'crypto' | 'equity'

/** How orders arrive: in bursts that bring forth bursts, or evenly at random, for comparison. */
export type ArrivalModel = 'hawkes' | 'poisson'

/** What happens to the markets besides their own life. */
export const SCENARIOS = ['none', 'open', 'flash-crash', 'halt', 'news-burst', 'thin-night'] as const
export type Scenario = (typeof SCENARIOS)[number]

export type ExchangeOptions = {
  readonly seed: number
  readonly preset: Preset
  /** `BASE-QUOTE`, each once. Any name is a market: one nobody knows gets a price and a pace from its name. */
  readonly symbols: readonly string[]
  /** Times as many orders as usual. Default 1. */
  readonly rate?: number
  readonly model?: ArrivalModel
  readonly scenario?: Scenario
  /** Hours before the opening of which trades are known: what charts and 24 h figures begin with. Default 0. */
  readonly pastHours?: number
}

/** A trade of the time before the opening, at a negative time in µs. `side` is the taker's. */
export type PastTrade = {
  readonly at: number
  readonly ticks: number
  readonly lots: number
  readonly side: 'buy' | 'sell'
}

/** An instrument as the simulated exchange lists it; venues render it in their own spelling. */
export type Listed = Pick<Instrument, 'base' | 'quote' | 'tickSize' | 'lotSize'> & { readonly symbol: string }

/**
 * One thing that happened, order by order. `seq` counts the events of a symbol from 1 without a hole; `at` is µs since the opening; `total` is what
 * rests at that price and side afterwards, in lots, 0 when the level is gone, so that a book by price is a matter of taking totals over.
 */
export type OrderEvent =
  | (Happened & Level & { readonly kind: 'rest'; readonly orderId: number })
  /** Taken back, wholly or in part. */
  | (Happened & Level & { readonly kind: 'cancel'; readonly orderId: number })
  | (Happened &
      Level & {
        readonly kind: 'fill'
        /** Counts the trades of a symbol from 1, those of the past first. `side` is that of the resting order; the taker was on the other. */
        readonly tradeId: number
        readonly orderId: number
        readonly takerId: number
      })
  | (Happened & { readonly kind: 'halt'; readonly reason: string })
  | (Happened & { readonly kind: 'resume'; readonly reason: string })

type Happened = { readonly symbol: string; readonly seq: number; readonly at: number }
type Level = {
  readonly side: 'bid' | 'ask'
  readonly ticks: number
  /** Lots that came, went or were traded. */
  readonly lots: number
  readonly total: number
}

/**
 * Markets of many symbols on one virtual clock: a matching engine with price-time priority, and the crowd that trades on it. Deterministic: the same
 * options give the same events, however the time is cut into pieces.
 */
export type Exchange = {
  readonly instruments: readonly Listed[]
  /** µs since the opening. */
  readonly now: number
  /** Plays everything up to and including this time, in order. An event is valid during the call only: the object is used again. */
  advance(until: number, hear: (event: OrderEvent) => void): void
  /** `[ticks, lots, …]`, best level first, at most `depth` levels. Throws RangeError for a symbol that is not listed, as do all below. */
  levels(symbol: string, side: 'bid' | 'ask', depth?: number): number[]
  /** The number of the symbol's last event, 0 at the opening, when its book has already grown. */
  seq(symbol: string): number
  /** The trades from before the opening, oldest first, numbered from 1. */
  past(symbol: string): readonly PastTrade[]
  /** The number of the symbol's last trade. */
  tradeId(symbol: string): number
  isHalted(symbol: string): boolean
}
