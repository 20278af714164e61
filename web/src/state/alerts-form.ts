import * as z from 'zod/mini'
import { type AlertRule, limitOf, MEASURES } from './alerts.ts'
import { AGAIN_MS, MOST_RULES, THRESHOLD } from './alerts-stored.ts'
import type { InstrumentRow } from './desk.ts'

/** What stands in the fields, as the user left them. */
export type AlertFields = {
  readonly symbol: string
  readonly measure: string
  readonly threshold: string
  /** Least time between two firings, ms; 0 is once. */
  readonly againMs: number
}
export type AlertField = keyof AlertFields
/** A new rule without its id, or what is wrong with which field. */
export type Checked =
  | { readonly kind: 'rule'; readonly rule: Omit<AlertRule, 'id'> }
  | { readonly kind: 'wrong'; readonly errors: Readonly<Partial<Record<AlertField, string>>> }

const fields = z.object({
  symbol: z.string().check(z.minLength(1, 'Choose an instrument.')),
  measure: z.enum(MEASURES, 'Choose what to look at.'),
  threshold: z.string().check(z.regex(THRESHOLD, 'Write a number like 63142.5.')),
  againMs: z.literal([0, ...AGAIN_MS], 'Choose how often.'),
})

/** Nothing is made right on the quiet: what does not hold is said beside its field. */
export function checkAlert(
  written: AlertFields,
  instruments: readonly InstrumentRow[],
  rules: readonly AlertRule[],
): Checked {
  const read = fields.safeParse({ ...written, threshold: written.threshold.trim() })
  if (!read.success) {
    const errors: Partial<Record<AlertField, string>> = {}
    for (const { path, message } of read.error.issues) errors[path[0] as AlertField] ??= message
    return { kind: 'wrong', errors }
  }
  const { symbol, measure, threshold, againMs } = read.data
  const instrument = instruments.find(({ id }) => id === symbol)
  if (instrument === undefined) return wrong('symbol', 'This gateway does not have it.')
  const limit = limitOf({ measure, threshold }, instrument)
  if (limit.kind === 'unusable') return wrong('threshold', `It ${limit.reason}.`)
  if (rules.length >= MOST_RULES)
    return wrong('threshold', `There are ${MOST_RULES} rules, which are the most: remove one first.`)
  const isThere = rules.some(
    (rule) => rule.symbol === symbol && rule.measure === measure && sameLimit(rule, instrument, limit.units),
  )
  if (isThere) return wrong('threshold', 'There is such a rule already.')
  return { kind: 'rule', rule: { symbol, measure, threshold, isOn: true, ...(againMs > 0 && { againMs }) } }
}

/** `100` and `100.00` are one threshold. */
function sameLimit(rule: AlertRule, instrument: InstrumentRow, units: number): boolean {
  const limit = limitOf(rule, instrument)
  return limit.kind === 'limit' && limit.units === units
}

function wrong(field: AlertField, sentence: string): Checked {
  return { kind: 'wrong', errors: { [field]: sentence } }
}
