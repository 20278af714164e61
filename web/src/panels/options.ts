// What the options of the kinds can be. What is stored or comes by URL is read by `schemas.ts`, which is fetched only then.

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
export const FEED_SORTS = ['name', 'state', 'verified', 'age', 'resyncs'] as const
/** What sizes are counted in. */
export const UNITS = ['base', 'quote'] as const
export const SPANS_PERCENT: readonly number[] = [0.5, 1, 2, 5, 10]
export const HEAT_SPANS: readonly number[] = [0.1, 0.25, 0.5, 1, 2]
export const COLUMNS_MS: readonly number[] = [100, 250, 500, 1000]

export type ChartIndicator = { readonly kind: IndicatorKind; readonly periods: number[] }

/** What each kind of panel can be set to. */
export type OptionsByKind = {
  chart: {
    interval: ChartInterval
    type: ChartType
    indicators: ChartIndicator[]
    volume: boolean
    rateMs: number
    /** Counts the trades here as well, to hold the closed bars against them. */
    certificate: boolean
  }
  /** `depth` in levels a side, `grouping` in ticks a level, `rateMs` the least time between two updates. */
  ladder: { depth: number; grouping: number; rateMs: number; unit: (typeof UNITS)[number] }
  /** `span` in percent of the middle to either side. */
  depth: { span: number; rateMs: number }
  /** `minValue` in the quote currency as a decimal string; `0` hides nothing. */
  tape: { rateMs: number; minValue: string }
  /** `span` in percent to either side of the mid, `columnMs` how long a column is. */
  heatmap: { span: number; columnMs: number }
  // Of lists: which of the instruments, and in which order. An empty text is any; without `symbols` it is whatever there is.
  watch: { symbols?: string[] | undefined; venue: string; sort: (typeof SORTS)[number]; down: boolean }
  market: { venue: string; currency: string; sort: (typeof SORTS)[number]; down: boolean }
  alerts: object
  about: object
  feeds: { venue: string; only: 'all' | 'trouble'; sort: (typeof FEED_SORTS)[number]; down: boolean }
  server: object
}

/** What a panel of each kind begins with. */
export const DEFAULTS: Readonly<OptionsByKind> = {
  chart: {
    interval: '1m',
    type: 'candles',
    indicators: [
      { kind: 'ema', periods: [20] },
      { kind: 'vwap', periods: [] },
    ],
    volume: true,
    // Drawing a chart is dear: ten times a second at most.
    rateMs: 200,
    certificate: false,
  },
  ladder: { depth: 25, grouping: 1, rateMs: 100, unit: 'base' },
  // A sum of hundreds of levels need not be told more often.
  depth: { span: 2, rateMs: 500 },
  tape: { rateMs: 100, minValue: '0' },
  heatmap: { span: 0.5, columnMs: 250 },
  watch: { venue: '', sort: 'own', down: false },
  market: { venue: '', currency: '', sort: 'volume', down: true },
  alerts: {},
  about: {},
  // The worst first.
  feeds: { venue: '', only: 'all', sort: 'state', down: true },
  server: {},
}
