import type { Instrument } from '@depthcast/market'
import type { Granted, StatusMessage, ViewOptions } from '@depthcast/protocol'
import type { ConnectionState } from './connection.ts'
import { ClientError } from './errors.ts'
import type { Follower, Line, Received } from './line.ts'
import type { Lines } from './lines.ts'
import { Meter } from './meter.ts'
import { Reader } from './reader.ts'
import type { Ask } from './requests.ts'
import { scout } from './scout.ts'
import { type SubscriptionStatus, subscriptionStatus } from './state.ts'
import type { SubscriptionStats } from './stats.ts'
import { callAll, type Subscription } from './subscription.ts'
import { channelViews } from './views/index.ts'
import type { AnyView, ViewTerms } from './views/view.ts'

/** What a subscription needs to know of the client it belongs to. */
export type SubscriptionContext = {
  readonly lines: Lines
  readonly connection: () => ConnectionState
  readonly status: (symbol: string) => StatusMessage | undefined
  /** How old a message sent at `serverTime` (µs) is now, ms; undefined while the clocks have not been compared. */
  readonly ageMs: (serverTime: number) => number | undefined
  readonly now: () => number
  readonly onClose: (subscription: LiveSubscription) => void
}

type Grantee = { readonly resolve: (granted: Granted) => void; readonly reject: (error: ClientError) => void }

/** A subscription across connections: follows a line while there is one, keeps the last good view when there is not. */
export class LiveSubscription implements Subscription<AnyView>, Follower {
  readonly symbol: string
  readonly #channel: Ask['channel']
  readonly #context: SubscriptionContext
  readonly #listeners = new Set<(view: AnyView | undefined) => void>()
  readonly #stateListeners = new Set<(state: SubscriptionStatus) => void>()
  readonly #readers = new Set<Reader<AnyView>>()
  readonly #grantees: Grantee[] = []
  readonly #meter = new Meter()
  #options: ViewOptions
  #line: Line | undefined
  /** Has seen every view of this line since the last one of its snapshots. */
  #isInStep = false
  #terms: ViewTerms | undefined
  #current: AnyView | undefined
  #state: SubscriptionStatus = { kind: 'pending' }
  #lostAt: number | undefined
  /** A view asked for by `modify` is not granted yet. */
  #isMoving = false
  #giveUpMove = (): void => {}
  #isPaused = false
  #isClosed = false

  constructor({ channel, symbol, options }: Ask, context: SubscriptionContext) {
    this.#channel = channel
    this.symbol = symbol
    this.#options = options
    this.#context = context
    this.connectionChanged()
  }

  get instrument(): Instrument | undefined {
    return this.#terms?.instrument
  }

  get granted(): Granted | undefined {
    return this.#terms?.granted
  }

  get current(): AnyView | undefined {
    return this.#current
  }

  get status(): SubscriptionStatus {
    return this.#state
  }

