import type { Instrument } from '@depthcast/market'
import type { FreshBook } from '../fresh-book/fresh-book.ts'
import { type Answer, type Pace, type Questions, Refused } from '../fresh-book/prober.ts'
import { string, Unreadable } from '../wire.ts'
import { readHeartbeat, readUpdate } from './frames.ts'
import { MOST_UPDATES, Reading } from './reading.ts'
import { subscription } from './requests.ts'
import { parseFrame } from './written-levels.ts'

/**
 * A whole book is one frame of up to some megabytes, so each is asked for every ten minutes; at once, a minute apart at most, when something is odd
 * in it, and ten seconds when the ticker differed.
 */
export const PACE: Pace = { everyMs: 600_000, suspectedMs: 60_000, doubtedMs: 10_000, restMs: 60_000 }

/** The batches of two sockets are of 50 ms, the channels of one come in any order. */
export const APART_US = 500_000

/**
 * Each question has a socket of its own: a product and channel may have 10 subscriptions, and this is one of them for as long as it is open.
 * Source: docs.cdp.coinbase.com/exchange, WebSocket rate limits.
 */
export function questions(url: string): Questions {
  return { url, ask: (venueSymbol) => [subscription('subscribe', [venueSymbol], ['level2_batch', 'heartbeat'])] }
}

/** Reads the socket on which a product's book was asked for again. */
export class ProductAnswer implements Answer {
  readonly fresh: FreshBook
  readonly #instrument: Instrument
  readonly #reading: Reading

  constructor(instrument: Instrument, fresh: FreshBook) {
    this.#instrument = instrument
    this.#reading = new Reading(instrument)
    this.fresh = fresh
  }

  take(text: string): void {
    const frame = parseFrame(text)
    if (frame.type === 'error') throw new Refused(`${String(frame.message)} ${String(frame.reason)}`)
    if (frame.product_id !== this.#instrument.venueSymbol) return
    switch (string(frame, 'type')) {
      case 'snapshot':
        this.#reading.begin(frame)
        this.readOn()
        break
      case 'l2update': {
        const update = readUpdate(frame, this.#instrument)
        if (!this.#reading.isOn) this.fresh.theirsChanged(update)
        else if (!this.#reading.keeps(update))
          throw new Unreadable(`more than ${MOST_UPDATES} updates came while the book was read`)
        break
      }
      case 'heartbeat': {
        const { time } = readHeartbeat(frame)
        if (time !== undefined) this.fresh.theirsReached(time)
        break
      }
    }
  }

  get isReading(): boolean {
    return this.#reading.isOn
  }

  readOn(): void {
    const read = this.#reading.readOn()
    if (read === undefined) return
    this.fresh.snapshot(read.book)
    for (const update of read.updates) this.fresh.theirsChanged(update)
  }
}
