import type { Instrument } from '@depthcast/market'
import { type TickerMessage, tickerEnd } from '@depthcast/protocol'
import type { Folder, ViewTerms } from './view.ts'

/** Prices in ticks, quantities in lots; undefined is unknown. */
export type TickerView = {
  readonly instrument: Instrument
  readonly seq: number
  readonly bid: number | undefined
  readonly bidQuantity: number | undefined
  readonly ask: number | undefined
  readonly askQuantity: number | undefined
  readonly last: number | undefined
  readonly open24h: number | undefined
  readonly high24h: number | undefined
  readonly low24h: number | undefined
  readonly volume24h: number | undefined
  readonly exchangeTime: number | undefined
  readonly serverTime: number
  readonly receivedAt: number
}

/** Each message stands alone. */
export function tickerFolder({ instrument, granted }: ViewTerms): Folder<TickerMessage, TickerView> {
  const held = tickerEnd.open(instrument, tickerEnd.params(granted))
  return {
    fold(message, receivedAt) {
      tickerEnd.apply(held, message)
      return {
        instrument,
        seq: message.seq,
        bid: integer(message.bid),
        bidQuantity: integer(message.bidQuantity),
        ask: integer(message.ask),
        askQuantity: integer(message.askQuantity),
        last: integer(message.last),
        open24h: integer(message.open24h),
        high24h: integer(message.high24h),
        low24h: integer(message.low24h),
        volume24h: integer(message.volume24h),
        exchangeTime: message.exchangeTime,
        serverTime: message.serverTime,
        receivedAt,
      }
    },
  }
}

/** Our door carries integers; the reader has seen to it. */
function integer(value: number | string | undefined): number | undefined {
  return value as number | undefined
}
