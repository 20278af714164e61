import { grouped, type Instrument, type Ledger, toLots, toTicks } from '@depthcast/market'
import {
  type BookView,
  type CandlesView,
  type ChannelName,
  channel,
  type Granted,
  type Position,
  type SubId,
  type TickerView,
  type TradesView,
  type ViewOptions,
  type ViewUpdate,
} from '@depthcast/protocol'
import { Tape } from './tape.ts'

export type Want = { readonly channel: ChannelName; readonly symbol: string; readonly options: ViewOptions }

/** What a watcher holds of one view, across all its connections, folded by the protocol's own channel. */
export class Share {
  readonly want: Want
  sub: SubId | undefined
  /** What the token in hand calls it; undefined where that is another view, or none. */
  ticketSub: SubId | undefined
  granted: Granted | undefined
  isPaused = false
  /** False while only a whole message counts. */
  isValid = false
  readonly #ledger: Ledger
  readonly #tape = new Tape()
  #view: unknown

  constructor(want: Want, ledger: Ledger) {
    this.want = want
    this.#ledger = ledger
  }

  /** Where it stands, when that is worth something. */
  get position(): Position | undefined {
    if (!this.isValid || this.isPaused || this.want.channel === 'ticker') return undefined
    const { epoch, seq } = this.#view as { readonly epoch: number; readonly seq: number }
    return [epoch, seq]
  }

  /** It is of this view from now on. What is held of another view of a book is of no more use. */
  holds(sub: SubId, granted: Granted): void {
    const { name, params, key, open } = channel(this.want.channel)
    const wanted = params(optionsOf(granted))
    const held = this.granted && params(optionsOf(this.granted))
    const isSame = held !== undefined && key(held) === key(wanted)
    if (this.#view === undefined || (name === 'book' && !isSame)) this.#view = open(this.#ledger.instrument, wanted)
    this.sub = sub
    this.granted = granted
  }

  /** Folds a message of the view; returns what is wrong with it. */
  fold(type: string, body: Readonly<Record<string, unknown>>): string | undefined {
    const isWhole = type === 'snapshot' || type === 'ticker' || (type !== 'update' && body.prev === undefined)
    if (!isWhole && !this.isValid) return `${type} before its whole message`
    const { epoch } = (this.#view ?? {}) as { readonly epoch?: number }
    if (type === 'snapshot' && this.isValid && body.epoch !== epoch) return 'a new book, and no gap was told'
    try {
      const message = inIntegers({ type, ...body }, this.#ledger.instrument)
      channel(this.want.channel).apply(this.#view, message as ViewUpdate)
      this.isValid = true
    } catch (error) {
      this.isValid = false
      return String(error)
    }
    return this.want.channel === 'trades' ? this.#tape.take(this.#view as TradesView) : undefined
  }

  /** Whether it shows what the market is. */
  isLevel(): boolean {
    const ledger = this.#ledger
    if (!this.isValid || this.isPaused || this.granted === undefined) return false
    switch (this.want.channel) {
      case 'book': {
        const { bids, asks } = this.#view as BookView
        const { depth = 25, grouping = 1 } = this.granted
        const [bid, ask] = (['bid', 'ask'] as const).map((side) => grouped(ledger.book, side, grouping, depth))
        return String([bids, asks]) === String([bid, ask])
      }
      case 'trades':
        return this.#tape.isComplete(this.#view as TradesView, ledger)
      case 'ticker': {
        const { latest } = this.#view as TickerView
        return ledger.ticker?.bid === undefined || latest?.bid === ledger.ticker.bid
      }
      case 'candles':
        return (this.#view as CandlesView).candles.length > 0
      case 'status':
        return true
    }
  }

  describe(): string {
    const { channel: name, symbol } = this.want
    const { epoch, seq } = (this.#view ?? {}) as { readonly epoch?: number; readonly seq?: number }
    const is = `${this.isValid ? 'valid' : 'not valid'}${this.isPaused ? ', paused' : ''}`
    const traded = name === 'trades' ? `, ${this.#tape.describe(this.#view as TradesView | undefined)}` : ''
    return `${name} ${symbol} as ${this.sub} is ${is} at ${epoch}:${seq}${traded}, ${JSON.stringify(this.granted)}`
  }
}

function optionsOf({ depth, grouping, checksum, interval }: Granted): ViewOptions {
  return {
    ...(depth !== undefined && { depth }),
    ...(grouping !== undefined && { grouping }),
    ...(checksum !== undefined && { checksum }),
    ...(interval !== undefined && { interval }),
  }
}

/** What a JSON door says in decimal strings. */
function inIntegers(message: Readonly<Record<string, unknown>>, { tickSize, lotSize }: Instrument): unknown {
  const price = (value: unknown) => (typeof value === 'string' ? toTicks(value, tickSize) : value)
  const quantity = (value: unknown) => (typeof value === 'string' ? toLots(value, lotSize) : value)
  const levels = (side: unknown) =>
    (side as unknown[]).flatMap((level) => (Array.isArray(level) ? [price(level[0]), quantity(level[1])] : [level]))
  switch (message.type) {
    case 'snapshot':
    case 'update':
      return { ...message, bids: levels(message.bids), asks: levels(message.asks) }
    case 'trades': {
      const trades = message.trades as unknown[][]
      return { ...message, trades: trades.map(([id, p, q, ...rest]) => [id, price(p), quantity(q), ...rest]) }
    }
    case 'ticker':
      return { ...message, bid: price(message.bid) }
    default:
      return message
  }
}
