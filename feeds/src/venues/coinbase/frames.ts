import type { Instrument, Micros, Ticker, Trade } from '@depthcast/market'
import {
  integer,
  isoMicros,
  lastWins,
  list,
  object,
  optional,
  price,
  quantity,
  type Raw,
  sideOfBook,
  string,
  Unreadable,
} from '../wire.ts'
import { levelsOf, WrittenLevels } from './written-levels.ts'

/** Levels as flat ticks and lots. */
export type Levels = { readonly bids: number[]; readonly asks: number[] }

/** `snapshot`: a whole book; some have a time, most have none. */
export function readSnapshot(frame: Raw, instrument: Instrument): Levels & { readonly time: Micros | undefined } {
  return {
    bids: sideOfBook(levelsOf(frame.bids, 'bids', instrument), 'bid'),
    asks: sideOfBook(levelsOf(frame.asks, 'asks', instrument), 'ask'),
    time: typeof frame.time === 'string' ? isoMicros(frame.time) : undefined,
  }
}

/** Some 4 ms: nobody waits longer for his turn because a book is read. */
const LEVELS_AT_ONCE = 20_000

/** Reads on at a big book: a part of what `readSnapshot` has to read. True when it has nothing left to wait for. */
export function readOn({ bids, asks }: Raw, instrument: Instrument): boolean {
  return [bids, asks].every((side) => !(side instanceof WrittenLevels) || side.readOn(instrument, LEVELS_AT_ONCE))
}

/** A whole book, as a `snapshot` says it. */
export type Snapshot = ReturnType<typeof readSnapshot>
/** Changes of a product, as an `l2update` says them. */
export type Update = ReturnType<typeof readUpdate>

/** `l2update`: absolute sizes at the prices that changed; zero, however it is written, deletes. `count` is how many changes it named. */
export function readUpdate(
  frame: Raw,
  instrument: Instrument,
): Levels & { readonly time: Micros; readonly count: number } {
  const bids: number[] = []
  const asks: number[] = []
  const changes = list(frame.changes, 'changes')
  for (const entry of changes) {
    const [side, at, size] = list(entry, 'a change')
    if (side !== 'buy' && side !== 'sell') throw new Unreadable(`side ${String(side)} is neither buy nor sell`)
    const levels = side === 'buy' ? bids : asks
    levels.push(price(at, instrument), quantity(size, instrument))
  }
  const time = isoMicros(string(frame, 'time'))
  return { bids: lastWins(bids), asks: lastWins(asks), time, count: changes.length }
}

/** A `match`, a `last_match`, or an entry of `/products/{id}/trades`: `side` is the maker's everywhere, the taker's is the other. */
export function readTrade(raw: Raw, instrument: Instrument, receivedAt: Micros): Trade {
  const id = tradeId(raw, 'trade_id')
  const maker = string(raw, 'side')
  if (maker !== 'buy' && maker !== 'sell') throw new Unreadable(`side ${maker} is neither buy nor sell`)
  return {
    kind: 'trade',
    instrument: instrument.id,
    tradeId: String(id),
    price: price(raw.price, instrument),
    quantity: quantity(raw.size, instrument),
    side: maker === 'buy' ? 'sell' : 'buy',
    exchangeTime: isoMicros(string(raw, 'time')),
    receivedAt,
  }
}

/** `ticker`: the best bid and ask must be there, the other figures may. */
export function readTicker(frame: Raw, instrument: Instrument, receivedAt: Micros): Ticker & Required<Touch> {
  const touch = { bid: price(frame.best_bid, instrument), ask: price(frame.best_ask, instrument) }
  const figures = {
    last: optional(frame.price, price, instrument),
    bidQuantity: optional(frame.best_bid_size, quantity, instrument),
    askQuantity: optional(frame.best_ask_size, quantity, instrument),
    open24h: optional(frame.open_24h, price, instrument),
    high24h: optional(frame.high_24h, price, instrument),
    low24h: optional(frame.low_24h, price, instrument),
    volume24h: optional(frame.volume_24h, quantity, instrument),
  }
  const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined))
  const exchangeTime = typeof frame.time === 'string' ? isoMicros(frame.time) : undefined
  return { kind: 'ticker', instrument: instrument.id, exchangeTime, receivedAt, ...touch, ...known }
}

/** `heartbeat`: the venue's clock, and its last trade of the product; undefined where it never traded. */
export function readHeartbeat(frame: Raw): {
  readonly lastTrade: number | undefined
  readonly time: Micros | undefined
} {
  return {
    lastTrade: frame.last_trade_id === 0 ? undefined : tradeId(frame, 'last_trade_id'),
    time: typeof frame.time === 'string' ? isoMicros(frame.time) : undefined,
  }
}

/** `subscriptions`: each channel of each product there is after a change. The `status` channel is of no product. */
export function readSubscriptions(frame: Raw): readonly { readonly channel: string; readonly id: string }[] {
  return list(frame.channels, 'channels').flatMap((entry) => {
    const raw = object(entry, 'a channel')
    const channel = string(raw, 'name')
    return channel === 'status' ? [] : list(raw.product_ids, 'product_ids').map((id) => ({ channel, id: String(id) }))
  })
}

function tradeId(raw: Raw, field: string): number {
  const id = integer(raw, field)
  if (id === 0) throw new Unreadable(`${field} is zero`)
  return id
}

type Touch = Pick<Ticker, 'bid' | 'ask'>
