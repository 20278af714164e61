import { TICKER_FIGURES } from '@depthcast/market'
import type { ServerMessage, ViewMessage, WireCandle, WireTrade } from './message.ts'
import { packLevels, unpackLevels } from './packed-levels.ts'
import type { WireLevels } from './wire.ts'

/**
 * A view message as the msgpack doors carry it: its fields in a fixed order without their names, levels as bytes, times relative to
 * `serverTime`. What is absent is nil, or left out at the end; fields that come later in the protocol's life go last.
 *
 * | type | fields |
 * |---|---|
 * | `snapshot` | sub, seq, serverTime, lag, epoch, bids, asks, checksum |
 * | `update` | sub, seq, serverTime, lag, back, epoch mod 128, merged, bids, asks, checksum |
 * | `trades` | sub, seq, serverTime, lag, epoch, back, lost, trades |
 * | `ticker` | sub, seq, serverTime, lag, merged, then the figures in the order of TICKER_FIGURES |
 * | `candle` | sub, seq, serverTime, lag, epoch, back, candles |
 *
 * `lag` is serverTime − exchangeTime, `back` is seq − prev. Sides of a book are as in `packLevels`. A trade is `[id, price, quantity, side,
 * lag]`, the lag nil where its time is unknown. A candle is `[openTime, open, high, low, close, volume, trades, rev, flags]`, flag 1 final, 2
 * overflow.
 *
 * Messages of other types are left as they are, without their `type`.
 */
export function packMessage(message: ServerMessage): unknown {
  switch (message.type) {
    case 'snapshot': {
      const { sub, seq, serverTime, epoch, bids, asks, checksum } = message
      return trimmed([sub, seq, serverTime, lagOf(message), epoch, side(bids, -1), side(asks, 1), checksum])
    }
    case 'update': {
      const { sub, seq, serverTime, prev, merged, bids, asks, checksum } = message
      const mark = message.epoch % EPOCH_MARKS
      const place = lagOf(message)
      return trimmed([sub, seq, serverTime, place, seq - prev, mark, merged, side(bids, -1), side(asks, 1), checksum])
    }
    case 'trades': {
      const { sub, seq, serverTime, epoch, prev, lost } = message
      const trades = message.trades.map((trade) => packTrade(trade, serverTime))
      return [sub, seq, serverTime, lagOf(message), epoch, back(seq, prev), lost, trades]
    }
    case 'ticker': {
      const { sub, seq, serverTime, merged } = message
      const fields: unknown[] = [sub, seq, serverTime, lagOf(message), merged]
      for (const name of TICKER_FIGURES) fields.push(message[name])
      return trimmed(fields)
    }
    case 'candle': {
      const { sub, seq, serverTime, epoch, prev, candles } = message
      return [sub, seq, serverTime, lagOf(message), epoch, back(seq, prev), candles.map(packCandle)]
    }
    default: {
      const { type: _, ...body } = message
      return body
    }
  }
}

/**
 * The body of a view message with its names, from what a msgpack door carried; anything else comes back as it is. Never throws, and checks
 * nothing but what it needs to go through it, so what comes out is still to be read as from outside. `epoch` of an update is only a mark, see
 * `isSameEpoch`.
 */
