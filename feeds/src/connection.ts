import type { Micros } from '@depthcast/market'
import { type Budget, backoffMs, type Pacing } from './backoff.ts'
import type { Closed, Tap } from './capture.ts'
import { type FeedError, HandshakeError, RateLimited, StaleFeed, TransportError, UpstreamNotice } from './errors.ts'
import { retryAfter } from './http.ts'
import type { Cancel, Outside, Socket } from './outside.ts'
import { placeOf, socketFailure } from './socket-failure.ts'

/** A socket that lived this long was a good one: the next trouble starts at the shortest delay again. */
const STABLE_AFTER_MS = 30_000
/** After 429 or 418 without a word on how long. */
const RATE_LIMITED_MS = 60_000
/** After 401, 403 or 451 only an operator or time can help: bans for too many connections last ten minutes, and attempts make them longer. */
const REFUSED_RETRY_MS = 600_000
/** After a close with 1008, which is how venues end those who say too much. */
const POLICY_CLOSE = { firstMs: 20_000, capMs: 120_000 } as const
const POLICY_CLOSE_LEAST_MS = 10_000
/** A venue that says it restarts or is full is not up again at once. */
const UPSTREAM_LEAST_MS = 5_000

export type ConnectionState =
  | { readonly state: 'idle' }
  | { readonly state: 'connecting'; readonly attempt: number; readonly socket: Socket }
  | { readonly state: 'open'; readonly attempt: number; readonly since: Micros; readonly socket: Socket }
  | { readonly state: 'waiting'; readonly retryAt: Micros; readonly cause: FeedError }
  | { readonly state: 'closed' }

export type ConnectionOptions = {
  readonly venue: string
  readonly url: string
  readonly silenceMs: number
  readonly sends: Pacing
  readonly outside: Outside
  /** Shared by all connections to the venue. */
  readonly budget: Budget
  /** Least delay before an attempt, from the third in a row on. */
  readonly minDelayMs?: number
  /** What a recording calls these sockets, one after the other. */
  readonly name?: string
  /** Hears of everything on the wire, before anyone acts on it. */
  readonly tap?: Tap
}

/** What a connection tells. `onFrame` is called from within the socket's own event: nothing waits between the two. */
export type ConnectionHandlers = {
  onOpen(now: Micros): void
  onFrame(text: string, now: Micros): void
  onPing(now: Micros): void
  onClosed(code: number, reason: string, now: Micros): void
  onError(error: FeedError): void
}

