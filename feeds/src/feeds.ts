import type { InstrumentId, Interval } from '@depthcast/market'
import type { Feed, FeedHealth, FeedSink } from './feed.ts'
import type { Older } from './older-bars.ts'

/** Several feeds as one. */
export class Feeds implements Feed {
  readonly #feeds: readonly Feed[]

  constructor(feeds: readonly Feed[]) {
    this.#feeds = feeds
  }

  start(sink: FeedSink): void {
    for (const feed of this.#feeds) feed.start(sink)
  }

  health(): readonly FeedHealth[] {
    return this.#feeds.flatMap((feed) => feed.health())
  }

  resync(instrument: InstrumentId): void {
    for (const feed of this.#feeds) feed.resync?.(instrument)
  }

  older(instrument: InstrumentId, interval: Interval): Older | undefined {
    for (const feed of this.#feeds) {
      const older = feed.older?.(instrument, interval)
      if (older !== undefined) return older
    }
    return undefined
  }

  async close(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.close()))
  }
}
