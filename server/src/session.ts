import { randomUUID } from 'node:crypto'
import { DRAINING, errorRow, ProtocolError, parseAck, type ServerMessage } from '@depthcast/protocol'
import { Allowance } from './allowance.ts'
import { atTime } from './at-time.ts'
import type { Cancel } from './clock.ts'
import { Dues } from './flow/dues.ts'
import type { Lane } from './flow/lanes.ts'
import { Line, type LineContext, PATIENCE_BYTES } from './flow/line.ts'
import { Holdings } from './holdings.ts'
import type { Flushable, Hub } from './hub.ts'
import type { Watcher } from './listing.ts'
import type { Log } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { refusal } from './refusal.ts'
import { type Answer, answer, REQUEST_NAMES } from './requests.ts'
import { bringBack } from './resume/bring-back.ts'
import type { Tickets } from './resume/ticket.ts'
import { ResumeToken } from './resume/token.ts'
import { cutSlow } from './slow-client.ts'
import type { Subscriber, Subscription } from './subscription.ts'
import type { Door, Encoding, Frame, Guest, Reply } from './transport.ts'
import type { Visitor } from './visitor.ts'
import { welcomeOf } from './welcome.ts'

export type SessionState = 'open' | 'draining' | 'closed'

/** What all sessions of a gateway share. */
export type SessionContext = LineContext & {
  readonly hub: Hub
  readonly metrics: Metrics
  readonly log: Log
  readonly tickets: Tickets
  readonly node: string
  readonly heartbeatMs: number
  onClosed(session: Session): void
}

/** One client: what it holds, what it is owed, and what it may do. */
export class Session implements Guest, Subscriber, Watcher, Flushable {
  readonly id = randomUUID()
  readonly encoding: Encoding
  readonly context: SessionContext
  readonly visitor: Visitor
  readonly address: string
  /** When it came, µs since 1970. */
  readonly since: number
  readonly allowance: Allowance
  readonly holdings: Holdings
  readonly line: Line
  readonly dues: Dues
  readonly #door: Door
  #token: ResumeToken | undefined
  readonly #expiry: Cancel | undefined
  #state: SessionState = 'open'
  #heartbeats = 0
  /** The last heartbeat is still here: whoever reads nothing gets no second one. */
  #heartbeatWaits = false
  #isEnding = false
  isTouched = false

  constructor(door: Door, visitor: Visitor, context: SessionContext) {
    this.#door = door
    this.encoding = door.encoding
    this.address = door.address
    this.visitor = visitor
    this.context = context
    this.since = context.clock.now()
    this.allowance = new Allowance(context.clock, context.limits)
    this.holdings = new Holdings(this)
    this.line = new Line(this, door, context)
    this.dues = new Dues(this)
    door.onDrain(() => {
      this.#heartbeatWaits = false
      this.line.drained()
      this.goOn()
    })
    door.onAnswer((mark) => {
      this.line.echoed(mark)
      this.goOn()
    })
    const { expiresAt } = visitor.identity
    if (expiresAt !== undefined) this.#expiry = atTime(context.clock, expiresAt, () => this.#expired('has expired'))
  }

  get state(): SessionState {
    return this.#state
  }

  /** Bytes held in this process for the client. */
  get buffered(): number {
    return this.line.buffered
  }

  // What comes in