/**
 * One WebSocket to a venue, opened again whenever it is lost, until closed.
 *
 * A socket on which nothing comes in for `silenceMs` is terminated, not closed: a half-open TCP connection answers no closing handshake.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #handlers: ConnectionHandlers
  #state: ConnectionState = { state: 'idle' }
  #attempt = 0
  #lastInboundAt: Micros = 0 as Micros
  /** Why the socket that is closing right now was given up by us. */
  #given: FeedError | undefined
  #foretold: UpstreamNotice | undefined
  /** Hears that the socket it ended for good is gone. */
  #ended: (() => void) | undefined
  #timer: Cancel | undefined
  #watchdog: Cancel | undefined
  readonly #outgoing: string[] = []
  #sender: Cancel | undefined

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.#options = options
    this.#handlers = handlers
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Starts connecting, now or as soon as the venue's limit on attempts allows. */
  open(): void {
    if (this.#state.state !== 'idle') return
    this.#connect()
  }

  /** Queues a message behind the venue's limit on messages a second. Dropped when there is no socket: what is asked is asked again on open. */
  send(text: string): void {
    if (this.#state.state !== 'open') return
    this.#outgoing.push(text)
    this.#flush()
  }

  /** The venue said on this socket that it is going away: when the socket ends, that is why, and the next one takes its time. */
  foretell(notice: UpstreamNotice): void {
    if (this.#state.state === 'open') this.#foretold = notice
  }

  /** Gives the socket up and opens another after the backoff. */
  restart(error: FeedError): void {
    if (this.#state.state !== 'open' && this.#state.state !== 'connecting') return
    this.#given = error
    this.#state.socket.terminate()
  }

  /** Ends it for good, and tells nobody but the recording why; the promise resolves when the socket is gone. */
  close(why: string): Promise<void> {
    const previous = this.#state
    if (previous.state === 'open')
      this.#tapClosed(this.#now(), { code: 1006, reason: '', by: 'us', why, isFinal: true })
    this.#state = { state: 'closed' }
    this.#stopTimers()
    if (previous.state !== 'open' && previous.state !== 'connecting') return Promise.resolve()
    return new Promise((resolve) => {
      this.#ended = resolve
      previous.socket.terminate()
    })
  }

  #connect(): void {
    const waitMs = this.#options.budget.take(this.#now() / 1000)
    if (waitMs > 0) {
      const reason = `${this.#options.venue}: as many connections as it allows`
      this.#wait(waitMs, new RateLimited({ venue: this.#options.venue, reason, retryAfterMs: waitMs }))
      return
    }
    const { outside, url, venue } = this.#options
    let failure: FeedError | undefined
    const socket = outside.connect(url, {
      onOpen: () => this.#opened(socket),
      onFrame: (text, bin) => {
        if (this.#state.state !== 'open') return
        this.#lastInboundAt = this.#now()
        this.#tapFrame('frame', text, bin)
        this.#handlers.onFrame(text, this.#lastInboundAt)
      },
      onPing: (payload) => {
        this.#lastInboundAt = this.#now()
        this.#tapPing(payload)
        if (this.#state.state === 'open') this.#handlers.onPing(this.#lastInboundAt)
      },
      onRefused: (status, retryHeader) => {
        failure = this.#refusal(status, retryHeader)
      },
      onError: (cause) => {
        failure ??= socketFailure(venue, url, cause)
      },
      onClose: (code, reason) => this.#closed(code, reason, failure),
    })
    this.#state = { state: 'connecting', attempt: this.#attempt, socket }
    this.#given = undefined
  }

  #opened(socket: Socket): void {
    if (this.#state.state !== 'connecting') return
    const now = this.#now()
    this.#state = { state: 'open', attempt: this.#attempt, since: now, socket }
    this.#lastInboundAt = now
    this.#foretold = undefined
    this.#watchAgain()
    const { url, venue, name: connection = url } = this.#options
    this.#options.tap?.({ kind: 'open', at: now, connection, url, venue })
    this.#handlers.onOpen(now)
  }

  #watchAgain(): void {
    const { outside, silenceMs } = this.#options
    this.#watchdog = outside.later(Math.max(10, silenceMs / 4), () => {
      this.#watchAgain()
      this.#watch()
    })
  }

  #watch(): void {
    const silentMs = Math.round((this.#now() - this.#lastInboundAt) / 1000)
    const limitMs = this.#options.silenceMs
    if (silentMs >= limitMs) this.restart(new StaleFeed({ venue: this.#options.venue, silentMs, limitMs }))
  }

  #closed(code: number, reason: string, failure: FeedError | undefined): void {
    const previous = this.#state
    if (previous.state === 'closed') {
      this.#ended?.()
      return
    }
    this.#stopTimers()
    const now = this.#now()
    const wasOpen = previous.state === 'open'
    if (wasOpen && now - previous.since >= STABLE_AFTER_MS * 1000) this.#attempt = 0
    const error = this.#given ?? failure ?? this.#foretold ?? this.#endedBy(code, reason)
    const why = error.message
    if (wasOpen) this.#tapClosed(now, { code, reason, why, ...(this.#given === undefined ? {} : { by: 'us' }) })
    this.#wait(this.#delayMs(error), error)
    this.#handlers.onError(error)
    if (wasOpen) this.#handlers.onClosed(code, error.message, now)
  }

  /** What a close says: RFC 6455, section 7.4.1, and the codes registered since (1012 restart, 1013 try again later). */
  #endedBy(code: number, reason: string): FeedError {
    const { venue, url } = this.#options
    const why = `${placeOf(url)}: closed with code ${code}${reason === '' ? '' : `, ${reason}`}`
    switch (code) {
      case 1008: {
        const drawn = backoffMs(this.#attempt++, this.#options.outside.random, POLICY_CLOSE)
        return new RateLimited({ venue, reason: why, retryAfterMs: Math.max(POLICY_CLOSE_LEAST_MS, drawn) })
      }
      case 1012:
      case 1013:
        return new UpstreamNotice({ venue, reason: why })
      default:
        return new TransportError({ venue, reason: why })
    }
  }

  #delayMs(error: FeedError): number {
    if (error instanceof RateLimited) return error.retryAfterMs
    if (error instanceof HandshakeError) return REFUSED_RETRY_MS
    const { random } = this.#options.outside
    const attempt = this.#attempt++
    const least = Math.max(
      attempt === 0 ? 0 : (this.#options.minDelayMs ?? 0),
      error instanceof UpstreamNotice || this.#foretold !== undefined ? UPSTREAM_LEAST_MS : 0,
    )
    // Spread above the least too: those who were thrown out together must not come back together.
    return Math.max(least + Math.floor((random() * least) / 4), backoffMs(attempt, random))
  }

  #now(): Micros {
    return this.#options.outside.clock.now()
  }

  #wait(ms: number, cause: FeedError): void {
    this.#state = { state: 'waiting', retryAt: (this.#now() + ms * 1000) as Micros, cause }
    this.#timer = this.#options.outside.later(ms, () => this.#connect())
  }

  #refusal(status: number, retryHeader: string | undefined): FeedError {
    const venue = this.#options.venue
    const reason = `${placeOf(this.#options.url)} answered the handshake with HTTP ${status}`
    const asked = retryAfter(retryHeader ?? null, this.#now() / 1000)
    // A ban with its end said is a limit, whichever status it has: 403 is what the proxies before some venues answer.
    if (status === 429 || status === 418 || (asked !== undefined && (status === 403 || status === 503))) {
      return new RateLimited({ venue, reason, retryAfterMs: Math.max(1_000, asked ?? RATE_LIMITED_MS) })
    }
    if (status === 401 || status === 403 || status === 451) {
      const hint = 'the venue refuses this address, perhaps for too many connections, or wants a key'
      return new HandshakeError({ venue, reason, hint })
    }
    return new TransportError({ venue, reason })
  }

  #flush(): void {
    if (this.#sender !== undefined) return
    while (this.#outgoing.length > 0 && this.#state.state === 'open') {
      const { outside, sends } = this.#options
      const waitMs = sends.take(this.#now() / 1000)
      if (waitMs > 0) {
        this.#sender = outside.later(waitMs, () => {
          this.#sender = undefined
          this.#flush()
        })
        return
      }
      const text = this.#outgoing.shift() as string
      this.#tapFrame('sent', text)
      this.#state.socket.send(text)
    }
  }

  #tapFrame(kind: 'frame' | 'sent', text: string, bin?: string): void {
    const { tap, url, name: connection = url } = this.#options
    const verbatim = bin === undefined ? {} : { bin }
    tap?.({ kind, at: kind === 'frame' ? this.#lastInboundAt : this.#now(), connection, text, ...verbatim })
  }

  #tapClosed(at: Micros, end: Omit<Closed, 'kind' | 'at' | 'connection'>): void {
    const { url, name: connection = url, tap } = this.#options
    tap?.({ kind: 'closed', at, connection, ...end })
  }

  #tapPing(payload: string): void {
    const { tap, url, name: connection = url } = this.#options
    if (tap === undefined) return
    const said = { at: this.#lastInboundAt, connection, ...(payload === '' ? {} : { payload }) }
    tap({ kind: 'ping', ...said })
    tap({ kind: 'pong', ...said })
  }

  #stopTimers(): void {
    this.#timer?.()
    this.#sender?.()
    this.#watchdog?.()
    this.#sender = undefined
    this.#outgoing.length = 0
  }
}
