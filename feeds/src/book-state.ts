import type { BookDelta, BookSnapshot, GapReason, Instrument, Micros, VenueSeq } from '@depthcast/market'
import { Book } from '@depthcast/market'
import { after, BOOK_POLICY, type BookPolicy } from './book-policy.ts'
import { Standing } from './book-standing.ts'
import { Crossing } from './crossing.ts'
import type { FeedError } from './errors.ts'
import {
  ClockError,
  type HandshakeError,
  type OracleMismatch,
  SequenceGap,
  StaleFeed,
  type SubscribeRefused,
} from './errors.ts'
import { Misses, type Remedy } from './misses.ts'
import { Resyncs } from './resyncs.ts'
import type { Output } from './venue.ts'

/**
 * Where one book stands.
 *
 * `idle` no socket · `requested` asked for, no answer yet · `waiting` acknowledged, the snapshot is due · `live` exact · `suspect` one check
 * against a second source failed · `degraded` resynced too often, or never served: left alone until `until` · `refused` the venue will not serve it.
 */
export type BookState =
  | { readonly state: 'idle' }
  | { readonly state: 'requested'; readonly since: Micros; readonly resent: boolean }
  | { readonly state: 'waiting'; readonly since: Micros }
  | { readonly state: 'live' }
  | { readonly state: 'suspect'; readonly cause: FeedError }
  | { readonly state: 'degraded'; readonly until: Micros }
  | { readonly state: 'refused' }

/** A venue's stamps may be this far out of order before its clock is called wrong, µs. */
const CLOCK_REGRESS = 100_000

/** What the venue's protocol is to do now: ask for the book (again), drop the old subscription first, or give the socket up. */
export type Action = 'none' | 'request' | 'resubscribe' | 'reconnect'

type Image = Pick<BookSnapshot, 'bids' | 'asks' | 'exchangeTime' | 'verified'> & { readonly venueSeq?: VenueSeq }
type Change = Pick<BookDelta, 'bids' | 'asks' | 'exchangeTime' | 'verified'> & { readonly venueSeq?: VenueSeq }

/**
 * One instrument's book at a venue: what state it is in, what each thing that happens makes of it, and the events that tell so.
 *
 * Pure but for its own fields: time comes in with every call, events go out through `out`, what the venue must be asked comes back as an
 * Action. A broken book is told (`gap`) before anything else happens to it, and nothing is applied to it until the next snapshot.
 *
 * Source: the states and deadlines are those of docs/add-a-venue.md, "The life of a book".
 */
export class SymbolBook {
  readonly instrument: Instrument
  readonly book = new Book()
  readonly #policy: BookPolicy
  #state: BookState = { state: 'idle' }
  /** A snapshot has been published in this process, so the next one must be announced by a gap. */
  #seeded = false
  /** The gap before the next snapshot has been published. */
  #gapTold = false
  readonly #misses = new Misses()
  #changedAt = 0
  #exchangeTime = 0
  readonly #resyncs: Resyncs
  readonly #crossing: Crossing
  readonly #standing: Standing

  constructor(instrument: Instrument, policy: BookPolicy = BOOK_POLICY) {
    this.instrument = instrument
    this.#policy = policy
    this.#standing = new Standing(instrument.id)
    this.#crossing = new Crossing(instrument, this.book)
    this.#resyncs = new Resyncs(policy.resyncs)
  }

  get state(): BookState['state'] {
    return this.#state.state
  }

  /** True while deltas may be applied and what is held is right as far as anyone knows. */
  get isTrusted(): boolean {
    return this.#state.state === 'live' || this.#state.state === 'suspect'
  }

  /** True while a snapshot would be taken. */
  get isAwaited(): boolean {
    return this.#state.state === 'requested' || this.#state.state === 'waiting'
  }

