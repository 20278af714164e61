import type { Listed } from '@depthcast/feeds/simulation'
import { fromLots, fromTicks } from '@depthcast/market'

/** Prices and quantities are written with eight decimals, whatever the tick size. */
const DECIMALS = 8

/** One instrument's integers as Binance writes them: always eight decimals, more only where the grid is finer than that. */
export class BinanceDecimals {
  readonly #listed: Listed
  readonly #priceZeros: string
  readonly #quantityZeros: string

  constructor(listed: Listed) {
    this.#listed = listed
    this.#priceZeros = zerosAfter(listed.tickSize.decimals)
    this.#quantityZeros = zerosAfter(listed.lotSize.decimals)
  }

  price(ticks: number): string {
    return fromTicks(ticks, this.#listed.tickSize) + this.#priceZeros
  }

  quantity(lots: number): string {
    return fromLots(lots, this.#listed.lotSize) + this.#quantityZeros
  }

  /** `notional` is a sum of ticks times lots. */
  quoteVolume(notional: bigint): string {
    const { tickSize, lotSize } = this.#listed
    const value = notional * BigInt(tickSize.coefficient) * BigInt(lotSize.coefficient)
    return decimal(value, 10n ** BigInt(tickSize.decimals + lotSize.decimals), DECIMALS)
  }

  /** The mean price of so many lots that cost so much. */
  averagePrice(notional: bigint, lots: number): string {
    const { tickSize } = this.#listed
    const divisor = BigInt(Math.max(1, lots)) * 10n ** BigInt(tickSize.decimals)
    return decimal(notional * BigInt(tickSize.coefficient), divisor, DECIMALS)
  }

  /** `[["price","quantity"],…]` of flat ticks and lots. */
  levels(flat: readonly number[]): string {
    const rows: string[] = []
    for (let i = 0; i < flat.length; i += 2) rows.push(`["${this.price(flat[i]!)}","${this.quantity(flat[i + 1]!)}"]`)
    return `[${rows.join(',')}]`
  }
}

/** Change in percent, three decimals. */
export function percentText(change: number, open: number): string {
  return decimal(BigInt(change) * 100n, BigInt(Math.max(1, open)), 3)
}

/** A fraction as a decimal, half rounded away from zero. */
function decimal(numerator: bigint, denominator: bigint, decimals: number): string {
  const scaled = (numerator < 0n ? -numerator : numerator) * 10n ** BigInt(decimals)
  const rounded = (2n * scaled + denominator) / (2n * denominator)
  const digits = String(rounded).padStart(decimals + 1, '0')
  const sign = numerator < 0n && rounded > 0n ? '-' : ''
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

function zerosAfter(decimals: number): string {
  if (decimals >= DECIMALS) return ''
  return `${decimals === 0 ? '.' : ''}${'0'.repeat(DECIMALS - decimals)}`
}
