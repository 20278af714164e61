import type { Instrument, Micros, Trade } from '@depthcast/market'
import { fromTicks } from '@depthcast/market'
import { type Action, BOOK_POLICY, type BookPolicy, SymbolBook } from '../../book-state.ts'
import { BufferOverflow, OracleMismatch, SeedMismatch, SequenceGap, type VenueProtocolError } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { TradeChain } from '../trade-chain.ts'
import { type DepthDiff, DepthJoin, MOST_KEPT, type Offer } from './depth.ts'
import { agrees, type OwnTop, type Top, TopOracle } from './top.ts'

/** Nothing is acknowledged, streams stand in the address; seeds are watched over here. One missed ping (20 s) is still no silence. */
const POLICY: BookPolicy = { ...BOOK_POLICY, ackWithinMs: undefined, snapshotWithinMs: undefined, staleAfterMs: 30_000 }
const KEPT_FOR_US = 60_000_000

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

  trade(trade: Trade, id: number, out: Output[]): void {
    this.trades.add(trade, id, out)
  }

  /** A depth event that could not be read: how many ids it held is unknown. */
  unreadable(error: VenueProtocolError, now: Micros, out: Output[]): Action {
    this.join.reset()
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
    return this.#compare(this.#oracle.reached(last), now, out)
  }

  #hole({ expected, received }: Offer, now: Micros, out: Output[]): Action {
    this.#keptSince = now
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
    if (action !== 'none') this.join.unjoin()
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
