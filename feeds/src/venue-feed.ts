import type { Instrument, InstrumentId, Interval } from '@depthcast/market'
import { backoffMs } from './backoff.ts'
import type { CaptureRecord, Tap } from './capture.ts'
import { BookDumps } from './dumps.ts'
import { FeedConfigError, type FeedError, RateLimited, TransportError, VenueProtocolError } from './errors.ts'
import type { Feed, FeedHealth, FeedOptions, FeedSink } from './feed.ts'
import { Link } from './link.ts'
import type { Numbering } from './numbering.ts'
import { type Older, OlderBars } from './older-bars.ts'
import { type Outside, realWorld } from './outside.ts'
import { PastBars } from './past-bars.ts'
import { choose, type SymbolChoice } from './symbols.ts'
import type { HttpReply, Venue, VenueOptions } from './venue.ts'
import { VenueBudget } from './venue-budget.ts'

/**
 * One venue, live: fetches its directory for as long as that takes, announces the chosen instruments, and runs a link for each plan.
 *
 * Nothing here ends the process: a venue that cannot be reached is asked again with backoff while `health` says why.
 */
export class VenueFeed implements Feed {
  readonly #venue: Venue
  readonly #choices: readonly SymbolChoice[] | undefined
  readonly #numbering: Numbering
  readonly #options: FeedOptions
  readonly #venueOptions: VenueOptions
  readonly #outside: Outside
  readonly #cancelled = new AbortController()
  #links: readonly Link[] = []
  #past: PastBars | undefined
  #older: OlderBars | undefined
  #instruments: readonly Instrument[] = []
  #waking: (() => void) | undefined
  #progress: Pick<FeedHealth, 'state' | 'reason'> = { state: 'starting' }
  #errors = 0

