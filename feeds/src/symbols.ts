import type { Instrument, VenueId } from '@depthcast/market'
import { instrumentId } from '@depthcast/market'
import { FeedConfigError } from './errors.ts'

/** An operator's wish: an instrument at one venue, or at every venue that has it. */
export type SymbolChoice = {
  readonly text: string
  readonly venue: VenueId | undefined
  readonly base: string
  readonly quote: string
}

/**
 * Reads `BTC-USD` (every venue) and `coinbase:BTC-USD` (one venue), in any case.
 *
 * Throws FeedConfigError for another shape, and for a venue that is not among `venues`.
 */
export function parseSymbols(texts: readonly string[], venues: readonly VenueId[]): readonly SymbolChoice[] {
  return texts.map((text) => {
    const parts = /^(?:([a-z0-9]+):)?([a-z0-9.]+)-([a-z0-9.]+)$/i.exec(text.trim())
    if (parts === null)
      throw new FeedConfigError(
        `symbol '${text}' is not BASE-QUOTE or venue:BASE-QUOTE, e.g. BTC-USD or coinbase:BTC-USD`,
      )
    const [, venue, base, quote] = parts
    const id = venue?.toLowerCase()
    if (id !== undefined && !venues.includes(id)) {
      throw new FeedConfigError(
        `symbol '${text}' names a venue that is not fed: ${venues.join(', ')} ${venues.length === 1 ? 'is' : 'are'}`,
      )
    }
    return { text: text.trim(), venue: id, base: base!, quote: quote! }
  })
}

/** The instruments of one venue that were asked for, in the order asked for, and the wishes meant for this venue it does not have. */
export function choose(
  venue: VenueId,
  instruments: readonly Instrument[],
  choices: readonly SymbolChoice[],
): { readonly chosen: readonly Instrument[]; readonly unknown: readonly string[] } {
  const byId = new Map(instruments.map((instrument) => [instrument.id, instrument]))
  const chosen = new Set<Instrument>()
  const unknown: string[] = []
  for (const choice of choices) {
    if (choice.venue !== undefined && choice.venue !== venue) continue
    const found = byId.get(instrumentId(venue, choice.base, choice.quote))
    if (found === undefined) unknown.push(choice.text)
    else chosen.add(found)
  }
  return { chosen: [...chosen], unknown }
}
