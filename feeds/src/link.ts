import type { Instrument, InstrumentId, Micros, VenueEvent } from '@depthcast/market'
import type { Tap } from './capture.ts'
import { CheckTally } from './check-tally.ts'
import { Conversation, type ConversationHandlers, type Counts } from './conversation.ts'
import type { BookDumps } from './dumps.ts'
import { type FeedError, VenueProtocolError } from './errors.ts'
import type { FeedHealth, FeedSink } from './feed.ts'
import { FrameRing } from './frame-ring.ts'
import type { Numbering } from './numbering.ts'
import type { Cancel, Outside } from './outside.ts'
import { connectionName, DRAIN_MS, Succession } from './succession.ts'
import type { Check, ConnectionPlan, Limits, Protocol } from './venue.ts'
import type { VenueBudget } from './venue-budget.ts'

/** A sink that can fold nothing at all costs four snapshots a second at most. */
const RESYNC_AFTER_MS = 250
/** The sink is told of a book's verification at most so often, µs. */
const VERIFIED_EVERY = 1_000_000
const HANDED_OVER = 'another connection has taken its place'

export type LinkOptions = {
  readonly name: string
  readonly plan: ConnectionPlan
  /** A fresh one for each connection that is opened before another ends. */
  readonly protocol: () => Protocol
  readonly limits: Limits
  readonly outside: Outside
  readonly budget: VenueBudget
  readonly numbering: Numbering
  readonly sink: FeedSink
  readonly tap?: Tap
  readonly dumps?: BookDumps
  /** Default 3,000: how long a connection that gave way is still listened to. */
  readonly drainMs?: number
  readonly onError: (error: FeedError) => void
}

