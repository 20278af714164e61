import { ProtocolError } from '@depthcast/protocol'
import type { Clock } from '../clock.ts'
import type { Listing } from '../listing.ts'
import type { Metrics } from '../metrics.ts'
import type { Answer } from './router.ts'

export type Wait = {
  /** Called when the instrument moved: what to answer now, or undefined to wait on. What it throws is the answer as well. */
  readonly look: () => Answer | undefined
  readonly forMs: number
  /** The answer when that time is over. */
  readonly otherwise: Answer
  /** Calls back when the client has gone. */
  onGone(listener: () => void): void
}

/** One request that waits, and how it ends. */
type Waiter = { readonly look: Wait['look']; end(answer: Answer | Error): void }

/** Everyone who waits for one instrument. */
type Bench = { readonly waiters: Set<Waiter>; stopListening(): void }

/**
 * Where requests wait for an instrument to move: each hears of it by the event itself, and nothing is looked at in between. There are `most`
 * of them at once.
 */
export class WaitingRoom {
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #most: number
  readonly #waiting = new Map<Listing, Bench>()
  #count = 0
  #isClosed = false

  constructor({ clock, metrics, most }: { readonly clock: Clock; readonly metrics: Metrics; readonly most: number }) {
    this.#clock = clock
    this.#metrics = metrics
    this.#most = most
  }

  /** Resolves with the answer. Rejects with what `look` throws, and with ProtocolError 503 when the room is full or shut. */
  wait(listing: Listing, { look, forMs, otherwise, onGone }: Wait): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(goingAway())
    if (this.#count >= this.#most) {
      const message = `${this.#count} requests wait, as many as may (connections)`
      return Promise.reject(new ProtocolError('not-ready', message, { retryAfterMs: 1000 }))
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        look,
        end: (answer) => {
          if (!this.#leave(listing, waiter)) return
          cancel()
          if (answer instanceof Error) reject(answer)
          else resolve(answer)
        },
      }
      const cancel = this.#clock.after(forMs, () => waiter.end(otherwise))
      onGone(() => waiter.end(otherwise))
      this.#enter(listing, waiter)
    })
  }

  /** Sends everyone home. */
  close(): void {
    this.#isClosed = true
    for (const { waiters } of [...this.#waiting.values()]) for (const waiter of waiters) waiter.end(goingAway())
  }

  #enter(listing: Listing, waiter: Waiter): void {
    this.#add(1)
    const bench = this.#waiting.get(listing)
    if (bench !== undefined) {
      bench.waiters.add(waiter)
      return
    }
    const waiters = new Set([waiter])
    const stopListening = listing.follow(() => {
      for (const one of waiters) look(one)
    })
    this.#waiting.set(listing, { waiters, stopListening })
  }

  #add(change: 1 | -1): void {
    this.#count += change
    this.#metrics.add('depthcast_waiting_requests', change)
  }

  /** False where it had left before. */
  #leave(listing: Listing, waiter: Waiter): boolean {
    const bench = this.#waiting.get(listing)
    if (bench?.waiters.delete(waiter) !== true) return false
    this.#add(-1)
    if (bench.waiters.size === 0) {
      bench.stopListening()
      this.#waiting.delete(listing)
    }
    return true
  }
}

function look(waiter: Waiter): void {
  try {
    const answer = waiter.look()
    if (answer !== undefined) waiter.end(answer)
  } catch (error) {
    waiter.end(error as Error)
  }
}

function goingAway(): ProtocolError {
  return new ProtocolError('not-ready', 'this gateway is going away', { retryAfterMs: 1000 })
}
