import { ProtocolError, parseHandshake } from '@depthcast/protocol'
import { bearerOf } from './auth/bearer.ts'
import type { Gatekeeper } from './auth/gatekeeper.ts'
import type { Identity } from './auth/identity.ts'
import type { Cancel } from './clock.ts'
import { limitNow } from './limits.ts'
import type { Backlog } from './metrics.ts'
import { networkOf } from './network.ts'
import { refusal } from './refusal.ts'
import { reportOf, type SessionReport } from './report.ts'
import { Tickets } from './resume/ticket.ts'
import { Session, type SessionContext } from './session.ts'
import { Tally } from './tally.ts'
import type { Admission, Door, Handshake, Reception } from './transport.ts'
import type { Visitor } from './visitor.ts'

/** Every session's heartbeat falls into one of this many slices of the interval, so that they do not all leave at once. */
const SLICES = 20

export type SessionsOptions = Omit<SessionContext, 'onClosed' | 'tickets'> & {
  readonly gatekeeper: Gatekeeper
  /** Signs resume tokens; gateways with the same one take each other's clients back. Default: a new one. */
  readonly resumeSecret?: string
}

/** The sessions of this gateway: lets clients in, keeps them certain that the line is alive, and sends them away in order. */
export class Sessions implements Reception {
  readonly #options: SessionsOptions
  readonly #context: SessionContext
  readonly #slices: readonly Set<Session>[] = Array.from({ length: SLICES }, () => new Set<Session>())
  readonly #byAddress = new Tally()
  readonly #byKey = new Tally()
  #entered = 0
  #open = 0
  #beat = 0
  #cancel: Cancel | undefined
  #isDraining = false

  constructor({ gatekeeper, resumeSecret, ...shared }: SessionsOptions) {
    this.#options = { gatekeeper, ...shared }
    this.#context = {
      ...shared,
      tickets: new Tickets(shared.clock, resumeSecret),
      onClosed: (session) => this.#closed(session),
    }
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

  /** What is on its way to all clients, and who cannot take what is owed at present. */
  backlog(): Backlog {
    let [bufferedBytes, unconfirmedBytes, held, slowed, lagMs] = [0, 0, 0, 0, 0]
    for (const { line, dues } of this.#all()) {
      bufferedBytes += line.buffered
      unconfirmedBytes += line.unconfirmed
      if (line.isHeld) held++
      if (dues.rung !== undefined) slowed++
      lagMs = Math.max(lagMs, dues.lagMs)
    }
    return { bufferedBytes, unconfirmedBytes, held, slowed, lagMs }
  }

  get handshakeMs(): number {
    return this.#options.limits.handshakeMs
  }

  /** Sessions as an operator sees them, `most` of them after the first `skip`. */
  describe(skip = 0, most = Number.POSITIVE_INFINITY): readonly SessionReport[] {
    const reports: SessionReport[] = []
    let at = 0
    for (const session of this.#all()) {
      if (at++ < skip) continue
      if (reports.length >= most) break
      reports.push(reportOf(session))
    }
    return reports
  }

  /** Looks at what the client says of itself, and whether there is room. */
  async admit(handshake: Handshake): Promise<Admission> {
    try {
      const { token, client, resume } = parseHandshake(handshake.auth)
      this.#refuseFull(handshake.address)
      const identity = await this.#options.gatekeeper.identify(handshake, token ?? bearerOf(handshake.authorization))
      this.#refuseFull(handshake.address, identity)
      const visitor = { identity, ...(client !== undefined && { client }), ...(resume !== undefined && { resume }) }
      return { admitted: true, enter: (door) => this.enter(door, visitor) }
    } catch (error) {
      return { admitted: false, ...refusal(error) }
    }
  }

  /** Tells everyone to come back, each a little later than the one before, and closes. */
  shutdown(): void {
    this.#isDraining = true
    let position = 0
    const open = Math.max(1, this.#open)
    for (const session of this.#all()) {
      session.shutdown(Math.round((position / open) * RETURN_WINDOW_MS))
      position++
    }
  }

  close(): void {
    this.#cancel?.()
    for (const session of [...this.#all()]) session.gone('shutdown')
  }

  /**
   * Starts a session for one who has been let in. Only here is it counted, so that one who never comes takes no room; one who comes when others
   * have taken the last room meanwhile is told so, and closed.
   */
  enter(door: Door, visitor: Visitor): Session {
    const session = new Session(door, visitor, this.#context)
    let refused: unknown
    try {
      this.#refuseFull(door.address, visitor.identity)
    } catch (error) {
      refused = error
    }
    this.#count(session, 1)
    this.#slices[this.#entered++ % SLICES]?.add(session)
    if (refused instanceof ProtocolError) session.end(refused)
    else session.welcome()
    return session
  }

  #refuseFull(address: string, identity?: Identity): void {
    const { limits } = this.#options
    if (this.#isDraining)
      throw new ProtocolError('not-ready', 'this gateway is going away', { retryAfterMs: RETURN_WINDOW_MS })
    if (this.#open >= limits.connections)
      throw new ProtocolError(
        'connection-limit',
        `${this.#open} clients are connected: ${limitNow(limits, 'connections')}`,
      )
    const near = this.#byAddress.of(networkOf(address))
    if (near >= limits.connectionsPerAddress) {
      const now = limitNow(limits, 'connectionsPerAddress')
      throw new ProtocolError('connection-limit', `${near} clients are connected from this address: ${now}`)
    }
    if (identity?.key === undefined) return
    const { key, entitlements } = identity
    const most = Math.min(limits.connectionsPerKey, entitlements.connections ?? Number.POSITIVE_INFINITY)
    const same = this.#byKey.of(key)
    if (same >= most)
      throw new ProtocolError(
        'connection-limit',
        `${same} clients are connected with this key: limit connectionsPerKey is ${most}`,
      )
  }

  #closed(session: Session): void {
    if (this.#slices.some((slice) => slice.delete(session))) this.#count(session, -1)
  }

  #count({ address, encoding, visitor: { identity } }: Session, by: 1 | -1): void {
    this.#open += by
    this.#byAddress.add(networkOf(address), by)
    if (identity.key !== undefined) this.#byKey.add(identity.key, by)
    this.#options.metrics.add('depthcast_sessions', by, encoding.name)
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
