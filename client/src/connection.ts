import { PROTOCOL_VERSION, type Welcome } from '@depthcast/protocol'
import { type BackoffRange, backoffMs } from './backoff.ts'
import { ClientError } from './errors.ts'
import type { Host } from './host.ts'
import { readShutdown, readWelcome } from './incoming.ts'
import type { Link, LinkEnd, Transport } from './transports/transport.ts'

/**
 * Where the connection stands. Times are ms since 1970.
 *
 * `connecting` an attempt is under way · `open` the server has welcomed us · `waiting` lost or refused; the next attempt is at `retryAt` ·
 * `closed` by `close()`, or for good by the server, which then is the `error`.
 */
export type ConnectionState =
  | { readonly kind: 'connecting'; readonly attempt: number; readonly since: number }
  | { readonly kind: 'open'; readonly welcome: Welcome; readonly since: number }
  | {
      readonly kind: 'waiting'
      readonly attempt: number
      readonly since: number
      readonly retryAt: number
      readonly error: ClientError
    }
  | { readonly kind: 'closed'; readonly since: number; readonly error?: ClientError }

export type ConnectionListener = {
  changed(state: ConnectionState): void
  /** Everything but what keeps the connection itself. */
  message(type: string, body: unknown, bytes: number): void
  /** The answer to a request came. */
  answered(bytes: number): void
}

/** A token, or what gives one, or none; a rejection, or silence, is a failed attempt. */
export type TokenSource = string | (() => string | undefined | Promise<string | undefined>)

export type ConnectionOptions = {
  readonly url: URL
  /** How the program is called. */
  readonly client: string
  readonly token: TokenSource | undefined
  readonly transport: Transport
  readonly reconnect: BackoffRange
  readonly host: Host
}

/** An attempt that has brought no welcome after this long is given up, and so is a connection with a request unanswered for this long. */
const ANSWER_WITHIN_MS = 10_000
/** A connection that lasted this long was a good one: the next loss starts the pauses from the shortest again. */
const STABLE_AFTER_MS = 10_000
const SILENT_AFTER_HEARTBEATS = 3

