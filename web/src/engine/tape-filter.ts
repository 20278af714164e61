import type { Instrument, Step } from '@depthcast/market'
import { DecimalFormat, type NumberStyle } from './decimal.ts'

/** Which trades a tape shows: those worth at least so much in the quote currency, exactly. */
export class TapeFilter {
  readonly #least: bigint
  readonly #about: number

  /** `value` is a decimal string; everything is worth at least `0`. */
  constructor(value: string, { tickSize, lotSize }: Pick<Instrument, 'tickSize' | 'lotSize'>) {
    const { units, decimals } = unitsOf(value)
    const wanted = units * 10n ** BigInt(tickSize.decimals + lotSize.decimals)
    const worth = BigInt(tickSize.coefficient) * BigInt(lotSize.coefficient) * 10n ** BigInt(decimals)
    this.#least = (wanted + worth - 1n) / worth
    this.#about = Number(this.#least)
  }

  get isAll(): boolean {
    return this.#least === 0n
  }

  passes(ticks: number, lots: number): boolean {
    const product = Math.abs(ticks) * lots
    // Doubles are off by less than this part of them: only so near the limit it takes exact numbers.
    if (Math.abs(product - this.#about) > product * NEAR) return product > this.#about
    return BigInt(Math.abs(ticks)) * BigInt(lots) >= this.#least
  }
}

/** Shows every trade. */
export const NO_FILTER = new TapeFilter('0', { tickSize: one(), lotSize: one() })

/** A value as the region writes it, with the decimals it was given with: `1,000`. */
export function valueText(value: string, style: NumberStyle): string {
  const { units, decimals } = unitsOf(value)
  return new DecimalFormat({ text: '', coefficient: 1, decimals }, style).full(Number(units))
}

const NEAR = 2 ** -48

function one(): Step {
  return { text: '1', coefficient: 1, decimals: 0 }
}

/** What is no decimal number is worth nothing. */
function unitsOf(value: string): { units: bigint; decimals: number } {
  const [whole = '', fraction = ''] = value.split('.')
  const digits = whole + fraction
  return /^\d+$/.test(digits) ? { units: BigInt(digits), decimals: fraction.length } : { units: 0n, decimals: 0 }
}
