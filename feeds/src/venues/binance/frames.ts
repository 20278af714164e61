import type { Instrument, Micros, Ticker, Trade } from '@depthcast/market'
import { integer, levels, optional, price, quantity, type Raw, sideOfBook } from '../wire.ts'
import type { DepthDiff } from './depth.ts'
import type { Best } from './oracles.ts'
import { takersSide } from './replies.ts'

/** `depth20`: the stream with this many levels a side. */
const DEPTH = 20

/** `{"e":"depthUpdate","E":ms,"s","U":first,"u":last,"b":[["price","quantity"],…],"a":[…]}`, absolute quantities. */
export function readDepth(event: Raw, instrument: Instrument): DepthDiff {
  const first = integer(event, 'U')
  const last = integer(event, 'u')
  if (first > last) throw new TypeError(`U ${first} is above u ${last}`)
  const bids = levels(event.b, 'b', instrument)
  const asks = levels(event.a, 'a', instrument)
  return { first, last, bids, asks, exchangeTime: millis(event, 'E') }
}

/** `{"lastUpdateId","bids","asks"}`: no name, no symbol, no time. */
export function readBest20(event: Raw, instrument: Instrument): Best {
  const bids = sideOfBook(levels(event.bids, 'bids', instrument), 'bid').slice(0, DEPTH * 2)
  const asks = sideOfBook(levels(event.asks, 'asks', instrument), 'ask').slice(0, DEPTH * 2)
  return { id: integer(event, 'lastUpdateId'), depth: DEPTH, bids, asks }
}

/** `{"u","s","b","B","a","A"}`: bookTicker names neither its kind nor its time. */
export function readTop(event: Raw, instrument: Instrument, receivedAt: Micros): { best: Best; ticker: Ticker } {
  const id = integer(event, 'u')
  const bid = price(event.b, instrument)
  const bidQuantity = quantity(event.B, instrument)
  const ask = price(event.a, instrument)
  const askQuantity = quantity(event.A, instrument)
  return {
    best: { id, depth: 1, bids: [bid, bidQuantity], asks: [ask, askQuantity] },
    ticker: {
      kind: 'ticker',
      instrument: instrument.id,
      exchangeTime: undefined,
      receivedAt,
      bid,
      bidQuantity,
      ask,
      askQuantity,
    },
  }
}

/** `T` is when it was traded; `E`, when it was sent, is at most a few ms later. Raw trades count in `t`, aggregated ones in `a`. */
export function readTrade(
  event: Raw,
  idField: 't' | 'a',
  instrument: Instrument,
  receivedAt: Micros,
): { id: number; trade: Trade } {
  const id = integer(event, idField)
  return {
    id,
    trade: {
      kind: 'trade',
      instrument: instrument.id,
      tradeId: String(id),
      price: price(event.p, instrument),
      quantity: quantity(event.q, instrument),
      side: takersSide(event.m, 'm'),
      exchangeTime: millis(event, 'T'),
      receivedAt,
    },
  }
}

/** The figures of the last 24 hours, each where it lies on the instrument's grid. */
export function readDay(event: Raw, instrument: Instrument, receivedAt: Micros): Ticker {
  const figures = {
    last: optional(event.c, price, instrument),
    open24h: optional(event.o, price, instrument),
    high24h: optional(event.h, price, instrument),
    low24h: optional(event.l, price, instrument),
    volume24h: optional(event.v, quantity, instrument),
  }
  const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined))
  return { kind: 'ticker', instrument: instrument.id, exchangeTime: millis(event, 'E'), receivedAt, ...known }
}

function millis(event: Raw, field: string): Micros {
  return (integer(event, field) * 1000) as Micros
}