  /** The venue is being asked for this book. */
  requested(now: Micros, out: Output[]): void {
    if (this.#state.state === 'refused' || this.#state.state === 'degraded') return
    this.#state =
      this.#policy.ackWithinMs === undefined
        ? { state: 'waiting', since: now }
        : { state: 'requested', since: now, resent: false }
    if (!this.#seeded) this.#standing.show('syncing', undefined, now, out)
  }

  acknowledged(now: Micros): void {
    if (this.#state.state === 'requested') this.#state = { state: 'waiting', since: now }
  }

  /** Takes a whole book. One that is crossed is refused like any other broken book. */
  snapshot(image: Image, now: Micros, out: Output[]): Action {
    if (this.#state.state === 'refused' || this.#state.state === 'degraded') return 'none'
    if (this.#seeded && !this.#gapTold) this.#gap(this.isTrusted ? 'restart' : 'disconnected', now, out)
    this.book.replace(image.bids, image.asks)
    if (this.#crossing.isFault) return this.fail(this.#crossing.error(), 'crossed', now, out)
    out.push({ kind: 'event', event: { kind: 'book-snapshot', ...this.#stamp(now), ...image } })
    this.#state = { state: 'live' }
    this.#seeded = true
    this.#gapTold = false
    this.#misses.clear()
    this.#changedAt = now
    this.#standing.show('live', undefined, now, out)
    return 'none'
  }

  /** Applies a change to a trusted book; to any other it does nothing. The book is checked after the whole message only. */
  delta(change: Change, now: Micros, out: Output[]): Action {
    if (!this.isTrusted) return 'none'
    this.#watchClock(change.exchangeTime, out)
    this.book.apply(change.bids, change.asks)
    if (this.#crossing.isFault) return this.fail(this.#crossing.error(), 'crossed', now, out)
    out.push({ kind: 'event', event: { kind: 'book-delta', ...this.#stamp(now), ...change } })
    this.#changedAt = now
    if (this.#state.state === 'live') this.#standing.show('live', undefined, now, out)
    return this.#uncross(now, out)
  }

  /** A second source disagrees: once is a doubt, twice with nothing in favour between is a failure. */
  doubt(error: OracleMismatch, now: Micros, out: Output[]): Action {
    if (this.#state.state === 'suspect') return this.fail(error, 'oracle', now, out)
    if (this.#state.state !== 'live') return 'none'
    out.push({ kind: 'error', error })
    this.#state = { state: 'suspect', cause: error }
    this.#standing.show('suspect', error.message, now, out)
    return 'none'
  }

  /** A second source agrees. */
  proven(now: Micros, out: Output[]): void {
    if (this.#state.state !== 'suspect') return
    this.#state = { state: 'live' }
    this.#standing.show('live', undefined, now, out)
  }

  /** The book is wrong or may be: tells it first, then resyncs this instrument alone, or gives it up for a while. */
  fail(error: FeedError, reason: GapReason, now: Micros, out: Output[]): Action {
    if (this.#state.state === 'refused' || this.#state.state === 'degraded') return 'none'
    if (this.#seeded && !this.#gapTold) this.#gap(reason, now, out, error)
    this.book.clear()
    out.push({ kind: 'error', error })
    const rest = this.#resyncs.add(now)
    if (rest !== undefined) {
      this.#state = { state: 'degraded', until: rest.until }
      this.#standing.show('degraded', `${rest.reason}, the last time because ${error.message}`, now, out)
      return 'none'
    }
    this.#state = { state: 'waiting', since: now }
    this.#standing.show('resyncing', error.message, now, out)
    return 'resubscribe'
  }

  /** The venue will not serve it; only an operator can change that. */
  refuse(error: SubscribeRefused | HandshakeError, now: Micros, out: Output[]): void {
    if (this.#state.state === 'refused') return
    if (this.#seeded && !this.#gapTold) this.#gap('protocol', now, out)
    out.push({ kind: 'error', error })
    this.#state = { state: 'refused' }
    this.#standing.show('refused', error.message, now, out)
  }

  /** The socket is gone: the book is old from this moment. */
  closed(reason: string, now: Micros, out: Output[]): void {
    if (this.#state.state === 'refused' || this.#state.state === 'degraded') return
    this.#state = { state: 'idle' }
    this.#standing.show(this.#seeded ? 'stale' : 'connecting', reason, now, out)
  }

  /**
   * The venue stopped trading, in its words or ours for them, e.g. `cancel_only`. The book may be exact all the same and goes on taking what
   * comes; it is told as `halted` for as long as nothing is wrong with it. Nor is it wrong that it is crossed: in an auction orders gather that
   * nobody matches. No snapshot is due meanwhile. Holds across sockets until `resumed`.
   */
  halted(reason: string, now: Micros, out: Output[]): void {
    if (this.#state.state === 'refused') return
    this.#crossing.halted()
    this.#standing.halted(reason, now, out)
  }

  /** The venue trades, again or as ever. A book that is crossed stays halted until it is not, for a moment; then it is broken. */
  resumed(now: Micros, out: Output[]): void {
    if (!this.#standing.isHalted) return
    // What the venue did not send while halted is due from now on.
    if (this.#state.state === 'waiting') this.#state = { state: 'waiting', since: now }
    this.#crossing.resumed(now)
    this.#uncross(now, out)
  }

  /** Keeps the deadlines. `aliveAt` is when the venue last proved that it would have told us of a change. */
  tick(now: Micros, aliveAt: Micros, out: Output[]): Action {
    const uncrossed = this.#uncross(now, out)
    if (uncrossed !== 'none') return uncrossed
    const state = this.#state
    switch (state.state) {
      case 'requested':
        if (now < after(state.since, this.#policy.ackWithinMs)) return 'none'
        if (state.resent) return this.#missed(this.#misses.unanswered(), now, out)
        this.#state = { state: 'requested', since: now, resent: true }
        return 'request'
      case 'waiting':
        if (this.#standing.isHalted || now < after(state.since, this.#policy.snapshotWithinMs)) return 'none'
        return this.#missed(this.#misses.unserved(), now, out)
      case 'live':
      case 'suspect':
        this.#judge(now, aliveAt, out)
        return 'none'
      case 'degraded':
        if (now < state.until) return 'none'
        this.#state = { state: 'waiting', since: now }
        this.#standing.show('resyncing', 'trying again after a rest', now, out)
        return 'resubscribe'
      case 'idle':
      case 'refused':
        return 'none'
    }
  }

  /** Asked for, and nothing came. */
  #missed(remedy: Remedy, now: Micros, out: Output[]): Action {
    if (remedy === 'reconnect') return 'reconnect'
    const { snapshotWithinMs, ackWithinMs, missedRestMs } = this.#policy
    const limitMs = snapshotWithinMs ?? ackWithinMs ?? 0
    out.push({ kind: 'error', error: new StaleFeed({ ...this.#where(), silentMs: limitMs, limitMs }) })
    if (remedy === 'resubscribe') {
      this.#state = { state: 'waiting', since: now }
      return 'resubscribe'
    }
    this.#state = { state: 'degraded', until: after(now, missedRestMs) }
    const reason = `asked for ${this.#misses.times} times and not served; tried again in ${missedRestMs / 1000} s`
    this.#standing.show('degraded', reason, now, out)
    return 'none'
  }

  /**
   * Live, quiet and stale: exact and moving, exact and still, or nobody knows. Quiet needs a proof of life from after the book should have
   * changed: a book that has only stood still since the venue fell silent is not called quiet on its way to stale.
   */
  #judge(now: Micros, aliveAt: Micros, out: Output[]): void {
    const silentMs = Math.round((now - aliveAt) / 1000)
    if (silentMs >= this.#policy.staleAfterMs) this.#standing.show('stale', 'nothing from the venue', now, out)
    else if (this.#state.state === 'suspect') this.#standing.show('suspect', this.#state.cause.message, now, out)
    else {
      const isQuiet = aliveAt - this.#changedAt >= this.#policy.quietAfterMs * 1000
      this.#standing.show(isQuiet ? 'quiet' : 'live', undefined, now, out)
    }
  }

  /** Ends a halt that the venue has ended, as soon as the book is one to trade on. */
  #uncross(now: Micros, out: Output[]): Action {
    const settled = this.#crossing.settle(this.isTrusted, now)
    if (settled === undefined) return 'none'
    const action = settled === 'broken' ? this.fail(this.#crossing.error(), 'crossed', now, out) : 'none'
    this.#standing.resumed(now, out)
    return action
  }

  /** A clock set back at the venue is told once; it takes nothing from the book, whose order is not that of the stamps. */
  #watchClock(exchangeTime: Micros | undefined, out: Output[]): void {
    if (exchangeTime === undefined) return
    const backUs = this.#exchangeTime - exchangeTime
    this.#exchangeTime = exchangeTime
    if (backUs <= CLOCK_REGRESS) return
    const reason = `the venue's clock went back ${Math.round(backUs / 1000)} ms`
    out.push({ kind: 'error', error: new ClockError({ ...this.#where(), reason }) })
  }

  #gap(reason: GapReason, now: Micros, out: Output[], error?: FeedError): void {
    const numbers = error instanceof SequenceGap ? { expected: error.expected, received: error.received } : {}
    out.push({ kind: 'event', event: { kind: 'gap', stream: 'book', reason, ...numbers, ...this.#stamp(now) } })
    this.#gapTold = true
  }

  #where(): { venue: string; instrument: Instrument['id'] } {
    return { venue: this.instrument.venue, instrument: this.instrument.id }
  }

  #stamp(now: Micros): { instrument: Instrument['id']; exchangeTime: Micros | undefined; receivedAt: Micros } {
    return { instrument: this.instrument.id, exchangeTime: undefined, receivedAt: now }
  }
}
