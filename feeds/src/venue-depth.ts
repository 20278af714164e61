import type { VenueOptions } from './venue.ts'
import { VENUES } from './venues/index.ts'

type Depths = Readonly<Record<string, readonly number[]>>

/** The venues that let one choose how deep their books are, and which depths they have. */
export const VENUE_DEPTHS: Depths = Object.fromEntries(
  VENUES.flatMap((venue) => {
    const { depths } = venue.describe()
    return depths === undefined ? [] : [[venue.id, depths] as const]
  }),
)

/**
 * Reads how many levels a side venues are asked for: `kraken=100`, several with commas.
 *
 * Undefined for anything else: a venue that lets nobody choose, a depth it does not have, a venue named twice.
 */
export function readVenueDepths(
  text: string,
  known: Depths = VENUE_DEPTHS,
): { readonly [venue: string]: VenueOptions } | undefined {
  const venues = new Map<string, VenueOptions>()
  for (const part of text.split(',')) {
    const [, name = '', digits = ''] = /^([a-z0-9]+)=(\d{1,9})$/i.exec(part.trim()) ?? []
    const venue = name.toLowerCase()
    const depth = Number(digits)
    const choices = Object.hasOwn(known, venue) ? known[venue] : undefined
    if (choices?.includes(depth) !== true || venues.has(venue)) return undefined
    venues.set(venue, { depth })
  }
  return Object.fromEntries(venues)
}
