import type { Instrument, Micros, Ticker } from '@depthcast/market'
import { UnitError } from '@depthcast/market'
import { after, BOOK_POLICY, type BookPolicy } from '../../book-policy.ts'
import { type Action, SymbolBook } from '../../book-state.ts'
import { ChecksumMismatch, SubscribeRefused, VenueProtocolError } from '../../errors.ts'
import type { Output } from '../../venue.ts'
import { Comparisons } from '../fresh-book/comparisons.ts'
import type { Freshness } from '../fresh-book/fresh-book.ts'
import type { Answer, Probed } from '../fresh-book/prober.ts'
import { optional, price, quantity, type Raw, sideOfBook, string } from '../wire.ts'
import { DepthBook, PROVEN_LEVELS } from './depth-book.ts'
import { checksumIn, levelsIn, type SocketTime, signedTicks, timeOf, whole } from './frames.ts'
import { APART_US, PairAnswer } from './questions.ts'
import { PairTrades } from './trades.ts'

/** Something comes every second: a heartbeat where there is nothing else to say. */
const POLICY: BookPolicy = { ...BOOK_POLICY, staleAfterMs: 5_000 }
const TRADING = 'online'
/** Ticker and book tell of the same change at about the same time. */
const ASTRAY_MS = 3_000

/** One pair on the socket: its book and what proves it, its trades, its ticker, and whether the venue trades it. */
export class KrakenPair implements Probed {
  readonly instrument: Instrument
  readonly state: SymbolBook
  readonly comparisons: Comparisons
  readonly trades: PairTrades
  readonly #book: DepthBook
  readonly #time: SocketTime
  #isSuspected = false
  /** Since when the ticker's best prices are not ours, while nothing comes for the book. */
  #astraySince: Micros | undefined
  /** What the venue says of itself, and of this pair. */
  #system = TRADING
  #status = TRADING

  /** `time` is that of the socket which all its pairs share. */
  constructor(instrument: Instrument, depth: number, httpUrl: string, time: SocketTime) {
    this.instrument = instrument
    this.state = new SymbolBook(instrument, POLICY)
    this.comparisons = new Comparisons(this.state)
    this.#book = new DepthBook(this.state.book, depth)
    this.#time = time
    this.trades = new PairTrades(instrument, httpUrl)
  }

  /** The subscription stands. Its depth is what the venue says here, not how many levels come: a quiet market has fewer. */
  acknowledged(depth: number | undefined, now: Micros): void {
    if (depth !== undefined) this.#book.depth = depth
    this.state.acknowledged(now)
  }

  /** A snapshot without a checksum is taken unproven: the next update proves both. */
  snapshot(raw: Raw, now: Micros, out: Output[]): Action {
    const bids = this.#book.within(sideOfBook(levelsIn(raw.bids, 'bids', this.instrument), 'bid'))
    const asks = this.#book.within(sideOfBook(levelsIn(raw.asks, 'asks', this.instrument), 'ask'))
    const exchangeTime = timeOf(raw)
    this.comparisons.forget()
    this.#isSuspected = false
    this.#astraySince = undefined
    if (raw.checksum === undefined) return this.state.snapshot({ bids, asks, exchangeTime, verified: 'none' }, now, out)
    const failure = this.#compare(this.#book.checksumOf(bids, asks), raw, out)
    if (failure !== undefined) return this.state.fail(failure, 'checksum', now, out)
    return this.state.snapshot({ bids, asks, exchangeTime, verified: 'checksum' }, now, out)
  }

