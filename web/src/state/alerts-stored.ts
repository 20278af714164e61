import * as z from 'zod/mini'
import { type AlertRule, MEASURES } from './alerts.ts'

/** What fired, in the words in which it was told. */
export type LogEntry = {
  /** ms since 1970. */
  readonly at: number
  readonly symbol: string
  readonly sentence: string
  /** It happened while nothing could be observed. */
  readonly isUnseen: boolean
}

export type StoredAlerts = {
  readonly rules: readonly AlertRule[]
  /** Newest first. */
  readonly log: readonly LogEntry[]
  /** Whether the system's notifications are wanted as well. */
  readonly notify: boolean
}

const NO_ALERTS: StoredAlerts = { rules: [], log: [], notify: false }
export const MOST_RULES = 50
export const MOST_LOGGED = 100

export const THRESHOLD = /^\d{1,15}(\.\d{1,12})?$/
export const AGAIN_MS = [60_000, 300_000, 900_000, 3_600_000] as const

const rule = z.object({
  id: z.string().check(z.minLength(1), z.maxLength(40)),
  symbol: z.string().check(z.minLength(1), z.maxLength(80)),
  measure: z.enum(MEASURES),
  threshold: z.string().check(z.regex(THRESHOLD)),
  againMs: z.optional(z.int().check(z.minimum(1000), z.maximum(86_400_000))),
  isOn: z.boolean(),
})
const entry = z.object({
  at: z.number(),
  symbol: z.string().check(z.maxLength(80)),
  sentence: z.string().check(z.maxLength(300)),
  isUnseen: z.boolean(),
})
const stored = z.object({
  version: z.literal(1),
  rules: z.array(z.unknown()),
  log: z._default(z.array(z.unknown()), []),
  notify: z._default(z.boolean(), false),
})

/** `lost` is how many rules were there and could not be read: a rule that is no longer watched must not go unnoticed. */
export function readAlerts(text: string | null): { readonly alerts: StoredAlerts; readonly lost: number } {
  if (text === null) return { alerts: NO_ALERTS, lost: 0 }
  const read = stored.safeParse(parseJson(text))
  if (!read.success) return { alerts: NO_ALERTS, lost: 1 }
  const rules = read.data.rules
    .map((each) => rule.safeParse(each))
    .flatMap((each) => (each.success ? [each.data as AlertRule] : []))
  const log = read.data.log.map((each) => entry.safeParse(each)).flatMap((each) => (each.success ? [each.data] : []))
  return {
    alerts: { rules: rules.slice(0, MOST_RULES), log: log.slice(0, MOST_LOGGED), notify: read.data.notify },
    lost: read.data.rules.length - Math.min(rules.length, MOST_RULES),
  }
}

export function writeAlerts(alerts: StoredAlerts): string {
  return JSON.stringify({ version: 1, ...alerts })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
