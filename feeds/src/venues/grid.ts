import type { Instrument, VenueId } from '@depthcast/market'
import { instrumentId, step } from '@depthcast/market'

/**
 * Finds the tick and lot size a recording was made on: the coarsest power of ten, at most 1, that holds every number in it.
 *
 * That may be coarser than the venue's own, never finer than what was recorded, and every recorded number lies on it exactly. With `keepZeros`
 * zeros at the end of a fraction count as well, for a venue that always writes all its decimals.
 */
export class Grids {
  readonly #venue: VenueId
  readonly #split: (venueSymbol: string) => readonly [base: string, quote: string] | undefined
  readonly #keepZeros: boolean
  readonly #grids = new Map<string, { price: number; quantity: number }>()

  constructor(
    venue: VenueId,
    split: (venueSymbol: string) => readonly [base: string, quote: string] | undefined,
    options: { readonly keepZeros: boolean } = { keepZeros: false },
  ) {
    this.#venue = venue
    this.#split = split
    this.#keepZeros = options.keepZeros
  }

  price(venueSymbol: string, lexeme: unknown): void {
    const grid = this.#of(venueSymbol)
    grid.price = Math.max(grid.price, decimals(lexeme, this.#keepZeros))
  }

  quantity(venueSymbol: string, lexeme: unknown): void {
    const grid = this.#of(venueSymbol)
    grid.quantity = Math.max(grid.quantity, decimals(lexeme, this.#keepZeros))
  }

  /** Levels `[["price","quantity"], …]`; anything else is passed over, the protocol will complain of it. */
  levels(venueSymbol: string, levels: unknown): void {
    if (!Array.isArray(levels)) return
    for (const level of levels) {
      if (!Array.isArray(level)) continue
      this.price(venueSymbol, level[0])
      this.quantity(venueSymbol, level[1])
    }
  }

  /** One instrument for each symbol seen whose name could be taken apart, by id. */
  instruments(): readonly Instrument[] {
    const found: Instrument[] = []
    for (const [venueSymbol, grid] of this.#grids) {
      const parts = this.#split(venueSymbol)
      if (parts === undefined) continue
      const [base, quote] = parts
      const id = instrumentId(this.#venue, base, quote)
      const tickSize = step(`1e-${grid.price}`)
      const lotSize = step(`1e-${grid.quantity}`)
      found.push({
        id,
        venue: this.#venue,
        venueSymbol,
        base: base.toUpperCase(),
        quote: quote.toUpperCase(),
        tickSize,
        lotSize,
      })
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  #of(venueSymbol: string): { price: number; quantity: number } {
    let grid = this.#grids.get(venueSymbol)
    if (grid === undefined) {
      grid = { price: 0, quantity: 0 }
      this.#grids.set(venueSymbol, grid)
    }
    return grid
  }
}

/** Decimals that carry meaning: 0.3500 has two, unless its zeros do. */
function decimals(lexeme: unknown, keepZeros: boolean): number {
  if (typeof lexeme !== 'string') return 0
  const fraction = /^\d+\.(\d+)$/.exec(lexeme)?.[1] ?? ''
  return keepZeros ? fraction.length : fraction.replace(/0+$/, '').length
}
