import type { Cancel, Clock } from '../clock.ts'
import type { Holdings } from '../holdings.ts'
import { Outbox } from '../outbox.ts'
import type { RateMs } from '../pacer.ts'
import type { Subscription } from '../subscription.ts'
import { Lateness } from './lateness.ts'
import type { Line } from './line.ts'
import { type SlowClient, Slowness } from './slowness.ts'

/** The client that owes are paid to. */
export type Creditor = Omit<SlowClient, 'taken'> & {
  /** There may be room now. */
  goOn(): void
  /** What it holds of these is older than it said, and it cannot be brought up to date. */
  expire(late: readonly Subscription[]): void
}

/** What a session owes, paid oldest first as far as the client takes it, and what is done while it does not. */
export class Dues {
  readonly #outbox = new Outbox()
  readonly #line: Line
  readonly #holdings: Holdings
  readonly #clock: Clock
  readonly #creditor: Creditor
  // Made when first needed: most clients always take everything.
  #slowness: Slowness | undefined
  #lateness: Lateness | undefined
  #bandwidth: Cancel | undefined

  constructor(line: Line, holdings: Holdings, clock: Clock, creditor: Creditor) {
    this.#line = line
    this.#holdings = holdings
    this.#clock = clock
    this.#creditor = creditor
  }

  /** The fastest rate for a client that was too slow for more. */
  get rung(): RateMs | undefined {
    return this.#slowness?.rung
  }

  /** How long the oldest mark waits, milliseconds. */
  get lagMs(): number {
    for (const [, since] of this.#outbox.marks) return Math.max(0, (this.#clock.now() - since) / 1000)
    return 0
  }

  owe(subscription: Subscription): void {
    if (!this.#outbox.has(subscription)) this.#outbox.mark(subscription, this.#clock.now())
  }

  clear(subscription: Subscription): void {
    this.#outbox.clear(subscription)
  }

  /** Puts what is owed into the next write, as far as there is room. */
  pay(): void {
    if (this.#outbox.size === 0) {
      this.#line.isHeld = false
      return
    }
    this.#line.isHeld = false
    while (this.#outbox.size > 0 && this.#line.hasRoom()) {
      const [subscription, since] = this.#outbox.take() as readonly [Subscription, number]
      if (subscription.view.catchUp(subscription)) continue
      this.#outbox.mark(subscription, since)
      break
    }
    this.#line.isHeld = this.#outbox.size > 0
  }

  /** Sees to what could not be paid. */
  watch(): void {
    const byClient = this.#line.isHeld && this.#line.obstacle === 'client'
    if (byClient) this.#slow().block()
    else this.#slowness?.unblock()
    if (!this.#line.isHeld) return
    if (!byClient) this.#wait()
    if (this.#holdings.hasTerms) this.#late().watch()
  }

  stop(): void {
    this.#slowness?.stop()
    this.#lateness?.stop()
    this.#bandwidth?.()
    this.#bandwidth = undefined
  }

  #wait(): void {
    this.#bandwidth ??= this.#clock.after(this.#line.waitMs, () => {
      this.#bandwidth = undefined
      this.#creditor.goOn()
    })
  }

  #slow(): Slowness {
    const creditor = this.#creditor
    this.#slowness ??= new Slowness(this.#clock, {
      taken: () => this.#line.taken,
      slowTo: (rung) => creditor.slowTo(rung),
      warn: (message, cutInMs) => creditor.warn(message, cutInMs),
      cut: (message) => creditor.cut(message),
    })
    return this.#slowness
  }

  #late(): Lateness {
    this.#lateness ??= new Lateness(this.#clock, this.#outbox, this.#holdings, (late) => this.#creditor.expire(late))
    return this.#lateness
  }
}
