import { fromTicks, type Instrument, type Micros, type Trade } from '@depthcast/market'
import { BOOK_POLICY, type BookPolicy } from '../../book-policy.ts'
import { type Action, SymbolBook } from '../../book-state.ts'
import { BufferOverflow, OracleMismatch, SeedMismatch, SequenceGap, type VenueProtocolError } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { type DepthDiff, DepthJoin, MOST_KEPT, type Offer } from './depth.ts'
import { type Due, Inspection, type Verdict } from './inspection.ts'
import { type Best, difference, Heard } from './oracles.ts'
import type { Seed } from './replies.ts'
import { SymbolTrades } from './trades.ts'

/** Nothing is acknowledged, streams stand in the address; seeds are watched over here. One missed ping (20 s) is still no silence. */
const POLICY: BookPolicy = { ...BOOK_POLICY, ackWithinMs: undefined, snapshotWithinMs: undefined, staleAfterMs: 30_000 }
const KEPT_FOR_US = 60_000_000
/** Snapshots in a row from before what was told already; after these the venue's ids began anew. */
const MOST_OLD_SEEDS = 3

/** What a book stands on: its ids continue one another. What it holds is proven from time to time, by `oracle` checks. */
const VERIFIED = 'sequence'

/** `restart`: the symbol's streams are subscribed anew, and its book is asked for · `look-up`: also ask whether the venue knows the symbol. */
export type SymbolAction = Action | 'restart' | 'look-up'

/**
 * One symbol on the socket: its book, its place in the depth stream, and what its other streams and fetched snapshots say about it.
 *
 * The sequence proves that nothing was lost on the way, not that the book is right. That is what second sources are for: bookTicker (1 level),
 * `depth20` (20), snapshots (100 and more). A difference is a doubt, which only a source that sees as deep can dispel; a second one while in doubt
 * breaks the book.
 */
export class BinanceSymbol {
  readonly instrument: Instrument
  readonly state: SymbolBook
  readonly join = new DepthJoin()
  readonly trades: SymbolTrades
  readonly inspection: Inspection
  readonly #heard = new Heard()
  #keptSince: Micros | undefined
  #doubt = { levels: 0, since: 0 }
  /** The last id of a book that was told, on this socket or one before. */
  #reachedId = 0
  #oldSeeds = 0
  /** Times in a row that the depth stream was found to be silent about changes. */
  #silences = 0

  constructor(instrument: Instrument, seedLevels: number) {
    this.instrument = instrument
    this.state = new SymbolBook(instrument, POLICY)
    this.trades = new SymbolTrades(instrument)
    this.inspection = new Inspection(seedLevels)
  }

  /** A new socket: nothing of the last one counts. */
  opened(now: Micros, out: Output[]): void {
    this.join.reset()
    this.#heard.clear()
    this.#keptSince = undefined
    this.inspection.begun(now)
    this.state.requested(now, out)
  }

  depth(diff: DepthDiff, now: Micros, out: Output[]): SymbolAction {
    this.inspection.heard(now)
    this.#silences = 0
    const offer = this.join.offer(diff)
    this.#tally('sequence', offer.continues, out)
    if (offer.bridges) this.#tally('seed', offer.fate === 'apply', out)
    switch (offer.fate) {
      case 'skip':
        return 'none'
      case 'keep':
        this.#keptSince ??= now
        return this.join.keptCount > MOST_KEPT ? this.#overflow(`${MOST_KEPT} events`, now, out) : 'none'
      case 'apply':
        return this.#apply(diff, now, out)
      case 'hole':
        return this.#hole(offer, now, out)
    }
  }