export function unpackBody(type: string, body: unknown): unknown {
  if (!Array.isArray(body)) return body
  switch (type as ViewMessage['type']) {
    case 'snapshot': {
      const [sub, seq, serverTime, lag, epoch, bids, asks, checksum] = body as readonly unknown[]
      const sides = { bids: levels(bids, -1), asks: levels(asks, 1) }
      return {
        sub,
        seq,
        serverTime,
        exchangeTime: minus(serverTime, lag),
        epoch,
        ...sides,
        checksum: present(checksum),
      }
    }
    case 'update': {
      const [sub, seq, serverTime, lag, steps, epoch, merged, bids, asks, checksum] = body as readonly unknown[]
      const chain = {
        sub,
        seq,
        serverTime,
        exchangeTime: minus(serverTime, lag),
        epoch,
        prev: minus(seq, steps),
        merged,
      }
      return { ...chain, bids: levels(bids, -1), asks: levels(asks, 1), checksum: present(checksum) }
    }
    case 'trades': {
      const [sub, seq, serverTime, lag, epoch, steps, lost, packed] = body as readonly unknown[]
      const trades = Array.isArray(packed) ? packed.map((trade) => unpackTrade(trade, serverTime)) : packed
      const chain = { sub, seq, serverTime, exchangeTime: minus(serverTime, lag), epoch, prev: minus(seq, steps) }
      return { ...chain, lost: present(lost), trades }
    }
    case 'ticker': {
      const [sub, seq, serverTime, lag, merged] = body as readonly unknown[]
      const ticker: Record<string, unknown> = { sub, seq, serverTime, exchangeTime: minus(serverTime, lag), merged }
      TICKER_FIGURES.forEach((name, i) => {
        ticker[name] = present(body[5 + i])
      })
      return ticker
    }
    case 'candle': {
      const [sub, seq, serverTime, lag, epoch, steps, packed] = body as readonly unknown[]
      const candles = Array.isArray(packed) ? packed.map(unpackCandle) : packed
      return { sub, seq, serverTime, exchangeTime: minus(serverTime, lag), epoch, prev: minus(seq, steps), candles }
    }
    default:
      return body
  }
}

/** Whether an update's epoch is that of a view: whole from a JSON door, a mark from a msgpack one. Consecutive epochs have different marks. */
export function isSameEpoch(held: number, told: number): boolean {
  return told === held || told === held % EPOCH_MARKS
}

const EPOCH_MARKS = 128
const FINAL = 1
const OVERFLOW = 2

function lagOf({ serverTime, exchangeTime }: ViewMessage): number | undefined {
  return exchangeTime === undefined ? undefined : serverTime - exchangeTime
}

function back(seq: number, prev: number | undefined): number | undefined {
  return prev === undefined ? undefined : seq - prev
}

/** A message for a msgpack door has its levels in integers. */
function side(levels: WireLevels, direction: 1 | -1): Uint8Array | readonly number[] {
  return packLevels(levels as readonly number[], direction)
}

function packTrade([id, price, quantity, taker, exchangeTime]: WireTrade, serverTime: number): unknown[] {
  return [id, price, quantity, taker, exchangeTime === 0 ? null : serverTime - exchangeTime]
}

function packCandle({ openTime, open, high, low, close, volume, trades, rev, final, overflow }: WireCandle): unknown[] {
  return [openTime, open, high, low, close, volume, trades, rev, (final ? FINAL : 0) | (overflow ? OVERFLOW : 0)]
}

function trimmed(fields: unknown[]): unknown[] {
  while (fields[fields.length - 1] === undefined) fields.pop()
  return fields
}

function minus(value: unknown, amount: unknown): unknown {
  if (typeof amount !== 'number') return present(amount)
  return typeof value === 'number' ? value - amount : value
}

function present(value: unknown): unknown {
  return value === null ? undefined : value
}

function levels(packed: unknown, direction: 1 | -1): unknown {
  return packed instanceof Uint8Array ? unpackLevels(packed, direction) : packed
}

function unpackTrade(packed: unknown, serverTime: unknown): unknown {
  if (!Array.isArray(packed)) return packed
  const [id, price, quantity, taker, lag] = packed as readonly unknown[]
  return [id, price, quantity, taker, minus(serverTime, lag) ?? 0]
}

function unpackCandle(packed: unknown): unknown {
  if (!Array.isArray(packed)) return packed
  const [openTime, open, high, low, close, volume, trades, rev, told] = packed as readonly unknown[]
  const flags = typeof told === 'number' ? told : 0
  const bar = { openTime, open, high, low, close, volume, trades, rev, final: (flags & FINAL) !== 0 }
  return (flags & OVERFLOW) === 0 ? bar : { ...bar, overflow: true }
}
