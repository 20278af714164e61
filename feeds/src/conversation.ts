import type { InstrumentId, Micros, VenueEvent } from '@depthcast/market'
import type { Tap } from './capture.ts'
import { ClockOffset } from './clock-offset.ts'
import { Connection, type ConnectionState } from './connection.ts'
import { ClockError, type FeedError, UpstreamNotice, VenueProtocolError } from './errors.ts'
import type { Cancel, Outside } from './outside.ts'
import { Probes } from './probes.ts'
import { placeOf } from './socket-failure.ts'
import type { Check, ConnectionPlan, HttpRequest, Input, Limits, Output, Protocol } from './venue.ts'
import type { VenueBudget } from './venue-budget.ts'

const DEFAULT_SILENCE_MS = 60_000
/** A connection with an end gives way to its successor somewhere in this part of its life, so that many do not do so at once. */
const ROLL_BETWEEN = [0.9, 0.97] as const
/** Without a word on how long, after a request too many. */
const RATE_LIMITED_MS = 60_000
/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export type ConversationOptions = {
  /** For recordings and people, e.g. `binance/2`. */
  readonly name: string
  readonly plan: ConnectionPlan
  readonly protocol: Protocol
  readonly limits: Limits
  readonly outside: Outside
  readonly budget: VenueBudget
  readonly tap?: Tap
}

/** What a conversation tells. All are called synchronously, in the order of what happened. */
export type ConversationHandlers = {
  onEvent(event: VenueEvent): void
  onCheck(check: Check, instrument: InstrumentId, ok: boolean, now: Micros): void
  /** After it was dealt with. */
  onError(error: FeedError): void
  /** This connection will end: another should be opened first. */
  onRoll(error: FeedError): void
  /** The socket is gone, and the protocol knows. The next attempt is planned already. */
  onClosed(): void
  /** Everything that one input brought about has been told. */
  onStepped(outputs: readonly Output[], now: Micros): void
  /** A venue in process has failed and will say nothing more: it has no socket to open anew. */
  onGaveUp(error: FeedError, now: Micros): void
}

/** What was counted since the start; shared by the connections of a link. */
export type Counts = { frames: number; errors: number; reconnects: number; lastFrameAt: Micros | undefined }

