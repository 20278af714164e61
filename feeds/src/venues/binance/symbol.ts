import type { Instrument, Micros, Trade } from '@depthcast/market'
import { fromTicks } from '@depthcast/market'
import { BOOK_POLICY, type BookPolicy } from '../../book-policy.ts'
import { type Action, SymbolBook } from '../../book-state.ts'
import { BufferOverflow, OracleMismatch, SeedMismatch, SequenceGap, type VenueProtocolError } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { TradeChain } from '../trade-chain.ts'
import { type DepthDiff, DepthJoin, MOST_KEPT, type Offer } from './depth.ts'
import { nearsEdge, Reseed, type Window, windowOf } from './reseed.ts'
import { agrees, type OwnTop, type Top, TopOracle } from './top.ts'

/** Nothing is acknowledged, streams stand in the address; seeds are watched over here. One missed ping (20 s) is still no silence. */
const POLICY: BookPolicy = { ...BOOK_POLICY, ackWithinMs: undefined, snapshotWithinMs: undefined, staleAfterMs: 30_000 }
const KEPT_FOR_US = 60_000_000
/** Weight 50 of the 6000 a minute an address has. 100 levels were wrong within 90 s in measurements, 1000 never. */
export const SEED_LEVELS = 1_000
/** A live book is held against a fresh snapshot this often, and whenever the market nears the end of what its last one told. */
const RESEED_AFTER_US = 30 * 60_000_000
const RESEED_APART_US = 60_000_000

/** A fetched book. */
export type Seed = { readonly lastId: number; readonly bids: readonly number[]; readonly asks: readonly number[] }

/** One symbol on the socket: its book, its place in the depth stream, and what its other streams say about it. */
export class BinanceSymbol {
  readonly instrument: Instrument
  readonly state: SymbolBook
  readonly join = new DepthJoin()
  readonly trades: TradeChain
  readonly #oracle = new TopOracle()
  #keptSince: Micros | undefined
  #window: Window | undefined
  #reseed: Reseed | undefined
  /** When the book was last put on, or held against, a snapshot, or one was asked for in vain. */
  #seededAt = 0
  /** When the last depth event came on this socket; undefined while the stream has not started. */
  depthAt: Micros | undefined
  /** Sockets and seeds in a row on which the depth stream never started. */
  silences = 0

  constructor(instrument: Instrument) {
    this.instrument = instrument
    this.state = new SymbolBook(instrument, POLICY)
    this.trades = new TradeChain(instrument)
  }

  /** A new socket: nothing of the last one counts. */
  opened(now: Micros, out: Output[]): void {
    this.join.reset()
    this.#oracle.clear()
    this.#keptSince = undefined
    this.#reseed = undefined
    this.depthAt = undefined
    this.state.requested(now, out)
  }

