import { TICKER_FIGURES } from '@depthcast/market'
import type {
  BookSnapshotMessage,
  BookUpdateMessage,
  CandleMessage,
  ServerMessage,
  TickerMessage,
  TradesMessage,
  ViewMessage,
  WireCandle,
  WireLevels,
} from './message.ts'

/**
 * A view message as the msgpack doors carry it: its fields in a fixed order without their names, levels as distances, times relative to
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
 * `lag` is serverTime − exchangeTime, `back` is seq − prev. Levels are `[price, quantity, distance, quantity, …]`, best first: each price but
 * the first is told as its distance from the one before, always positive. A candle is `[openTime, open, high, low, close, volume, trades, rev,
 * flags]`, flag 1 final, 2 overflow.
 *
 * Messages of other types are left as they are, without their `type`.
 */
export function packMessage({ type, ...body }: ServerMessage): unknown {
  switch (type) {
    case 'snapshot': {
      const { epoch, bids, asks, checksum } = body as Unnamed<BookSnapshotMessage>
      return trimmed([...place(body as Place), epoch, distances(bids, -1), distances(asks, 1), checksum])
    }
    case 'update': {
      const { epoch, prev, seq, merged, bids, asks, checksum } = body as Unnamed<BookUpdateMessage>
      return trimmed([
        ...place(body as Place),
        seq - prev,
        epoch % EPOCH_MARKS,
        merged,
        distances(bids, -1),
        distances(asks, 1),
        checksum,
      ])
    }
    case 'trades': {
      const { epoch, prev, seq, lost, trades } = body as Unnamed<TradesMessage>
      return [...place(body as Place), epoch, back(seq, prev), lost, trades]
    }
    case 'ticker': {
      const ticker = body as Unnamed<TickerMessage>
      return trimmed([...place(body as Place), ticker.merged, ...TICKER_FIGURES.map((name) => ticker[name])])
    }
    case 'candle': {
      const { epoch, prev, seq, candles } = body as Unnamed<CandleMessage>
      return [...place(body as Place), epoch, back(seq, prev), candles.map(packCandle)]
    }
    default:
      return body
  }
}

/**
 * The body of a view message with its names, from what a msgpack door carried; anything else comes back as it is. Nothing is checked but what
 * is needed to go through it, so what comes out is still to be read as from outside. `epoch` of an update is only a mark, see `isSameEpoch`.
 */
export function unpackBody(type: string, body: unknown): unknown {
  if (!Array.isArray(body)) return body
  const unpack = UNPACK[type as ViewMessage['type']] as ((fields: readonly unknown[]) => object) | undefined
  return unpack === undefined ? body : { ...placeOf(body), ...unpack(body) }
}

/** Whether an update's epoch is that of a view: whole from a JSON door, a mark from a msgpack one. Consecutive epochs have different marks. */
export function isSameEpoch(held: number, told: number): boolean {
  return told === held || told === held % EPOCH_MARKS
}

const EPOCH_MARKS = 128

type Unnamed<Message> = Omit<Message, 'type'>
type Place = Pick<BookUpdateMessage, 'sub' | 'seq' | 'serverTime' | 'exchangeTime'>

function place({ sub, seq, serverTime, exchangeTime }: Place): unknown[] {
  return [sub, seq, serverTime, exchangeTime === undefined ? undefined : serverTime - exchangeTime]
}

function back(seq: number, prev: number | undefined): number | undefined {
  return prev === undefined ? undefined : seq - prev
}

function distances(levels: WireLevels, direction: 1 | -1): number[] {
  const packed = levels.slice() as number[]
  for (let i = packed.length - 2; i > 0; i -= 2) packed[i] = (packed[i]! - packed[i - 2]!) * direction
  return packed
}

function packCandle({ openTime, open, high, low, close, volume, trades, rev, final, overflow }: WireCandle): unknown[] {
  return [openTime, open, high, low, close, volume, trades, rev, (final ? FINAL : 0) | (overflow ? OVERFLOW : 0)]
}

const FINAL = 1
const OVERFLOW = 2

function trimmed(fields: unknown[]): unknown[] {
  while (fields.length > 0 && fields[fields.length - 1] === undefined) fields.pop()
  return fields
}

const UNPACK: Readonly<Record<ViewMessage['type'], (fields: readonly unknown[]) => object>> = {
  snapshot: ([, , , , epoch, bids, asks, checksum]) => ({
    epoch,
    bids: prices(bids, -1),
    asks: prices(asks, 1),
    checksum: present(checksum),
  }),
  update: ([, seq, , , steps, epoch, merged, bids, asks, checksum]) => ({
    epoch,
    prev: minus(seq, steps),
    merged,
    bids: prices(bids, -1),
    asks: prices(asks, 1),
    checksum: present(checksum),
  }),
  trades: ([, seq, , , epoch, steps, lost, trades]) => ({
    epoch,
    prev: minus(seq, steps),
    lost: present(lost),
    trades,
  }),
  ticker: ([, , , , merged, ...figures]) => ({
    merged,
    ...Object.fromEntries(TICKER_FIGURES.map((name, index) => [name, present(figures[index])])),
  }),
  candle: ([, seq, , , epoch, steps, candles]) => ({
    epoch,
    prev: minus(seq, steps),
    candles: Array.isArray(candles) ? candles.map(unpackCandle) : candles,
  }),
}

function placeOf([sub, seq, serverTime, lag]: readonly unknown[]): object {
  return { sub, seq, serverTime, exchangeTime: minus(serverTime, lag) }
}

function minus(value: unknown, amount: unknown): unknown {
  return present(amount) === undefined ? undefined : (value as number) - (amount as number)
}

function present(value: unknown): unknown {
  return value === null ? undefined : value
}

function prices(packed: unknown, direction: 1 | -1): unknown {
  if (!Array.isArray(packed)) return packed
  const levels = packed.slice() as number[]
  for (let i = 2; i < levels.length; i += 2) levels[i] = levels[i - 2]! + levels[i]! * direction
  return levels
}

function unpackCandle(packed: unknown): unknown {
  if (!Array.isArray(packed)) return packed
  const [openTime, open, high, low, close, volume, trades, rev, flags] = packed as number[]
  return {
    openTime,
    open,
    high,
    low,
    close,
    volume,
    trades,
    rev,
    final: ((flags ?? 0) & FINAL) !== 0,
    overflow: ((flags ?? 0) & OVERFLOW) !== 0 || undefined,
  }
}
