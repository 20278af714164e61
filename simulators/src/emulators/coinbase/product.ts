import type { Listed, OrderEvent } from '@depthcast/feeds/simulation'
import { Batch, type BatchChanges, gridAtOrAfter, phaseMs } from '../batch.ts'
import type { Now, World } from '../emulator.ts'
import { BookHalf } from '../price-book.ts'
import { pastOf, Tape } from '../tape.ts'
import { Topic } from '../topic.ts'
import {
  heartbeat,
  l2update,
  type Match,
  match,
  pastMatch,
  type Sides,
  snapshot,
  type TickerFigures,
  ticker,
} from './frames.ts'
import { type FullMessage, FullStream } from './full.ts'
import { SequenceLog } from './sequence-log.ts'

const BATCH_MS = 50
const TICKER_BATCH = { everyMs: 5000, phaseMs: 0 }
/** A snapshot of the largest books in dollars with nothing left out. */
const HUGE_BYTES = 20 * 1024 * 1024
/** The `halt` fault. */
const HALTED_FOR = 20_000_000

/** Channels that tell of one product as things happen. */
const TOPICS = ['level2', 'level2_batch', 'matches', 'ticker', 'ticker_batch', 'full'] as const
export type ProductTopic = (typeof TOPICS)[number]

/** What happened at one time, told when the moment is over. */
type Moment = {
  readonly at: Now
  readonly changes: BatchChanges[]
  readonly messages: FullMessage[]
  readonly matches: Match[]
}

export type ProductOptions = {
  /** Snapshots are at least so large. */
  readonly snapshotBytes?: number
}

/**
 * One product of Coinbase Exchange: what its channels say, made once for all who listen.
 *
 * Channels are told each for itself, so what belongs together comes in no fixed order: a match before or after its ticker, a change of the book
 * before or after both. A ticker tells of the book as the match left it, one for all matches of a moment.
 */
export class CoinbaseProduct {
  readonly listed: Listed
  readonly tape: Tape
  readonly topics: Readonly<Record<ProductTopic, Topic>>
  readonly #world: World
  readonly #sides: Sides
  readonly #full: FullStream
  readonly #batch: Batch
  readonly #snapshotBytes: number
  readonly #sequences: SequenceLog
  #batchAt: Now = 0
  #moment: Moment | undefined
  #lastTicker: TickerFigures | undefined
  #tickerDueAt: Now | undefined
  #haltedUntil: Now | undefined
  #isDelisted = false

  constructor(listed: Listed, world: World, options: ProductOptions = {}) {
    const { symbol } = listed
    const [bids, asks] = [world.exchange.levels(symbol, 'bid'), world.exchange.levels(symbol, 'ask')]
    this.listed = listed
    this.tape = new Tape(bids[0] ?? asks[0] ?? 1)
    for (const trade of pastOf(world, symbol)) this.tape.add(trade)
    this.topics = Object.fromEntries(TOPICS.map((name) => [name, new Topic()])) as Record<ProductTopic, Topic>
    this.#world = world
    this.#sides = { bid: new BookHalf('bid', bids), ask: new BookHalf('ask', asks) }
    this.#full = new FullStream(listed, { bid: bids, ask: asks })
    this.#batch = new Batch({ everyMs: BATCH_MS, phaseMs: phaseMs(symbol, BATCH_MS) })
    this.#snapshotBytes = options.snapshotBytes ?? 0
    const last = this.tape.trades(1)[0]
    if (last !== undefined) this.#lastTicker = this.#figures(pastMatch(last))
    this.#sequences = new SequenceLog(world.exchange.seq(symbol), this.sequence)
  }

  get isHalted(): boolean {
    return this.#haltedUntil !== undefined || this.#world.exchange.isHalted(this.listed.symbol)
  }

  /** Off the list: nothing is told of it any more. */
  get isDelisted(): boolean {
    return this.#isDelisted
  }

  get sides(): Sides {
    return this.#sides
  }

  get sequence(): number {
    return this.#full.sequence
  }

  /** The exchange's event that left the book as it was at this number; undefined for one to come, or too long ago. */
  eventAt(sequence: number): number | undefined {
    return sequence > this.sequence ? undefined : this.#sequences.eventAt(sequence)
  }

  get orders(): FullStream['orders'] {
    return this.#full.orders
  }

