import type { BookImage, Retold } from '../../venue.ts'
import { pairs } from '../wire.ts'

/** The beginning of the channel of differences, and the reply to the request for the book that they continue, of the time of the last one in it. */
export function retell({ instrument, bids, asks, exchangeTime }: BookImage): readonly Retold[] {
  const { venueSymbol } = instrument
  const begun = { event: 'bts:subscription_succeeded', channel: `diff_order_book_${venueSymbol}`, data: {} }
  const us = exchangeTime ?? 0
  const time = { timestamp: String(Math.floor(us / 1_000_000)), microtimestamp: String(us) }
  const sides = { bids: pairs(bids, instrument), asks: pairs(asks, instrument) }
  return [
    { text: JSON.stringify(begun) },
    {
      url: `https://www.bitstamp.net/api/v2/order_book/${venueSymbol}/`,
      body: JSON.stringify({ ...time, ...sides }),
    },
  ]
}
