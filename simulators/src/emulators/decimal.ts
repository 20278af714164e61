import { fromLots, fromTicks, type Step } from '@depthcast/market'

/** A price as venues write it: digits from integers, every zero of the grid. */
export function priceText(ticks: number, { tickSize }: { readonly tickSize: Step }): string {
  return fromTicks(ticks, tickSize)
}

/** A quantity in the same way. */
export function quantityText(lots: number, { lotSize }: { readonly lotSize: Step }): string {
  return fromLots(lots, lotSize)
}

/** A sum of ticks times lots, as both together have decimals, rounded to `decimals`. */
export function ratioText(numerator: bigint, denominator: bigint, step: Step): string {
  const rounded = denominator === 0n ? 0n : (2n * numerator + denominator) / (2n * denominator)
  return fromTicks(Number(rounded), step)
}

/** `2026-08-16T12:00:00.123456Z` of µs since 1970. */
export function isoMicros(at: number): string {
  const seconds = Math.floor(at / 1_000_000)
  if (seconds !== isoOf.seconds) isoOf = { seconds, text: new Date(seconds * 1000).toISOString().slice(0, 19) }
  return `${isoOf.text}.${String(Math.floor(at) - seconds * 1_000_000).padStart(6, '0')}Z`
}

/** Many frames a second share their second. */
let isoOf = { seconds: Number.NaN, text: '' }
