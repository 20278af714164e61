import type { Step } from './units.ts'

/** How a venue is called in ids and flags: lower case, letters and digits, e.g. `coinbase`. */
export type VenueId = string

/** `venue:BASE-QUOTE`, e.g. `coinbase:BTC-USD`: the one name of an instrument everywhere in Depthcast. */
export type InstrumentId = `${string}:${string}-${string}`

/** A tradable thing at a venue, with the grid its prices and quantities lie on. */
export type Instrument = {
  readonly id: InstrumentId
  readonly venue: VenueId
  /** The venue's own spelling, as it stands in its frames, e.g. `BTCUSDT`. */
  readonly venueSymbol: string
  /** Upper case. */
  readonly base: string
  /** Upper case. */
  readonly quote: string
  /** Price of one tick, in the quote currency. */
  readonly tickSize: Step
  /** Quantity of one lot, in the base currency. */
  readonly lotSize: Step
}

/** Builds the id from its parts; the parts are put in the case the id has. */
export function instrumentId(venue: VenueId, base: string, quote: string): InstrumentId {
  return `${venue.toLowerCase()}:${base.toUpperCase()}-${quote.toUpperCase()}`
}