  /**
   * Absolute quantities in the order in which they came to be; a price may come twice, and zero deletes. The checksum says that the best ten levels are
   * right, and nothing of those below: they are held against a fresh book.
   */
  update(raw: Raw, now: Micros, out: Output[]): Action {
    const bids = levelsIn(raw.bids, 'bids', this.instrument)
    const asks = levelsIn(raw.asks, 'asks', this.instrument)
    const exchangeTime = timeOf(raw)
    checksumIn(raw)
    this.#time.told(exchangeTime, now)
    if (!this.state.isTrusted) return 'none'
    this.#astraySince = undefined
    if (!this.#isAllProven && this.#book.isOdd(bids, asks)) this.#isSuspected = true
    const change = this.#book.fold(bids, asks)
    const failure = this.#compare(this.#book.checksum(), raw, out)
    if (failure !== undefined) return this.state.fail(failure, 'checksum', now, out)
    const applied = this.state.delta({ ...change, exchangeTime, verified: 'checksum' }, now, out)
    if (applied === 'none') this.comparisons.current?.oursChanged({ ...change, time: this.#time.reached ?? now })
    return applied
  }

  /** A book of ten levels is proven by every checksum, for as long as its updates come. */
  get wantsFresh(): Probed['wantsFresh'] {
    if (this.state.state === 'suspect') return 'doubted'
    if (this.#isSuspected) return 'suspected'
    return this.#isAllProven ? 'never' : 'in-turn'
  }

  get #isAllProven(): boolean {
    return this.#book.depth <= PROVEN_LEVELS
  }

  /**
   * A subscription may die without a word while heartbeats go on, and no checksum comes to tell. But the ticker tells each change of the best prices:
   * where those are not the book's any more, and nothing comes for the book, a fresh one is asked for.
   */
  watch(now: Micros): void {
    if (this.#astraySince === undefined || now < after(this.#astraySince, ASTRAY_MS)) return
    this.#isSuspected = true
    this.#astraySince = undefined
  }

  beginCompare(): Answer {
    this.#isSuspected = false
    const { depth } = this.#book
    const fresh = this.comparisons.begin(this.#time.reached ?? (0 as Micros), { depth, apartUs: APART_US })
    return new PairAnswer(this.instrument, fresh, this.#book)
  }

  compared(freshness: Exclude<Freshness, { kind: 'later' }>, now: Micros, out: Output[]): Action {
    return this.comparisons.judge(freshness, now, out)
  }

  ticker(raw: Raw, now: Micros, out: Output[]): void {
    const { instrument } = this
    const last = optional(raw.last, price, instrument)
    const change = optional(raw.change, signedTicks, instrument)
    const figures = {
      bid: optional(raw.bid, price, instrument),
      bidQuantity: optional(raw.bid_qty, quantity, instrument),
      ask: optional(raw.ask, price, instrument),
      askQuantity: optional(raw.ask_qty, quantity, instrument),
      last,
      open24h: last === undefined || change === undefined || change >= last ? undefined : last - change,
      high24h: optional(raw.high, price, instrument),
      low24h: optional(raw.low, price, instrument),
      volume24h: optional(raw.volume, quantity, instrument),
    }
    const { bid, ask } = figures
    const { state } = this
    const isOurs = bid === state.book.bestBid() && ask === state.book.bestAsk()
    if (isOurs || bid === undefined || ask === undefined || !state.isTrusted) this.#astraySince = undefined
    else this.#astraySince ??= now
    const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined))
    const stamp = { instrument: instrument.id, exchangeTime: timeOf(raw), receivedAt: now }
    out.push({ kind: 'event', event: { kind: 'ticker', ...stamp, ...known } as Ticker })
  }

  /**
   * The pair as the instrument channel lists it. Its precision is how many decimals the wire has, whose digits the checksum is of; when it changes,
   * the book is asked for anew. Decimals that our ticks do not have are borne for as long as they are zeros.
   */
  listed(raw: Raw, now: Micros, out: Output[]): Action {
    this.#status = string(raw, 'status')
    this.#judgeTrading(now, out)
    const { venue, id: instrument, venueSymbol, tickSize, lotSize } = this.instrument
    const { extra } = this.#book
    const price = decimalsBeyond(tickSize.decimals, raw.price_precision)
    const quantity = decimalsBeyond(lotSize.decimals, raw.qty_precision)
    if (price === extra.price && quantity === extra.quantity) return 'none'
    this.#book.extra = { price, quantity }
    if (!this.state.isTrusted) return 'none'
    const frame = `${venueSymbol} in the instrument channel`
    const reason = this.#newDecimals()
    const error = new VenueProtocolError({ venue, instrument, recovery: 'resync', reason, frame })
    return this.state.fail(error, 'protocol', now, out)
  }

  /** The whole venue's word: `online`, `maintenance`, `cancel_only`, `post_only`, `limit_only`. */
  system(status: string, now: Micros, out: Output[]): void {
    this.#system = status
    this.#judgeTrading(now, out)
  }

  /** A price between our ticks is no fault of the frame when the venue has taken on decimals: only a start anew can follow it. */
  unreadable(error: VenueProtocolError, now: Micros, out: Output[]): Action {
    const { extra } = this.#book
    const { cause } = error
    const isOffGrid = cause instanceof UnitError && cause.code === 'UNIT_NOT_MULTIPLE'
    if (!isOffGrid || (extra.price <= 0 && extra.quantity <= 0)) return this.state.fail(error, 'protocol', now, out)
    const { venue, id: instrument } = this.instrument
    const reason = `${this.#newDecimals()}, and ${cause.message}: start anew to follow`
    this.state.refuse(new SubscribeRefused({ venue, instrument, reason }), now, out)
    return 'none'
  }

  #newDecimals(): string {
    const { tickSize, lotSize, venueSymbol } = this.instrument
    const { price, quantity } = this.#book.extra
    const theirs = `${tickSize.decimals + price} price and ${lotSize.decimals + quantity} quantity decimals`
    return `Kraken counts ${venueSymbol} in ${theirs} now, we in ${tickSize.decimals} and ${lotSize.decimals}`
  }

  #judgeTrading(now: Micros, out: Output[]): void {
    if (this.#system !== TRADING) this.state.halted(`Kraken is in ${words(this.#system)}`, now, out)
    else if (this.#status !== TRADING) this.state.halted(`Kraken has it in ${words(this.#status)}`, now, out)
    else this.state.resumed(now, out)
  }

  #compare(ours: number, raw: Raw, out: Output[]): ChecksumMismatch | undefined {
    const theirs = checksumIn(raw)
    const { venue, id: instrument } = this.instrument
    out.push({ kind: 'check', check: 'checksum', instrument, ok: ours === theirs })
    if (ours === theirs) return undefined
    return new ChecksumMismatch({ venue, instrument, expected: ours, received: theirs })
  }
}

/** How many decimals more than ours; where the venue names none, none. */
function decimalsBeyond(ours: number, precision: unknown): number {
  return precision === undefined ? 0 : whole(precision, 'precision') - ours
}

/** `cancel_only` as people write it. */
function words(status: string): string {
  return status.replaceAll('_', '-')
}
