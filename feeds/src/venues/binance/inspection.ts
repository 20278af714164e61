import { Book, type BookSide, type Micros } from '@depthcast/market'
import { HitLevels } from '../hit-levels.ts'
import { type DepthDiff, MOST_KEPT } from './depth.ts'
import type { Seed } from './replies.ts'
import { Rhythm } from './rhythm.ts'
import { type Comparison, compare, nearsEdge, type Window, widened, windowOf } from './window.ts'

/** Weight 5: enough to tell a still book from a dead stream. */
const PROBE_LEVELS = 100
/** A live book is not held against whole snapshots more often than this, whatever speaks for it. */
const APART_US = 60_000_000
/** A stream that has said nothing at all yet is asked after sooner: a misspelled or dead one gives pings and no error. */
const NEVER_STARTED_US = 10_000_000
/** A doubt that no second source has dispelled by then is taken to the venue. */
const DOUBT_US = 3_000_000
/** A diff is at most 100 ms behind a snapshot; after this it is not coming. */
const GRACE_US = 2_000_000

/** What to fetch: the book as it should be, `levels` a side. */
export type Due = { readonly kind: 'probe' | 'reseed'; readonly levels: number }

/** How many levels a side are in doubt, 0 for none, and since when. */
export type Doubt = { readonly levels: number; readonly since: number }

/** How the book came through; `levels` a side were looked at. */
export type Verdict = Comparison & {
  readonly levels: number
  readonly imageId: number
  /** The stream came as far as the image; where it did not, the venue knows of something that the stream has not told. */
  readonly reached: boolean
}

/**
 * Holds a live book against snapshots fetched beside it: when its stream is silent, when it is in doubt, when the market nears the end of what is
 * known, and in its turn, every two minutes or so (`Seeder.round`). So a wrong level that `depth20` does not see, below the best 20, stands for
 * about that long, and not at all once somebody trades at a price where the book has nothing.
 *
 * A snapshot is brought to the book's update id by the events in between, and compared there: the one check of the book's depth that the stream
 * itself cannot give. What the snapshot knows beyond our book is learned from it without breaking the chain.
 */
export class Inspection {
  readonly #seedLevels: number
  readonly #rhythm = new Rhythm()
  readonly #hits = new HitLevels()
  #window: Window | undefined
  /** When a whole snapshot was last asked for, or the book put on one. */
  #wholeAt = 0
  #askedAt = 0
  #startedAt = 0
  #heardAt: Micros | undefined
  #under: Fresh | undefined
  #isSuspected = false

  constructor(seedLevels: number) {
    this.#seedLevels = seedLevels
  }

  /** Whether anything came since the stream was last begun. */
  get hasStarted(): boolean {
    return this.#heardAt !== undefined
  }

  /** The stream begins, on a new socket or subscribed anew. */
  begun(now: Micros): void {
    this.#startedAt = now
    this.#heardAt = undefined
    this.#rhythm.interrupted()
    this.drop()
  }

  heard(now: Micros): void {
    this.#heardAt = now
    this.#rhythm.beat(now)
  }

  /** The book was put on a snapshot. */
  seeded(seed: Seed, now: Micros): void {
    this.#window = windowOf(seed, this.#seedLevels)
    this.#wholeAt = now
    this.#askedAt = 0
    this.#isSuspected = false
    this.#hits.clear()
    this.#startedAt = Math.max(this.#startedAt, now)
    this.drop()
  }

