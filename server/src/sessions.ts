import { PROTOCOL_VERSION, ProtocolError, parseHandshake } from '@depthcast/protocol'
import { bearerOf } from './auth/bearer.ts'
import type { Gatekeeper } from './auth/gatekeeper.ts'
import type { Identity } from './auth/identity.ts'
import type { Cancel } from './clock.ts'
import { refusal } from './requests.ts'
import { Session, type SessionContext } from './session.ts'
import type { Admission, Door, Handshake, Reception } from './transport.ts'

/** Every session's heartbeat falls into one of this many slices of the interval, so that they do not all leave at once. */
const SLICES = 20

export type SessionsOptions = Omit<SessionContext, 'onClosed' | 'identity'> & {
  /** How this gateway process calls itself. */
  readonly node: string
  readonly heartbeatMs: number
  readonly gatekeeper: Gatekeeper
}

/** The sessions of this gateway: lets clients in, keeps them certain that the line is alive, and sends them away in order. */
export class Sessions implements Reception {
  readonly #options: SessionsOptions
  readonly #slices: readonly Set<Session>[] = Array.from({ length: SLICES }, () => new Set<Session>())
  #entered = 0
  #open = 0
  #beat = 0
  #cancel: Cancel | undefined
  #isDraining = false

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** Begins the heartbeats. */
  start(): void {
    this.#schedule()
  }

  get messageBytes(): number {
    return this.#options.limits.messageBytes
  }

  get size(): number {
    return this.#open
  }

  /** Bytes held in this process for all clients. */
  buffered(): number {
    let bytes = 0
    for (const session of this.#all()) bytes += session.buffered
    return bytes
  }

  get handshakeMs(): number {
    return this.#options.limits.handshakeMs
  }

  /** Looks at what the client says of itself, and whether there is room. */
  async admit(handshake: Handshake): Promise<Admission> {
    try {
      const { token } = parseHandshake(handshake.auth)
      this.#refuseFull()
      const identity = await this.#options.gatekeeper.identify(handshake, token ?? bearerOf(handshake.authorization))
      this.#refuseFull()
      return { admitted: true, enter: (door) => this.enter(door, identity) }
    } catch (error) {
      const { code, slug, message } = refusal(error)
      return { admitted: false, code, slug, message }
    }
  }

  /** Tells everyone to come back, each a little later than the one before, and closes. */
  shutdown(): void {
    this.#isDraining = true
    let position = 0
    for (const session of this.#all()) {
      session.shutdown(Math.round((position / Math.max(1, this.#open)) * RETURN_WINDOW_MS))
      position++
    }
  }

  close(): void {
    this.#cancel?.()
    for (const session of [...this.#all()]) session.gone('shutdown')
  }

  /** Starts a session for one who has been let in. */
  enter(door: Door, identity: Identity): Session {
    const { node, heartbeatMs, gatekeeper: _gatekeeper, ...context } = this.#options
    const slice = this.#slices[this.#entered++ % SLICES] as Set<Session>
    const session = new Session(door, {
      ...context,
      identity,
      onClosed: (closed) => {
        if (slice.delete(closed)) this.#count(-1)
      },
    })
    slice.add(session)
    this.#count(1)
    session.welcome(node, heartbeatMs, PROTOCOL_VERSION)
    return session
  }

  #refuseFull(): void {
    const { connections } = this.#options.limits
    if (this.#isDraining)
      throw new ProtocolError('not-ready', 'this gateway is going away', { retryAfterMs: RETURN_WINDOW_MS })
    if (this.#open >= connections)
      throw new ProtocolError('connection-limit', `${this.#open} clients are connected, as many as may be`)
  }

  #count(by: 1 | -1): void {
    this.#open += by
    this.#options.metrics.add('depthcast_sessions', by)
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.after(this.#options.heartbeatMs / SLICES, () => {
      for (const session of this.#slices[this.#beat++ % SLICES] as Set<Session>) session.heartbeat()
      this.#schedule()
    })
  }

  *#all(): Generator<Session> {
    for (const slice of this.#slices) yield* slice
  }
}

/** Clients of a gateway that goes away come back spread over this long. */
const RETURN_WINDOW_MS = 2000
