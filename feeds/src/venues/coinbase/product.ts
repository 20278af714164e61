import type { Instrument, Micros } from '@depthcast/market'
import { fromTicks } from '@depthcast/market'
import { after, BOOK_POLICY, type BookPolicy } from '../../book-policy.ts'
import { type Action, SymbolBook } from '../../book-state.ts'
import { BufferOverflow, OracleMismatch, SubscribeRefused, type VenueProtocolError } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { Comparisons } from '../fresh-book/comparisons.ts'
import type { Freshness } from '../fresh-book/fresh-book.ts'
import type { Answer, Probed } from '../fresh-book/prober.ts'
import type { Raw } from '../wire.ts'
import { readHeartbeat, readTicker, readTrade, readUpdate, type Snapshot, type Update } from './frames.ts'
import { APART_US, ProductAnswer } from './questions.ts'
import { MOST_UPDATES, Reading } from './reading.ts'
import { readStatus } from './status.ts'
import { Suspicions } from './suspicions.ts'
import { type Quote, QuoteOracle, type Verdict } from './ticker.ts'
import { CoinbaseTrades } from './trades.ts'

/** Channels and batches overtake each other by less than this; beyond it the venue's clock was set back. */
const CLOCK_BACK_US = 1_000_000
/** The status channel speaks every few seconds: so long a book that came crossed may turn out to be an auction's. */
const AUCTION_TOLD_WITHIN_MS = 5_000
/** Heartbeats come every second: three that are missing are no jitter. */
const POLICY: BookPolicy = { ...BOOK_POLICY, staleAfterMs: 3_000 }

/** One product on the socket: its book, its trades, and what its ticker, its heartbeat and a fresh book say about them. */
export class CoinbaseProduct implements Probed {
  readonly instrument: Instrument
  readonly state: SymbolBook
  readonly trades: CoinbaseTrades
  readonly comparisons: Comparisons
  readonly #quotes = new QuoteOracle()
  readonly #suspicions = new Suspicions()
  /** Something odd put the book in doubt, which a ticker, who knows only the top, does not lift. */
  #isOdd = false
  /** The venue acknowledged a heartbeat for it, so silence means something. */
  hasHeartbeat = false
  /** When anything last came for this product. */
  heardAt = 0 as Micros
  /** When it was last subscribed anew because nothing came. */
  askedAgainAt = 0 as Micros
  /** What the socket has come to, by the venue's clock. */
  #reached = 0 as Micros
  #tickersSeen = 0
  #heldSince: Micros | undefined
  #proven = false
  /** The venue's own whole book was crossed: when to ask for it again. */
  #askAgainAt: Micros | undefined
  /** Why it is lost, as one status said; a second one makes it so. */
  #lost: string | undefined
  readonly #reading: Reading

  constructor(instrument: Instrument) {
    this.instrument = instrument
    this.state = new SymbolBook(instrument, POLICY)
    this.#reading = new Reading(instrument)
    this.comparisons = new Comparisons(this.state)
    this.trades = new CoinbaseTrades(instrument)
  }

  /** A new socket: everything is subscribed anew. */
  opened(now: Micros, out: Output[]): void {
    this.#reading.drop()
    this.hasHeartbeat = false
    this.heardAt = now
    this.#tickersSeen = 0
    this.trades.opened()
    this.#forgetDoubts()
    this.#askAgainAt = undefined
    this.state.requested(now, out)
  }

  closed(reason: string, now: Micros, out: Output[]): void {
    this.#reading.drop()
    this.state.closed(reason, now, out)
  }

  /** The book alone is asked for again: of one that is being read, the changes will not come. */
  askedAgain(now: Micros, out: Output[]): void {
    this.#reading.drop()
    this.state.requested(now, out)
  }

  /** A whole book. A big one is read in parts: one here, the others with `readOn`. */
  snapshot(frame: Raw, now: Micros, out: Output[]): Action {
    this.#reading.begin(frame)
    return this.readOn(now, out)
  }

  get isReading(): boolean {
    return this.#reading.isOn
  }

