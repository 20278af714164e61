import type { Listed, OrderEvent } from '@depthcast/feeds/simulation'
import { Batch, type BatchChanges, phaseMs } from '../batch.ts'
import type { Now, World } from '../emulator.ts'
import { BookHalf } from '../price-book.ts'
import { pastOf, Tape, type TapeTrade } from '../tape.ts'
import { Topic } from '../topic.ts'
import { AggTrades } from './agg-trades.ts'
import { BinanceDecimals } from './decimals.ts'
import {
  aggTrade,
  bookTicker,
  depthUpdate,
  partialDepth,
  type Sides,
  type Spelling,
  type TimeUnit,
  trade,
} from './frames.ts'
import { Klines } from './klines.ts'
import { Seconds } from './seconds.ts'
import type { Stream } from './streams.ts'
import { UpdateIds } from './update-ids.ts'
import { wrongBest } from './wrong-book.ts'

const VENUE = 'binance'

/** A whole book at one update id. Flat ticks and lots, best first. */
export type Seed = { readonly id: number; readonly bids: readonly number[]; readonly asks: readonly number[] }

export type MarketOptions = {
  /** Where in every 100 ms this symbol's batches end. */
  readonly phaseMs?: number
}

/**
 * One symbol of Binance: what its streams say, made once for all who listen.
 *
 * Every change of a level takes an update id, which is the number of the exchange's event; a depth event holds those of 100 or 1000 ms, so it
 * has more ids than levels where a level changed twice. Where nothing changed nothing is sent. A book by REST and by `@depth20` is the book of
 * the last batch. Source: binance-spot-api-docs, web-socket-streams.md; batches as measured on recordings.
 */
export class BinanceMarket {
  readonly listed: Listed
  readonly decimals: BinanceDecimals
  readonly tape: Tape
  readonly klines: Klines
  readonly aggTrades = new AggTrades()
  /** Bodies of `depth` as last served, by limit: what a cache in front would serve again. */
  readonly served = new Map<number, string>()
  readonly #world: World
  readonly #seconds: Seconds
  readonly #spellings = new Map<string, Spelling>()
  readonly #topics = new Map<string, { readonly stream: Stream; readonly topic: Topic<Spelling> }>()
  /** As of the last event, and as of the last batch. */
  readonly #live: Sides
  readonly #closed: Sides
  readonly #opening: Seed
  readonly #fast: Batch
  readonly #slow: Batch
  readonly #ids = new UpdateIds()
  #seq: number
  #liveId: number
  #closedId: number
  #slowId: number

  constructor(listed: Listed, world: World, options: MarketOptions = {}) {
    const { symbol } = listed
    const [bids, asks] = [world.exchange.levels(symbol, 'bid'), world.exchange.levels(symbol, 'ask')]
    const phase = options.phaseMs ?? phaseMs(symbol, 100)
    this.listed = listed
    this.decimals = new BinanceDecimals(listed)
    this.tape = new Tape(bids[0] ?? asks[0] ?? 1)
    this.klines = new Klines(this.tape)
    for (const trade of pastOf(world, symbol)) {
      this.tape.add(trade)
      this.klines.add(trade)
      // Each taken by a taker of its own, whom no order of the exchange is.
      this.aggTrades.add(trade, -trade.id)
    }
    this.aggTrades.take()
    this.#world = world
    this.#seconds = new Seconds(this)
    this.#live = { bid: new BookHalf('bid', bids), ask: new BookHalf('ask', asks) }
    this.#closed = { bid: new BookHalf('bid', bids), ask: new BookHalf('ask', asks) }
    this.#fast = new Batch({ everyMs: 100, phaseMs: phase })
    this.#slow = new Batch({ everyMs: 1000, phaseMs: phase })
    this.#seq = world.exchange.seq(symbol)
    this.#liveId = this.#closedId = this.#slowId = this.#seq
    this.#ids.begin(this.#seq, this.#seq)
    this.#opening = { id: this.#liveId, bids, asks }
  }

  get isHalted(): boolean {
    return this.#world.exchange.isHalted(this.listed.symbol)
  }

  /** The book as of the last event. */
  get sides(): Sides {
    return this.#live
  }

