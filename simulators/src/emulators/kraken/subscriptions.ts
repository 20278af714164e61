import type { Now } from '../emulator.ts'
import type { FrameLog } from '../frame-log.ts'
import type { KrakenMarket } from './market.ts'
import type { Asked, Channel } from './requests.ts'

const TRADES_IN_SNAPSHOT = 50
const CANDLES_IN_SNAPSHOT = 720

/** What a client follows of one market, and how far it has read. */
export type Subscription = {
  readonly channel: Channel
  readonly market: KrakenMarket
  readonly log: FrameLog
  readonly depth: number
  place: number
  /** Acknowledged, and then nothing ever came. */
  readonly isMute: boolean
}

/** One client's subscriptions. Each is known by all its parameters: a book of another depth is another one. */
export class Subscriptions {
  readonly #byKey = new Map<string, Subscription[]>()
  #bySymbol = new Map<string, Subscription[]>()
  #symbols: ReadonlySet<string> = new Set()

  /** What it needs to hear of, as the exchange spells it. */
  get symbols(): ReadonlySet<string> {
    return this.#symbols
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0
  }

  has(asked: Asked): boolean {
    return this.#byKey.has(keyOf(asked))
  }

  of(symbol: string): readonly Subscription[] {
    return this.#bySymbol.get(symbol) ?? []
  }

  /** Follows from here on; what happened up to now is told first, to those who followed before. The instrument channel is about all markets. */
  follow(asked: Asked, markets: readonly KrakenMarket[], isMute: boolean): void {
    const made = markets.map((market) => {
      market.flush()
      const log = logOf(asked, market)
      log.readers++
      return { channel: asked.channel, market, log, isMute, place: log.end, depth: asked.depth }
    })
    this.#byKey.set(keyOf(asked), made)
    this.#index()
  }

  /** False where there is none with these very parameters. */
  drop(asked: Asked): boolean {
    const key = keyOf(asked)
    const found = this.#byKey.get(key)
    if (found === undefined) return false
    this.#release(found)
    this.#byKey.delete(key)
    this.#index()
    return true
  }

  clear(): void {
    for (const found of this.#byKey.values()) this.#release(found)
    this.#byKey.clear()
    this.#index()
  }

  #release(found: readonly Subscription[]): void {
    for (const { log, market } of found) {
      log.readers--
      market.release()
    }
  }

  #index(): void {
    this.#bySymbol = Map.groupBy([...this.#byKey.values()].flat(), ({ market }) => market.listed.symbol)
    this.#symbols = new Set(this.#bySymbol.keys())
  }
}

/** What is sent right behind the acknowledgement. */
export function firstFrame(asked: Asked, market: KrakenMarket, now: Now): string {
  switch (asked.channel) {
    case 'book':
      return market.snapshot(asked.depth, now)
    case 'trade':
      return market.tradesSnapshot(TRADES_IN_SNAPSHOT)
    case 'ticker':
      return market.ticker('snapshot', now)
    case 'ohlc':
      return market.ohlc('snapshot', asked.interval, CANDLES_IN_SNAPSHOT, now)
    case 'instrument':
      throw new RangeError('the instrument channel is about all markets')
  }
}

function keyOf({ channel, symbol, depth, interval, trigger }: Asked): string {
  const more = { book: depth, ohlc: interval, ticker: trigger, trade: '', instrument: '' }[channel]
  return `${channel}:${more}:${symbol}`
}

function logOf({ channel, depth, interval, trigger }: Asked, market: KrakenMarket): FrameLog {
  switch (channel) {
    case 'book':
      return market.view(depth)
    case 'ohlc':
      return market.candles(interval)
    case 'ticker':
      return market.tickers[trigger]
    case 'trade':
      return market.trades
    case 'instrument':
      return market.instrument
  }
}
