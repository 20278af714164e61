import { type Instrument, Ledger, type MarketEvent } from '@depthcast/market'
import type { StatusMessage } from '@depthcast/protocol'
import { framesBy } from './audience.ts'
import type { Encoding, Frame } from './transport.ts'
import type { View } from './view.ts'

/** Whoever is told of an instrument's state. */
export type Watcher = { readonly encoding: Encoding; tell(frame: Frame): void }

/** One instrument at this gateway: its ledger, the views of it, and who watches its state. */
export class Listing {
  readonly ledger: Ledger
  readonly views = new Map<string, View>()
  /** The feed's instrument is not this one any more: nothing of it is taken. */
  isSevered = false
  /** How many views of the instrument each watcher has. */
  readonly #watchers = new Map<Watcher, number>()

  constructor(instrument: Instrument) {
    this.ledger = new Ledger(instrument)
  }

  get instrument(): Instrument {
    return this.ledger.instrument
  }

  watch(watcher: Watcher): void {
    this.#watchers.set(watcher, (this.#watchers.get(watcher) ?? 0) + 1)
  }

  unwatch(watcher: Watcher): void {
    const views = (this.#watchers.get(watcher) ?? 0) - 1
    if (views > 0) this.#watchers.set(watcher, views)
    else this.#watchers.delete(watcher)
  }

  /**
   * Folds an event. Returns false when it left a hole in the book that no gap event told of: a delta that does not continue the one before.
   */
  fold(event: MarketEvent): boolean {
    const wasValid = this.ledger.bookValid
    this.ledger.apply(event)
    return event.kind !== 'book-delta' || !wasValid || this.ledger.bookValid
  }

  status(): StatusMessage {
    const { instrument, status, verified } = this.ledger
    return { type: 'status', symbol: instrument.id, ...status, verified }
  }

  /** Tells every watcher how the instrument is doing: never conflated, one encode for each encoding. */
  tellStatus(): void {
    const message = this.status()
    const frames = framesBy((encoding) => encoding.encode(message))
    for (const watcher of this.#watchers.keys()) watcher.tell(frames(watcher.encoding))
  }
}