  /** When something gathered is to be sent next; undefined while nothing is. */
  get dueAt(): Now | undefined {
    const due = [this.#moment?.at, this.#batch.dueAt, this.#tickerDueAt].filter((at) => at !== undefined)
    return due.length === 0 ? undefined : Math.min(...due)
  }

  /** Takes an event over, after everything that was due before it. */
  hear(event: OrderEvent, at: Now): void {
    this.advance(at, 'before')
    this.#strikeStatus(at)
    this.#sequences.note(event.seq, this.sequence)
    if (event.kind === 'halt' || event.kind === 'resume') return
    const { side, ticks, total } = event
    this.#sides[side].set(ticks, total)
    this.#batch.add(side, ticks, total, at)
    this.#batchAt = at
    this.#moment ??= { at, changes: [], messages: [], matches: [] }
    this.#moment.changes.push({
      bids: side === 'bid' ? [ticks, total] : [],
      asks: side === 'ask' ? [ticks, total] : [],
    })
    const messages = this.#full.hear(event, at)
    this.#take(this.#moment, messages)
    // An order that is filled is done after the match that changed the book.
    this.#sequences.note(event.seq, messages.find(({ match }) => match !== undefined)?.sequence ?? this.sequence)
  }

  /** Sends what is due: up to and including now, or `before` it, since what happens at the very end of a batch is part of it. */
  advance(wanted: Now, until: 'including' | 'before' = 'including'): void {
    // A client's clock may be ahead of what the exchange has played: what is not over is not sent.
    const now = Math.min(wanted, this.#world.openedAt + this.#world.exchange.now)
    const isDue = (at: Now | undefined): at is Now => at !== undefined && (until === 'including' ? at <= now : at < now)
    if (isDue(this.#moment?.at)) this.#tell(this.#moment!)
    if (isDue(this.#batch.dueAt)) this.#closeBatch()
    if (isDue(this.#tickerDueAt)) this.#tellTickerBatch()
  }

  /** The book as far as the exchange has played, and the time of that. */
  snapshot(): string {
    const at = this.#world.openedAt + this.#world.exchange.now
    const text = snapshot(this.listed, this.#sides, at)
    const wanted = this.strikes('huge-snapshot') ? Math.max(HUGE_BYTES, this.#snapshotBytes) : this.#snapshotBytes
    if (text.length >= wanted) return text
    const gaps = Math.max(0, this.#sides.bid.length - 1) + Math.max(0, this.#sides.ask.length - 1)
    const separator = `,${' '.repeat(Math.ceil((wanted - text.length) / Math.max(1, gaps)))}`
    return snapshot(this.listed, this.#sides, at, separator)
  }

  /** The last trade, which may be long ago; undefined before the first. */
  lastMatch(): string | undefined {
    return this.#lastTicker && match(this.listed, 'last_match', this.#lastTicker.last)
  }

  /** As it was sent after the last match: its best bid and ask are of then. */
  staleTicker(): string | undefined {
    return this.#lastTicker && ticker(this.listed, this.#lastTicker)
  }

  heartbeat(now: Now): string {
    return heartbeat(this.listed.symbol, this.#world.exchange.tradeId(this.listed.symbol), this.sequence, now)
  }

  strikes(fault: string): boolean {
    return this.#world.faults.strikes(fault, { venue: 'coinbase', symbol: this.listed.symbol })
  }

  #strikeStatus(at: Now): void {
    if (this.#haltedUntil !== undefined && at >= this.#haltedUntil) this.#haltedUntil = undefined
    if (this.strikes('halt')) this.#haltedUntil = at + HALTED_FOR
    if (this.strikes('delist')) this.#isDelisted = true
  }

  #take(moment: Moment, messages: readonly FullMessage[]): void {
    for (const message of messages) {
      moment.messages.push(message)
      if (message.match === undefined) continue
      moment.matches.push(message.match)
      this.tape.add(message.match)
    }
  }

  /** The moment is over: every channel tells its part, in an order of its own. */
  #tell(moment: Moment): void {
    this.#take(moment, this.#full.end(moment.at))
    this.#moment = undefined
    if (this.#isDelisted) return
    for (const { text } of moment.messages) this.topics.full.publish(text)
    const last = moment.matches.at(-1)
    const steps = [
      () => this.#tellChanges(moment),
      () => this.#tellMatches(moment),
      () => last !== undefined && this.#tellTicker(last),
    ]
    const first = (last?.id ?? 0) % steps.length
    for (let i = 0; i < steps.length; i += 1) steps[(first + i) % steps.length]!()
  }

  #tellChanges({ changes, at }: Moment): void {
    for (const one of changes) this.topics.level2.publish(() => l2update(this.listed, one, at))
  }

  #tellMatches({ matches }: Moment): void {
    for (const one of matches) this.topics.matches.publish(() => match(this.listed, 'match', one))
  }

  #tellTicker(last: Match): void {
    const figures = this.#figures(last)
    this.#lastTicker = figures
    this.#tickerDueAt ??= gridAtOrAfter(last.at, TICKER_BATCH)
    this.topics.ticker.publish(() => ticker(this.listed, figures))
  }

  #figures(last: Match): TickerFigures {
    const { bid, ask } = this.#sides
    return { last, day: this.tape.day(), bid: bid.level(0), ask: ask.level(0) }
  }

  #tellTickerBatch(): void {
    this.#tickerDueAt = undefined
    const figures = this.#lastTicker
    if (figures !== undefined) this.topics.ticker_batch.publish(() => ticker(this.listed, figures))
  }

  /** `time` is that of the newest change in it. */
  #closeBatch(): void {
    const changes = this.#batch.take()
    const topic = this.topics.level2_batch
    if (!topic.isFollowed || this.#isDelisted) return
    const told = this.strikes('wrong-book') ? this.#wrong(changes) : changes
    const isFiner = this.strikes('precision-change')
    topic.publish(() => {
      const text = l2update(this.listed, told, this.#batchAt)
      return isFiner
        ? text.replace(/(\["(?:buy|sell)",")([^"]+)/, (_, start, price) => `${start}${finer(price)}`)
        : text
    })
    if (this.strikes('snapshot-unasked')) topic.publish(() => this.snapshot())
  }

  /** The best bid has a lot more than it should. */
  #wrong({ bids, asks }: BatchChanges): BatchChanges {
    const best = this.#sides.bid.level(0)
    return best === undefined ? { bids, asks } : { bids: [...bids, best.ticks, best.lots + 1], asks }
  }
}

function finer(price: string): string {
  return price.includes('.') ? `${price}5` : `${price}.5`
}