  /** When something gathered is to be sent next; undefined while nothing is. */
  get dueAt(): Now | undefined {
    const due = [this.aggTrades.dueAt, this.#fast.dueAt, this.#slow.dueAt].filter((at) => at !== undefined)
    return due.length === 0 ? undefined : Math.min(...due)
  }

  /** The newest update id. */
  get lastId(): number {
    return this.#liveId
  }

  /** The exchange's event whose update id this was; undefined where it was none's. */
  eventAt(id: number): number | undefined {
    return this.#ids.eventAt(id, this.#seq)
  }

  get lastTradeAt(): number {
    return this.tape.trades(1)[0]?.at ?? this.#world.openedAt
  }

  /** Sums of the last five minutes. */
  average(at: Now): ReturnType<Seconds['average']> {
    return this.#seconds.average(at)
  }

  /** The same object for the same spelling: what is told in it is made once. */
  spelling(symbol: string, unit: TimeUnit): Spelling {
    const key = `${symbol} ${unit}`
    const spelling = this.#spellings.get(key) ?? { symbol, decimals: this.decimals, unit }
    this.#spellings.set(key, spelling)
    return spelling
  }

  /** The topic of a stream, the same for all names of it. */
  topic(stream: Stream): Topic<Spelling> {
    const key = JSON.stringify(stream)
    const entry = this.#topics.get(key) ?? { stream, topic: new Topic<Spelling>() }
    this.#topics.set(key, entry)
    return entry.topic
  }

  /** The book of the last batch; `inside` the one of the last event; `opening` the oldest there is. */
  seed(which: 'batch' | 'inside' | 'opening', levels: number): Seed {
    if (which === 'opening') {
      const { id, bids, asks } = this.#opening
      return { id, bids: bids.slice(0, 2 * levels), asks: asks.slice(0, 2 * levels) }
    }
    const [sides, id] = which === 'inside' ? [this.#live, this.#liveId] : [this.#closed, this.#closedId]
    return { id, bids: sides.bid.levels(levels), asks: sides.ask.levels(levels) }
  }

  /** Takes an event over, after everything that was due before it. */
  hear(event: OrderEvent, at: Now): void {
    this.advance(at, 'before')
    this.#liveId += event.seq - this.#seq
    this.#seq = event.seq
    if (event.kind === 'halt' || event.kind === 'resume') return
    const { side, ticks, total } = event
    const isTop = this.#live[side].set(ticks, total).at === 0
    this.#fast.add(side, ticks, total, at)
    if (event.kind === 'fill') {
      const taker = side === 'bid' ? 'sell' : 'buy'
      this.#traded({ id: event.tradeId, ticks, lots: event.lots, taker, at }, event.takerId)
    }
    if (isTop) this.#publish('bookTicker', (as) => bookTicker(as, this.#liveId, this.#live))
  }

  /** Sends what is due: up to and including now, or `before` it, since what happens at the very end of a batch is part of it. */
  advance(wanted: Now, until: 'including' | 'before' = 'including'): void {
    // A client's clock may be ahead of what the exchange has played: what is not over is not sent.
    const now = Math.min(wanted, this.#world.openedAt + this.#world.exchange.now)
    const isDue = (at: Now | undefined): at is Now => at !== undefined && (until === 'including' ? at <= now : at < now)
    if (isDue(this.aggTrades.dueAt)) this.#aggregated(this.aggTrades.take())
    if (isDue(this.#fast.dueAt)) this.#closeFast(this.#fast.dueAt)
    if (isDue(this.#slow.dueAt)) this.#closeSlow(this.#slow.dueAt)
    this.#seconds.advance(now)
  }

  /** The topics of this kind that somebody follows. */
  followed<Kind extends Stream['kind']>(
    kind: Kind,
  ): { readonly stream: Extract<Stream, { kind: Kind }>; readonly topic: Topic<Spelling> }[] {
    const found = []
    for (const { stream, topic } of this.#topics.values()) {
      if (stream.kind === kind && topic.isFollowed)
        found.push({ stream: stream as Extract<Stream, { kind: Kind }>, topic })
    }
    return found
  }

  strikes(fault: string): boolean {
    return this.#world.faults.strikes(fault, { venue: VENUE, symbol: this.listed.symbol })
  }

  #traded(print: TapeTrade, takerId: number): void {
    this.tape.add(print)
    this.klines.add(print)
    this.#publish('trade', (as) => trade(as, print))
    const complete = this.aggTrades.add(print, takerId)
    if (complete !== undefined) this.#aggregated(complete)
  }

  #aggregated(agg: Parameters<typeof aggTrade>[1] | undefined): void {
    if (agg !== undefined) this.#publish('aggTrade', (as) => aggTrade(as, agg))
  }

  #closeFast(at: Now): void {
    const changes = this.#fast.take()
    this.#slow.addAll(changes, at)
    for (const [side, levels] of [
      ['bid', changes.bids],
      ['ask', changes.asks],
    ] as const) {
      for (let i = 0; i < levels.length; i += 2) this.#closed[side].set(levels[i]!, levels[i + 1]!)
    }
    const shift = this.#idShift()
    const first = this.#closedId + 1 + shift
    this.#liveId += shift
    this.#slowId += shift
    this.#closedId = this.#liveId
    if (shift !== 0) this.#ids.begin(this.#liveId, this.#seq)
    this.#sendDepth(100, changes, first, at)
  }

  #closeSlow(at: Now): void {
    const first = this.#slowId + 1
    this.#slowId = this.#closedId
    this.#sendDepth(1000, this.#slow.take(), first, at)
  }

  #sendDepth(everyMs: 100 | 1000, changes: BatchChanges, first: number, at: Now): void {
    const last = this.#closedId
    for (const { stream, topic } of this.followed('diff')) {
      if (stream.everyMs !== everyMs) continue
      const told = this.strikes('wrong-book') ? wrongBest(changes, this.#closed.bid.level(0)) : changes
      topic.publish((as) => depthUpdate(as, { ...told, first, last, at }))
    }
    for (const { stream, topic } of this.followed('partial')) {
      if (stream.everyMs === everyMs) topic.publish((as) => partialDepth(as, this.seed('batch', stream.levels)))
    }
  }

  /** Where the venue itself gets its ids wrong: three of them skipped, one used twice, or all of them from 1 again. */
  #idShift(): number {
    if (this.followed('diff').length === 0) return 0
    if (this.strikes('sequence-gap')) return 3
    if (this.strikes('sequence-duplicate')) return -1
    return this.strikes('sequence-reset') ? -this.#closedId : 0
  }

  #publish(kind: 'trade' | 'aggTrade' | 'bookTicker', render: (as: Spelling) => string): void {
    for (const { topic } of this.followed(kind)) topic.publish(render)
  }
}
