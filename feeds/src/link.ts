import type { Instrument, InstrumentId, Micros } from '@depthcast/market'
import type { Budget } from './backoff.ts'
import type { Tap } from './capture.ts'
import { CheckTally } from './check-tally.ts'
import type { Clock } from './clock.ts'
import { Connection } from './connection.ts'
import { type FeedError, VenueProtocolError } from './errors.ts'
import type { FeedHealth, FeedSink } from './feed.ts'
import { request } from './http.ts'
import type { Numbering } from './numbering.ts'
import type { Capabilities, ConnectionPlan, HttpRequest, Input, Output, Protocol } from './venue.ts'

const DEFAULT_SILENCE_MS = 60_000
/** A sink that can fold nothing at all costs four snapshots a second at most. */
const RESYNC_AFTER_MS = 250
/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export type LinkOptions = {
  readonly name: string
  readonly plan: ConnectionPlan
  readonly protocol: Protocol
  readonly limits: Capabilities['limits']
  readonly clock: Clock
  readonly budget: Budget
  readonly numbering: Numbering
  readonly sink: FeedSink
  readonly tap?: Tap
  readonly onError: (error: FeedError) => void
}

/**
 * Runs one plan's protocol live: gives it frames, replies and ticks, and does what it asks.
 *
 * From the socket's frame to the sink it is plain calls. A fault inside the protocol is caught here, told, and answered with a new socket; a
 * fault of the sink is told and costs the one event. No other connection notices either.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #connection: Connection | undefined
  readonly #cancelled = new AbortController()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #checks = new CheckTally()
  readonly #distrusted = new Set<InstrumentId>()
  #frames = 0
  #errors = 0
  #reconnects = 0
  #lastFrameAt: Micros | undefined
  #started = false
  #closed = false
  /** Why a venue in process ended early. */
  #gaveUp: string | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    const { name, plan, limits, clock, budget, tap } = options
    if (plan.url === undefined) return
    this.#connection = new Connection(
      {
        venue: plan.venue,
        url: plan.url,
        silenceMs: limits.silenceMs ?? DEFAULT_SILENCE_MS,
        sendsPerSecond: limits.sendsPerSecond,
        clock,
        budget,
        name,
        ...(tap === undefined ? {} : { tap }),
      },
      {
        onOpen: (now) => this.#step({ kind: 'open', now }),
        onFrame: (text, now) => {
          this.#frames++
          this.#lastFrameAt = now
          this.#step({ kind: 'frame', now, text })
        },
        onPing: (now) => this.#step({ kind: 'ping', now }),
        onClosed: (code, reason, now) => {
          this.#reconnects++
          this.#step({ kind: 'closed', now, code, reason })
        },
        onError: (error) => this.#failed(error),
      },
    )
  }

  get instruments(): readonly Instrument[] {
    return this.#options.plan.instruments
  }

  start(): void {
    this.#started = true
    if (this.#connection === undefined) this.#step({ kind: 'open', now: this.#options.clock.now() })
    else this.#connection.open()
  }

  health(): FeedHealth {
    return {
      name: this.#options.name,
      ...this.#connectionHealth(),
      ...(this.#lastFrameAt === undefined ? {} : { lastFrameAt: this.#lastFrameAt }),
      frames: this.#frames,
      errors: this.#errors,
      reconnects: this.#reconnects,
      checks: this.#checks.counts(),
    }
  }

  /** Soon, and once however often it is asked: the sink may ask in the middle of a step, and again for what it is sent. */
  resync(instrument: InstrumentId): void {
    if (this.#closed || this.#distrusted.has(instrument)) return
    this.#distrusted.add(instrument)
    const { clock } = this.#options
    this.#at((clock.now() + RESYNC_AFTER_MS * 1000) as Micros, () => {
      this.#distrusted.delete(instrument)
      this.#step({ kind: 'distrust', now: clock.now(), instrument })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelled.abort()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    await this.#connection?.close()
  }

  #step(input: Input): void {
    if (this.#closed) return
    let outputs: readonly Output[]
    try {
      outputs = this.#options.protocol.step(input)
    } catch (cause) {
      const error = this.#unexpected(cause, input)
      this.#failed(error)
      if (this.#connection === undefined) this.#giveUp(error, input.now)
      else this.#connection.restart(error)
      return
    }
    for (const output of outputs) {
      try {
        this.#perform(output)
      } catch (cause) {
        this.#failed(this.#unexpected(cause, input))
      }
    }
  }

  /** A venue in process has no socket to open anew: what it may have lost cannot be had again. */
  #giveUp(error: FeedError, receivedAt: Micros): void {
    const { plan, numbering, sink } = this.#options
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#gaveUp = error.message
    for (const { id: instrument } of plan.instruments) {
      const stamp = { instrument, exchangeTime: undefined, receivedAt }
      sink.event(numbering.number({ kind: 'gap', stream: 'book', reason: 'protocol', ...stamp }))
      sink.event(numbering.number({ kind: 'status', state: 'degraded', reason: error.message, ...stamp }))
    }
  }

  #perform(output: Output): void {
    switch (output.kind) {
      case 'event':
        this.#options.sink.event(this.#options.numbering.number(output.event))
        break
      case 'send':
        this.#connection?.send(output.text)
        break
      case 'http':
        this.#fetch(output.request, output.notBefore)
        break
      case 'timer':
        this.#at(output.at, () => this.#step({ kind: 'tick', now: this.#options.clock.now() }))
        break
      case 'reconnect':
      case 'roll':
        this.#connection?.restart(output.error)
        break
      case 'probe':
      case 'probe-done':
        break
      case 'check':
        this.#checks.add(output.check, output.ok)
        break
      case 'error':
        this.#failed(output.error)
        break
    }
  }

  #fetch(wanted: HttpRequest, notBefore: Micros | undefined): void {
    const { clock, tap } = this.#options
    const recording = tap === undefined ? undefined : { tap, now: () => clock.now() }
    this.#at(notBefore ?? clock.now(), () => {
      void request(wanted, this.#cancelled.signal, recording).then((reply) =>
        this.#step({ kind: 'http', now: clock.now(), reply }),
      )
    })
  }

  /** Never early: a timer that fires before its time by the clock's grain would have the protocol ask for it again and again. */
  #at(time: Micros, act: () => void): void {
    const delayMs = Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil((time - this.#options.clock.now()) / 1000)))
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, delayMs)
    this.#timers.add(timer)
  }

  #unexpected(cause: unknown, input: Input): VenueProtocolError {
    const frame = input.kind === 'frame' ? input.text : input.kind
    return new VenueProtocolError({
      venue: this.#options.plan.venue,
      reason: `unexpected ${String(cause)}`,
      frame,
      cause,
    })
  }

  #failed(error: FeedError): void {
    this.#errors++
    this.#options.onError(error)
  }

  #connectionHealth(): Pick<FeedHealth, 'state' | 'reason'> {
    if (this.#gaveUp !== undefined) return { state: 'failed', reason: this.#gaveUp }
    const state = this.#connection?.state ?? { state: this.#started ? 'in-process' : 'idle' }
    switch (state.state) {
      case 'idle':
        return { state: 'starting' }
      case 'in-process':
        return { state: this.#closed ? 'ended' : 'open' }
      case 'connecting':
      case 'open':
        return { state: state.state }
      case 'waiting': {
        const inMs = Math.max(0, Math.round((state.retryAt - this.#options.clock.now()) / 1000))
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
