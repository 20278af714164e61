import { Book, fromLots, fromTicks, type Instrument, type Levels, type VenueEvent } from '@depthcast/market'

/** Heads the columns of the lines below. */
export const HEADING = columns({
  time: 'UTC',
  symbol: 'market',
  kind: 'kind',
  bid: 'best bid',
  ask: 'best ask',
  detail: '',
})

/** Writes one instrument's events as lines for people: when, what, and the best bid and ask after it, all in columns. */
export class Lines {
  readonly #instrument: Instrument
  readonly #book = new Book()

  constructor(instrument: Instrument) {
    this.#instrument = instrument
  }

  /** Takes in what an event changes; every event, told or not, before the next. */
  fold(event: VenueEvent): void {
    if (event.kind === 'book-snapshot') this.#book.replace(event.bids, event.asks)
    if (event.kind === 'book-delta') this.#book.apply(event.bids, event.asks)
  }

  line(event: VenueEvent): string {
    const bid = this.#book.bestBid()
    const ask = this.#book.bestAsk()
    return columns({
      time: clock(event.exchangeTime ?? event.receivedAt),
      symbol: this.#instrument.venueSymbol,
      kind: event.kind.replace('book-', ''),
      bid: bid === undefined ? '' : this.#price(bid),
      ask: ask === undefined ? '' : this.#price(ask),
      detail: this.#detail(event),
    })
  }

  #detail(event: VenueEvent): string {
    switch (event.kind) {
      case 'book-snapshot':
        return `${event.bids.length / 2} bids, ${event.asks.length / 2} asks`
      case 'book-delta':
        return [...this.#levels('bid', event.bids), ...this.#levels('ask', event.asks)].join(', ')
      case 'trade': {
        const past = event.backfilled === true ? ', before the opening' : ''
        return `${event.side.padEnd(4)} ${this.#quantity(event.quantity).padStart(12)} at ${this.#price(event.price)}${past}`
      }
      case 'ticker':
        return [
          event.last === undefined ? '' : `last ${this.#price(event.last)}`,
          event.low24h === undefined ? '' : `24 h low ${this.#price(event.low24h)}`,
          event.high24h === undefined ? '' : `high ${this.#price(event.high24h)}`,
          event.volume24h === undefined ? '' : `volume ${this.#quantity(event.volume24h)}`,
        ]
          .filter((words) => words !== '')
          .join(', ')
      case 'status':
        return event.reason === undefined ? event.state : `${event.state}: ${event.reason}`
      case 'gap':
        return `${event.stream} broken: ${event.reason}`
    }
  }

  #levels(side: 'bid' | 'ask', levels: Levels): string[] {
    const words: string[] = []
    for (let i = 0; i < levels.length; i += 2) {
      const lots = levels[i + 1] ?? 0
      const quantity = lots === 0 ? 'gone' : this.#quantity(lots)
      words.push(`${side} ${this.#price(levels[i] ?? 0)} ${quantity}`)
    }
    return words
  }

  #price(ticks: number): string {
    return fromTicks(ticks, this.#instrument.tickSize)
  }

  /** Without the zeros a fine lot size brings. */
  #quantity(lots: number): string {
    const text = fromLots(lots, this.#instrument.lotSize)
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text
  }
}

type Columns = Record<'time' | 'symbol' | 'kind' | 'bid' | 'ask' | 'detail', string>

function columns({ time, symbol, kind, bid, ask, detail }: Columns): string {
  const text = [time.padEnd(12), symbol.padEnd(8), kind.padEnd(8), bid.padStart(9), ask.padStart(9), ` ${detail}`].join(
    '  ',
  )
  return text.trimEnd()
}

function clock(us: number): string {
  return new Date(us / 1000).toISOString().slice(11, 23)
}
