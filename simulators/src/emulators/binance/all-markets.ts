import type { Now } from '../emulator.ts'
import { Topic } from '../topic.ts'
import { dayFigures, figuresText, tradesText, windowFigures } from './figures.ts'
import { miniTicker, rollingTicker, type TimeUnit, ticker } from './frames.ts'
import type { BinanceListing } from './listing.ts'
import { type AllStream, WINDOWS } from './streams.ts'

const SECOND = 1_000_000

/** One of the streams, and what it last saw of each symbol. */
type Entry = { readonly stream: AllStream; readonly topic: Topic<TimeUnit>; readonly seen: Map<string, string> }

/** The streams of all symbols: once a second a list of those that changed since the second before, and nothing where none did. */
export class AllMarkets {
  readonly #listings: ReadonlyMap<string, BinanceListing>
  readonly #entries = new Map<string, Entry>()
  #second = 0

  constructor(listings: ReadonlyMap<string, BinanceListing>) {
    this.#listings = listings
  }

  topic(stream: AllStream): Topic<TimeUnit> {
    const key = JSON.stringify(stream)
    const entry = this.#entries.get(key) ?? { stream, topic: new Topic<TimeUnit>(), seen: new Map() }
    this.#entries.set(key, entry)
    return entry.topic
  }

  /** Tells of the second that ended by now; of several at once, the last speaks. */
  advance(now: Now): void {
    const second = Math.floor(now / SECOND)
    if (second <= this.#second) return
    this.#second = second
    const at = second * SECOND
    for (const { stream, topic, seen } of this.#entries.values()) {
      if (!topic.isFollowed) seen.clear()
      const changed = topic.isFollowed ? this.#changed(stream, seen) : []
      if (changed.length === 0) continue
      topic.publish((unit) => `[${changed.map((listing) => textOf(stream, listing, { unit, at })).join(',')}]`)
    }
  }

  #changed(stream: AllStream, seen: Map<string, string>): readonly BinanceListing[] {
    return [...this.#listings.values()].filter(({ symbol, market }) => {
      const now = stream.kind === 'ticker' ? figuresText(market) : tradesText(market)
      const isNews = now !== seen.get(symbol)
      seen.set(symbol, now)
      return isNews
    })
  }
}

function textOf(
  stream: AllStream,
  { symbol, market }: BinanceListing,
  { unit, at }: { readonly unit: TimeUnit; readonly at: Now },
): string {
  const as = market.spelling(symbol, unit)
  switch (stream.kind) {
    case 'miniTicker':
      return miniTicker(as, dayFigures(market), at)
    case 'ticker':
      return ticker(as, dayFigures(market), at)
    case 'rolling':
      return rollingTicker(as, stream.window, windowFigures(market, WINDOWS[stream.window], at), at)
  }
}