  constructor(venue: Venue, choices: readonly SymbolChoice[] | undefined, numbering: Numbering, options: FeedOptions) {
    this.#venue = venue
    this.#choices = choices
    this.#numbering = numbering
    this.#options = options
    this.#outside = options.outside ?? realWorld()
    this.#venueOptions = {
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...options.venues?.[venue.id],
    }
  }

  start(sink: FeedSink): void {
    const { requests } = this.#venue.directory(this.#venueOptions)
    // A venue that knows its instruments is up before `start` returns.
    if (requests.length === 0) this.#open(this.#venue.directory(this.#venueOptions).parse([]), sink)
    else void this.#fetchDirectory(sink)
  }

  health(): readonly FeedHealth[] {
    if (this.#links.length > 0) return this.#links.map((link) => link.health())
    return [{ name: this.#venue.id, ...this.#progress, frames: 0, errors: this.#errors, reconnects: 0, checks: {} }]
  }

  resync(instrument: InstrumentId): void {
    for (const link of this.#links) if (link.instruments.some(({ id }) => id === instrument)) link.resync(instrument)
  }

  older(id: InstrumentId, interval: Interval): Older | undefined {
    const instrument = this.#instruments.find((one) => one.id === id)
    return instrument && this.#older?.of(instrument, interval)
  }

  async close(): Promise<void> {
    this.#cancelled.abort()
    this.#waking?.()
    this.#past?.close()
    this.#older?.close()
    await Promise.all(this.#links.map((link) => link.close()))
    this.#progress = { state: 'ended', reason: 'closed' }
  }

  async #fetchDirectory(sink: FeedSink): Promise<void> {
    const { random } = this.#outside
    for (let attempt = 0; !this.#cancelled.signal.aborted; attempt++) {
      const error = await this.#tryDirectory(sink)
      if (error === undefined || this.#cancelled.signal.aborted) return
      const { requestsPerSecond = 4 } = this.#venue.describe().limits
      const leastMs = 1_000 / Math.min(4, requestsPerSecond)
      const waitMs =
        error instanceof RateLimited ? Math.max(1_000, error.retryAfterMs) : leastMs + backoffMs(attempt, random)
      this.#progress = { state: 'waiting', reason: `${error.message}; trying again` }
      this.#failed(error)
      await this.#sleep(waitMs)
    }
  }

  async #tryDirectory(sink: FeedSink): Promise<FeedError | undefined> {
    const directory = this.#venue.directory(this.#venueOptions)
    const { tap, dumpDir } = this.#options
    const listing: CaptureRecord[] = []
    const hear: Tap = (record) => {
      if (dumpDir !== undefined) listing.push(record)
      tap?.(record)
    }
    const { clock, request } = this.#outside
    const recording = { tap: hear, now: () => clock.now() }
    const { signal } = this.#cancelled
    const replies = await Promise.all(directory.requests.map((wanted) => request(wanted, signal, recording)))
    if (this.#cancelled.signal.aborted) return undefined
    const refused = replies.find((reply) => reply.status !== 200)
    if (refused !== undefined) return this.#refusal(refused)
    let instruments: readonly Instrument[]
    try {
      instruments = directory.parse(replies)
    } catch (cause) {
      if (cause instanceof VenueProtocolError) return cause
      return new VenueProtocolError({
        venue: this.#venue.id,
        reason: `unreadable directory, ${String(cause)}`,
        frame: '',
        cause,
      })
    }
    this.#open(instruments, sink, listing)
    return undefined
  }

  /** `listing` is how the venue told what it lists, as far as anyone wants it kept. */
  #open(instruments: readonly Instrument[], sink: FeedSink, listing: readonly CaptureRecord[] = []): void {
    const { id } = this.#venue
    const { defaultSymbols, limits } = this.#venue.describe()
    const wishes = this.#choices ?? defaultSymbols.map((text) => wish(text))
    const { chosen, unknown } = choose(id, instruments, wishes)
    if (unknown.length > 0) this.#options.log?.('feed.unknown_symbols', { venue: id, symbols: unknown })
    if (chosen.length === 0) {
      const reason = `${id} has no ${unknown.join(', ')}`
      this.#progress = { state: 'failed', reason }
      this.#failed(new FeedConfigError(reason))
      return
    }
    this.#options.log?.('feed.instruments', { venue: id, listed: instruments.length, chosen: chosen.length })
    const plans = this.#venue.plan(chosen, this.#venueOptions)
    const { tap } = this.#options
    const dumps = this.#dumps(chosen, listing)
    const budget = new VenueBudget(limits)
    this.#instruments = chosen
    this.#past = this.#pastBars(chosen, budget, sink)
    const shared = {
      limits,
      outside: this.#outside,
      budget,
      numbering: this.#numbering,
      sink: this.#past?.sink ?? sink,
      ...(tap === undefined ? {} : { tap }),
      ...(dumps === undefined ? {} : { dumps }),
    }
    this.#links = plans.map((plan, index) => {
      const name = plans.length === 1 ? id : `${id}/${index + 1}`
      const onError = (error: FeedError): void => this.#options.onError?.(error, { feed: name })
      return new Link({ ...shared, name, plan, protocol: () => this.#venue.protocol(plan), onError })
    })
    for (const instrument of chosen) sink.instrument(instrument)
    for (const link of this.#links) link.start()
    this.#past?.start()
  }

  #pastBars(instruments: readonly Instrument[], budget: VenueBudget, sink: FeedSink): PastBars | undefined {
    const history = this.#venue.history?.(this.#venueOptions)
    if (history === undefined || sink.history === undefined) return undefined
    const onError = (error: FeedError): void => this.#failed(error)
    const where = { venue: this.#venue.id, outside: this.#outside, budget, onError }
    const { barsPerSpan } = history
    if (barsPerSpan !== undefined) this.#older = new OlderBars({ ...where, history: { ...history, barsPerSpan } })
    return new PastBars({ ...where, history, instruments, sink })
  }

  #dumps(instruments: readonly Instrument[], preface: readonly CaptureRecord[]): BookDumps | undefined {
    const { dumpDir: dir, log = () => undefined } = this.#options
    if (dir === undefined) return undefined
    const depth = this.#venueOptions.depth ?? this.#venue.describe().depth
    const options = { dir, venue: this.#venue, instruments, preface, log }
    return new BookDumps(depth === undefined ? options : { ...options, depth })
  }

  #refusal(reply: HttpReply): FeedError {
    const venue = this.#venue.id
    if (reply.status === 429 || reply.status === 418) {
      return new RateLimited({
        venue,
        reason: `${reply.url}: HTTP ${reply.status}`,
        retryAfterMs: reply.retryAfterMs ?? 60_000,
      })
    }
    const reason = reply.status === 0 ? `${reply.url}: ${reply.body}` : `${reply.url}: HTTP ${reply.status}`
    return new TransportError({ venue, reason })
  }

  #failed(error: FeedError): void {
    this.#errors++
    this.#options.onError?.(error, { feed: this.#venue.id })
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#outside.later(ms, resolve)
      this.#waking = () => {
        cancel()
        resolve()
      }
    })
  }
}

function wish(text: string): SymbolChoice {
  const [base = '', quote = ''] = text.split('-')
  return { text, venue: undefined, base, quote }
}
