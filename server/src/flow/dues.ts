import type { Cancel } from '../clock.ts'
import { Outbox } from '../outbox.ts'
import type { RateMs } from '../pacer.ts'
import type { Session } from '../session.ts'
import { slowClient } from '../slow-client.ts'
import type { Subscription } from '../subscription.ts'
import { Lateness } from './lateness.ts'
import { Slowness } from './slowness.ts'

/** What a session owes, paid oldest first as far as the client takes it, and what is done while it does not. */
export class Dues {
  readonly #outbox = new Outbox()
  readonly #session: Session
  // Made when first needed: most clients always take everything.
  #slowness: Slowness | undefined
  #lateness: Lateness | undefined
  #bandwidth: Cancel | undefined

  constructor(session: Session) {
    this.#session = session
  }

  /** The fastest rate for a client that was too slow for more. */
  get rung(): RateMs | undefined {
    return this.#slowness?.rung
  }

  /** How long the oldest mark waits, milliseconds. */
  get lagMs(): number {
    for (const [, since] of this.#outbox.marks) return Math.max(0, (this.#session.context.clock.now() - since) / 1000)
    return 0
  }

  owe(subscription: Subscription): void {
    if (!this.#outbox.has(subscription)) this.#outbox.mark(subscription, this.#session.context.clock.now())
  }

  clear(subscription: Subscription): void {
    this.#outbox.clear(subscription)
  }

  /** Puts what is owed into the next write, as far as there is room. */
  pay(): void {
    const { line } = this.#session
    line.isHeld = false
    if (this.#outbox.size === 0) return
    while (this.#outbox.size > 0 && line.hasRoom()) {
      const [subscription, since] = this.#outbox.take() as readonly [Subscription, number]
      if (subscription.view.catchUp(subscription)) continue
      this.#outbox.mark(subscription, since)
      break
    }
    line.isHeld = this.#outbox.size > 0
  }

  /** Sees to what could not be paid. */
  watch(): void {
    const { line, holdings } = this.#session
    const byClient = line.isHeld && line.obstacle === 'client'
    if (byClient) this.#slow().block()
    else this.#slowness?.unblock()
    if (!line.isHeld) return
    if (!byClient) this.#wait()
    if (holdings.hasTerms) this.#late().watch()
  }

  /** What is held changed, or how old it may be. */
  aged(): void {
    if (this.#lateness !== undefined) this.#lateness.aged()
    else if (this.#session.holdings.hasTerms) this.#late().aged()
  }

  stop(): void {
    this.#slowness?.stop()
    this.#lateness?.stop()
    this.#bandwidth?.()
    this.#bandwidth = undefined
  }

  #wait(): void {
    const { context, line } = this.#session
    this.#bandwidth ??= context.clock.after(line.waitMs, () => {
      this.#bandwidth = undefined
      this.#session.goOn()
    })
  }

  #slow(): Slowness {
    this.#slowness ??= new Slowness(this.#session.context.clock, slowClient(this.#session))
    return this.#slowness
  }

  #late(): Lateness {
    if (this.#lateness !== undefined) return this.#lateness
    const { context, holdings, line } = this.#session
    const tell = (late: readonly Subscription[]) => {
      for (const subscription of late) {
        subscription.view.expire(subscription, 'too-old')
        this.#session.owe(subscription)
      }
      context.hub.settle()
    }
    this.#lateness = new Lateness({ clock: context.clock, outbox: this.#outbox, holdings, line, tell })
    line.reading = this.#lateness
    return this.#lateness
  }
}
