import type { Cancel, Clock } from '../clock.ts'
import type { Holdings } from '../holdings.ts'
import type { Outbox } from '../outbox.ts'
import type { Subscription } from '../subscription.ts'

/** Asks in the shortest age that anything held has: so much of it may pass before a message is asked about. */
const ASKS = 4
/** But no two asks within this, µs. */
const LEAST_PAUSE_US = 10_000
/** So many are told apart, which is more than there are before the other end is late: it may answer the last of several alone (RFC 6455, section 5.5.3). */
export const ASK_MARKS = 8

/** The client's line, as far as its lateness has to know it. */
export type Asked = {
  /** Whether the other end can be asked at all. */
  readonly canAsk: boolean
  /** Bytes of view messages sent so far. */
  readonly bytes: number
  /** Asks by itself: nothing is about to be written. `number` is below ASK_MARKS. */
  ask(number: number): void
  /** `due` is to be called with the next write, or need not be. */
  dueChanged(): void
}

export type LatenessContext = {
  readonly clock: Clock
  readonly outbox: Outbox
  readonly holdings: Holdings
  readonly line: Asked
  /** Called with those whose time is up. */
  readonly tell: (late: readonly Subscription[]) => void
}

/**
 * Sees to it that what a client holds does not grow older than it said without its being told: neither what waits here for the client to take it,
 * nor what has left and lies unread somewhere between. For the latter the other end is asked by marks, a few times in the shortest age while
 * anything is sent, and is late when it has not answered in time; until it does, nothing more is sent. A door without marks tells of the former only.
 *
 * One timer, for whatever comes next, and none while nothing waits or is to be asked about.
 */
export class Lateness {
  readonly #context: LatenessContext
  #timer: { readonly due: number; readonly cancel: Cancel } | undefined
  /** The shortest age of all that is held, µs; undefined until it is asked for. */
  #least: number | undefined
  /** What was asked and is not answered, oldest first, with the time of it, µs since 1970. */
  #asked: { readonly number: number; readonly at: number }[] = []
  #number = 0
  /** Of what was sent, the part that was asked about, bytes. */
  #askedBytes = 0
  /** No ask until then; undefined while the next write is to carry one. */
  #restsUntil: number | undefined
  #isLate = false

  constructor(context: LatenessContext) {
    this.#context = context
  }

  /** The other end has not read in time what it was sent. */
  get isLate(): boolean {
    return this.#isLate
  }

  /** Whether `due` wants to be called with the next write. */
  get isAwaiting(): boolean {
    return this.#context.line.canAsk && this.#least !== Number.POSITIVE_INFINITY && this.#restsUntil === undefined
  }

  /** What is held changed, or its ages. */
  aged(): void {
    const { clock, line } = this.#context
    this.#least = undefined
    line.dueChanged()
    if (this.#restsUntil === undefined) return
    // As long as was right for the ages before.
    this.#restsUntil = Math.min(this.#restsUntil, clock.now() + LEAST_PAUSE_US)
    if (this.#timer === undefined || this.#timer.due > this.#restsUntil) this.#wait(this.#restsUntil)
  }

  /** Something is being written. Returns the number to ask with behind it, where there is room for that. */
  due(hasRoom: boolean): number | undefined {
    const { clock, line } = this.#context
    if (!this.isAwaiting || line.bytes === this.#askedBytes || this.#pauseUs === Number.POSITIVE_INFINITY)
      return undefined
    this.#restsUntil = clock.now() + this.#pauseUs
    const number = hasRoom ? this.#ask() : undefined
    this.watch()
    return number
  }

  /** The other end has read everything before the ask of this number. */
  answered(number: number): void {
    const place = this.#asked.findIndex((ask) => ask.number === number)
    if (place < 0) return
    this.#asked.splice(0, place + 1)
    this.#isLate = this.#unreadUntil(this.#leastUs) <= this.#context.clock.now()
    this.watch()
  }

  /** Looks for what comes next; to be called when marks were made that cannot be paid. */
  watch(): void {
    const due = this.#next()
    if (this.#timer === undefined || this.#timer.due !== due) this.#wait(due)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  get #leastUs(): number {
    if (this.#least === undefined) {
      this.#least = Number.POSITIVE_INFINITY
      for (const subscription of this.#context.holdings.all.values())
        if (subscription.place.at !== 'paused') this.#least = Math.min(this.#least, this.#ageUs(subscription))
    }
    return this.#least
  }

  get #pauseUs(): number {
    return Math.max(this.#leastUs / ASKS, LEAST_PAUSE_US)
  }

  #wait(until: number): void {
    this.stop()
    if (until === Number.POSITIVE_INFINITY) return
    const waitMs = Math.max(0, Math.ceil((until - this.#context.clock.now()) / 1000))
    this.#timer = { due: until, cancel: this.#context.clock.after(waitMs, () => this.#expire()) }
  }

  #expire(): void {
    this.#timer = undefined
    const { clock, line, tell } = this.#context
    const now = clock.now()
    const late = this.#aging().filter((subscription) => this.#deadline(subscription) <= now)
    this.#isLate = this.#unreadUntil(this.#leastUs) <= now
    if (this.#restsUntil !== undefined && this.#restsUntil <= now) this.#rested(now)
    line.dueChanged()
    tell(late)
    this.watch()
  }

  #rested(now: number): void {
    const { line } = this.#context
    this.#restsUntil = undefined
    if (line.bytes === this.#askedBytes) return
    this.#restsUntil = now + this.#pauseUs
    line.ask(this.#ask())
  }

  #ask(): number {
    const number = this.#number
    this.#number = (number + 1) % ASK_MARKS
    this.#asked.push({ number, at: this.#context.clock.now() })
    this.#askedBytes = this.#context.line.bytes
    return number
  }

  #next(): number {
    let next = this.#restsUntil ?? Number.POSITIVE_INFINITY
    for (const subscription of this.#aging()) next = Math.min(next, this.#deadline(subscription))
    return next
  }

  /** Those with an age who hold something. Who holds nothing has been told already. */
  #aging(): readonly Subscription[] {
    if (this.#leastUs === Number.POSITIVE_INFINITY) return []
    const { holdings } = this.#context
    return [...holdings.all.values()].filter(
      (subscription) =>
        (subscription.place.at === 'in-step' || subscription.place.at === 'behind') &&
        this.#ageUs(subscription) < Number.POSITIVE_INFINITY,
    )
  }

  /** When it is to be told, µs since 1970. */
  #deadline(subscription: Subscription): number {
    const ageUs = this.#ageUs(subscription)
    const since = subscription.place.at === 'behind' ? this.#context.outbox.since(subscription) : undefined
    return Math.min(since === undefined ? Number.POSITIVE_INFINITY : since + ageUs, this.#unreadUntil(ageUs))
  }

  /** What was sent before the oldest ask may have been sent a pause before it. */
  #unreadUntil(ageUs: number): number {
    const [oldest] = this.#asked
    return oldest === undefined
      ? Number.POSITIVE_INFINITY
      : oldest.at + Math.max(ageUs - this.#pauseUs, (ageUs * (ASKS - 1)) / ASKS)
  }

  #ageUs(subscription: Subscription): number {
    return (this.#context.holdings.terms(subscription).maxAgeMs ?? Number.POSITIVE_INFINITY) * 1000
  }
}
