import type { Instrument } from '@depthcast/market'
import type { Granted, StatusMessage } from '@depthcast/protocol'
import type { ConnectionState } from './connection.ts'
import { ClientError } from './errors.ts'
import { Grantees } from './grantees.ts'
import type { Held } from './held.ts'
import type { Follower, Line, Options, Received } from './line.ts'
import type { Lines } from './lines.ts'
import { Meter } from './meter.ts'
import { Reader } from './reader.ts'
import type { Ask } from './requests.ts'
import { scout } from './scout.ts'
import { isSame, type SubscriptionStatus, subscriptionStatus } from './state.ts'
import type { SubscriptionStats } from './stats.ts'
import { callAll, type Integrity, listen, type Subscription } from './subscription.ts'
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

/** A subscription across connections: follows a line while there is one, keeps the last good view when there is not, and goes on from it. */
export class LiveSubscription implements Subscription<AnyView>, Follower {
  readonly symbol: string
  readonly #channel: Ask['channel']
  readonly #context: SubscriptionContext
  readonly #listeners = new Set<(view: AnyView | undefined) => void>()
  readonly #stateListeners = new Set<(state: SubscriptionStatus) => void>()
  readonly #readers = new Set<Reader<AnyView>>()
  readonly #grantees = new Grantees()
  readonly #meter = new Meter()
  #options: Options
  #line: Line | undefined
  /** What the line of the former connection held of what is asked for now. */
  #held: Held | undefined
  /** The newest view of a line that was seen: one that follows on it holds nothing but news. */
  #seen: AnyView | undefined
  #terms: ViewTerms | undefined
  #why: string | undefined
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

  get why(): string | undefined {
    return this.#why
  }

  get current(): AnyView | undefined {
    return this.#current
  }

  get integrity(): Integrity | undefined {
    const status = this.#line && this.#context.status(this.symbol)
    return status && { verified: status.verified, verifiedAt: status.verifiedAt }
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

  modify(options: Options): Promise<Granted> {
    if (this.#isClosed) return Promise.reject(new ClientError('closed', `the subscription of ${this.symbol} is closed`))
    const before = this.#options
    const wanted = { ...before, ...options }
    const line = this.#line
    const { lines } = this.#context
    this.#options = wanted
    this.#held = undefined
    this.#giveUpMove()
    const granted = this.#grantees.wait()
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
    this.#held = undefined
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
    this.#held = undefined
    this.#unfollow()
    this.changed()
    this.#context.onClose(this)
  }

  /** The connection opened, was lost, or ended for good. */
  connectionChanged(): void {
    const isOpen = this.#context.connection().kind === 'open'
    if (!isOpen) {
      // While it goes over to another view, what it still follows is not what it asks for.
      if (this.#line !== undefined) this.#held = this.#isMoving ? undefined : this.#line.hold()
      this.#unfollow()
    } else if (this.#line === undefined && !this.#isPaused && !this.#isClosed) this.#follow()
    this.changed()
  }

  // As a follower of its line

  moved(line: Line): void {
    if (line === this.#line) {
      this.changed()
      return
    }
    this.#line = line
    if (line.standing.kind === 'good' && line.view !== undefined) {
      this.#terms = line.terms
      this.viewed(line.view, undefined)
    }
    this.changed()
  }

  received(message: Received): void {
    const { now, ageMs } = this.#context
    this.#meter.received(message, now(), message.serverTime === undefined ? undefined : ageMs(message.serverTime))
  }

  viewed(view: AnyView, before: AnyView | undefined): void {
    if (this.#line?.standing.kind === 'good') this.#lostAt = undefined
    if (view === this.#seen) {
      this.changed()
      return
    }
    const { rebase, position } = channelViews(this.#channel)
    const isNext = before !== undefined && before === this.#seen
    this.#current = isNext ? view : rebase(view, this.#current)
    // A view of nothing yet has no place from which the next could be told from what came elsewhere.
    this.#seen = position(view)?.[0] === 0 ? undefined : view
    this.#meter.viewed()
    // State first: whoever is called with the view may ask at once what to think of it.
    if (this.#state.kind !== 'live') this.changed()
    callAll(this.#listeners, this.#current)
    for (const reader of this.#readers) reader.offer(this.#current)
  }

  changed(): void {
    const { connection, status } = this.#context
    const line = this.#line
    const isRegranted = line !== undefined && this.#takeTerms(line)
    const state = subscriptionStatus({
      channel: this.#channel,
      isClosed: this.#isClosed,
      isPaused: this.#isPaused,
      connection: connection(),
      standing: line?.standing,
      status: line && status(this.symbol),
      lostAt: this.#lostAt,
    })
    if (isSame(state, this.#state) && !isRegranted) return
    this.#state = state
    if (state.kind === 'refused' || state.kind === 'closed') {
      const error = state.kind === 'refused' ? state.error : undefined
      this.#grantees.reject(error ?? new ClientError('closed', `the subscription of ${this.symbol} was closed`))
      for (const reader of [...this.#readers]) reader.end(error)
    }
    callAll(this.#stateListeners, state)
  }

  #ask(): Ask {
    return { channel: this.#channel, symbol: this.symbol, options: this.#options }
  }

  #follow(): void {
    const held = this.#held
    this.#held = undefined
    this.moved(this.#context.lines.follow(this.#ask(), this, held))
  }

  /** Notes what was granted. Returns whether that is not what it was, or the reason is another. */
  #takeTerms({ terms, why, isModifying }: Line): boolean {
    if (terms === undefined) return false
    const before = this.#terms
    const isRegranted = why !== this.#why || (before !== undefined && !isSame(before.granted, terms.granted))
    this.#terms = terms
    this.#why = why
    if (!isModifying && !this.#isMoving) this.#grantees.resolve(terms.granted)
    return isRegranted
  }

  /** Goes over to another line once it is granted. */
  #move(wanted: Options, before: Options): void {
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
  #takeBack(wanted: Options, before: Options, error: ClientError): void {
    if (this.#options !== wanted) return
    this.#options = before
    this.#grantees.reject(error)
  }

  #unfollow(): void {
    this.#giveUpMove()
    if (this.#line === undefined) return
    if (this.#current !== undefined) this.#lostAt ??= this.#context.now()
    this.#context.lines.leave(this.#line, this)
    this.#line = undefined
  }
}