  receive(event: unknown, payload: unknown, reply: Reply | undefined): void {
    if (this.#state !== 'open') return
    try {
      // One that says what can be is no request: it costs nothing, and keeps the flow going.
      if (event === 'ack') {
        this.line.acked(parseAck(payload).n)
        this.context.metrics.add('depthcast_acks_total', 1)
        this.goOn()
      } else {
        this.allowance.request()
        this.#carryOut(answer(this, event, payload), reply)
        this.context.metrics.add('depthcast_requests_total', 1, String(event), '0')
      }
    } catch (error) {
      this.#refuse(error, event, event === 'ack' ? undefined : reply)
    }
    this.context.hub.settle()
  }

  malformed(error: Error): void {
    if (this.#state === 'closed') return
    const known =
      error instanceof ProtocolError ? error : new ProtocolError('bad-request', 'the message cannot be read')
    this.#refuse(known, undefined, undefined)
    this.context.hub.settle()
  }

  gone(reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#expiry?.()
    this.line.close()
    this.holdings.dropAll()
    this.dues.stop()
    this.context.metrics.add('depthcast_closes_total', 1, reason)
    this.context.onClosed(this)
  }

  /** What brings this session's views back on another connection. Throws ProtocolError 422 where they are too many for one token. */
  resume(): string {
    this.#token ??= new ResumeToken(this.holdings, this.context, this.visitor.identity.name)
    return this.#token.text()
  }

  // What goes out

  get lane(): Lane {
    return this.line.lane
  }

  takes(): boolean {
    return this.line.takes()
  }

  push(frame: Frame): void {
    if (this.#state === 'closed') return
    if (this.line.put(frame, true)) this.context.hub.touch(this)
  }

  tell(frame: Frame): void {
    if (this.#state === 'closed') return
    if (this.line.put(frame, false)) this.context.hub.touch(this)
  }

  owe(subscription: Subscription): void {
    if (this.#state === 'closed') return
    this.line.isClear = false
    this.dues.owe(subscription)
    this.context.hub.touch(this)
  }

  /** A message for this client alone, which waits behind nothing. */
  send(message: ServerMessage): void {
    this.tell(this.encoding.encode(message))
  }

  /** Pays what is owed as far as the client can take it, then hands everything to the socket in one write. */
  flush(): void {
    if (this.#state === 'closed') return
    if (this.line.isClear) {
      this.#write()
      return
    }
    let goesOn = true
    while (goesOn) {
      this.dues.pay()
      // A socket that took all of it at once says so to nobody: there may be room for more already.
      goesOn = this.#write() && this.line.isHeld && this.line.hasRoom()
    }
    this.line.isClear = !this.line.isHeld
    if (this.state !== 'closed') this.dues.watch()
  }

  /** The socket threw: the end of this client alone. */
  failed(error: unknown): void {
    this.context.log.error({ err: error, session: this.id }, 'session.write-failed')
    this.#cut(errorRow('internal').closes?.code ?? DRAINING.code, 'internal')
  }

  /** There may be room now. */
  goOn(): void {
    if (this.#state === 'closed' || !this.line.isHeld) return
    this.flush()
    this.context.hub.settle()
  }

  /** Says hello, and brings back what the client held on its last connection. */
  welcome(): void {
    const { resumed, refused, begin } = bringBack(this, this.visitor.resume)
    this.send(welcomeOf(this, resumed))
    if (refused !== undefined) this.send({ type: 'error', ...refused, re: 'resume' })
    begin()
    this.flush()
    this.context.hub.settle()
  }

  heartbeat(): void {
    if (this.#state === 'closed' || (this.#heartbeatWaits && this.buffered > 0)) return
    if (this.visitor.identity.isValid?.() === false) {
      this.#expired('is no longer valid')
      return
    }
    this.allowance.rest()
    this.#heartbeats++
    const { clock, hub } = this.context
    this.send({ type: 'heartbeat', serverTime: clock.now(), n: this.#heartbeats, listed: hub.listings.size })
    this.flush()
    this.#heartbeatWaits = this.buffered > 0
  }

  /** Says that the gateway goes away, and closes so that the client comes back. */
  shutdown(reconnectInMs: number): void {
    if (this.#state !== 'open') return
    const resume = this.#resumeIfAny()
    this.#state = 'draining'
    this.send({
      type: 'shutdown',
      at: this.context.clock.now(),
      reconnectInMs,
      ...(resume === undefined ? {} : { resume }),
    })
    this.flush()
    this.#door.close(DRAINING.code, DRAINING.slug)
  }

  /** Says why, and closes. */
  end(error: ProtocolError): void {
    this.send({ type: 'error', ...error.toWire() })
    this.cut(error)
  }

  cut(error: ProtocolError): void {
    this.#cut(error.closes?.code ?? DRAINING.code, error.slug)
  }

  /** Undefined where nothing is held, or too much. */
  #resumeIfAny(): string | undefined {
    if (this.holdings.all.size === 0) return undefined
    try {
      return this.resume()
    } catch {
      return undefined
    }
  }

  #expired(how: string): void {
    this.end(new ProtocolError('unauthorized', `the token ${how}`))
  }

  #carryOut({ ack, after }: Answer, reply: Reply | undefined): void {
    if (reply !== undefined) this.#write(() => reply(ack))
    after?.()
  }

  /** Writes what is ready, or an answer. Returns whether anything was. */
  #write(answer?: () => void): boolean {
    let wrote = true
    try {
      if (answer === undefined) wrote = this.line.send()
      else this.line.account(answer)
    } catch (error) {
      this.failed(error)
      return false
    }
    const { unread } = this.line
    if (unread > PATIENCE_BYTES) cutSlow(this, `${unread} bytes unread, at most ${PATIENCE_BYTES} may be`)
    return wrote
  }

  #refuse(error: unknown, event: unknown, reply: Reply | undefined): void {
    const { metrics, log } = this.context
    const known = error instanceof ProtocolError
    if (!known) log.error({ err: error, session: this.id, request: requestName(event) }, 'session.request-failed')
    const wire = refusal(error)
    metrics.add('depthcast_requests_total', 1, requestName(event), String(wire.code))
    if (reply !== undefined) this.#write(() => reply({ error: wire }))
    else this.send({ type: 'error', ...wire, ...(typeof event === 'string' ? { re: event.slice(0, 32) } : {}) })
    const closes = known ? error.closes : undefined
    if (closes === undefined) return
    if (closes.when === 'always' || !this.allowance.mistake()) this.#cut(closes.code, wire.slug)
  }

  #cut(code: number, reason: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.flush()
    this.#door.close(code, reason)
    this.gone(reason)
  }
}

/** Requests are counted by name, and only by names we know: what a stranger sends is no label. */
function requestName(event: unknown): string {
  return typeof event === 'string' && REQUEST_NAMES.includes(event) ? event : 'unknown'
}
