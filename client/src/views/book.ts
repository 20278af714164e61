import { fromLots, fromTicks, type Instrument } from '@depthcast/market'
import { type BookSnapshotMessage, type BookUpdateMessage, bookEnd } from '@depthcast/protocol'
import type { Folder, ViewTerms } from './view.ts'

/** Price and quantity as decimal strings. */
export type TextLevel = readonly [price: string, quantity: string]

/**
 * An order book as it stood at `seq`. Prices are integers in ticks of the instrument (multiples of the grouping), quantities integers in lots.
 */
export class BookView {
  readonly instrument: Instrument
  readonly epoch: number
  readonly seq: number
  /** Flat pairs `[ticks, lots, …]`, best first. */
  readonly bids: readonly number[]
  /** Flat pairs `[ticks, lots, …]`, best first. */
  readonly asks: readonly number[]
  /** The venue's clock, µs since 1970; undefined where the venue sends none. */
  readonly exchangeTime: number | undefined
  /** The server's clock when it sent the message, µs since 1970. */
  readonly serverTime: number
  /** This side's clock when the message arrived, ms since 1970. */
  readonly receivedAt: number
  /** Source updates folded into the message that led here; 0 for a snapshot. */
  readonly merged: number
  /** `ok`: this very book was held against the server's checksum. */
  readonly checksum: 'ok' | 'absent'

  constructor(fields: Pick<BookView, Field>) {
    this.instrument = fields.instrument
    this.epoch = fields.epoch
    this.seq = fields.seq
    this.bids = fields.bids
    this.asks = fields.asks
    this.exchangeTime = fields.exchangeTime
    this.serverTime = fields.serverTime
    this.receivedAt = fields.receivedAt
    this.merged = fields.merged
    this.checksum = fields.checksum
  }

  /** In ticks; undefined when there is none. */
  get bestBid(): number | undefined {
    return this.bids[0]
  }

  /** In ticks; undefined when there is none. */
  get bestAsk(): number | undefined {
    return this.asks[0]
  }

  /** In ticks; undefined while a side is empty. */
  get spread(): number | undefined {
    const [bid] = this.bids
    const [ask] = this.asks
    return bid === undefined || ask === undefined ? undefined : ask - bid
  }

  /** The whole view in decimal strings, best first: the same prices and quantities that HTTP gives. */
  levels(): { readonly bids: readonly TextLevel[]; readonly asks: readonly TextLevel[] } {
    return { bids: text(this.bids, this.instrument), asks: text(this.asks, this.instrument) }
  }
}

type Field =
  | 'instrument'
  | 'epoch'
  | 'seq'
  | 'bids'
  | 'asks'
  | 'exchangeTime'
  | 'serverTime'
  | 'receivedAt'
  | 'merged'
  | 'checksum'

/** Folds book messages, checking chain and checksum. */
export function bookFolder({
  instrument,
  granted,
}: ViewTerms): Folder<BookSnapshotMessage | BookUpdateMessage, BookView> {
  const held = bookEnd.open(instrument, bookEnd.params(granted))
  return {
    fold(message, receivedAt) {
      // The channel changes the levels it holds; those of the view before have been given out.
      held.bids = held.bids.slice()
      held.asks = held.asks.slice()
      bookEnd.apply(held, message)
      return new BookView({ ...held, instrument, serverTime: message.serverTime, receivedAt })
    },
  }
}

function text(levels: readonly number[], { tickSize, lotSize }: Instrument): TextLevel[] {
  const result: TextLevel[] = []
  for (let i = 0; i < levels.length; i += 2) {
    result.push([fromTicks(levels[i] as number, tickSize), fromLots(levels[i + 1] as number, lotSize)])
  }
  return result
}