  depth(diff: DepthDiff, now: Micros, out: Output[]): Action {
    this.depthAt = now
    this.silences = 0
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
  seed(seed: Seed, now: Micros, out: Output[]): Action | 'too-old' {
    const join = this.join.join(seed.lastId)
    if (!join.joined) {
      const reason = `snapshot ${join.seedId} is older than the first event kept, ${join.firstId}`
      out.push({ kind: 'error', error: new SeedMismatch({ ...this.#where(), reason }) })
      return 'too-old'
    }
    this.#keptSince = undefined
    this.#window = windowOf(seed, SEED_LEVELS)
    this.#seededAt = now
    const { bids, asks, lastId } = seed
    const image = { bids, asks, exchangeTime: undefined, verified: 'sequence', venueSeq: [lastId, lastId] } as const
    let action = this.state.snapshot(image, now, out)
    if (join.apply.length > 0) this.#tally('seed', true, out)
    else if (action === 'none') action = this.#compare(this.#oracle.reached(lastId), now, out)
    for (const diff of join.apply) {
      if (action !== 'none') break
      action = this.#apply(diff, now, out)
    }
    return this.#lostIf(action)
  }

  /** A top with its update id; compared when the book is at that id. */
  top(top: Top, now: Micros, out: Output[]): Action {
    return this.#compare(this.#oracle.offer(top, this.join.localId), now, out)
  }

  /** True when a fresh snapshot should be fetched beside the live book; it is then taken to be on its way. */
  beginReseed(now: Micros): boolean {
    const { localId } = this.join
    if (this.#reseed !== undefined || this.#window === undefined || localId === undefined || !this.state.isTrusted)
      return false
    const age = now - this.#seededAt
    if (age < RESEED_APART_US || (age < RESEED_AFTER_US && !nearsEdge(this.state.book, this.#window))) return false
    this.#seededAt = now
    this.#reseed = new Reseed(localId)
    return true
  }

  /** The snapshot fetched beside the live book; undefined when it could not be had. */
  reseed(seed: Seed | undefined, now: Micros, out: Output[]): Action {
    if (seed === undefined || this.#reseed?.offer(seed) !== true) this.#reseed = undefined
    return this.#settleReseed(now, out)
  }

  trade(trade: Trade, id: number, out: Output[]): void {
    this.trades.add(trade, id, out)
  }

  /** A depth event that could not be read: how many ids it held is unknown. */
  unreadable(error: VenueProtocolError, now: Micros, out: Output[]): Action {
    this.join.reset()
    this.#reseed = undefined
    this.#keptSince = undefined
    return this.state.fail(error, 'protocol', now, out)
  }

  tick(now: Micros, aliveAt: Micros, out: Output[]): Action {
    if (this.state.isAwaited && this.#keptSince !== undefined && now - this.#keptSince > KEPT_FOR_US) {
      return this.#overflow(`${KEPT_FOR_US / 1_000_000} s of events`, now, out)
    }
    return this.state.tick(now, aliveAt, out)
  }

  #apply(diff: DepthDiff, now: Micros, out: Output[]): Action {
    const { bids, asks, exchangeTime, first, last } = diff
    const action = this.state.delta(
      { bids, asks, exchangeTime, verified: 'sequence', venueSeq: [first, last] },
      now,
      out,
    )
    if (action !== 'none') return this.#lostIf(action)
    const compared = this.#compare(this.#oracle.reached(last), now, out)
    if (compared !== 'none' || this.#reseed === undefined) return compared
    this.#reseed.add(diff)
    if (this.#reseed.size > MOST_KEPT) this.#reseed = undefined
    return this.#settleReseed(now, out)
  }

  #settleReseed(now: Micros, out: Output[]): Action {
    const { localId } = this.join
    const seed = localId === undefined ? undefined : this.#reseed?.ready(localId)
    if (localId === undefined || seed === undefined || this.#window === undefined) return 'none'
    const compared = this.#reseed?.compare(this.state.book, seed, this.#window, SEED_LEVELS)
    this.#reseed = undefined
    if (compared === undefined) return 'none'
    this.#tally('oracle', compared.agrees, out)
    if (!compared.agrees) {
      const reason = `the book at ${localId} differs from a fresh snapshot of ${seed.lastId}`
      return this.#lostIf(this.state.fail(new SeedMismatch({ ...this.#where(), reason }), 'oracle', now, out))
    }
    this.#window = windowOf(seed, SEED_LEVELS)
    const { bids, asks } = compared
    if (bids.length + asks.length === 0) return 'none'
    const learned = {
      bids,
      asks,
      exchangeTime: undefined,
      verified: 'sequence',
      venueSeq: [seed.lastId, localId],
    } as const
    return this.#lostIf(this.state.delta(learned, now, out))
  }

  #hole({ expected, received }: Offer, now: Micros, out: Output[]): Action {
    this.#keptSince = now
    this.#reseed = undefined
    return this.state.fail(new SequenceGap({ ...this.#where(), expected, received }), 'sequence', now, out)
  }

  #overflow(what: string, now: Micros, out: Output[]): Action {
    this.join.reset()
    this.#keptSince = undefined
    const reason = `${what} came before a snapshot to join them to`
    return this.state.fail(new BufferOverflow({ ...this.#where(), reason }), 'overflow', now, out)
  }

  #compare(theirs: Top | undefined, now: Micros, out: Output[]): Action {
    if (theirs === undefined || !this.state.isTrusted) return 'none'
    const ours = this.#ownTop()
    const ok = agrees(theirs, ours)
    this.#tally('oracle', ok, out)
    if (ok) {
      this.state.proven(now, out)
      return 'none'
    }
    const error = new OracleMismatch({ ...this.#where(), ours: this.#words(ours), theirs: this.#words(theirs) })
    return this.#lostIf(this.state.doubt(error, now, out))
  }

  /** The book is being asked for again: the stream goes on, its events are kept. */
  #lostIf(action: Action): Action {
    if (action !== 'none') {
      this.join.unjoin()
      this.#reseed = undefined
    }
    return action
  }

  #ownTop(): OwnTop {
    const { book } = this.state
    const bid = book.bestBid()
    const ask = book.bestAsk()
    return {
      bid,
      bidLots: bid === undefined ? 0 : book.lotsAt('bid', bid),
      ask,
      askLots: ask === undefined ? 0 : book.lotsAt('ask', ask),
    }
  }

  #words({ bid, bidLots, ask, askLots }: OwnTop): string {
    const price = (ticks: number | undefined): string =>
      ticks === undefined ? 'none' : fromTicks(ticks, this.instrument.tickSize)
    return `${price(bid)} × ${bidLots} / ${price(ask)} × ${askLots} lots`
  }

  #tally(check: 'sequence' | 'seed' | 'oracle', ok: boolean | undefined, out: Output[]): void {
    if (ok !== undefined) out.push({ kind: 'check', check, instrument: this.instrument.id, ok })
  }

  #where(): { venue: string; instrument: Instrument['id'] } {
    return { venue: this.instrument.venue, instrument: this.instrument.id }
  }
}
