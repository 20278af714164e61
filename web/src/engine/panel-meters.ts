import type { SubscriptionStats } from '@depthcast/client'
import { PictureLatency } from './latency.ts'
import type { PanelReport } from './messages.ts'
import { SecondMeter } from './meters.ts'

/** What a panel costs and how late it is. Times are ms of one monotonic clock. */
export class PanelMeters {
  readonly #bytes = new SecondMeter()
  readonly #updates = new SecondMeter()
  readonly #merged = new SecondMeter()
  readonly #latency = new PictureLatency()
  #counted = NOTHING
  #painted = 0

  /** What waits for a picture is waited for no more. */
  forgetWaiting(): void {
    this.#latency.forgetWaiting()
  }

  /** A message came that was so long under way, ms; undefined unknown. See PictureLatency. */
  received(now: number, venueMs: number | undefined, wayMs: number | undefined): void {
    this.#latency.received(now, venueMs, wayMs)
  }

  painted(now: number): void {
    if (this.#latency.painted(now)) this.#painted += 1
  }

  /** Pictures with something new in them. */
  get pictures(): number {
    return this.#painted
  }

  /** Takes in what the subscription has counted since the last call. */
  count({ bytesShare: bytes, updates, merged }: SubscriptionStats, now: number): void {
    this.#bytes.add(bytes - this.#counted.bytes, now)
    this.#updates.add(updates - this.#counted.updates, now)
    this.#merged.add(merged - this.#counted.merged, now)
    this.#counted = { bytes, updates, merged }
  }

  read(now: number): Pick<PanelReport, 'merged' | 'bytesPerSecond' | 'paintP50' | 'paintP99' | 'latency'> {
    const updates = this.#updates.perSecond(now)
    const latency = this.#latency.read(now)
    return {
      merged: updates === 0 ? 0 : this.#merged.perSecond(now) / updates,
      bytesPerSecond: this.#bytes.perSecond(now),
      paintP50: this.#latency.paint(0.5, now),
      paintP99: this.#latency.paint(0.99, now),
      ...(latency !== undefined && { latency }),
    }
  }
}

const NOTHING = { bytes: 0, updates: 0, merged: 0 }
