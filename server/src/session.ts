import { randomUUID } from 'node:crypto'
import { DRAINING, errorRow, ProtocolError, type ServerMessage, type SubId } from '@depthcast/protocol'
import type { Identity } from './auth/identity.ts'
import type { Clock } from './clock.ts'
import type { Flushable, Hub } from './hub.ts'
import { type GatewayLimits, TokenBucket } from './limits.ts'
import type { Watcher } from './listing.ts'
import type { Log } from './logger.ts'
import type { Metrics } from './metrics.ts'
import { Outbox } from './outbox.ts'
import { type Answer, answer, REQUEST_NAMES, refusal } from './requests.ts'
import type { Subscriber, Subscription, ViewSpec } from './subscription.ts'
import type { Door, Encoding, Frame, Guest, Reply } from './transport.ts'

/** Data is pushed only while less than this waits in the process for the client. */
export const WRITABLE_BYTES = 64 * 1024

/** Answers, status and gaps do not wait for that. A client who lets this much of them pile up reads nothing any more, and is cut. */
export const PATIENCE_BYTES = 256 * 1024

/** Mistakes a client may make at once, and then one a second, before it is cut. */
const MISTAKES = 50

export type SessionState =
  | { readonly state: 'open' }
  /** Told that the gateway goes away: nothing new is taken on. */
  | { readonly state: 'draining' }
  | { readonly state: 'closed'; readonly reason: string }

export type SessionContext = {
  readonly hub: Hub
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
  readonly limits: GatewayLimits
  readonly identity: Identity
  /** Instead of WRITABLE_BYTES. */
  readonly writableBytes?: number
  onClosed(session: Session): void
}

/** One client: what it holds, what it is owed, and what it may do. */
export class Session implements Guest, Subscriber, Watcher, Flushable {
  readonly id = randomUUID()
  readonly encoding: Encoding
  /** What it holds, by the view's id. */
  readonly subscriptions = new Map<SubId, Subscription>()
  readonly context: SessionContext
  readonly #door: Door
  readonly #writableBytes: number
  readonly #outbox = new Outbox()
  readonly #requests: TokenBucket
  readonly #mistakes: TokenBucket
  #state: SessionState = { state: 'open' }
  #batch: Frame[] = []
  #batchBytes = 0
  #heartbeats = 0
  /** Bytes written although the client was not taking, since it last was. */
  #unread = 0

