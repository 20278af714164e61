import type { BookImage, Retold } from '../../venue.ts'
import { pairs } from '../wire.ts'

/** The reply to a request for the book, which the diffs after its last update id continue. */
export function retell({ instrument, bids, asks, venueSeq }: BookImage): readonly Retold[] {
  const sides = { bids: pairs(bids, instrument), asks: pairs(asks, instrument) }
  const url = `https://data-api.binance.vision/api/v3/depth?symbol=${instrument.venueSymbol}`
  return [{ url, body: JSON.stringify({ lastUpdateId: venueSeq?.[1] ?? 0, ...sides }) }]
}