/** Keeps one connection to a server, for as long as it takes. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #listener: ConnectionListener
  #state: ConnectionState
  #link: Link | undefined
  #cancelTimer = (): void => {}
  /** By both clocks: the wall clock may be set, the other stands still while the machine sleeps. */
  #lastHeard = { now: 0, precise: 0 }
  #heartbeatMs = 0
  /** Since the last connection that lasted. */
  #attempts = 0
  readonly #unanswered = new Set<() => void>()
  /** From `shutdown`: what the server wants the next pause to be. */
  #invitedBackInMs: number | undefined
  #reconnects = 0

  constructor(options: ConnectionOptions, listener: ConnectionListener) {
    this.#options = options
    this.#listener = listener
    this.#state = { kind: 'connecting', attempt: 1, since: options.host.now() }
  }

  get state(): ConnectionState {
    return this.#state
  }

  /** Times the connection was lost after it had been open. */
  get reconnects(): number {
    return this.#reconnects
  }

  /** Begins the first attempt. */
  start(): void {
    this.#attempt()
  }

  /** Sends a request on the open connection. Returns false when there is none. A request left unanswered ends the connection. */
  request(name: string, body: unknown, answered: (reply: unknown) => void): boolean {
    const link = this.#link
    if (this.#state.kind !== 'open' || link === undefined) return false
    const cancel = this.#options.host.after(ANSWER_WITHIN_MS, () =>
      this.fail(new ClientError('unanswered', `no answer to ${name} after ${ANSWER_WITHIN_MS} ms`)),
    )
    this.#unanswered.add(cancel)
    link.request(name, body, (reply) => {
      if (this.#link !== link) return
      cancel()
      this.#unanswered.delete(cancel)
      this.#hear()
      answered(reply)
    })
    return true
  }

  /** Sends what is not answered on the open connection; nothing when there is none. */
  tell(name: string, body: unknown): void {
    if (this.#state.kind === 'open') this.#link?.tell(name, body)
  }

  /** Gives this connection, or attempt, up and comes back on a new one. */
  fail(error: ClientError): void {
    if (this.#state.kind !== 'open' && this.#state.kind !== 'connecting') return
    this.#link?.terminate()
    this.#ended({ error, next: 'backoff' })
  }

  /** Begins again on a new connection, now; also where the server had ended it for good. Nothing after `close()`. */
  reconnect(): void {
    if (this.#state.kind === 'closed' && this.#state.error === undefined) return
    if (this.#state.kind === 'open') this.#reconnects++
    this.#link?.terminate()
    this.#forgetLink()
    this.#attempts = 0
    this.#attempt()
  }

  close(): void {
    if (this.#state.kind === 'closed' && this.#state.error === undefined) return
    this.#link?.terminate()
    this.#forgetLink()
    this.#enter({ kind: 'closed', since: this.#options.host.now() })
  }

  #attempt(): void {
    const { host, url, token } = this.#options
    this.#attempts++
    const attempt: ConnectionState = { kind: 'connecting', attempt: this.#attempts, since: host.now() }
    this.#enter(attempt)
    if (this.#state !== attempt) return
    this.#cancelTimer = host.after(ANSWER_WITHIN_MS, () =>
      this.fail(new ClientError('silent', `no welcome from ${url.host} after ${ANSWER_WITHIN_MS} ms`)),
    )
    if (typeof token !== 'function') {
      this.#open(token)
      return
    }
    const isOver = (): boolean => this.#state !== attempt
    new Promise<string | undefined>((resolve) => resolve(token())).then(
      (fresh) => {
        if (!isOver()) this.#open(fresh)
      },
      (cause: unknown) => {
        if (!isOver()) this.fail(new ClientError('no-token', `no token could be had: ${String(cause)}`, { cause }))
      },
    )
  }

  #open(token: string | undefined): void {
    const { transport, url, client } = this.#options
    const link: Link = transport.open(
      url,
      { protocol: PROTOCOL_VERSION, client, ...(token !== undefined && { token }) },
      {
        message: (type, body, bytes) => {
          if (this.#link === link) this.#heard(type, body, bytes)
        },
        answered: (bytes) => {
          if (this.#link === link) this.#listener.answered(bytes)
        },
        ended: (end) => {
          if (this.#link === link) this.#ended(end)
        },
      },
    )
    this.#link = link
  }

  #heard(type: string, body: unknown, bytes: number): void {
    const { host } = this.#options
    this.#hear()
    if (type === 'welcome' && this.#state.kind === 'connecting') {
      const welcome = readWelcome(body)
      if (welcome === undefined) {
        this.fail(new ClientError('malformed-message', 'the welcome cannot be read'))
        return
      }
      this.#heartbeatMs = welcome.heartbeatMs
      this.#invitedBackInMs = undefined
      this.#cancelTimer()
      this.#watch()
      this.#enter({ kind: 'open', welcome, since: host.now() })
    } else if (type === 'shutdown') {
      this.#invitedBackInMs = readShutdown(body)?.reconnectInMs
    }
    this.#listener.message(type, body, bytes)
  }

  #hear(): void {
    const { host } = this.#options
    this.#lastHeard = { now: host.now(), precise: host.precise() }
  }

  /** Any message proves the server alive; heartbeats see to it that there is always one. */
  #watch(): void {
    const { host } = this.#options
    const limitMs = SILENT_AFTER_HEARTBEATS * this.#heartbeatMs
    this.#cancelTimer = host.after(this.#heartbeatMs, () => {
      const { now, precise } = this.#lastHeard
      const silentMs = Math.max(host.now() - now, host.precise() - precise)
      if (silentMs <= limitMs) this.#watch()
      else
        this.fail(
          new ClientError(
            'silent',
            `heard nothing for ${Math.round(silentMs)} ms, expected a heartbeat every ${this.#heartbeatMs} ms`,
          ),
        )
    })
  }

  #ended({ error, next }: LinkEnd): void {
    const { host } = this.#options
    const now = host.now()
    this.#forgetLink()
    if (next === 'stop' && !this.#mayHaveExpired(error)) {
      this.#enter({ kind: 'closed', since: now, error })
      return
    }
    const wasOpen = this.#state.kind === 'open'
    if (wasOpen) this.#reconnects++
    const wasStable = wasOpen && now - this.#state.since >= STABLE_AFTER_MS
    if (wasStable) this.#attempts = 0
    const pauseMs = this.#pauseMs(next === 'at-once' ? next : 'backoff', error.retryAfterMs)
    this.#invitedBackInMs = undefined
    this.#cancelTimer = host.after(pauseMs, () => this.#attempt())
    this.#enter({ kind: 'waiting', attempt: this.#attempts + 1, since: now, retryAt: now + pauseMs, error })
  }

  /** A token that was good for a while, and that there is a fresh one for. */
  #mayHaveExpired(error: ClientError): boolean {
    return error.slug === 'unauthorized' && this.#state.kind === 'open' && typeof this.#options.token === 'function'
  }

  #pauseMs(next: 'backoff' | 'at-once', retryAfterMs: number | undefined): number {
    const { reconnect, host } = this.#options
    const jitterMs = Math.round(host.random() * reconnect.minMs)
    if (this.#invitedBackInMs !== undefined) return this.#invitedBackInMs + jitterMs
    // "At once" is taken at its word only the first time: a server that sends us away again and again is not to be hammered.
    if (next === 'at-once' && this.#attempts <= 1) return jitterMs
    return Math.max(backoffMs(Math.max(1, this.#attempts), reconnect, host.random), retryAfterMs ?? 0)
  }

  #forgetLink(): void {
    this.#cancelTimer()
    for (const cancel of this.#unanswered) cancel()
    this.#unanswered.clear()
    this.#link = undefined
  }

  #enter(state: ConnectionState): void {
    this.#state = state
    this.#listener.changed(state)
  }
}
