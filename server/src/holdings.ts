import type { Granted, SubId } from '@depthcast/protocol'
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
  #held: Map<SubId, Subscription> | undefined
  #terms: Map<SubId, Terms> | undefined
  #version = 0

  /** Another number after each change of what is held. */
  get version(): number {
    return this.#version
  }

  changed(): void {
    this.#version++
  }

  get all(): ReadonlyMap<SubId, Subscription> {
    return this.#held ?? NONE
  }

  add(subscription: Subscription): void {
    this.changed()
    this.#held ??= new Map()
    this.#held.set(subscription.view.id, subscription)
  }

  /** Returns whether it was there. */
  remove({ view: { id } }: Subscription): boolean {
    this.changed()
    this.#terms?.delete(id)
    return this.#held?.delete(id) ?? false
  }

  terms({ view: { id } }: Subscription): Terms {
    return this.#terms?.get(id) ?? NO_TERMS
  }

  setTerms(
    { view: { id } }: Subscription,
    { wanted, maxAgeMs }: { [Name in keyof Terms]: Terms[Name] | undefined },
  ): void {
    this.changed()
    if (wanted === undefined && maxAgeMs === undefined) {
      this.#terms?.delete(id)
      return
    }
    this.#terms ??= new Map()
    this.#terms.set(id, { ...(wanted && { wanted }), ...(maxAgeMs !== undefined && { maxAgeMs }) })
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
