import * as z from 'zod/mini'
import {
  CHART_INTERVALS,
  CHART_TYPES,
  DEFAULTS,
  FEED_SORTS,
  INDICATOR_KINDS,
  MOST_INDICATORS,
  type OptionsByKind,
  SORTS,
  UNITS,
} from './options.ts'

// Which options hold, and what stands in for those that are missing: `schema.parse({})` gives a kind's defaults. For what was stored or came by
// URL; nothing that comes from the market passes through here.

// The page's security policy forbids programs made from text, which is how zod would make itself faster.
z.config({ jitless: true })

const { chart, ladder, depth, tape, heatmap, watch, market, feeds } = DEFAULTS

const whole = (most: number) => z.int().check(z.minimum(1), z.maximum(most))
const short = z.string().check(z.maxLength(80))
const anyOf = z._default(short, '')
const rateMs = (usual: number) => z._default(whole(60_000), usual)
// What its periods mean each indicator knows; what it cannot use is as usual there.
const indicator = z.object({ kind: z.enum(INDICATOR_KINDS), periods: z.array(whole(1000)).check(z.maxLength(3)) })

export const SCHEMAS = {
  chart: z.object({
    interval: z._default(z.enum(CHART_INTERVALS), chart.interval),
    type: z._default(z.enum(CHART_TYPES), chart.type),
    indicators: z._default(z.array(indicator).check(z.maxLength(MOST_INDICATORS)), chart.indicators),
    volume: z._default(z.boolean(), chart.volume),
    rateMs: z._default(z.int().check(z.minimum(100), z.maximum(1000)), chart.rateMs),
    certificate: z._default(z.boolean(), chart.certificate),
  }),
  ladder: z.object({
    depth: z._default(whole(5000), ladder.depth),
    grouping: z._default(whole(60_000), ladder.grouping),
    rateMs: rateMs(ladder.rateMs),
    unit: z._default(z.enum(UNITS), ladder.unit),
  }),
  depth: z.object({
    span: z._default(z.number().check(z.minimum(0.1), z.maximum(50)), depth.span),
    rateMs: rateMs(depth.rateMs),
  }),
  tape: z.object({
    rateMs: rateMs(tape.rateMs),
    minValue: z._default(z.string().check(z.regex(/^\d{1,12}(\.\d{1,12})?$/)), tape.minValue),
  }),
  heatmap: z.object({
    span: z._default(z.number().check(z.minimum(0.01), z.maximum(10)), heatmap.span),
    columnMs: z._default(z.int().check(z.minimum(100), z.maximum(5000)), heatmap.columnMs),
  }),
  watch: z.object({
    symbols: z.optional(z.array(short).check(z.maxLength(200))),
    venue: anyOf,
    sort: z._default(z.enum(SORTS), watch.sort),
    down: z._default(z.boolean(), watch.down),
  }),
  market: z.object({
    venue: anyOf,
    currency: anyOf,
    sort: z._default(z.enum(SORTS), market.sort),
    down: z._default(z.boolean(), market.down),
  }),
  alerts: z.object({}),
  about: z.object({}),
  feeds: z.object({
    venue: anyOf,
    only: z._default(z.enum(['all', 'trouble']), feeds.only),
    sort: z._default(z.enum(FEED_SORTS), feeds.sort),
    down: z._default(z.boolean(), feeds.down),
  }),
  server: z.object({}),
} satisfies { readonly [Name in keyof OptionsByKind]: z.ZodMiniType<OptionsByKind[Name]> }

/** A kind's options from what was stored: a field that is missing or no longer valid falls back alone. */
export function parseOptions(name: keyof typeof SCHEMAS, stored: unknown): Readonly<Record<string, unknown>> {
  const options = SCHEMAS[name]
  const record = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {}
  const read = options.safeParse(record)
  if (read.success) return read.data
  const wrong = new Set(read.error.issues.map((issue) => issue.path[0]))
  return options.parse(Object.fromEntries(Object.entries(record).filter(([key]) => !wrong.has(key))))
}
