import { INTERVALS, type Instrument, type InstrumentId, type Interval, type Micros } from '@depthcast/market'
import { asFeedError, readReply } from './bar-replies.ts'
import { after } from './book-policy.ts'
import { type FeedError, RateLimited } from './errors.ts'
import type { FeedSink } from './feed.ts'
import type { Cancel, Outside } from './outside.ts'
import type { History, HttpReply } from './venue.ts'
import type { VenueBudget } from './venue-budget.ts'

/** Minutes first, as longer bars are pieced together from them; then what is looked at most. */
const ORDER: readonly Interval[] = ['1m', '1h', '5m', '1d', '15m', '4h', '1s']
/** Told again when the minute is over in which trades began to be heard. */
const AGAIN: readonly Interval[] = ['1m', '1s']
/** After a book is live its trades may begin a little later; and what a venue has just closed may not be served yet, nor its clock be ours. */
const GRACE_MS = 5_000
const RETRY_MS = 30_000
const MOST_TRIES = 3

export type PastBarsOptions = {
  readonly venue: string
  readonly history: History
  readonly instruments: readonly Instrument[]
  readonly outside: Outside
  readonly budget: VenueBudget
  readonly sink: FeedSink
  readonly onError: (error: FeedError) => void
}

/**
 * Fetches what charts begin with: a venue's bars of the past, instrument by instrument, one request at a time, from what its budget has left. Nothing
 * waits for it, and what does not come in three tries does not come.
 *
 * The minutes are fetched again after a book became live, now or after a lost connection: trades of the minute in which that was, or which nobody
 * heard meanwhile, are in no bar but the venue's.
 */
export class PastBars {
  readonly #options: PastBarsOptions
  readonly #cancelled = new AbortController()
  #wanted: Wish[]
  /** Up to where an instrument's minutes have been told; before they are, nothing longer is asked for. */
  readonly #until = new Map<InstrumentId, Micros>()
  readonly #live = new Set<InstrumentId>()
  #isAsking = false
  #wake: Cancel | undefined

  constructor(options: PastBarsOptions) {
    this.#options = options
    const { history, instruments } = options
    const intervals = ORDER.filter((interval) => history.intervals.includes(interval))
    this.#wanted = intervals.flatMap((interval) =>
      instruments.map((instrument) => ({ instrument, interval, notBefore: 0, tries: 0 })),
    )
  }

  /** The sink, and beside it an ear for which books are live. */
  get sink(): FeedSink {
    const { sink } = this.#options
    return {
      instrument: (instrument) => sink.instrument(instrument),
      event: (event) => {
        if (event.kind === 'status') this.#isNow(event.instrument, GOOD.has(event.state), event.receivedAt)
        sink.event(event)
      },
      verified: (instrument, at) => sink.verified?.(instrument, at),
    }
  }

  start(): void {
    this.#next()
  }

  close(): void {
    this.#cancelled.abort()
    this.#wake?.()
    this.#wanted = []
  }

  #isNow(id: InstrumentId, isGood: boolean, now: Micros): void {
    if (!isGood) {
      this.#live.delete(id)
      return
    }
    if (this.#live.has(id)) return
    this.#live.add(id)
    const { instruments, history } = this.#options
    const instrument = instruments.find((one) => one.id === id)
    if (instrument === undefined) return
    const notBefore = after(startOfMinute(after(now, GRACE_MS + 60_000)), GRACE_MS)
    for (const interval of AGAIN) {
      const isWanted = this.#wanted.some(
        (one) => one.instrument === instrument && one.interval === interval && one.notBefore === notBefore,
      )
      if (!isWanted && history.intervals.includes(interval))
        this.#wanted.push({ instrument, interval, notBefore, tries: 0 })
    }
    this.#next()
  }

  #next(): void {
    this.#wake?.()
    if (this.#isAsking || this.#cancelled.signal.aborted) return
    const { outside, budget, history } = this.#options
    const now = outside.clock.now()
    const wish = this.#wanted.find(
      (one) => one.notBefore <= now && (one.interval === '1m' || this.#until.has(one.instrument.id)),
    )
    if (wish === undefined) {
      const soonest = Math.min(...this.#wanted.map(({ notBefore }) => notBefore).filter((at) => at > now))
      if (soonest !== Number.POSITIVE_INFINITY) this.#again((soonest - now) / 1000)
      return
    }
    const request = history.request(wish.instrument, wish.interval)
    const waitMs = budget.request(now / 1000, { ...request, canWait: true })
    if (waitMs > 0) {
      this.#again(waitMs)
      return
    }
    this.#isAsking = true
    this.#wanted = this.#wanted.filter((other) => other !== wish)
    const id = `bars:${wish.instrument.venueSymbol}:${wish.interval}`
    void outside.request({ ...request, id }, this.#cancelled.signal).then((reply) => {
      this.#isAsking = false
      if (this.#cancelled.signal.aborted) return
      this.#answered(wish, reply, now)
      this.#next()
    })
  }

  #again(ms: number): void {
    this.#wake = this.#options.outside.later(Math.max(1, Math.ceil(ms)), () => this.#next())
  }

  #answered(wish: Wish, reply: HttpReply, askedAt: Micros): void {
    const error = this.#take(wish, reply, askedAt)
    if (error === undefined) return
    this.#options.onError(error)
    const now = this.#options.outside.clock.now()
    if (error instanceof RateLimited) {
      this.#options.budget.hold(now / 1000 + error.retryAfterMs)
      this.#wanted.push({ ...wish, notBefore: after(now, error.retryAfterMs) })
    } else if (wish.tries + 1 < MOST_TRIES) {
      this.#wanted.push({ ...wish, notBefore: after(now, RETRY_MS), tries: wish.tries + 1 })
    }
  }

  #take({ instrument, interval }: Wish, reply: HttpReply, askedAt: Micros): FeedError | undefined {
    const { venue, history } = this.#options
    try {
      const told = readReply(history, { venue, instrument, interval }, reply)
      const { from, bars, openFrom = Number.POSITIVE_INFINITY } = told
      if (interval === '1m') {
        const over = Math.min(startOfMinute(after(askedAt, -GRACE_MS)), openFrom)
        this.#until.set(instrument.id, over as Micros)
      }
      const until = this.#until.get(instrument.id)
      if (until !== undefined && from < until)
        this.#options.sink.history?.(instrument.id, { interval, from, until, bars })
      return undefined
    } catch (error) {
      return asFeedError(error)
    }
  }
}

type Wish = {
  readonly instrument: Instrument
  readonly interval: Interval
  readonly notBefore: number
  readonly tries: number
}

/** Trades are heard of while a book is called so. */
const GOOD: ReadonlySet<string> = new Set(['live', 'quiet', 'suspect', 'halted'])

function startOfMinute(time: Micros): Micros {
  return (time - (time % INTERVALS['1m'])) as Micros
}
