import type { Instrument, InstrumentId } from '@depthcast/market'
import type { SymbolBook } from '../book-state.ts'

/** What a protocol holds of each instrument of its socket. */
type OneBook = { readonly instrument: Instrument; readonly state: SymbolBook }

/** The one whose book is to be broken on a `distrust`. Undefined where that book is not trusted here either: it is being asked for already. */
export function trusted<One extends OneBook>(
  books: ReadonlyMap<string, One>,
  instrument: InstrumentId,
): One | undefined {
  for (const one of books.values()) if (one.instrument.id === instrument && one.state.isTrusted) return one
  return undefined
}
