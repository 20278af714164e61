import type { Granted, SubId } from '@depthcast/protocol'
import type { Session } from './session.ts'
import type { Subscription, ViewSpec } from './subscription.ts'

/** What one client has of a view, beyond the share itself; most have nothing. */
type Terms = {
  /** What it had asked for, where that is faster than what it can take at present. */
  readonly wanted?: ViewSpec
  readonly maxAgeMs?: number
}

const NONE: ReadonlyMap<SubId, Subscription> = new Map()
const NO_TERMS: Terms = {}

/** What a session holds, by the view's id. Empty until there is something: most of a waiting session's memory would be this. */
export class Holdings {
  readonly #session: Session
  #held: Map<SubId, Subscription> | undefined
  #terms: Map<SubId, Terms> | undefined
  #version = 0

  constructor(session: Session) {
    this.#session = session
  }

  /** Another number after each change of what is held. */
  get version(): number {
    return this.#version
  }

  changed(): void {
    this.#version++
    this.#session.dues.aged()
  }

  get all(): ReadonlyMap<SubId, Subscription> {
    return this.#held ?? NONE
  }

  of(sub: SubId): Subscription | undefined {
    return this.#held?.get(sub)
  }

  /**
   * Joins the view of this specification, or the one that is held already. Owes nothing yet: the answer goes first. Throws ProtocolError or UnitError
   * where there can be no such view.
   */
  hold(spec: ViewSpec, paused = false): Subscription {
    const { hub, metrics } = this.#session.context
    const view = hub.open(spec)
    const held = this.of(view.id)
    if (held !== undefined) {
      if (!paused) this.restart(held)
      return held
    }
    const subscription = view.join(this.#session, paused)
    this.changed()
    this.#held ??= new Map()
    this.#held.set(view.id, subscription)
    view.listing.watch(this.#session)
    metrics.add('depthcast_subscriptions', 1)
    return subscription
  }

  drop(subscription: Subscription): void {
    const { hub, metrics } = this.#session.context
    const { view } = subscription
    if (!this.#held?.delete(view.id)) return
    this.changed()
    this.#terms?.delete(view.id)
    this.#session.dues.clear(subscription)
    view.leave(subscription)
    view.listing.unwatch(this.#session)
    hub.release(view)
    metrics.add('depthcast_subscriptions', -1)
  }

  dropAll(): void {
    for (const subscription of [...this.all.values()]) this.drop(subscription)
  }

  pause(subscription: Subscription): void {
    this.changed()
    this.#session.dues.clear(subscription)
    subscription.view.pause(subscription)
  }

  /** Forgets what the client has of it: the next it gets is a whole image. */
  restart(subscription: Subscription): void {
    this.changed()
    subscription.view.restart(subscription)
  }

  terms({ view: { id } }: Subscription): Terms {
    return this.#terms?.get(id) ?? NO_TERMS
  }

  setTerms(
    { view: { id } }: Subscription,
    { wanted, maxAgeMs }: { [Name in keyof Terms]: Terms[Name] | undefined },
  ): void {
    if (wanted === undefined && maxAgeMs === undefined) this.#terms?.delete(id)
    else {
      this.#terms ??= new Map()
      this.#terms.set(id, { ...(wanted && { wanted }), ...(maxAgeMs !== undefined && { maxAgeMs }) })
    }
    this.changed()
  }

  /** Whether any of them may grow too old. */
  get hasTerms(): boolean {
    return (this.#terms?.size ?? 0) > 0
  }

  /** What the client asked for, as far as it is allowed: what it has, unless it was too slow for that. */
  wanted(subscription: Subscription): ViewSpec {
    return this.terms(subscription).wanted ?? subscription.view.spec
  }

  /** What the client has at present. */
  granted(subscription: Subscription): Granted {
    const { maxAgeMs } = this.terms(subscription)
    const { granted } = subscription.view
    return maxAgeMs === undefined ? granted : { ...granted, maxAgeMs }
  }
}
