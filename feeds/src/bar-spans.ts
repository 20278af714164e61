import { type CandleFigures, INTERVALS, type Instrument, type Interval } from '@depthcast/market'
import { readReply } from './bar-replies.ts'
import { FeedError, RateLimited, TransportError } from './errors.ts'
import type { Cancel, Outside } from './outside.ts'
import type { History, Span } from './venue.ts'
import type { VenueBudget } from './venue-budget.ts'

/** What a venue has just closed may not be served yet, nor its clock be ours, µs. */
const GRACE = 5_000_000
/** Who would have to wait for longer is told to come back. */
const MOST_WAIT_MS = 10_000
/** Spans that wait at once, of different bars. */
const MOST_WAITING = 64
/** Bars kept of all spans together: some ten megabytes. */
const KEPT_BARS = 50_000

/** All bars that open from `from` on and before `to`, oldest first, without those in which nobody traded. */
export type ToldSpan = Span & {
  readonly bars: readonly CandleFigures[]
  /** Nothing before `from` is this instrument's. */
  readonly isCut: boolean
}

export type BarSpansOptions = {
  readonly venue: string
  readonly history: History & { readonly barsPerSpan: number }
  readonly outside: Outside
  readonly budget: VenueBudget
  readonly onError: (error: FeedError) => void
}

/**
 * Fetches bars span by span, and keeps those that were asked for last. Spans begin at multiples of their length, so that whoever looks at about the
 * same time looks at the same ones: a span is asked for once, however many wait for it.
 *
 * One request at a time, out of what the venue's budget has for requests that can wait.
 */
export class BarSpans {
  readonly #options: BarSpansOptions
  readonly #cancelled = new AbortController()
  /** The one asked for longest ago first. */
  readonly #kept = new Map<string, ToldSpan>()
  #keptBars = 0
  readonly #coming = new Map<string, Promise<ToldSpan>>()
  #waiting: Wish[] = []
  #isAsking = false
  #wake: Cancel | undefined

  constructor(options: BarSpansOptions) {
    this.#options = options
  }

  /** Up to when bars of this interval are over. */
  over(interval: Interval): number {
    const settled = this.#options.outside.clock.now() - GRACE
    return settled - (settled % INTERVALS[interval])
  }

  /**
   * The span that holds what opens right before this time; where that is not over yet, as far as it is.
   *
   * Rejects with FeedError: RateLimited where the venue, or its budget, has nothing to give for a while.
   */
  async at(instrument: Instrument, interval: Interval, before: number): Promise<ToldSpan> {
    const over = this.over(interval)
    const length = this.#options.history.barsPerSpan * INTERVALS[interval]
    const needed = Math.min(before, over)
    const from = Math.floor((needed - 1) / length) * length
    const name = `${instrument.venueSymbol} ${interval} ${from}`
    const kept = this.#kept.get(name)
    if (kept !== undefined && kept.to >= needed) {
      this.#keep(name, kept)
      return kept
    }
    const coming = this.#coming.get(name)
    if (coming !== undefined) {
      const span = await coming
      return span.to >= needed ? span : this.at(instrument, interval, before)
    }
    const asked = this.#ask({ name, instrument, interval, span: { from, to: Math.min(from + length, over) } })
    this.#coming.set(name, asked)
    return asked.finally(() => this.#coming.delete(name))
  }

  close(): void {
    this.#cancelled.abort()
    this.#wake?.()
    for (const { refuse, asked } of this.#waiting.splice(0)) refuse(this.#closed(asked))
  }

  #ask(asked: Asked): Promise<ToldSpan> {
    if (this.#cancelled.signal.aborted) return Promise.reject(this.#closed(asked))
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(this.#crowded(asked, MOST_WAIT_MS))
    return new Promise((give, refuse) => {
      this.#waiting.push({ asked, since: this.#options.outside.clock.now(), give, refuse })
      this.#next()
    })
  }

  #next(): void {
    this.#wake?.()
    const { outside, budget, history } = this.#options
    const wish = this.#waiting[0]
    if (wish === undefined || this.#isAsking) return
    const { instrument, interval, span } = wish.asked
    const request = history.request(instrument, interval, span)
    const now = outside.clock.now()
    const waitMs = budget.request(now / 1000, { ...request, canWait: true })
    if (waitMs > 0) {
      this.#refuseLate(now, waitMs)
      this.#wake = outside.later(Math.max(1, Math.ceil(waitMs)), () => this.#next())
      return
    }
    this.#waiting.shift()
    this.#isAsking = true
    void this.#fetch(wish).finally(() => {
      this.#isAsking = false
      this.#next()
    })
  }

  async #fetch({ asked, give, refuse }: Wish): Promise<void> {
    const { outside, history, venue, onError } = this.#options
    const { name, instrument, interval, span } = asked
    const request = { ...history.request(instrument, interval, span), id: `older:${name}` }
    try {
      const reply = await outside.request(request, this.#cancelled.signal)
      if (this.#cancelled.signal.aborted) throw this.#closed(asked)
      const { from, bars, isCut = false } = readReply(history, { venue, instrument, interval, span }, reply)
      const told = { from, to: span.to, bars, isCut }
      this.#keep(name, told)
      give(told)
    } catch (error) {
      if (error instanceof RateLimited) this.#options.budget.hold(outside.clock.now() / 1000 + error.retryAfterMs)
      if (error instanceof FeedError && !this.#cancelled.signal.aborted) onError(error)
      refuse(error)
    }
  }

  #keep(name: string, span: ToldSpan): void {
    const before = this.#kept.get(name)
    if (before !== undefined) this.#keptBars -= costOf(before)
    this.#kept.delete(name)
    this.#kept.set(name, span)
    this.#keptBars += costOf(span)
    for (const [oldest, { bars }] of this.#kept) {
      if (this.#keptBars <= KEPT_BARS) break
      this.#keptBars -= bars.length + 1
      this.#kept.delete(oldest)
    }
  }

  /** Nobody waits for a venue that will not answer soon: a client would only ask again, and wait twice. */
  #refuseLate(now: number, waitMs: number): void {
    const isLate = ({ since }: Wish): boolean => (now - since) / 1000 + waitMs > MOST_WAIT_MS
    const late = this.#waiting.filter(isLate)
    this.#waiting = this.#waiting.filter((wish) => !late.includes(wish))
    for (const { refuse, asked } of late) refuse(this.#crowded(asked, Math.ceil(waitMs)))
  }

  #crowded({ instrument, interval }: Asked, retryAfterMs: number): RateLimited {
    const reason = `bars of ${interval}: ${this.#waiting.length} requests wait, and the venue’s budget has nothing for them`
    return new RateLimited({ venue: this.#options.venue, instrument: instrument.id, reason, retryAfterMs })
  }

  #closed({ instrument }: Asked): TransportError {
    return new TransportError({ venue: this.#options.venue, instrument: instrument.id, reason: 'the feed is closed' })
  }
}

type Asked = {
  readonly name: string
  readonly instrument: Instrument
  readonly interval: Interval
  readonly span: Span
}

type Wish = {
  readonly asked: Asked
  readonly since: number
  readonly give: (span: ToldSpan) => void
  readonly refuse: (error: unknown) => void
}

/** An empty one is to be known as well. */
function costOf({ bars }: ToldSpan): number {
  return bars.length + 1
}
