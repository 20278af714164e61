import type { SORTS } from '../panels/options.ts'
import type { InstrumentRow } from './desk.ts'
import { basisPoints, changePercent } from './format.ts'
import type { Quote } from './quotes.ts'

/** `own` is the list's own order. */
export type SortColumn = (typeof SORTS)[number]
export type Sort = { readonly by: SortColumn; readonly down: boolean }

/** A list's rows in an order: what is unknown comes last either way, and rows that are equal stay as the list has them. */
export function sortRows(
  rows: readonly InstrumentRow[],
  quotes: ReadonlyMap<string, Quote>,
  { by, down }: Sort,
): readonly InstrumentRow[] {
  if (by === 'own') return down ? rows.toReversed() : rows
  const sign = down ? -1 : 1
  if (by === 'name') return rows.toSorted((a, b) => sign * NAMES.compare(nameOf(a), nameOf(b)))
  const figures = new Map(rows.map((row) => [row, FIGURES[by](quotes.get(row.id))]))
  return rows.toSorted((a, b) => {
    const [left, right] = [figures.get(a), figures.get(b)]
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined)
    return sign * (left - right)
  })
}

/** What a press on a column's head asks for: names from the start, numbers from the top, the other way round, then the list's own order again. */
export function nextSort({ by, down }: Sort, column: SortColumn): Sort {
  const first = column !== 'name'
  if (by !== column) return { by: column, down: first }
  return down === first ? { by, down: !first } : { by: 'own', down: false }
}

/** What was traded in 24 hours in the quote currency, at the last price: comparable between instruments that are quoted alike. */
export function turnover(quote: Quote | undefined): number | undefined {
  if (quote?.volume24h === undefined || quote.last === undefined) return undefined
  return quote.volume24h * quote.last
}

const NAMES = new Intl.Collator('en', { numeric: true })

const FIGURES = {
  last: (quote) => quote?.last,
  change: (quote) => changePercent(quote?.open24h, quote?.last),
  spread: (quote) => basisPoints(quote?.bid, quote?.ask),
  volume: turnover,
} as const satisfies Record<string, (quote: Quote | undefined) => number | undefined>

function nameOf({ base, quote, venue }: InstrumentRow): string {
  return `${base}-${quote} ${venue}`
}
