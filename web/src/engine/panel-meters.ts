import type { SubscriptionStats } from '@depthcast/client'
import type { PanelReport } from './messages.ts'
import { LatencyHistogram, SecondMeter } from './meters.ts'

/** What a panel costs and how late it is. Times are ms of one monotonic clock. */
export class PanelMeters {
  readonly #bytes = new SecondMeter()
  readonly #updates = new SecondMeter()
  readonly #merged = new SecondMeter()
  readonly #latency = new LatencyHistogram()
  #counted = NOTHING
  /** When the oldest message not painted yet came. */
  #waitingSince = Number.NaN

  /** A new subscription counts from nothing again. */
  begin(): void {
    this.#counted = NOTHING
    this.#waitingSince = Number.NaN
  }

  received(now: number): void {
    if (Number.isNaN(this.#waitingSince)) this.#waitingSince = now
  }

  /** The message that waited longest says how late the picture is. */
  painted(now: number): void {
    if (Number.isNaN(this.#waitingSince)) return
    this.#latency.add(now - this.#waitingSince, now)
    this.#waitingSince = Number.NaN
  }

  /** Takes in what the subscription has counted since the last call. */
  count({ bytes, updates, merged }: SubscriptionStats, now: number): void {
    this.#bytes.add(bytes - this.#counted.bytes, now)
    this.#updates.add(updates - this.#counted.updates, now)
    this.#merged.add(merged - this.#counted.merged, now)
    this.#counted = { bytes, updates, merged }
  }

  read(now: number): Pick<PanelReport, 'merged' | 'bytesPerSecond' | 'paintP50' | 'paintP99'> {
    const updates = this.#updates.perSecond(now)
    return {
      merged: updates === 0 ? 0 : this.#merged.perSecond(now) / updates,
      bytesPerSecond: this.#bytes.perSecond(now),
      paintP50: this.#latency.quantile(0.5, now),
      paintP99: this.#latency.quantile(0.99, now),
    }
  }
}

const NOTHING = { bytes: 0, updates: 0, merged: 0 }
