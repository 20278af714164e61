import type { Instrument, Micros } from '@depthcast/market'
import { type FeedError, SubscribeRefused, saidBy, TransportError, VenueProtocolError } from '../../errors.ts'
import type { HttpReply } from '../../venue.ts'
import type { NumberedTrade } from '../trade-chain.ts'
import { integer, levels, list, object, parseObject, price, quantity, type Raw, sideOfBook, string } from '../wire.ts'
import type { Question } from './requests.ts'

/** A fetched book. */
export type Seed = { readonly lastId: number; readonly bids: readonly number[]; readonly asks: readonly number[] }

/** Its weight grows with how much is asked for. Source: rest-api.md, "Order book". */
export function depthQuestion(kind: 'seed' | 'probe' | 'reseed' | 'compare', symbol: string, limit: number): Question {
  const weight = limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1_000 ? 50 : 250
  return { kind, symbol, path: `/api/v3/depth?symbol=${symbol}&limit=${limit}`, weight }
}

/** An unknown symbol is refused; anything else that is no book is worth another try. */
export function readSeed(reply: HttpReply, instrument: Instrument): Seed | FeedError {
  const failure = failed(reply, instrument)
  if (failure !== undefined) return failure
  return read(reply, instrument, () => {
    const raw = parseObject(reply.body)
    const bids = sideOfBook(levels(raw.bids, 'bids', instrument), 'bid')
    const asks = sideOfBook(levels(raw.asks, 'asks', instrument), 'ask')
    return { lastId: integer(raw, 'lastUpdateId'), bids, asks }
  })
}

/** `[{"id","price","qty","time","isBuyerMaker"}, …]`, the last trades of a symbol. */
export function readTrades(
  reply: HttpReply,
  instrument: Instrument,
  now: Micros,
): readonly NumberedTrade[] | FeedError {
  const failure = failed(reply, instrument)
  if (failure !== undefined) return failure
  return read(reply, instrument, () =>
    list(JSON.parse(reply.body), 'trades').map((entry) => fetchedTrade(object(entry, 'a trade'), instrument, now)),
  )
}

function fetchedTrade(raw: Raw, instrument: Instrument, receivedAt: Micros): NumberedTrade {
  const id = integer(raw, 'id')
  return {
    id,
    trade: {
      kind: 'trade',
      instrument: instrument.id,
      tradeId: String(id),
      price: price(raw.price, instrument),
      quantity: quantity(raw.qty, instrument),
      side: takersSide(raw.isBuyerMaker, 'isBuyerMaker'),
      exchangeTime: (integer(raw, 'time') * 1000) as Micros,
      receivedAt,
    },
  }
}

/** Where the buyer was the maker, the taker sold. */
export function takersSide(isBuyerMaker: unknown, field: string): 'buy' | 'sell' {
  if (typeof isBuyerMaker !== 'boolean') throw new TypeError(`${field} is not true or false`)
  return isBuyerMaker ? 'sell' : 'buy'
}

/** Each symbol's status by its name, as in `{"symbols":[{"symbol":"BTCUSDT","status":"TRADING"}]}`. */
export function readStatuses(reply: HttpReply): ReadonlyMap<string, string> | FeedError {
  const failure = failed(reply, undefined)
  if (failure !== undefined) return failure
  return read(reply, undefined, () => {
    const symbols = list(parseObject(reply.body).symbols, 'symbols').map((entry) => object(entry, 'a symbol'))
    return new Map(symbols.map((symbol) => [string(symbol, 'symbol'), string(symbol, 'status')]))
  })
}

function failed(reply: HttpReply, instrument: Instrument | undefined): FeedError | undefined {
  if (reply.status === 200) return undefined
  const reason = `${reply.url}: HTTP ${reply.status} ${reply.body.slice(0, 200)}`
  // -1121 is "Invalid symbol."
  if (reply.status === 400 && reply.body.includes('-1121'))
    return new SubscribeRefused({ ...where(instrument), reason })
  return new TransportError({ ...where(instrument), reason })
}

function read<T>(reply: HttpReply, instrument: Instrument | undefined, reader: () => T): T | FeedError {
  try {
    return reader()
  } catch (cause) {
    return new VenueProtocolError({ ...where(instrument), reason: saidBy(cause), frame: reply.body, cause })
  }
}

function where(instrument: Instrument | undefined) {
  return { venue: 'binance', ...(instrument === undefined ? {} : { instrument: instrument.id }) }
}
