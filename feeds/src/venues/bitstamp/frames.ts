import type { Instrument, Micros, Trade } from '@depthcast/market'
import { integer, levels, price, quantity, type Raw, sideOfBook, string, Unreadable } from '../wire.ts'

/** Levels as flat ticks and lots at a moment of the venue's: what changed, or a book. */
export type Levels = { readonly time: Micros; readonly bids: readonly number[]; readonly asks: readonly number[] }

/** `diff_order_book`: absolute amounts at the prices that changed, zero deletes. */
export function readDiff(data: Raw, instrument: Instrument): Levels {
  const bids = levels(data.bids, 'bids', instrument)
  const asks = levels(data.asks, 'asks', instrument)
  return { time: microtimestamp(data), bids, asks }
}

/** `order_book`, the best 100 levels a side, and the reply of `/api/v2/order_book/{pair}/`, all of them. */
export function readBook(data: Raw, instrument: Instrument): Levels {
  const { time, bids, asks } = readDiff(data, instrument)
  return { time, bids: sideOfBook([...bids], 'bid'), asks: sideOfBook([...asks], 'ask') }
}

/** `live_trades`: `type` is the taker's side, 0 a buy, 1 a sell. Numbers are read from their `_str` twins, the others are floats. */
export function readTrade(data: Raw, instrument: Instrument, receivedAt: Micros): Trade {
  if (data.type !== 0 && data.type !== 1) throw new Unreadable(`type ${String(data.type)} is neither 0 nor 1`)
  return {
    kind: 'trade',
    instrument: instrument.id,
    tradeId: String(integer(data, 'id')),
    price: price(data.price_str, instrument),
    quantity: quantity(data.amount_str, instrument),
    side: data.type === 0 ? 'buy' : 'sell',
    exchangeTime: microtimestamp(data),
    receivedAt,
  }
}

/** µs since 1970, as a string. */
function microtimestamp(data: Raw): Micros {
  const text = string(data, 'microtimestamp')
  const time = Number(text)
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(time))
    throw new Unreadable(`microtimestamp ${text.slice(0, 40)}`)
  return time as Micros
}
