import * as z from 'zod/mini'

// What the options of several kinds are made of. The default stands with the rule: `schema.parse({})` gives a kind's defaults. These are for what
// was stored or came by URL; nothing that comes from the market passes through them.

// The page's security policy forbids programs made from text, which is how zod would make itself faster.
z.config({ jitless: true })

export const CHART_INTERVALS = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'] as const
export type ChartInterval = (typeof CHART_INTERVALS)[number]

export const CHART_TYPES = ['candles', 'hollow', 'line', 'heikin-ashi'] as const
export type ChartType = (typeof CHART_TYPES)[number]
export const INDICATOR_KINDS = ['ema', 'sma', 'vwap', 'bands', 'rsi', 'macd', 'atr'] as const
export type IndicatorKind = (typeof INDICATOR_KINDS)[number]
export const MOST_INDICATORS = 10

export const GROUPINGS: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000]
export const DEPTHS: readonly number[] = [5, 10, 25, 50, 100, 250, 500]
export const SORTS = ['own', 'name', 'last', 'change', 'spread', 'volume'] as const
export const RATES_HZ: readonly number[] = [1, 2, 5, 10, 20]

const whole = (most: number) => z.int().check(z.minimum(1), z.maximum(most))

/** Least time between two updates, ms. */
export const rateMs = z._default(whole(60_000), 100)
/** Levels a side. */
export const depth = z._default(whole(5000), 25)
/** Ticks a level. */
export const grouping = z._default(whole(60_000), 1)
/** A value in the quote currency as a decimal string; `0` hides nothing. */
export const minValue = z._default(z.string().check(z.regex(/^\d{1,12}(\.\d{1,12})?$/)), '0')
const interval = z._default(z.enum(CHART_INTERVALS), '1m')

// Of the feeds panel: which instruments, and in which order; the worst first. An empty venue is any.
export const FEED_SORTS = ['name', 'state', 'verified', 'age', 'resyncs'] as const
export const feeds = {
  venue: z._default(z.string().check(z.maxLength(80)), ''),
  only: z._default(z.enum(['all', 'trouble']), 'all'),
  sort: z._default(z.enum(FEED_SORTS), 'state'),
  down: z._default(z.boolean(), true),
}

// Of books.
export const UNITS = ['base', 'quote'] as const
/** What sizes are counted in. */
export const unit = z._default(z.enum(UNITS), 'base')
export const SPANS_PERCENT: readonly number[] = [0.5, 1, 2, 5, 10]
export const depthChart = {
  /** Percent of the middle to either side. */
  span: z._default(z.number().check(z.minimum(0.1), z.maximum(50)), 2),
  /** A sum of hundreds of levels need not be told more often. */
  rateMs: z._default(whole(60_000), 500),
}

// Of heatmaps.
export const HEAT_SPANS: readonly number[] = [0.1, 0.25, 0.5, 1, 2]
export const COLUMNS_MS: readonly number[] = [100, 250, 500, 1000]
export const heatmap = {
  /** Percent to either side of the mid. */
  span: z._default(z.number().check(z.minimum(0.01), z.maximum(10)), 0.5),
  /** How long a column is. */
  columnMs: z._default(z.int().check(z.minimum(100), z.maximum(5000)), 250),
}

// Of charts. What its periods mean each indicator knows; what it cannot use is as usual there.
const indicator = z.object({ kind: z.enum(INDICATOR_KINDS), periods: z.array(whole(1000)).check(z.maxLength(3)) })
export type ChartIndicator = Readonly<z.output<typeof indicator>>
export const chart = {
  interval,
  type: z._default(z.enum(CHART_TYPES), 'candles'),
  indicators: z._default(z.array(indicator).check(z.maxLength(MOST_INDICATORS)), [
    { kind: 'ema', periods: [20] },
    { kind: 'vwap', periods: [] },
  ]),
  volume: z._default(z.boolean(), true),
  /** Drawing a chart is dear: ten times a second at most. */
  rateMs: z._default(z.int().check(z.minimum(100), z.maximum(1000)), 200),
  /** Counts the trades here as well, to hold the closed bars against them. */
  certificate: z._default(z.boolean(), false),
}

// Of lists: which of the instruments, and in which order. Empty is any.
const short = z.string().check(z.maxLength(80))
const anyOf = z._default(short, '')
export const watch = {
  /** Absent: whatever there is. */
  symbols: z.optional(z.array(short).check(z.maxLength(200))),
  venue: anyOf,
  sort: z._default(z.enum(SORTS), 'own'),
  down: z._default(z.boolean(), false),
}
export const market = {
  venue: anyOf,
  currency: anyOf,
  sort: z._default(z.enum(SORTS), 'volume'),
  down: z._default(z.boolean(), true),
}
