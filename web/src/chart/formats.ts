import { decimalsOf, formatNumber, formatSize } from '../state/format.ts'
import type { Instrument } from './chart-options.ts'

/** More digits of a volume than anyone reads on an axis. */
const SIZE_DECIMALS = 4

/** How the numbers of one chart are written. */
export class Formats {
  readonly #price: number
  readonly #size: number
  /** As the library wants it for the axis of prices. */
  readonly priceAxis
  readonly volumeAxis
  readonly plainAxis

  constructor({ tickSize, lotSize }: Instrument) {
    this.#price = decimalsOf(tickSize)
    this.#size = Math.min(SIZE_DECIMALS, decimalsOf(lotSize))
    this.priceAxis = axis(Number(tickSize), (value) => this.price(value))
    this.volumeAxis = axis(10 ** -this.#size, (value) => this.size(value))
    this.plainAxis = axis(0.1, (value) => this.plain(value))
  }

  price(value: number | undefined): string {
    return formatNumber(value, this.#price)
  }

  size(value: number | undefined): string {
    return formatSize(value, this.#size)
  }

  /** What is no price. */
  plain(value: number | undefined): string {
    return formatNumber(value, 1)
  }
}

function axis(minMove: number, formatter: (value: number) => string) {
  return { type: 'custom', minMove, formatter } as const
}
