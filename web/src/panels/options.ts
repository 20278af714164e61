import * as z from 'zod/mini'

// What the options of several kinds are made of. The default stands with the rule: `schema.parse({})` gives a kind's defaults. These are for what
// was stored or came by URL; nothing that comes from the market passes through them.

// The page's security policy forbids programs made from text, which is how zod would make itself faster.
z.config({ jitless: true })

export const CHART_INTERVALS = ['1s', '1m', '5m', '15m', '1h', '4h', '1d'] as const
export type ChartInterval = (typeof CHART_INTERVALS)[number]

export const GROUPINGS: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000]
export const DEPTHS: readonly number[] = [5, 10, 25, 50, 100, 250, 500]
export const RATES_HZ: readonly number[] = [1, 2, 5, 10, 20]

const whole = (most: number) => z.int().check(z.minimum(1), z.maximum(most))

/** Least time between two updates, ms. */
export const rateMs = z._default(whole(60_000), 100)
/** Levels a side. */
export const depth = z._default(whole(5000), 25)
/** Ticks a level. */
export const grouping = z._default(whole(60_000), 1)
/** A base quantity as a decimal string; `0` hides nothing. */
export const minQuantity = z._default(z.string().check(z.regex(/^\d{1,12}(\.\d{1,12})?$/)), '0')
export const interval = z._default(z.enum(CHART_INTERVALS), '1m')

// Of the feeds panel: which instruments, and in which order; the worst first. An empty venue is any.
export const FEED_SORTS = ['name', 'state', 'verified', 'age', 'resyncs'] as const
export const feeds = {
  venue: z._default(z.string().check(z.maxLength(80)), ''),
  only: z._default(z.enum(['all', 'trouble']), 'all'),
  sort: z._default(z.enum(FEED_SORTS), 'state'),
  down: z._default(z.boolean(), true),
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