  /** What to fetch now, taken to be asked for; undefined while nothing is, or something is on its way that was asked for like this. */
  due(book: Book, bookId: number, doubt: Doubt, now: Micros): Due | undefined {
    if (this.#under?.canWait === false || this.#window === undefined) return undefined
    const due = this.#wanted(book, this.#window, doubt, now)
    if (due === undefined) return undefined
    this.#askedAt = now
    if (due.kind === 'reseed') this.#wholeAt = now
    this.#under = new Fresh(bookId, due.levels, false)
    return due
  }

  /** How long the book has not been held against a whole snapshot, µs: for ever, where something speaks against it; 0 while one is on its way. */
  uncomparedFor(now: Micros): number {
    if (this.#under !== undefined || this.#window === undefined) return 0
    const age = now - this.#wholeAt
    return this.#isSuspected && age >= APART_US ? Number.POSITIVE_INFINITY : age
  }

  /** A whole snapshot is being asked for. */
  compareNow(bookId: number, now: Micros): void {
    this.#wholeAt = now
    this.#isSuspected = false
    this.#under = new Fresh(bookId, this.#seedLevels, true)
  }

  /** The snapshot is here; undefined when it could not be had, or is older than the question. */
  offer(seed: Seed | undefined, now: Micros): void {
    if (seed === undefined || this.#under?.offer(seed, now) !== true) this.drop()
  }

  /** Somebody traded with an order of this side; the change it makes to the book is before or behind it by a batch. */
  hit(side: BookSide, ticks: number, book: Book, now: Micros): void {
    this.#hits.hit(side, ticks, book.lotsAt(side, ticks), now)
  }

  tick(now: Micros): void {
    if (this.#hits.isOneMissing(now)) this.#isSuspected = true
  }

  /** An event that the book has applied meanwhile. */
  add(diff: DepthDiff, now: Micros): void {
    this.#hits.changed(diff.bids, diff.asks, now)
    this.#under?.add(diff)
    if (this.#under !== undefined && this.#under.size > MOST_KEPT) this.drop()
  }

  /** The comparison, as soon as book and snapshot speak of the same moment, or the stream had its time to come that far. */
  verdict(book: Book, bookId: number, now: Micros): Verdict | undefined {
    const fresh = this.#under
    const image = fresh?.image(bookId, now)
    if (fresh === undefined || image === undefined || this.#window === undefined) return undefined
    this.drop()
    const { levels } = fresh
    const told = windowOf(image.seed, levels)
    const { lastId: imageId } = image.seed
    const { differs, bids, asks } = compare(book, image.book, this.#window, told)
    // An image from after the book's moment can be like it all the same, but nothing can be learned from it.
    if (imageId > bookId) return { differs, bids: [], asks: [], levels, imageId, reached: false }
    if (differs === undefined) this.#window = widened(this.#window, told)
    return { differs, bids, asks, levels, imageId, reached: true }
  }

  drop(): void {
    this.#under = undefined
  }

  #wanted(book: Book, window: Window, doubt: Doubt, now: Micros): Due | undefined {
    const whole: Due = { kind: 'reseed', levels: this.#seedLevels }
    const probe: Due = { kind: 'probe', levels: PROBE_LEVELS }
    if (doubt.levels > 0 && now - Math.max(this.#askedAt, doubt.since) >= DOUBT_US) {
      return doubt.levels > PROBE_LEVELS ? whole : probe
    }
    if (now - this.#wholeAt >= APART_US && nearsEdge(book, window)) return whole
    const silentSince = Math.max(this.#heardAt ?? this.#startedAt, this.#askedAt)
    const isFirst = this.#heardAt === undefined && this.#askedAt === 0
    return now - silentSince >= (isFirst ? NEVER_STARTED_US : this.#rhythm.patienceUs) ? probe : undefined
  }
}

/** One snapshot on its way, and what the book applied meanwhile. */
class Fresh {
  readonly levels: number
  /** Nothing but its turn asks for it, so it may be long on its way. */
  readonly canWait: boolean
  readonly #fromId: number
  readonly #diffs: DepthDiff[] = []
  #seed: Seed | undefined
  #dueAt = 0

  /** `fromId` is the book's id when the snapshot was asked for. */
  constructor(fromId: number, levels: number, canWait: boolean) {
    this.#fromId = fromId
    this.levels = levels
    this.canWait = canWait
  }

  get size(): number {
    return this.#diffs.length
  }

  add(diff: DepthDiff): void {
    this.#diffs.push(diff)
  }

  /** False when the snapshot is from before the question, so that events between the two are missing. */
  offer(seed: Seed, now: Micros): boolean {
    this.#seed = seed
    this.#dueAt = now + GRACE_US
    return seed.lastId >= this.#fromId
  }

  /** The snapshot, brought to `bookId`; undefined while it is not here, or ahead of a book that may still come. */
  image(bookId: number, now: Micros): { readonly seed: Seed; readonly book: Book } | undefined {
    const seed = this.#seed
    if (seed === undefined || (bookId < seed.lastId && now < this.#dueAt)) return undefined
    const book = new Book()
    book.replace(seed.bids, seed.asks)
    for (const diff of this.#diffs) if (diff.last > seed.lastId) book.apply(diff.bids, diff.asks)
    return { seed, book }
  }
}
