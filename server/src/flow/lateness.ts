import type { Cancel, Clock } from '../clock.ts'
import type { Holdings } from '../holdings.ts'
import type { Outbox } from '../outbox.ts'
import type { Subscription } from '../subscription.ts'

/**
 * Sees to it that what a client holds does not grow older than it said without its being told. One timer, for the nearest deadline, and none while
 * nothing waits.
 */
export class Lateness {
  readonly #clock: Clock
  readonly #outbox: Outbox
  readonly #holdings: Holdings
  readonly #tell: (late: readonly Subscription[]) => void
  #timer: { readonly due: number; readonly cancel: Cancel } | undefined

  /** `tell` is called with those whose time is up. */
  constructor(clock: Clock, outbox: Outbox, holdings: Holdings, tell: (late: readonly Subscription[]) => void) {
    this.#clock = clock
    this.#outbox = outbox
    this.#holdings = holdings
    this.#tell = tell
  }

  /** Looks for the nearest deadline; to be called when marks were made that cannot be paid. */
  watch(): void {
    const due = this.#nearest()
    if (this.#timer !== undefined && this.#timer.due === due) return
    this.stop()
    if (due === Number.POSITIVE_INFINITY) return
    const waitMs = Math.max(0, Math.ceil((due - this.#clock.now()) / 1000))
    this.#timer = { due, cancel: this.#clock.after(waitMs, () => this.#expire()) }
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #expire(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    const late: Subscription[] = []
    for (const [subscription, since] of this.#outbox.marks)
      if (this.#deadline(subscription, since) <= now) late.push(subscription)
    this.#tell(late)
    this.watch()
  }

  #nearest(): number {
    let nearest = Number.POSITIVE_INFINITY
    for (const [subscription, since] of this.#outbox.marks)
      nearest = Math.min(nearest, this.#deadline(subscription, since))
    return nearest
  }

  /** µs since 1970. Who holds nothing has been told already. */
  #deadline(subscription: Subscription, since: number): number {
    const { maxAgeMs } = this.#holdings.terms(subscription)
    if (maxAgeMs === undefined || subscription.place.at !== 'behind') return Number.POSITIVE_INFINITY
    return since + maxAgeMs * 1000
  }
}
