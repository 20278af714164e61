import type { InstrumentId, InstrumentState, Micros, Trade, VenueEvent } from '@depthcast/market'
import { RecentIds } from '@depthcast/market'

/** Trades of an instrument that are remembered, to know one that comes again by another connection. */
const TRADES_REMEMBERED = 1_000

/** Where whoever hears a link's events stands with one instrument. */
export class Published {
  /** It has a book that no gap has broken. */
  hasBook = false
  state: InstrumentState | undefined
  reason: string | undefined
  /** The venue's last update id in its book. */
  lastSeq: number | undefined
  /** The venue's time of its book's last change. */
  bookTime: Micros | undefined
  #changedAt: Micros | undefined
  #tradeTime: Micros | undefined
  readonly #trades = new RecentIds(TRADES_REMEMBERED)

  /** To be called with every event that is published, in order. */
  take(event: VenueEvent): void {
    switch (event.kind) {
      case 'book-snapshot':
      case 'book-delta':
        this.hasBook ||= event.kind === 'book-snapshot'
        this.#changedAt = event.receivedAt
        this.lastSeq = event.venueSeq?.[1]
        this.bookTime = event.exchangeTime ?? this.bookTime
        break
      case 'gap':
        if (event.stream === 'book') this.hasBook = false
        break
      case 'status':
        this.state = event.state
        this.reason = event.reason
        break
      case 'trade':
        this.#trades.add(event.tradeId)
        this.#tradeTime = event.exchangeTime ?? this.#tradeTime
        break
      case 'ticker':
        break
    }
  }

  /** Whether its book changed within so many µs. */
  isMoving(now: Micros, within: number): boolean {
    return this.#changedAt !== undefined && now - this.#changedAt <= within
  }

  /** Whether this trade was published, as far back as is remembered. */
  knows(tradeId: string): boolean {
    return this.#trades.has(tradeId)
  }

  /**
   * Whether a trade that another connection tells has not been published: not by its id, and not from before what was. A connection begins with
   * trades of the past, which the one before it has long told, or nobody ever wanted.
   */
  isNews(trade: Trade): boolean {
    if (trade.backfilled !== undefined || this.knows(trade.tradeId)) return false
    if (trade.exchangeTime === undefined || this.#tradeTime === undefined) return true
    return trade.exchangeTime >= this.#tradeTime
  }
}

/** By instrument; made as they are asked for. */
export class PublishedByInstrument {
  readonly #all = new Map<InstrumentId, Published>()

  of(instrument: InstrumentId): Published {
    let found = this.#all.get(instrument)
    if (found === undefined) {
      found = new Published()
      this.#all.set(instrument, found)
    }
    return found
  }
}