  constructor(door: Door, context: SessionContext) {
    this.#door = door
    this.#writableBytes = context.writableBytes ?? WRITABLE_BYTES
    this.encoding = door.encoding
    this.context = context
    this.#requests = new TokenBucket(context.clock, context.limits.messagesPerSecond)
    this.#mistakes = new TokenBucket(context.clock, 1, MISTAKES)
    door.onDrain(() => {
      if (this.#outbox.size > 0) this.flush()
    })
  }

  get state(): SessionState {
    return this.#state
  }

  /** Bytes held in this process for the client. */
  get buffered(): number {
    return this.#door.buffered()
  }

  // What comes in

  receive(event: unknown, payload: unknown, reply: Reply | undefined): void {
    if (this.#state.state !== 'open') return
    try {
      if (!this.#requests.take()) throw this.#tooMany()
      this.#carryOut(answer(this, event, payload), reply)
      this.context.metrics.add('depthcast_requests_total', 1, String(event), '0')
    } catch (error) {
      this.#refuse(error, event, reply)
    }
    this.context.hub.settle()
  }

  malformed(error: Error): void {
    if (this.#state.state === 'closed') return
    const known =
      error instanceof ProtocolError ? error : new ProtocolError('bad-request', 'the message cannot be read')
    this.#refuse(known, undefined, undefined)
    this.context.hub.settle()
  }

  gone(reason: string): void {
    if (this.#state.state === 'closed') return
    this.#state = { state: 'closed', reason }
    for (const subscription of [...this.subscriptions.values()]) this.drop(subscription)
    this.#batch = []
    this.context.metrics.add('depthcast_closes_total', 1, reason)
    this.context.onClosed(this)
  }

  // What it holds

  /** Joins the view of this specification, or the one it already holds. Owes nothing yet: the answer goes first. */
  hold(spec: ViewSpec, paused = false): Subscription {
    const { hub, metrics } = this.context
    const view = hub.open(spec)
    const held = this.subscriptions.get(view.id)
    if (held !== undefined) {
      if (!paused) view.restart(held)
      return held
    }
    const subscription = view.join(this, paused)
    this.subscriptions.set(view.id, subscription)
    view.listing.watch(this)
    metrics.add('depthcast_subscriptions', 1)
    return subscription
  }

  drop(subscription: Subscription): void {
    const { hub, metrics } = this.context
    const { view } = subscription
    if (!this.subscriptions.delete(view.id)) return
    this.#outbox.clear(subscription)
    view.leave(subscription)
    view.listing.unwatch(this)
    hub.release(view)
    metrics.add('depthcast_subscriptions', -1)
  }

  pause(subscription: Subscription): void {
    this.#outbox.clear(subscription)
    subscription.view.pause(subscription)
  }

  // What goes out

  takes(): boolean {
    return this.#state.state !== 'closed' && this.#batchBytes + this.#door.buffered() < this.#writableBytes
  }

  push(frame: Frame): void {
    if (this.#state.state === 'closed') return
    if (this.#batch.length === 0) this.context.hub.touch(this)
    this.#batch.push(frame)
    this.#batchBytes += frame.length
  }

  tell(frame: Frame): void {
    this.push(frame)
  }

  owe(subscription: Subscription): void {
    this.#outbox.mark(subscription)
    this.context.hub.touch(this)
  }

  /** A message for this client alone, which waits behind nothing. */
  send(message: ServerMessage): void {
    this.tell(this.encoding.encode(message))
  }

  /** Pays what is owed as far as the client can take it, then hands everything to the socket in one write. */
  flush(): void {
    if (this.#state.state === 'closed') return
    while (this.#outbox.size > 0 && this.takes()) {
      const subscription = this.#outbox.take()
      if (subscription === undefined) break
      if (!subscription.view.catchUp(subscription)) {
        this.#outbox.mark(subscription)
        break
      }
    }
    if (this.#batch.length === 0) return
    const frames = this.#batch
    const bytes = this.#batchBytes
    this.#batch = []
    this.#batchBytes = 0
    this.context.metrics.written(frames.length, bytes)
    this.#write(() => this.#door.write(frames))
  }

  welcome(node: string, heartbeatMs: number, protocol: number): void {
    const { clock, limits } = this.context
    this.send({
      type: 'welcome',
      protocol,
      session: this.id,
      node,
      serverTime: clock.now(),
      limits,
      heartbeatMs,
      features: ['modify', 'pause', 'checksum'],
    })
    this.flush()
  }

  heartbeat(): void {
    this.#heartbeats++
    this.send({ type: 'heartbeat', serverTime: this.context.clock.now(), n: this.#heartbeats })
    this.flush()
  }

  /** Says that the gateway goes away, and closes so that the client comes back. */
  shutdown(reconnectInMs: number): void {
    if (this.#state.state !== 'open') return
    this.#state = { state: 'draining' }
    this.send({ type: 'shutdown', at: this.context.clock.now(), reconnectInMs })
    this.flush()
    this.#door.close(DRAINING.code, DRAINING.slug)
  }

  #carryOut({ ack, after }: Answer, reply: Reply | undefined): void {
    if (reply !== undefined) this.#write(() => reply(ack))
    after?.()
  }

  /** Keeps account of what a client who is not taking is sent all the same, and ends it. A line that fails is the end of this client alone. */
  #write(send: () => void): void {
    const before = this.#door.buffered()
    try {
      send()
    } catch (error) {
      this.context.log.error({ err: error, session: this.id }, 'session.write-failed')
      this.#cut(errorRow('internal').closes?.code ?? DRAINING.code, 'internal')
      return
    }
    this.#unread = before < this.#writableBytes ? 0 : this.#unread + this.#door.buffered() - before
    if (this.#unread > PATIENCE_BYTES) this.#cutSlow()
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
    if (closes !== undefined && (closes.when === 'always' || !this.#mistakes.take())) this.#cut(closes.code, wire.slug)
  }

  #tooMany(): ProtocolError {
    const { messagesPerSecond } = this.context.limits
    return new ProtocolError('rate-limited', `more than ${messagesPerSecond} messages a second`, {
      retryAfterMs: this.#requests.waitMs(),
    })
  }

  #cutSlow(): void {
    const error = new ProtocolError('slow-client', `${this.#unread} bytes unread, at most ${PATIENCE_BYTES} may be`)
    this.context.log.info({ session: this.id, address: this.#door.address, unread: this.#unread }, 'session.cut-slow')
    this.#cut(error.closes?.code ?? DRAINING.code, error.slug)
  }

  #cut(code: number, reason: string): void {
    this.flush()
    this.#door.close(code, reason)
    this.gone(reason)
  }
}

/** Requests are counted by name, and only by names we know: what a stranger sends is no label. */
function requestName(event: unknown): string {
  return typeof event === 'string' && REQUEST_NAMES.includes(event) ? event : 'unknown'
}
