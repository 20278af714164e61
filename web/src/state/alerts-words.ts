import { type AlertRule, type Firing, isOfPrice, type Measure } from './alerts.ts'
import type { InstrumentRow } from './desk.ts'
import { decimalsOf, formatNumber, formatTime } from './format.ts'

/** What a rule waits for, as a choice. */
export const MEASURE_NAMES: Readonly<Record<Measure, string>> = {
  'price-above': 'Price rises to',
  'price-below': 'Price falls to',
  'spread-above': 'Spread widens to',
  'volume-minute': 'A minute’s volume reaches',
  'volume-24h': '24 h volume reaches',
}

/** What its threshold is counted in. */
export function unitOf(measure: Measure, instrument: Pick<InstrumentRow, 'base' | 'quote'> | undefined): string {
  if (measure === 'spread-above') return 'bp'
  if (instrument === undefined) return ''
  return isOfPrice(measure) ? instrument.quote : instrument.base
}

/** `Price rises to 64,000.0 USD`. */
export function ruleWords(rule: AlertRule, instrument: InstrumentRow | undefined): string {
  return `${MEASURE_NAMES[rule.measure]} ${thresholdWords(rule, instrument)} ${unitOf(rule.measure, instrument)}`.trim()
}

/** All there is to say of a firing: `BTC-USD kraken: price rose to 64,000.0 USD`. */
export function firingWords(rule: AlertRule, instrument: InstrumentRow, { at, unseenSince }: Firing): string {
  const name = `${instrument.base}-${instrument.quote} ${instrument.venue}`
  const happened = `${HAPPENED[rule.measure]} ${thresholdWords(rule, instrument)} ${unitOf(rule.measure, instrument)}`
  if (unseenSince === undefined) return `${name}: ${happened}`
  return `${name}: ${happened} between ${formatTime(unseenSince)} and ${formatTime(at)}, while nobody could watch`
}

/** `once`, `again after 5 min`. */
export function againWords(againMs: number | undefined): string {
  if (againMs === undefined || againMs === 0) return 'once'
  const minutes = againMs / 60_000
  return minutes < 60 ? `again after ${minutes} min` : `again after ${minutes / 60} h`
}

const HAPPENED: Readonly<Record<Measure, string>> = {
  'price-above': 'price rose to',
  'price-below': 'price fell to',
  'spread-above': 'spread widened to',
  'volume-minute': 'a minute’s volume reached',
  'volume-24h': '24 h volume reached',
}

/** A price with the decimals of its tick, anything else as it was written. */
function thresholdWords({ measure, threshold }: AlertRule, instrument: InstrumentRow | undefined): string {
  const own = decimalsOf(threshold)
  const decimals = isOfPrice(measure) && instrument !== undefined ? Math.max(own, decimalsOf(instrument.tickSize)) : own
  return formatNumber(Number(threshold), decimals)
}