  subscribe(listener: (view: AnyView | undefined) => void): () => void {
    return listen(this.#listeners, listener, this.#current)
  }

  onStatus(listener: (status: SubscriptionStatus) => void): () => void {
    return listen(this.#stateListeners, listener, this.#state)
  }

  [Symbol.asyncIterator](): AsyncIterator<AnyView> {
    const reader: Reader<AnyView> = new Reader(channelViews(this.#channel).merge, () => this.#readers.delete(reader))
    if (this.#state.kind === 'closed') reader.end()
    else {
      this.#readers.add(reader)
      if (this.#state.kind === 'live' && this.#current !== undefined) reader.offer(this.#current)
      if (this.#state.kind === 'refused') reader.end(this.#state.error)
    }
    return reader
  }

  modify(options: ViewOptions): Promise<Granted> {
    if (this.#isClosed) return Promise.reject(new ClientError('closed', `the subscription of ${this.symbol} is closed`))
    const before = this.#options
    const wanted = { ...before, ...options }
    const line = this.#line
    const { lines } = this.#context
    this.#options = wanted
    this.#giveUpMove()
    const granted = new Promise<Granted>((resolve, reject) => this.#grantees.push({ resolve, reject }))
    if (line === undefined) return granted
    if (lines.canModify(line, wanted)) {
      lines.modify(line, wanted, (error) =>
        error === undefined ? this.changed() : this.#takeBack(wanted, before, error),
      )
    } else this.#move(wanted, before)
    return granted
  }

  pause(): void {
    if (this.#isPaused || this.#isClosed) return
    this.#isPaused = true
    this.#unfollow()
    this.changed()
  }

  resume(): void {
    if (!this.#isPaused || this.#isClosed) return
    this.#isPaused = false
    this.connectionChanged()
  }

  stats(): SubscriptionStats {
    return this.#meter.stats()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#unfollow()
    this.changed()
    this.#context.onClose(this)
  }

  /** The connection opened, was lost, or ended for good. */
  connectionChanged(): void {
    const isOpen = this.#context.connection().kind === 'open'
    if (!isOpen) this.#unfollow()
    else if (this.#line === undefined && !this.#isPaused && !this.#isClosed) this.#follow()
    this.changed()
  }

  // As a follower of its line

  moved(line: Line): void {
    if (line === this.#line) {
      this.changed()
      return
    }
    this.#line = line
    this.#isInStep = false
    if (line.terms !== undefined) this.#terms = line.terms
    if (line.standing.kind === 'good' && line.view !== undefined) this.viewed(line.view)
    this.changed()
  }

  received(message: Received): void {
    const { now, ageMs } = this.#context
    this.#meter.received(message, now(), message.serverTime === undefined ? undefined : ageMs(message.serverTime))
  }

  viewed(view: AnyView): void {
    const { rebase } = channelViews(this.#channel)
    this.#current = this.#isInStep ? view : rebase(view, this.#current)
    this.#isInStep = true
    this.#lostAt = undefined
    this.#meter.viewed()
    // State first: whoever is called with the view may ask at once what to think of it.
    if (this.#state.kind !== 'live') this.changed()
    callAll(this.#listeners, this.#current)
    for (const reader of this.#readers) reader.offer(this.#current)
  }

  changed(): void {
    const { connection, status } = this.#context
    const line = this.#line
    if (line?.standing.kind !== 'good') this.#isInStep = false
    if (line?.terms !== undefined) this.#terms = line.terms
    if (line?.terms !== undefined && !line.isModifying && !this.#isMoving) this.#resolveGrantees(line.terms.granted)
    const state = subscriptionStatus({
      channel: this.#channel,
      isClosed: this.#isClosed,
      isPaused: this.#isPaused,
      connection: connection(),
      standing: line?.standing,
      status: line && status(this.symbol),
      lostAt: this.#lostAt,
    })
    if (isSame(state, this.#state)) return
    this.#state = state
    if (state.kind === 'refused' || state.kind === 'closed') {
      const error = state.kind === 'refused' ? state.error : undefined
      this.#rejectGrantees(error ?? new ClientError('closed', `the subscription of ${this.symbol} was closed`))
      for (const reader of [...this.#readers]) reader.end(error)
    }
    callAll(this.#stateListeners, state)
  }

  #ask(): Ask {
    return { channel: this.#channel, symbol: this.symbol, options: this.#options }
  }

  #follow(): void {
    this.moved(this.#context.lines.follow(this.#ask(), this))
  }

  /** Goes over to another line once it is granted. */
  #move(wanted: ViewOptions, before: ViewOptions): void {
    const { lines } = this.#context
    this.#isMoving = true
    const giveUp = scout(lines, this.#ask(), {
      arrived: (line) => {
        this.#isMoving = false
        line.followers.add(this)
        if (this.#line !== undefined && this.#line !== line) lines.leave(this.#line, this)
        this.moved(line)
      },
      refused: (error) => {
        this.#isMoving = false
        this.#takeBack(wanted, before, error)
      },
    })
    this.#giveUpMove = () => {
      this.#isMoving = false
      giveUp()
    }
  }

  /** A modify was refused. When another has come since, the answer to that one counts for both. */
  #takeBack(wanted: ViewOptions, before: ViewOptions, error: ClientError): void {
    if (this.#options !== wanted) return
    this.#options = before
    this.#rejectGrantees(error)
  }

  #unfollow(): void {
    this.#giveUpMove()
    if (this.#line === undefined) return
    if (this.#current !== undefined) this.#lostAt ??= this.#context.now()
    this.#context.lines.leave(this.#line, this)
    this.#line = undefined
  }

  #resolveGrantees(granted: Granted): void {
    for (const { resolve } of this.#grantees.splice(0)) resolve(granted)
  }

  #rejectGrantees(error: ClientError): void {
    for (const { reject } of this.#grantees.splice(0)) reject(error)
  }
}

function listen<Value>(
  listeners: Set<(value: Value) => void>,
  listener: (value: Value) => void,
  now: Value,
): () => void {
  // A listener of its own each time, so that one function may listen twice.
  const own = (value: Value): void => listener(value)
  listeners.add(own)
  callAll(new Set([own]), now)
  return () => listeners.delete(own)
}

function isSame(a: SubscriptionStatus, b: SubscriptionStatus): boolean {
  const fields = a as Readonly<Record<string, unknown>>
  const others = b as Readonly<Record<string, unknown>>
  const names = Object.keys(fields)
  return names.length === Object.keys(others).length && names.every((name) => Object.is(fields[name], others[name]))
}