  /** Reads on; once the book is whole it is taken, and what changed meanwhile right behind it. Throws Unreadable or UnitError. */
  readOn(now: Micros, out: Output[]): Action {
    const read = this.#reading.readOn()
    if (read === undefined) return 'none'
    this.#take(read.book, now, out)
    for (const update of read.updates) {
      const action = this.#change(update, now, out)
      if (action !== 'none') return action
    }
    return 'none'
  }

  /** One that is crossed is an auction's of which the status channel has yet to tell: asked for at once, it would come as it is, over and over. */
  #take({ bids, asks, time }: Snapshot, now: Micros, out: Output[]): void {
    this.#forgetDoubts()
    const action = this.state.snapshot({ bids, asks, exchangeTime: time, verified: 'none' }, now, out)
    this.#askAgainAt = action === 'none' ? undefined : after(now, AUCTION_TOLD_WITHIN_MS)
  }

  update(frame: Raw, now: Micros, out: Output[]): Action {
    const change = readUpdate(frame, this.instrument)
    if (!this.#reading.keeps(change)) return this.#overflow(now, out)
    if (!this.state.isTrusted) return 'none'
    const verdict = this.#quotes.beforeUpdate(change.time, change.count > 1, this.#matches)
    const action = this.#judge(verdict, now, out)
    return action === 'none' ? this.#change(change, now, out) : action
  }

  #change(change: Update, now: Micros, out: Output[]): Action {
    const { bids, asks, time } = change
    const verified = this.#proven ? 'oracle' : 'none'
    const applied = this.state.delta({ bids, asks, exchangeTime: time, verified }, now, out)
    if (applied !== 'none') return applied
    this.#reach(time)
    this.comparisons.current?.oursChanged(change)
    const odd = this.#suspicions.updated(change, this.state.book, now)
    if (odd === undefined || this.state.state !== 'live') return 'none'
    const { venue, id: instrument } = this.instrument
    this.#isOdd = true
    return this.state.doubt(new OracleMismatch({ venue, instrument, ...odd }), now, out)
  }

  match(frame: Raw, now: Micros, out: Output[]): void {
    const trade = readTrade(frame, this.instrument, now)
    if (frame.type === 'match') {
      const maker = trade.side === 'buy' ? 'ask' : 'bid'
      if (this.state.isTrusted) this.#suspicions.hit(maker, trade.price, this.state.book, now)
      this.trades.match(trade, out)
    } else this.trades.lastMatch(trade, out)
  }

  ticker(frame: Raw, now: Micros, out: Output[]): Action {
    const event = readTicker(frame, this.instrument, now)
    out.push({ kind: 'event', event })
    const { exchangeTime: time, bid, ask } = event
    return time === undefined ? 'none' : this.#compareQuote({ time, bid, ask }, now, out)
  }

  heartbeat(frame: Raw, now: Micros, out: Output[]): void {
    this.hasHeartbeat = true
    const { lastTrade, time } = readHeartbeat(frame)
    if (time !== undefined) {
      this.#reach(time)
      this.comparisons.current?.oursReached(time)
    }
    if (lastTrade !== undefined) this.trades.heartbeat(lastTrade, now, out)
  }

  /** An entry of the `status` channel, which repeats itself: what cannot be taken back is a halt until it is said twice. */
  status(entry: Raw, now: Micros, out: Output[]): void {
    const { venue, id: instrument } = this.instrument
    const status = readStatus(entry, this.instrument)
    const lost = status.kind === 'lost' ? status.reason : undefined
    if (lost !== undefined && lost === this.#lost) {
      this.state.refuse(new SubscribeRefused({ venue, instrument, reason: `${instrument}: ${lost}` }), now, out)
    }
    this.#lost = lost
    if (status.kind === 'trading') this.state.resumed(now, out)
    else {
      this.state.halted(status.reason, now, out)
      if (this.#askAgainAt !== undefined) this.#askAgainAt = now
    }
  }

  unreadable(error: VenueProtocolError, now: Micros, out: Output[]): Action {
    this.#forgetDoubts()
    return this.state.fail(error, 'protocol', now, out)
  }

  tick(now: Micros, frameAt: Micros, out: Output[]): Action {
    if (this.#heldSince !== undefined && now - this.#heldSince >= 1_000_000) {
      this.#heldSince = undefined
      const action = this.#judge(this.#quotes.settle(this.#matches), now, out)
      if (action !== 'none') return action
    }
    this.#suspicions.tick(now)
    if (this.#askAgainAt !== undefined && now >= this.#askAgainAt) {
      this.#askAgainAt = undefined
      if (this.state.isAwaited) return 'resubscribe'
    }
    return this.state.tick(now, this.hasHeartbeat ? this.heardAt : frameAt, out)
  }

  get wantsFresh(): Probed['wantsFresh'] {
    if (this.state.state === 'suspect') return 'doubted'
    return this.#suspicions.isRaised && this.state.isTrusted ? 'suspected' : 'in-turn'
  }

  beginCompare(): Answer {
    this.#suspicions.clear()
    return new ProductAnswer(this.instrument, this.comparisons.begin(this.#reached, { apartUs: APART_US }))
  }

  /** How a fresh book compares: a doubt that it raised is not lifted by the ticker, who knows only the top. */
  compared(freshness: Exclude<Freshness, { kind: 'later' }>, now: Micros, out: Output[]): Action {
    this.#proven = freshness.kind === 'agrees'
    this.#isOdd = false
    return this.comparisons.judge(freshness, now, out)
  }

  #overflow(now: Micros, out: Output[]): Action {
    const { venue, id: instrument } = this.instrument
    const reason = `more than ${MOST_UPDATES} updates came while a snapshot was read`
    return this.state.fail(new BufferOverflow({ venue, instrument, reason }), 'overflow', now, out)
  }

  #compareQuote(quote: Quote, now: Micros, out: Output[]): Action {
    if (!this.state.isTrusted) return 'none'
    this.#suspicions.ticker(this.#matches(quote), now)
    if (this.#tickersSeen++ === 0) {
      this.#tally('oracle-on-subscribe', this.#matches(quote), out)
      return 'none'
    }
    const verdict = this.#quotes.offer(quote, this.#matches)
    this.#heldSince = verdict === 'later' ? now : undefined
    return this.#judge(verdict, now, out, quote)
  }

  #judge(verdict: Verdict | undefined, now: Micros, out: Output[], quote?: Quote): Action {
    switch (verdict) {
      case undefined:
      case 'later':
      case 'undecided':
        return 'none'
      case 'agrees':
        this.#tally('oracle', true, out)
        if (this.comparisons.isDoubted || this.#isOdd) return 'none'
        this.#proven = true
        this.state.proven(now, out)
        return 'none'
      case 'differs': {
        this.#tally('oracle', false, out)
        this.#proven = false
        const { venue, id: instrument } = this.instrument
        const { book } = this.state
        const theirs = quote === undefined ? 'another' : this.#words(quote.bid, quote.ask)
        const ours = this.#words(book.bestBid(), book.bestAsk())
        return this.state.doubt(new OracleMismatch({ venue, instrument, ours, theirs }), now, out)
      }
    }
  }

  readonly #matches = (quote: Quote): boolean => {
    const { book } = this.state
    return book.bestBid() === quote.bid && book.bestAsk() === quote.ask
  }

  #reach(time: Micros): void {
    if (time > this.#reached || time < this.#reached - CLOCK_BACK_US) this.#reached = time
  }

  #forgetDoubts(): void {
    this.#quotes.clear()
    this.#suspicions.clear()
    this.#isOdd = false
    this.#heldSince = undefined
    this.#proven = false
    this.comparisons.forget()
  }

  #tally(check: 'oracle' | 'oracle-on-subscribe', ok: boolean, out: Output[]): void {
    out.push({ kind: 'check', check, instrument: this.instrument.id, ok })
  }

  #words(bid: number | undefined, ask: number | undefined): string {
    const words = (ticks: number | undefined): string =>
      ticks === undefined ? 'none' : fromTicks(ticks, this.instrument.tickSize)
    return `${words(bid)} / ${words(ask)}`
  }
}
