import { INSTRUMENT_STATES, type InstrumentState } from '@depthcast/market'
import { QUOTE_FIELDS } from '../engine/messages.ts'
import { UNLISTED } from './describe.ts'

/** One watched instrument's figures, prices as decimals; undefined is unknown. */
export type Quote = {
  readonly bid: number | undefined
  readonly ask: number | undefined
  readonly last: number | undefined
  readonly open24h: number | undefined
  readonly high24h: number | undefined
  readonly low24h: number | undefined
  readonly volume24h: number | undefined
  /** ms since 1970; undefined before the first quote. */
  readonly updatedAt: number | undefined
  readonly state: InstrumentState | undefined
  /** Where the last price went when it last moved. */
  readonly direction: 'up' | 'down' | undefined
  /** Counts the flashes; at most two a second, whatever the price does (WCAG 2.3.1). */
  readonly flashes: number
  readonly flashedAt: number
}

/** An instrument's state: what its last quote said, or the listing before there was one; of what is not listed any more no quote knows better. */
export function standingOf({ state }: { readonly state: string }, quote: Quote | undefined): string {
  return state === UNLISTED ? state : (quote?.state ?? state)
}

const FLASH_EVERY_MS = 500

/**
 * Reads the engine's array for its symbols, in their order; `before` gives direction and flashes their past. What did not change is the same
 * object as before, so that whoever shows it has nothing to do.
 */
export function readQuotes(
  values: Float64Array,
  symbols: readonly string[],
  before: ReadonlyMap<string, Quote>,
  now: number,
): Map<string, Quote> {
  const quotes = new Map<string, Quote>()
  symbols.forEach((symbol, index) => {
    const start = index * QUOTE_FIELDS.length
    if (start + QUOTE_FIELDS.length <= values.length)
      quotes.set(symbol, readQuote(values.subarray(start, start + QUOTE_FIELDS.length), before.get(symbol), now))
  })
  return quotes
}

function readQuote(values: Float64Array, before: Quote | undefined, now: number): Quote {
  const quote = quoteOf(values, before, now)
  const isSame = before !== undefined && KEYS.every((key) => quote[key] === before[key])
  return isSame ? before : quote
}

/** What a quote says of the market, without what became of it here. */
const KEYS = QUOTE_FIELDS.map((field) => (field === 'stateIndex' ? 'state' : field)) satisfies readonly (keyof Quote)[]

function quoteOf(values: Float64Array, before: Quote | undefined, now: number): Quote {
  const field = (name: (typeof QUOTE_FIELDS)[number]): number | undefined => {
    const value = values[QUOTE_FIELDS.indexOf(name)]
    return value === undefined || Number.isNaN(value) ? undefined : value
  }
  const last = field('last')
  const moved = last !== undefined && before?.last !== undefined && last !== before.last
  const flashes = moved && now - before.flashedAt >= FLASH_EVERY_MS
  const updatedAt = field('updatedAt')
  return {
    bid: field('bid'),
    ask: field('ask'),
    last,
    open24h: field('open24h'),
    high24h: field('high24h'),
    low24h: field('low24h'),
    volume24h: field('volume24h'),
    updatedAt: updatedAt === 0 ? undefined : updatedAt,
    state: INSTRUMENT_STATES[field('stateIndex') ?? -1],
    direction: moved ? (last > before.last ? 'up' : 'down') : before?.direction,
    flashes: (before?.flashes ?? 0) + (flashes ? 1 : 0),
    flashedAt: flashes ? now : (before?.flashedAt ?? 0),
  }
}
