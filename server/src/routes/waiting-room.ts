import { ProtocolError } from '@depthcast/protocol'
import type { Identity } from '../auth/identity.ts'
import type { Clock } from '../clock.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Listing } from '../listing.ts'
import type { Metrics } from '../metrics.ts'
import { networkOf } from '../network.ts'
import { Tally } from '../tally.ts'
import type { Answer } from './router.ts'

export type Wait = {
  /** Called when the instrument moved: what to answer now, or undefined to wait on. What it throws is the answer as well. */
  readonly look: () => Answer | undefined
  readonly forMs: number
  /** The answer when that time is over. */
  readonly otherwise: Answer
  readonly who: Who
  /** Calls back when the client has gone. */
  onGone(listener: () => void): void
}

/** Who waits: those of one address, or with one key, are counted together. */
type Who = { readonly address: string; readonly identity: Pick<Identity, 'key' | 'entitlements'> }

/** One request that waits, and how it ends. */
type Waiter = { readonly look: Wait['look']; readonly who: Who; end(answer: Answer | Error): void }

type RoomOptions = {
  readonly clock: Clock
  readonly metrics: Metrics
  /** As many may wait as may be connected: in all, of an address, with a key. */
  readonly limits: Pick<GatewayLimits, 'connections' | 'connectionsPerAddress' | 'connectionsPerKey'>
}

/** Everyone who waits for one instrument. */
type Bench = { readonly waiters: Set<Waiter>; stopListening(): void }

/**
 * Where requests wait for an instrument to move: each hears of it by the event itself, and nothing is looked at in between. A request that waits
 * holds a connection as any client does, so as many may.
 */
export class WaitingRoom {
  readonly #clock: Clock
  readonly #metrics: Metrics
  readonly #limits: RoomOptions['limits']
  readonly #byAddress = new Tally()
  readonly #byKey = new Tally()
  readonly #waiting = new Map<Listing, Bench>()
  #count = 0
  #isClosed = false

  constructor({ clock, metrics, limits }: RoomOptions) {
    this.#clock = clock
    this.#metrics = metrics
    this.#limits = limits
  }

  /**
   * Resolves with the answer. Rejects with what `look` throws, and with ProtocolError 503 when the room is full or shut, 406 when as many wait of
   * this address or with this key as may.
   */
  async wait(listing: Listing, { look, forMs, otherwise, who, onGone }: Wait): Promise<Answer> {
    this.#refuseFull(who)
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        look,
        who,
        end: (answer) => {
          if (!this.#leave(listing, waiter)) return
          cancel()
          if (answer instanceof Error) reject(answer)
          else resolve(answer)
        },
      }
      const cancel = this.#clock.after(forMs, () => waiter.end(otherwise))
      this.#enter(listing, waiter)
      onGone(() => waiter.end(otherwise))
    })
  }

  /** Sends everyone home. */
  close(): void {
    this.#isClosed = true
    for (const { waiters } of [...this.#waiting.values()]) for (const waiter of waiters) waiter.end(goingAway())
  }

  #enter(listing: Listing, waiter: Waiter): void {
    this.#add(1, waiter.who)
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

  #refuseFull({ address, identity: { key, entitlements } }: Who): void {
    if (this.#isClosed) throw goingAway()
    const { connections, connectionsPerAddress, connectionsPerKey } = this.#limits
    if (this.#count >= connections) {
      const message = `${this.#count} requests wait, as many as may (connections)`
      throw new ProtocolError('not-ready', message, { retryAfterMs: 1000 })
    }
    const near = this.#byAddress.of(networkOf(address))
    refuseMore(near, connectionsPerAddress, 'from this address: limit connectionsPerAddress')
    if (key === undefined) return
    const most = Math.min(connectionsPerKey, entitlements.connections ?? Number.POSITIVE_INFINITY)
    refuseMore(this.#byKey.of(key), most, 'with this key: limit connectionsPerKey')
  }

  #add(change: 1 | -1, { address, identity: { key } }: Who): void {
    this.#count += change
    this.#byAddress.add(networkOf(address), change)
    if (key !== undefined) this.#byKey.add(key, change)
    this.#metrics.add('depthcast_waiting_requests', change)
  }

  /** False where it had left before. */
  #leave(listing: Listing, waiter: Waiter): boolean {
    const bench = this.#waiting.get(listing)
    if (bench?.waiters.delete(waiter) !== true) return false
    this.#add(-1, waiter.who)
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

function refuseMore(waiting: number, most: number, limit: string): void {
  if (waiting >= most) throw new ProtocolError('connection-limit', `${waiting} requests wait ${limit} is ${most}`)
}

function goingAway(): ProtocolError {
  return new ProtocolError('not-ready', 'this gateway is going away', { retryAfterMs: 1000 })
}
