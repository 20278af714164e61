import type { Instrument } from '@depthcast/market'
import { COMPACT_FROM, type NumberStyle, shortened, written } from './decimal.ts'

/**
 * What quantities are worth in the quote currency, at the prices of their levels. Exact: a level is worth ticks × lots, whole numbers on the
 * grid of tick size × lot size, which no double holds for a deep book; so they are added up as BigInt and rounded only to be written.
 */
export class QuoteAmount {
  readonly #coefficient: bigint
  readonly #tickDecimals: number
  readonly #lotDecimals: number
  readonly #style: NumberStyle

  constructor({ tickSize, lotSize }: Pick<Instrument, 'tickSize' | 'lotSize'>, style: NumberStyle) {
    this.#coefficient = BigInt(tickSize.coefficient) * BigInt(lotSize.coefficient)
    this.#tickDecimals = tickSize.decimals
    this.#lotDecimals = lotSize.decimals
    this.#style = style
  }

  /** In steps of tick size × lot size; add as many as you like before writing them. */
  of(ticks: number, lots: number): bigint {
    const product = ticks * lots
    return Number.isSafeInteger(product) ? BigInt(product) : BigInt(ticks) * BigInt(lots)
  }

  /** With the decimals of a price: `56,891.4`. */
  full(steps: bigint): string {
    const scaled = magnitude(steps) * this.#coefficient
    const dropped = 10n ** BigInt(this.#lotDecimals)
    const rounded = (scaled + dropped / 2n) / dropped
    return sign(steps, '\u2212') + written(String(rounded), this.#tickDecimals, this.#style)
  }

  /** From 10 000 up `56.9K`; below that as `full`. */
  compact(steps: bigint): string {
    const value =
      (Number(magnitude(steps)) * Number(this.#coefficient)) / 10 ** (this.#tickDecimals + this.#lotDecimals)
    return value < COMPACT_FROM ? this.full(steps) : sign(steps, '\u2212') + shortened(value, this.#style)
  }

  /** All of it, as a plain decimal without grouping. */
  exact(steps: bigint): string {
    const plain = { ...this.#style, group: '', decimal: '.' }
    const decimals = this.#tickDecimals + this.#lotDecimals
    return sign(steps, '-') + written(String(magnitude(steps) * this.#coefficient), decimals, plain)
  }
}

function magnitude(steps: bigint): bigint {
  return steps < 0n ? -steps : steps
}

function sign(steps: bigint, minus: string): string {
  return steps < 0n ? minus : ''
}
