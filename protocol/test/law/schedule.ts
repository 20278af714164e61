import type { InstrumentState, Lots, Ticks } from '@depthcast/market'
import fc from 'fast-check'
import type { Said } from './model.ts'

/**
 * One thing that happens. `tick` is the pacer's; the rest happens to a client: it joins, stops reading and drains, loses its connection and all
 * it held, loses it and resumes with what it held, or a frame on its way to it is lost.
 */
export type Step =
  | { readonly do: 'event'; readonly said: Said }
  | { readonly do: 'tick' }
  | { readonly do: Mishap; readonly client: number }
const MISHAPS = ['join', 'slow', 'drain', 'reconnect', 'resume', 'lose'] as const
export type Mishap = (typeof MISHAPS)[number]

const ticks = fc.integer({ min: 1, max: 14 }) as fc.Arbitrary<Ticks>
const lots = fc.integer({ min: 1, max: 3 }) as fc.Arbitrary<Lots>
const verified = fc.constantFrom('sequence', 'checksum')

/** Few prices and small quantities, so that levels come, go and meet again. */
const side = (quantity: fc.Arbitrary<number>, maxLength: number) =>
  fc.uniqueArray(fc.tuple(ticks, quantity), { selector: ([price]) => price, maxLength })
const sorted = (levels: [number, number][], sign: 1 | -1) => levels.toSorted(([a], [b]) => (a - b) * sign).flat()

const snapshot = fc.tuple(side(lots, 8), side(lots, 8), verified).map(
  ([bids, asks, by]): Said => ({
    kind: 'book-snapshot',
    bids: sorted(bids, -1),
    asks: sorted(asks, 1),
    verified: by,
  }),
)
const delta = fc
  .tuple(side(fc.integer({ min: 0, max: 2 }), 3), side(fc.integer({ min: 0, max: 2 }), 3), verified)
  .map(([bids, asks, by]): Said => ({ kind: 'book-delta', bids: bids.flat(), asks: asks.flat(), verified: by }))
const trade = fc
  .tuple(
    ticks,
    lots,
    fc.constantFrom('buy' as const, 'sell' as const, 'unknown' as const),
    fc.constantFrom(0, 0, 0, 1_500_000, 4_000_000),
  )
  .map(([price, quantity, taker, late]): Said => ({ kind: 'trade', tradeId: '', price, quantity, side: taker, late }))
const ticker = fc
  .tuple(
    fc.option(ticks, { nil: undefined }),
    fc.option(lots, { nil: undefined }),
    fc.option(ticks, { nil: undefined }),
  )
  .map(
    ([bid, volume24h, last]) =>
      ({ kind: 'ticker', ...(bid && { bid }), ...(volume24h && { volume24h }), ...(last && { last }) }) as Said,
  )
const gap = fc.constantFrom<Said>(
  { kind: 'gap', stream: 'book', reason: 'sequence' },
  { kind: 'gap', stream: 'trades', reason: 'disconnected' },
  { kind: 'gap', stream: 'trades', reason: 'sequence', lost: 2 },
)
const status = fc
  .constantFrom<InstrumentState>('live', 'quiet', 'stale', 'resyncing')
  .chain((state) => fc.constantFrom<Said>({ kind: 'status', state }, { kind: 'status', state, reason: 'because' }))

const event = fc
  .oneof(
    { weight: 6, arbitrary: delta },
    { weight: 6, arbitrary: trade },
    { weight: 2, arbitrary: snapshot },
    { weight: 2, arbitrary: ticker },
    { weight: 1, arbitrary: gap },
    { weight: 1, arbitrary: status },
  )
  .map((said): Step => ({ do: 'event', said }))

const client = fc.integer({ min: 0, max: 2 })
const toClient = fc.tuple(fc.constantFrom(...MISHAPS), client).map(([what, who]): Step => ({ do: what, client: who }))

/** Any order of events and mishaps, on at most three clients. */
export const schedules = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: event },
    { weight: 5, arbitrary: fc.constant<Step>({ do: 'tick' }) },
    { weight: 3, arbitrary: toClient },
  ),
  { minLength: 8, maxLength: 60, size: 'max' },
)