/**
 * Keeps one plan's instruments coming: over one connection, or for a while over two.
 *
 * When its connection is to end (`roll`, or near the end of its allowed life) a second one is opened with a protocol of its own. What that says
 * stays unseen until every book that is live on the old one is live there; then the link goes over to it at once, and the old one is let go. If
 * the old one ends first, it reconnects as ever and the second one is dropped.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #checks = new CheckTally()
  readonly #verifiedAt = new Map<InstrumentId, Micros>()
  readonly #distrusted = new Set<InstrumentId>()
  readonly #counts: Counts = { frames: 0, errors: 0, reconnects: 0, lastFrameAt: undefined }
  readonly #succession: Succession<Conversation>
  #rolls = 0
  #opened = 1
  readonly #timers = new Set<Cancel>()
  #isStarted = false
  #isClosed = false
  /** Why a venue in process ended early. */
  #gaveUp: string | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    const ids = options.plan.instruments.map(({ id }) => id)
    this.#succession = new Succession(ids, this.#converse(connectionName(options.name, 1)))
  }

  get instruments(): readonly Instrument[] {
    return this.#options.plan.instruments
  }

  start(): void {
    this.#isStarted = true
    this.#succession.current.start()
  }

  health(): FeedHealth {
    const { frames, errors, reconnects, lastFrameAt } = this.#counts
    const { clockOffset, firstVerifiedAfter, bufferedUpdates } = this.#succession.current
    const { offset, latency } = clockOffset
    const { plan, budget } = this.#options
    return {
      name: this.#options.name,
      ...this.#connectionHealth(),
      ...(lastFrameAt === undefined ? {} : { lastFrameAt }),
      frames,
      errors,
      reconnects,
      rolls: this.#rolls,
      ...(offset === undefined ? {} : { clockOffset: offset }),
      ...(latency === undefined ? {} : { latency: Math.round(latency) }),
      ...(firstVerifiedAfter === undefined ? {} : { firstVerifiedAfter }),
      ...(bufferedUpdates === undefined ? {} : { bufferedUpdates }),
      ...(plan.url === undefined ? {} : { connectsLeft: budget.connects.left(this.#now() / 1000) }),
      checks: this.#checks.counts(),
    }
  }

  /** Soon, and once however often it is asked: the sink may ask in the middle of a step, and again for what it is sent. */
  resync(instrument: InstrumentId): void {
    if (this.#isClosed || this.#distrusted.has(instrument)) return
    this.#distrusted.add(instrument)
    this.#later(RESYNC_AFTER_MS, () => {
      this.#distrusted.delete(instrument)
      this.#succession.current.step({ kind: 'distrust', now: this.#now(), instrument })
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const cancel of this.#timers) cancel()
    const { current, successor, leaving } = this.#succession
    const open = [current, successor, leaving]
    await Promise.all(open.map((conversation) => conversation?.close('the feed is closed')))
  }

  /** A connection and its protocol, whose place in the link is looked up whenever it says something. */
  #converse(name: string): Conversation {
    const { plan, protocol, limits, outside, budget, tap, dumps, onError } = this.#options
    const ring = dumps === undefined ? undefined : new FrameRing(plan.instruments)
    const record: Tap | undefined = ring === undefined ? tap : both(ring, tap)
    const options = { name, plan, protocol: protocol(), limits, outside, budget }
    const handlers: ConversationHandlers = {
      onEvent: (event) => this.#heard(conversation, event),
      onCheck: (check, instrument, ok, now) => this.#checked(conversation, { check, instrument, ok }, now),
      onError,
      onRoll: (error) => this.#roll(conversation, error),
      onClosed: () => this.#lost(conversation),
      onStepped: (outputs, now) => {
        if (ring !== undefined) dumps?.look(ring, outputs)
        this.#switchIfReady(now)
      },
      onGaveUp: (error, now) => this.#giveUp(error, now),
    }
    const conversation = new Conversation(
      record === undefined ? options : { ...options, tap: record },
      handlers,
      this.#counts,
    )
    return conversation
  }

  #heard(from: Conversation, event: VenueEvent): void {
    if (this.#succession.take(from, event)) this.#publish(event)
  }

  #publish(event: VenueEvent): void {
    this.#options.sink.event(this.#options.numbering.number(event))
  }

  #checked(
    from: Conversation,
    { check, instrument, ok }: { readonly check: Check; readonly instrument: InstrumentId; readonly ok: boolean },
    now: Micros,
  ): void {
    this.#checks.add(check, ok)
    // A sequence that goes on is told by the very event; a ticker from before says nothing of now.
    if (!ok || from !== this.#succession.current || (check !== 'checksum' && check !== 'oracle')) return
    if (now - (this.#verifiedAt.get(instrument) ?? 0) < VERIFIED_EVERY) return
    this.#verifiedAt.set(instrument, now)
    this.#options.sink.verified?.(instrument, now)
  }

  #roll(from: Conversation, error: FeedError): void {
    const { current, successor } = this.#succession
    // A successor that must end before its turn has nothing to lose.
    if (from === successor) from.restart(error)
    if (from !== current || successor !== undefined || from.state?.state !== 'open') return
    this.#counts.errors++
    this.#options.onError(error)
    const conversation = this.#converse(connectionName(this.#options.name, ++this.#opened))
    this.#succession.prepare(conversation)
    conversation.start()
  }

  #switchIfReady(now: Micros): void {
    const { current: old, successor, leaving } = this.#succession
    if (successor?.state?.state !== 'open' || this.#isClosed) return
    const events = this.#succession.switch(now)
    if (events === undefined) return
    this.#rolls++
    for (const event of events) this.#publishSafely(event)
    void leaving?.close(HANDED_OVER)
    this.#later(this.#options.drainMs ?? DRAIN_MS, () => this.#letGo(old))
  }

  /** A fault of the sink costs the one event, here as everywhere. */
  #publishSafely(event: VenueEvent): void {
    try {
      this.#publish(event)
    } catch (cause) {
      const { venue } = this.#options.plan
      this.#counts.errors++
      const reason = `unexpected ${String(cause)}`
      this.#options.onError(new VenueProtocolError({ venue, reason, frame: event.kind, cause }))
    }
  }

  #letGo(old: Conversation): void {
    this.#succession.left(old)
    void old.close(HANDED_OVER)
  }

  #lost(conversation: Conversation): void {
    if (conversation === this.#succession.leaving) this.#letGo(conversation)
    if (conversation !== this.#succession.current) return
    void this.#succession.dropSuccessor()?.close('the connection it was to replace is lost')
  }

  /** A venue in process has no socket to open anew: what it may have lost cannot be had again. */
  #giveUp(error: FeedError, receivedAt: Micros): void {
    this.#gaveUp = error.message
    for (const { id: instrument } of this.instruments) {
      const stamp = { instrument, exchangeTime: undefined, receivedAt }
      this.#say({ kind: 'gap', stream: 'book', reason: 'protocol', ...stamp })
      this.#say({ kind: 'status', state: 'degraded', reason: error.message, ...stamp })
    }
  }

  #say(event: VenueEvent): void {
    this.#succession.told(event)
    this.#publish(event)
  }

  #later(ms: number, act: () => void): void {
    const cancel = this.#options.outside.later(ms, () => {
      this.#timers.delete(cancel)
      act()
    })
    this.#timers.add(cancel)
  }

  #now(): Micros {
    return this.#options.outside.clock.now()
  }

  #connectionHealth(): Pick<FeedHealth, 'state' | 'reason'> {
    if (this.#gaveUp !== undefined) return { state: 'failed', reason: this.#gaveUp }
    const state = this.#succession.current.state ?? { state: this.#isStarted ? 'in-process' : 'idle' }
    switch (state.state) {
      case 'idle':
        return { state: 'starting' }
      case 'in-process':
        return { state: this.#isClosed ? 'ended' : 'open' }
      case 'connecting':
      case 'open':
        return { state: state.state }
      case 'waiting': {
        const inMs = Math.max(0, Math.round((state.retryAt - this.#now()) / 1000))
        return {
          state: state.cause.recovery === 'stop' ? 'failed' : 'waiting',
          reason: `${state.cause.message}; next try in ${inMs} ms`,
        }
      }
      case 'closed':
        return { state: 'ended', reason: 'closed' }
    }
  }
}

function both(ring: FrameRing, tap: Tap | undefined): Tap {
  return (record) => {
    ring.add(record)
    tap?.(record)
  }
}
