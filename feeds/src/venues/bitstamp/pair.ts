import type { Instrument, Micros, Trade } from '@depthcast/market'
import { RecentIds } from '@depthcast/market'
import { after, BOOK_POLICY, type BookPolicy } from '../../book-policy.ts'
import { type Action, SymbolBook } from '../../book-state.ts'
import { BufferOverflow, OracleMismatch, SeedMismatch, type VenueProtocolError } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { Unreadable } from '../wire.ts'
import type { Levels } from './frames.ts'
import { compareTop } from './top-book.ts'

/** A book is fetched, which is watched over by the seeder; life is proven by answers to our heartbeats, every 10 s. */
const POLICY: BookPolicy = { ...BOOK_POLICY, snapshotWithinMs: undefined, staleAfterMs: 25_000 }
const MOST_KEPT = 2_000
const KEPT_MS = 60_000
/** Of a book that is live, what the tops on their way may still need. */
const KEPT_LIVE_US = 5_000_000
/** A difference that a top knows of is told within this, or was lost. */
const TOLD_WITHIN_MS = 2_000
const KNOWN_TRADES = 1_000

/** One pair on the socket: its book, put on a fetched snapshot and held against the repetitions of its top; its trades. */
export class BitstampPair {
  readonly instrument: Instrument
  readonly state: SymbolBook
  /** Ids are those of all pairs together: they tell a duplicate, but no hole. */
  readonly #trades = new RecentIds(KNOWN_TRADES)
  /** Differences since the channel began, or, of a live book, of the last seconds. */
  #kept: Levels[] = []
  #keptSince: Micros | undefined
  /** The moment the book has come to, by the venue's clock; its differences since `#keptFrom` are kept. */
  #time = 0 as Micros
  #keptFrom = 0 as Micros
  #held: { readonly top: Levels; readonly since: Micros } | undefined
  #isProven = false

  constructor(instrument: Instrument) {
    this.instrument = instrument
    this.state = new SymbolBook(instrument, POLICY)
  }

  /** Differences kept until a book to put them on is there. */
  get bufferedCount(): number {
    return this.state.isAwaited ? this.#kept.length : 0
  }

  /** The channel of differences begins, for the first time or again: none of before count. */
  begun(): void {
    this.#kept = []
    this.#keptSince = undefined
    this.#held = undefined
    this.#isProven = false
  }

  /** Amounts are absolute, so one told twice does no harm; one out of order would. Throws Unreadable then. */
  diff(diff: Levels, now: Micros, out: Output[]): Action {
    if (!this.state.isTrusted) {
      if (!this.state.isAwaited) return 'none'
      this.#keptSince ??= now
      this.#kept.push(diff)
      return this.#kept.length > MOST_KEPT ? this.#overflow(`${MOST_KEPT} differences`, now, out) : 'none'
    }
    if (diff.time < this.#time) throw new Unreadable(`a difference of ${diff.time} after one of ${this.#time}`)
    const action = this.#apply(diff, now, out)
    return action === 'none' ? this.#settle(now, out) : action
  }

  /**
   * Puts the book on a fetched one; `too-old` when that is from before the first difference kept, so that others may be missing between them.
   *
   * Differences of up to its moment are in it already. Source: www.bitstamp.net/websocket/v2, full order book.
   */
  seed(book: Levels, now: Micros, out: Output[]): Action | 'too-old' {
    const first = this.#kept[0]
    if (first !== undefined && first.time > book.time) {
      const reason = `the fetched book of ${book.time} is older than the first difference kept, ${first.time}`
      out.push({ kind: 'error', error: new SeedMismatch({ ...this.#where(), reason }) })
      return 'too-old'
    }
    const later = this.#kept.filter(({ time }) => time > book.time)
    this.#kept = []
    this.#keptSince = undefined
    this.#time = book.time
    this.#keptFrom = book.time
    const { bids, asks, time: exchangeTime } = book
    let action = this.state.snapshot({ bids, asks, exchangeTime, verified: 'none' }, now, out)
    for (const diff of later) if (action === 'none') action = this.#apply(diff, now, out)
    return action
  }

  /** A repetition of the top. It waits for the differences it knows of, which may come after it. */
  top(top: Levels, now: Micros, out: Output[]): Action {
    if (!this.state.isTrusted || top.time < this.#keptFrom) return 'none'
    // One that waits already is compared first: where tops are frequent and differences rare, none ever would be.
    this.#held ??= { top, since: now }
    return this.#settle(now, out)
  }

  trade(trade: Trade, out: Output[]): void {
    if (this.#trades.add(trade.tradeId)) out.push({ kind: 'event', event: trade })
  }

  unreadable(error: VenueProtocolError, now: Micros, out: Output[]): Action {
    return this.state.fail(error, 'protocol', now, out)
  }

  tick(now: Micros, aliveAt: Micros, out: Output[]): Action {
    if (this.#held !== undefined && now >= after(this.#held.since, TOLD_WITHIN_MS)) {
      const action = this.#compare(this.#held.top, now, out)
      if (action !== 'none') return action
    }
    if (this.state.isAwaited && this.#keptSince !== undefined && now >= after(this.#keptSince, KEPT_MS))
      return this.#overflow(`${KEPT_MS / 1_000} s of differences`, now, out)
    return this.state.tick(now, aliveAt, out)
  }

  #apply(diff: Levels, now: Micros, out: Output[]): Action {
    const { bids, asks, time } = diff
    this.#time = time
    this.#kept.push(diff)
    while (this.#kept[0]!.time < time - KEPT_LIVE_US) this.#keptFrom = this.#kept.shift()!.time
    const verified = this.#isProven ? 'oracle' : 'none'
    return this.state.delta({ bids, asks, exchangeTime: time, verified }, now, out)
  }

  /** A top of this very moment, or of one the book has gone past, can be compared now. */
  #settle(now: Micros, out: Output[]): Action {
    const top = this.#held?.top
    return top === undefined || this.#time < top.time ? 'none' : this.#compare(top, now, out)
  }

  #compare(top: Levels, now: Micros, out: Output[]): Action {
    this.#held = undefined
    if (!this.state.isTrusted) return 'none'
    const since = this.#kept.filter(({ time }) => time > top.time)
    const difference = compareTop(this.instrument, this.state.book, top, since)
    this.#isProven = difference === undefined
    out.push({ kind: 'check', check: 'oracle', instrument: this.instrument.id, ok: this.#isProven })
    if (difference !== undefined) {
      return this.state.doubt(new OracleMismatch({ ...this.#where(), of: 'level', ...difference }), now, out)
    }
    this.state.proven(now, out)
    return 'none'
  }

  #overflow(what: string, now: Micros, out: Output[]): Action {
    this.begun()
    const reason = `${what} came before a book to put them on`
    return this.state.fail(new BufferOverflow({ ...this.#where(), reason }), 'overflow', now, out)
  }

  #where(): { venue: string; instrument: Instrument['id'] } {
    return { venue: this.instrument.venue, instrument: this.instrument.id }
  }
}
