import type { BookImage, Retold } from '../../venue.ts'
import { pairs } from '../wire.ts'

/** A snapshot frame. */
export function retell({ instrument, bids, asks }: BookImage): readonly Retold[] {
  const sides = { bids: pairs(bids, instrument), asks: pairs(asks, instrument) }
  return [{ text: JSON.stringify({ type: 'snapshot', product_id: instrument.venueSymbol, ...sides }) }]
}
