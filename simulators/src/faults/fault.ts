import type { FeedErrorCode } from '@depthcast/feeds'

/** Venues that faults are written for, as the flags name them. */
export const FAULT_VENUES = ['kraken', 'binance', 'coinbase'] as const
export type FaultVenue = (typeof FAULT_VENUES)[number]

/**
 * What must notice a fault: the code of an error of the feed, or one of those that are none.
 *
 * `harmless` nothing is wrong, and no book may be lost · `gap` a book is told lost and taken anew, without an error · `asked-again` what was asked for
 * does not come and is asked for again · `halted` the instrument says so and its book stands · `trade-gap` the trades tell a hole, or fill it.
 */
export type Detector = FeedErrorCode | 'harmless' | 'gap' | 'asked-again' | 'halted' | 'trade-gap'

/** How long a fault may stay unseen, µs. */
type Silence = Readonly<Partial<Record<FaultVenue, number>>>

/**
 * Until the second sources of each venue have spoken. Kraken: the checksum of the next update for the best ten levels; for what is deeper the fresh book
 * of every minute, or 100 s, and one more where that was not answered. Binance: `depth20` with the next change of its best twenty levels; for what is
 * deeper the whole book of every two to three minutes, and one more where that was not answered. Coinbase: an odd update is a doubt at once; without any
 * oddity the fresh book of every ten minutes.
 */
export const UNSEEN = {
  kraken: 4 * 60_000_000,
  binanceTop: 1_000_000,
  binance: 7 * 60_000_000,
  coinbaseOdd: 1_000_000,
  coinbase: 11 * 60_000_000,
} as const

/** At one venue: any of these detectors may be the first to see it. Or why it cannot happen there. */
export type Expectation = { readonly detectors: readonly Detector[] } | { readonly impossible: string }

/**
 * Who makes it happen. `frame` one frame is changed on its way · `connection` a whole socket misbehaves · `http` a reply does · `venue` the emulator
 * itself asks `World.faults.strikes` and does wrong.
 */
export type FaultLayer = 'frame' | 'connection' | 'http' | 'venue'

export type Fault<Name extends string = string> = {
  readonly name: Name
  readonly layer: FaultLayer
  readonly does: string
  readonly at: Readonly<Record<FaultVenue, Expectation>>
  /** How long it lasts where it lasts, µs; `for=` says otherwise. */
  readonly lasts?: number
  /** Where nothing on the wire shows it at once: the book may be wrong until another source is heard or it heals by itself, for so long at most, µs. */
  readonly silent?: Silence
  /** No book may be lost: it is announced, and another socket takes over before. */
  readonly keepsBooks?: true
}

/** Short for a table: detectors in the order of FAULT_VENUES, several joined by `|`, or `never: why`. */
type Cell = Detector | readonly Detector[] | { readonly impossible: string }

export function never(impossible: string): { readonly impossible: string } {
  return { impossible }
}

export function fault<Name extends string>(
  name: Name,
  layer: FaultLayer,
  does: string,
  cells: readonly [kraken: Cell, binance: Cell, coinbase: Cell] | Cell,
  lasts?: number,
): Fault<Name> {
  const [kraken, binance, coinbase] = isTriple(cells) ? cells : ([cells, cells, cells] as const)
  const at = { kraken: expectation(kraken), binance: expectation(binance), coinbase: expectation(coinbase) }
  return { name, layer, does, at, ...(lasts === undefined ? {} : { lasts }) }
}

function isTriple(cells: unknown): cells is readonly [Cell, Cell, Cell] {
  return Array.isArray(cells) && cells.length === 3
}

function expectation(cell: Cell): Expectation {
  if (typeof cell === 'string') return { detectors: [cell] }
  return 'impossible' in cell ? cell : { detectors: cell }
}
