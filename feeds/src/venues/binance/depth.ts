import type { Micros } from '@depthcast/market'

/** A depth event; `first..last` are the venue's update ids, inclusive. Levels are flat ticks and lots. */
export type DepthDiff = {
  readonly first: number
  readonly last: number
  readonly bids: readonly number[]
  readonly asks: readonly number[]
  readonly exchangeTime: Micros
}

/** What becomes of one event of the stream. */
export type Offer = {
  /** Whether it continues the event before it; undefined for the first of a socket. */
  readonly continues: boolean | undefined
  /** `hole`: ids are missing before it, so the book that stood on the stream is lost; it is kept for the next seed. */
  readonly fate: 'keep' | 'skip' | 'apply' | 'hole'
  /** It is the first to be applied on a seed. */
  readonly bridges: boolean
  /** The id that should have come, and the first that did. */
  readonly expected: number
  readonly received: number
}

/** What becomes of a fetched snapshot: joined, with the kept events that continue it, or older than the first event kept. */
export type Join =
  | { readonly joined: true; readonly apply: readonly DepthDiff[] }
  | { readonly joined: false; readonly seedId: number; readonly firstId: number }

/** Kept events are bounded in number; their age is bounded by the protocol. */
export const MOST_KEPT = 2_000
/** Events this often older than what was received mean that the venue's ids started again. */
const RESTARTED_AFTER = 20

/**
 * Joins one symbol's depth stream to REST snapshots, and watches that no id is missing.
 *
 * Events `u <= L` are in the snapshot already. The first one applied must satisfy `U <= L+1 <= u`, each later one `U <= local+1 <= u`, normally
 * `U == local+1`. The rule is not the one sentence in the venue's guide that asks for L within [U, u] of the first event: in recordings every
 * first event had U == L+1. A snapshot with `L < U0 - 1` leaves a hole before the first kept event U0: fetch again, what was kept stays.
 *
 * Source: binance-spot-api-docs, web-socket-streams.md, "How to manage a local order book correctly", with the correction proposed in #383.
 */
export class DepthJoin {
  /** The last id received on this socket. */
  #received: number | undefined
  /** The last id in the book, while joined. */
  #local: number | undefined
  #bridging = false
  #older = 0
  #kept: DepthDiff[] = []

  get isJoined(): boolean {
    return this.#local !== undefined
  }

  /** The last id in the book, undefined while there is none. */
  get localId(): number | undefined {
    return this.#local
  }

  get keptCount(): number {
    return this.#kept.length
  }

  /** A new socket, or a hole of unknown size: nothing before counts. */
  reset(): void {
    this.#received = undefined
    this.#kept = []
    this.unjoin()
  }

  /** The book is lost, the stream is not: keep events for the next seed. */
  unjoin(): void {
    this.#local = undefined
    this.#bridging = false
  }

  /** Takes the next event of the stream. */
  offer(diff: DepthDiff): Offer {
    const before = this.#received
    const expected = (before ?? diff.first - 1) + 1
    const ids = { expected, received: diff.first, bridges: false }
    if (before !== undefined && diff.last <= before && ++this.#older < RESTARTED_AFTER) {
      return { ...ids, continues: undefined, fate: 'skip' }
    }
    const continues = before === undefined ? undefined : diff.first <= expected && expected <= diff.last
    this.#older = 0
    this.#received = diff.last
    if (continues === false) {
      this.unjoin()
      this.#kept = [diff]
      return { ...ids, continues, fate: 'hole' }
    }
    if (this.#local === undefined) {
      this.#kept.push(diff)
      return { ...ids, continues, fate: 'keep' }
    }
    return this.#offerToBook(diff, this.#local, continues)
  }

  /** Puts the stream on a snapshot whose last id is `seedId`. */
  join(seedId: number): Join {
    const apply = this.#kept.filter((diff) => diff.last > seedId)
    const first = apply[0]
    if (first !== undefined && first.first > seedId + 1) return { joined: false, seedId, firstId: first.first }
    this.#kept = []
    this.#local = apply.at(-1)?.last ?? seedId
    this.#bridging = apply.length === 0
    return { joined: true, apply }
  }

  #offerToBook(diff: DepthDiff, local: number, continues: boolean | undefined): Offer {
    const ids = { expected: local + 1, received: diff.first }
    if (diff.last <= local) return { ...ids, continues, fate: 'skip', bridges: false }
    const bridges = this.#bridging
    if (diff.first > local + 1) {
      this.unjoin()
      this.#kept = [diff]
      return { ...ids, continues, fate: 'hole', bridges }
    }
    this.#bridging = false
    this.#local = diff.last
    return { ...ids, continues, fate: 'apply', bridges }
  }
}
