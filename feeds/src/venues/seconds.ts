import type { Micros } from '@depthcast/market'
import { after } from '../book-policy.ts'
import type { Output } from '../venue.ts'

const SECOND_MS = 1_000

/**
 * A protocol's own tick: once a second from its first opening on, over all its sockets. A `tick` does not say what it was asked for, so those
 * that others asked for are told from it by their time: they neither count nor start a second clock.
 */
export class Seconds {
  #nextAt: Micros | undefined

  /** Runs on from an opening before. */
  start(now: Micros, out: Output[]): void {
    if (this.#nextAt === undefined) this.#ask(now, out)
  }

  /** Whether this tick is its own; the next one is asked for then. */
  passed(now: Micros, out: Output[]): boolean {
    if (this.#nextAt !== undefined && now < this.#nextAt) return false
    this.#ask(now, out)
    return true
  }

  #ask(now: Micros, out: Output[]): void {
    this.#nextAt = after(now, SECOND_MS)
    out.push({ kind: 'timer', at: this.#nextAt })
  }
}
