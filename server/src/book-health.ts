import type { InstrumentState, Micros, VenueId } from '@depthcast/market'
import type { Listing } from './listing.ts'

/** How one instrument is doing, as the metrics count it. */
export type BookHealth = {
  readonly venue: VenueId
  readonly state: InstrumentState
  /** Since its book was last verified, µs; absent where it is not shown as right, or nothing ever verified it. */
  readonly age?: number
}

/** States in which a book is shown as right. */
const RIGHT: ReadonlySet<InstrumentState> = new Set(['live', 'quiet', 'suspect', 'halted'])

export function* booksHealth(listings: Iterable<Listing>, now: Micros): Generator<BookHealth> {
  for (const { ledger } of listings) {
    const { instrument, status, verifiedAt, bookValid } = ledger
    const { state } = status
    const isKnown = bookValid && verifiedAt !== undefined && RIGHT.has(state)
    yield { venue: instrument.venue, state, ...(isKnown && { age: Math.max(0, now - verifiedAt) }) }
  }
}