/**
 * Runs one protocol live over one connection: gives it frames, replies and ticks, and does what it asks.
 *
 * From the socket's frame to the handler it is plain calls. A fault inside the protocol is caught here, told, and answered with a new socket; a
 * fault of a handler is told and costs the one output.
 */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #handlers: ConversationHandlers
  readonly #counts: Counts
  readonly #connection: Connection | undefined
  readonly #probes: Probes | undefined
  readonly #offset = new ClockOffset()
  readonly #cancelled = new AbortController()
  readonly #timers = new Set<Cancel>()
  #openedAt: Micros | undefined
  /** Lets go of the timer for the end of the socket's allowed life. */
  #outlive: Cancel | undefined
  #firstVerifiedAfter: number | undefined
  #isClosed = false

  constructor(options: ConversationOptions, handlers: ConversationHandlers, counts: Counts) {
    this.#options = options
    this.#handlers = handlers
    this.#counts = counts
    const { name, plan, limits, outside, budget, tap } = options
    const { url, venue } = plan
    if (url === undefined) return
    const taps = tap === undefined ? {} : { tap }
    this.#probes = new Probes({ name, venue, outside, budget, ...taps }, (told) => this.step(told))
    const { silenceMs = DEFAULT_SILENCE_MS, minDelayMs = 0 } = limits
    const pace = { silenceMs, minDelayMs, sends: budget.sends(), budget: budget.connects }
    this.#connection = new Connection(
      { venue, url, name, outside, ...pace, ...taps },
      {
        onOpen: (now) => this.#opened(now),
        onFrame: (text, now) => {
          counts.frames++
          counts.lastFrameAt = now
          this.step({ kind: 'frame', now, text })
        },
        onPing: (now) => this.step({ kind: 'ping', now }),
        onClosed: (code, reason, now) => this.#closed(code, reason, now),
        onError: (error) => this.#failed(error),
      },
    )
  }

  /** Undefined for a venue in process. */
  get state(): ConnectionState | undefined {
    return this.#connection?.state
  }

  get clockOffset(): Pick<ClockOffset, 'offset' | 'latency'> {
    return this.#offset
  }

  /** From the opening of this socket to its first verified book, µs; undefined until then, and for a venue in process. */
  get firstVerifiedAfter(): number | undefined {
    return this.#firstVerifiedAfter
  }

  get bufferedUpdates(): number | undefined {
    return this.#options.protocol.bufferedUpdates
  }

  start(): void {
    if (this.#connection === undefined) this.step({ kind: 'open', now: this.#now() })
    else this.#connection.open()
  }

  /** Gives the socket up and opens another after the backoff. */
  restart(error: FeedError): void {
    this.#connection?.restart(error)
  }

  /** Nothing is told afterwards. `why` is for the recording. */
  async close(why: string): Promise<void> {
    this.#isClosed = true
    this.#cancelled.abort()
    this.#stopTimers()
    this.#probes?.close()
    await this.#connection?.close(why)
  }

  step(input: Input): void {
    if (this.#isClosed) return
    let outputs: readonly Output[]
    try {
      outputs = this.#options.protocol.step(input)
    } catch (cause) {
      const error = this.#unexpected(cause, input)
      this.#failed(error)
      if (this.#connection === undefined) {
        this.#stopTimers()
        this.#handlers.onGaveUp(error, input.now)
      } else this.#connection.restart(error)
      return
    }
    for (const output of outputs) {
      try {
        this.#perform(output, input.now)
      } catch (cause) {
        this.#failed(this.#unexpected(cause, input))
      }
    }
    try {
      this.#handlers.onStepped(outputs, input.now)
    } catch (cause) {
      this.#failed(this.#unexpected(cause, input))
    }
  }

  /** Never early, though a timer may fire a little before its time by our clock: a protocol that is asked too soon would do nothing, or ask again. */
  at(time: Micros, act: () => void): void {
    const delayMs = Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil((time - this.#now()) / 1000)))
    const cancel = this.#options.outside.later(delayMs, () => {
      this.#timers.delete(cancel)
      if (this.#now() < time) this.at(time, act)
      else act()
    })
    this.#timers.add(cancel)
  }

  #opened(now: Micros): void {
    this.#openedAt = now
    this.#firstVerifiedAfter = undefined
    const { limits, plan, outside } = this.#options
    if (limits.lifeMs !== undefined) {
      const [from, to] = ROLL_BETWEEN
      const rollAfterMs = limits.lifeMs * (from + (to - from) * outside.random())
      const reason = `${placeOf(plan.url ?? '')}: its ${limits.lifeMs / 1000} s are nearly over`
      this.#outlive = outside.later(rollAfterMs, () =>
        this.#handlers.onRoll(new UpstreamNotice({ venue: plan.venue, reason })),
      )
    }
    this.step({ kind: 'open', now })
  }

  #closed(code: number, reason: string, now: Micros): void {
    this.#openedAt = undefined
    this.#outlive?.()
    this.#firstVerifiedAfter = undefined
    this.#counts.reconnects++
    this.#probes?.endAll(`the connection it was asked beside is gone: ${reason}`)
    this.step({ kind: 'closed', now, code, reason })
    this.#handlers.onClosed()
  }

  #perform(output: Output, now: Micros): void {
    switch (output.kind) {
      case 'event':
        this.#watchClock(output.event)
        this.#watchProof(output.event, now)
        this.#handlers.onEvent(output.event)
        break
      case 'send':
        this.#connection?.send(output.text)
        break
      case 'http':
        this.at(output.notBefore ?? now, () => this.#fetch(output.request))
        break
      case 'timer':
        this.at(output.at, () => this.step({ kind: 'tick', now: this.#now() }))
        break
      case 'reconnect':
        this.#connection?.restart(output.error)
        break
      case 'roll':
        this.#handlers.onRoll(output.error)
        break
      case 'probe':
        this.#probes?.ask(output)
        break
      case 'probe-done':
        this.#probes?.done(output.id)
        break
      case 'check':
        this.#handlers.onCheck(output.check, output.instrument, output.ok, now)
        break
      case 'error':
        if (output.error instanceof UpstreamNotice) this.#connection?.foretell(output.error)
        this.#failed(output.error)
        break
    }
  }

  #watchClock(event: VenueEvent): void {
    if (this.#connection === undefined) return
    const step = this.#offset.add(event)
    if (step === undefined) return
    const reason = `the venue's clock and ours moved apart by ${Math.round(step / 1000)} ms`
    this.#failed(new ClockError({ venue: this.#options.plan.venue, reason }))
  }

  #watchProof(event: VenueEvent, now: Micros): void {
    if (this.#firstVerifiedAfter !== undefined || this.#openedAt === undefined) return
    const isBook = event.kind === 'book-snapshot' || event.kind === 'book-delta'
    if (isBook && event.verified !== 'none') this.#firstVerifiedAfter = now - this.#openedAt
  }

  /** When the venue's limits allow it. */
  #fetch(wanted: HttpRequest): void {
    const { outside, budget, tap, name } = this.#options
    const waitMs = budget.request(this.#now() / 1000, wanted)
    if (waitMs > 0) {
      this.at((this.#now() + waitMs * 1000) as Micros, () => this.#fetch(wanted))
      return
    }
    const beside: Tap | undefined =
      tap && ((record) => tap(record.kind === 'http' ? { ...record, connection: name } : record))
    const recording = beside === undefined ? undefined : { tap: beside, now: () => this.#now() }
    void outside.request(wanted, this.#cancelled.signal, recording).then((reply) => {
      const now = this.#now()
      if (reply.status === 429 || reply.status === 418)
        budget.hold(now / 1000 + (reply.retryAfterMs ?? RATE_LIMITED_MS))
      this.step({ kind: 'http', now, reply })
    })
  }

  #unexpected(cause: unknown, input: Input): VenueProtocolError {
    const frame = input.kind === 'frame' || input.kind === 'probe' ? input.text : input.kind
    const { venue } = this.#options.plan
    return new VenueProtocolError({ venue, reason: `unexpected ${String(cause)}`, frame, cause })
  }

  #failed(error: FeedError): void {
    this.#counts.errors++
    this.#handlers.onError(error)
  }

  #stopTimers(): void {
    this.#outlive?.()
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }

  #now(): Micros {
    return this.#options.outside.clock.now()
  }
}