  /** Puts the book on a snapshot, or says that the snapshot is too old to be used. */
  seed(seed: Seed, now: Micros, out: Output[]): SymbolAction | 'too-old' {
    if (this.#isFromBefore(seed)) {
      const reason = `snapshot ${seed.lastId} is older than the book before it, ${this.#reachedId}`
      out.push({ kind: 'error', error: new SeedMismatch({ ...this.#where(), reason }) })
      return 'too-old'
    }
    const join = this.join.join(seed.lastId)
    if (!join.joined) {
      const reason = `snapshot ${join.seedId} is older than the first event kept, ${join.firstId}`
      out.push({ kind: 'error', error: new SeedMismatch({ ...this.#where(), reason }) })
      return 'too-old'
    }
    this.#keptSince = undefined
    this.#doubt = { levels: 0, since: 0 }
    this.inspection.seeded(seed, now)
    const { bids, asks, lastId } = seed
    this.#reachedId = lastId
    const image = { bids, asks, exchangeTime: undefined, verified: VERIFIED, venueSeq: [lastId, lastId] } as const
    let action: SymbolAction = this.state.snapshot(image, now, out)
    if (join.apply.length > 0) this.#tally('seed', true, out)
    else if (action === 'none') action = this.#compareAll(this.#heard.reached(lastId), now, out)
    for (const diff of join.apply) {
      if (action !== 'none') break
      action = this.#apply(diff, now, out)
    }
    return this.#lostIf(action)
  }

  /** The venue's best levels with their update id; compared when the book is at that id. */
  best(best: Best, now: Micros, out: Output[]): SymbolAction {
    const exact = this.#heard.offer(best, this.join.localId)
    return exact === undefined ? 'none' : this.#compare(exact, now, out)
  }

  /** A snapshot that should be fetched beside the live book, taken to be on its way from here on. */
  inspectionDue(now: Micros): Due | undefined {
    const { localId } = this.join
    if (localId === undefined || !this.state.isTrusted) return undefined
    return this.inspection.due(this.state.book, localId, this.#doubt, now)
  }

  /** The snapshot fetched beside the live book; undefined when it could not be had. */
  inspected(seed: Seed | undefined, now: Micros, out: Output[]): SymbolAction {
    this.inspection.offer(seed, now)
    return this.#settle(now, out)
  }

  /** How long the live book has not been held against a whole snapshot, µs. */
  uncomparedFor(now: Micros): number {
    return this.join.localId === undefined || !this.state.isTrusted ? 0 : this.inspection.uncomparedFor(now)
  }

  /** A whole snapshot to hold the live book against is being asked for. */
  compareNow(now: Micros): void {
    if (this.join.localId !== undefined) this.inspection.compareNow(this.join.localId, now)
  }

  /** A trade took from a level of the maker's side. */
  traded({ side, price }: Trade, now: Micros): void {
    if (this.state.isTrusted) this.inspection.hit(side === 'sell' ? 'bid' : 'ask', price, this.state.book, now)
  }

  /** A depth event that could not be read: how many ids it held is unknown. */
  unreadable(error: VenueProtocolError, now: Micros, out: Output[]): SymbolAction {
    this.join.reset()
    this.inspection.drop()
    this.#keptSince = undefined
    return this.state.fail(error, 'protocol', now, out)
  }

  tick(now: Micros, aliveAt: Micros, out: Output[]): SymbolAction {
    if (this.state.isAwaited && this.#keptSince !== undefined && now - this.#keptSince > KEPT_FOR_US) {
      return this.#overflow(`${KEPT_FOR_US / 1_000_000} s of events`, now, out)
    }
    this.inspection.tick(now)
    const settled = this.#settle(now, out)
    return settled === 'none' ? this.state.tick(now, aliveAt, out) : settled
  }

  #apply(diff: DepthDiff, now: Micros, out: Output[]): SymbolAction {
    const { bids, asks, exchangeTime, first, last } = diff
    const change = { bids, asks, exchangeTime, verified: VERIFIED, venueSeq: [first, last] } as const
    const action = this.state.delta(change, now, out)
    if (action !== 'none') return this.#lostIf(action)
    this.#reachedId = last
    this.inspection.add(diff, now)
    const compared = this.#compareAll(this.#heard.reached(last), now, out)
    return compared === 'none' ? this.#settle(now, out) : compared
  }

  /** A cached snapshot: where no event of the stream is kept that it would have to join, only what was told before shows how old it is. */
  #isFromBefore({ lastId }: Seed): boolean {
    const isOld = lastId < this.#reachedId && this.join.keptCount === 0 && this.#oldSeeds < MOST_OLD_SEEDS
    this.#oldSeeds = isOld ? this.#oldSeeds + 1 : 0
    return isOld
  }

  /** Acts on a fetched snapshot, once it can be compared with the book. */
  #settle(now: Micros, out: Output[]): SymbolAction {
    const { localId } = this.join
    if (localId === undefined || !this.state.isTrusted) return 'none'
    const verdict = this.inspection.verdict(this.state.book, localId, now)
    if (verdict === undefined) return 'none'
    const { differs, levels, imageId, reached, bids, asks } = verdict
    if (differs !== undefined && !reached) return this.#silent(localId, imageId, now, out)
    const judged = this.#judge(levels, differs && this.#words(differs, imageId), now, out)
    if (judged !== 'none' || differs !== undefined || bids.length + asks.length === 0) return judged
    const learned = { bids, asks, exchangeTime: undefined, verified: VERIFIED, venueSeq: [imageId, localId] } as const
    return this.#lostIf(this.state.delta(learned, now, out))
  }

  /** The venue's book moved on and the stream did not tell. */
  #silent(localId: number, imageId: number, now: Micros, out: Output[]): SymbolAction {
    this.#tally('oracle', false, out)
    const gap = new SequenceGap({ ...this.#where(), expected: localId + 1, received: imageId })
    const failed = this.state.fail(gap, 'sequence', now, out)
    this.join.reset()
    this.inspection.begun(now)
    if (failed === 'none') return 'none'
    this.#silences++
    if (this.#silences === 2) return 'reconnect'
    return this.#silences === 1 ? 'restart' : 'look-up'
  }

  #hole({ expected, received }: Offer, now: Micros, out: Output[]): SymbolAction {
    this.#keptSince = now
    this.inspection.drop()
    return this.state.fail(new SequenceGap({ ...this.#where(), expected, received }), 'sequence', now, out)
  }

  #overflow(what: string, now: Micros, out: Output[]): SymbolAction {
    this.join.reset()
    this.#keptSince = undefined
    const reason = `${what} came before a snapshot to join them to`
    return this.state.fail(new BufferOverflow({ ...this.#where(), reason }), 'overflow', now, out)
  }

  #compareAll(statements: readonly Best[], now: Micros, out: Output[]): SymbolAction {
    for (const best of statements) {
      const action = this.#compare(best, now, out)
      if (action !== 'none') return action
    }
    return 'none'
  }

  #compare(best: Best, now: Micros, out: Output[]): SymbolAction {
    if (!this.state.isTrusted) return 'none'
    return this.#judge(best.depth, difference(this.state.book, best, this.instrument), now, out)
  }

  /** A second source that sees `levels` a side has spoken. One that agrees on the top has nothing to say to a doubt about what is below. */
  #judge(
    levels: number,
    differs: { readonly ours: string; readonly theirs: string } | undefined,
    now: Micros,
    out: Output[],
  ): SymbolAction {
    this.#tally('oracle', differs === undefined, out)
    if (differs === undefined) {
      if (levels < this.#doubt.levels) return 'none'
      this.#doubt = { levels: 0, since: 0 }
      this.state.proven(now, out)
      return 'none'
    }
    this.#doubt = { levels: Math.max(levels, this.#doubt.levels), since: now }
    const error = new OracleMismatch({ ...this.#where(), of: 'book', ...differs })
    return this.#lostIf(this.state.doubt(error, now, out))
  }

  /** The book is being asked for again: the stream goes on, its events are kept. */
  #lostIf<T extends SymbolAction>(action: T): T {
    if (action !== 'none') {
      this.join.unjoin()
      this.inspection.drop()
    }
    return action
  }

  #words({ side, ticks }: NonNullable<Verdict['differs']>, imageId: number): { ours: string; theirs: string } {
    const price = fromTicks(ticks, this.instrument.tickSize)
    const lots = this.state.book.lotsAt(side, ticks)
    return { ours: `${side} ${price} × ${lots} lots`, theirs: `another in snapshot ${imageId}` }
  }

  #tally(check: 'sequence' | 'seed' | 'oracle', ok: boolean | undefined, out: Output[]): void {
    if (ok !== undefined) out.push({ kind: 'check', check, instrument: this.instrument.id, ok })
  }

  #where(): { venue: string; instrument: Instrument['id'] } {
    return { venue: this.instrument.venue, instrument: this.instrument.id }
  }
}
