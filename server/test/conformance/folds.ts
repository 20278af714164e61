import { checksum, toLots, toTicks, VIEW_CHECKSUM_LEVELS } from '@depthcast/market'
import {
  type BookSnapshotMessage,
  type BookUpdateMessage,
  isSameEpoch,
  type TradesMessage,
  type WireTrade,
} from '@depthcast/protocol'
import { instrument } from '../fakes/feed.ts'

type Pairs = readonly (readonly [price: string, quantity: string])[]

/** A book as a client that has only the messages holds it, in decimal strings. Notes what does not continue what is held. */
export class BookFold {
  readonly #breach: (text: string) => void
  readonly #sides = { bids: new Map<string, string>(), asks: new Map<string, string>() }
  /** Undefined while nothing is held that counts. */
  #place: { readonly epoch: number; readonly seq: number } | undefined

  constructor(breach: (text: string) => void) {
    this.#breach = breach
  }

  get place() {
    return this.#place
  }

  get bids(): Pairs {
    return [...this.#sides.bids].sort(([a], [b]) => Number(b) - Number(a))
  }

  get asks(): Pairs {
    return [...this.#sides.asks].sort(([a], [b]) => Number(a) - Number(b))
  }

  whole(message: BookSnapshotMessage): void {
    this.#sides.bids = new Map(message.bids as Pairs)
    this.#sides.asks = new Map(message.asks as Pairs)
    this.#arrive(message)
  }

  update(message: BookUpdateMessage): void {
    const { epoch, prev, merged } = message
    if (this.#place === undefined) {
      this.#breach('an update before a snapshot')
      return
    }
    if (prev !== this.#place.seq || !isSameEpoch(this.#place.epoch, epoch))
      this.#breach(`an update from ${epoch}.${prev} upon ${this.#place.epoch}.${this.#place.seq}`)
    if (!(merged >= 1)) this.#breach(`an update of ${merged} updates`)
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, quantity] of message[side] as Pairs) {
        if (Number(quantity) > 0) this.#sides[side].set(price, quantity)
        else if (!this.#sides[side].delete(price)) this.#breach(`a level removed that was not there: ${price}`)
      }
    }
    this.#arrive({ ...message, epoch: this.#place.epoch })
  }

  /** What is held counts no more. */
  drop(): void {
    this.#place = undefined
  }

  #arrive({ epoch, seq, checksum: told }: BookSnapshotMessage | BookUpdateMessage): void {
    this.#place = { epoch, seq }
    const computed = checksum(integers(this.bids), integers(this.asks), VIEW_CHECKSUM_LEVELS)
    if (told !== undefined && told !== computed) this.#breach(`checksum ${told}, computed ${computed}`)
  }
}

const { tickSize, lotSize } = instrument('ANY')

function integers(levels: Pairs): number[] {
  return levels.flatMap(([price, quantity]) => [toTicks(price, tickSize), toLots(quantity, lotSize)])
}

/** A tape: every trade heard, in the order it came. */
export class TradesFold {
  readonly #breach: (text: string) => void
  trades: readonly WireTrade[] = []
  lost = 0
  #place: { readonly epoch: number; readonly seq: number } | undefined

  constructor(breach: (text: string) => void) {
    this.#breach = breach
  }

  get place() {
    return this.#place
  }

  take({ epoch, seq, prev, trades, lost = 0 }: TradesMessage): void {
    if (prev === undefined) this.trades = trades
    else {
      const held = this.#place
      if (held === undefined || prev !== held.seq || epoch !== held.epoch)
        this.#breach(`trades from ${epoch}.${prev} upon ${held?.epoch}.${held?.seq}`)
      if (seq - prev !== trades.length + lost) this.#breach(`${trades.length} trades from ${prev} to ${seq}`)
      this.trades = [...this.trades, ...trades]
      this.lost += lost
    }
    const ids = this.trades.map(([id]) => Number(id))
    if (ids.some((id, index) => index > 0 && id <= (ids[index - 1] as number))) this.#breach(`trades ${ids}`)
    this.#place = { epoch, seq }
  }

  /** Forgets everything after this trade, as if it had not come. */
  rewind(seq: number): void {
    if (this.#place === undefined) return
    this.trades = this.trades.slice(0, this.trades.length - (this.#place.seq - seq))
    this.#place = { ...this.#place, seq }
  }

  drop(): void {
    this.#place = undefined
  }
}
