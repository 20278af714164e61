import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Action, SymbolBook } from '../../book-state.ts'
import { type FeedError, RateLimited, saidBy, TransportError, VenueProtocolError } from '../../errors.ts'
import type { Input, Output } from '../../venue.ts'
import type { Comparisons } from './comparisons.ts'
import type { FreshBook, Freshness } from './fresh-book.ts'

/** After a fresh book differed, to settle it. */
const AGAIN_MS = 1_000
const ANSWER_WITHIN_MS = 20_000
/** A runner that never says the socket ended, as a replay: the question is forgotten. */
const FORGET_MS = 2 * ANSWER_WITHIN_MS
/** A second socket waits no longer than this for its next question; a venue may close one on which nothing is asked. */
const KEPT_MS = 30_000
const NEVER = Number.POSITIVE_INFINITY as Micros

/** A book that can be held against a fresh one. */
export type Probed = {
  readonly state: SymbolBook
  readonly comparisons: Comparisons
  /** `never` nothing is left to prove · `in-turn` no cause to hurry · `suspected` something is odd · `doubted` a second source differed. */
  readonly wantsFresh: 'never' | 'in-turn' | 'suspected' | 'doubted'
  beginCompare(): Answer
  compared(freshness: Exclude<Freshness, { kind: 'later' }>, now: Micros, out: Output[]): Action
}

/** What reads the second socket while it answers one question. */
export type Answer = {
  readonly fresh: FreshBook
  /** Takes a frame; passes over what is not about this book. Throws Refused where the venue will not answer, Unreadable for what it says. */
  take(text: string, now: Micros): void
  /** A big book is read in parts: `readOn` reads another, and throws as `take` does. Absent: what comes is read at once. */
  readonly isReading?: boolean
  readOn?(): void
}

/** How a venue is asked for one of its books, by its own symbol. */
export type Questions = {
  readonly url: string
  ask(venueSymbol: string): readonly string[]
  /** Ends what was asked, so that the next question can be asked on the same socket. Absent: a socket a question. */
  end?(venueSymbol: string): readonly string[]
}

/** How often, in ms: each book in its turn, and again after the last time where there is cause. */
export type Pace = {
  readonly everyMs: number
  readonly suspectedMs: number
  readonly doubtedMs: number
  /** After a question that was not answered. */
  readonly restMs: number
}

/** The venue will not answer this question now. */
export class Refused extends Error {}

/**
 * Asks the venue for its whole book again, on a second socket, and has ours held against it: each book in its turn, spread evenly, and sooner where
 * there is cause. Where nothing on the wire proves a level, nothing else shows that an update of it was lost.
 *
 * One question at a time, so that it costs one socket and one more subscription.
 */
export class Prober<Book extends Probed> {
  readonly #questions: Questions
  readonly #pace: Pace
  readonly #schedules: Schedule<Book>[]
  #asking: Question<Book> | undefined
  /** The second socket that is there, or on its way. */
  #socket: string | undefined
  #count = 0

  constructor(books: Iterable<Book>, questions: Questions, pace: Pace) {
    this.#questions = questions
    this.#pace = pace
    this.#schedules = [...books].map((book) => ({ book, dueAt: NEVER, askedAt: 0 as Micros, restUntil: 0 as Micros }))
  }

  /** Whose fresh book is being asked for. */
  get asked(): Book | undefined {
    return this.#asking?.schedule.book
  }

  /** A new first socket. The books take turns, so that they do not all come due at once. */
  opened(now: Micros): void {
    const { length } = this.#schedules
    this.#schedules.forEach((schedule, index) => {
      schedule.dueAt = after(now, (this.#pace.everyMs * (index + 1)) / length)
    })
  }

  /** The first socket is gone, and our books with it: there is nothing to compare. */
  closed(out: Output[]): void {
    for (const schedule of this.#schedules) schedule.dueAt = NEVER
    this.#letGo()
    this.#hangUp(out)
  }

  tick(now: Micros, out: Output[]): void {
    const asking = this.#asking
    if (asking !== undefined) {
      if (this.#isStanding(asking) && now < after(asking.schedule.askedAt, FORGET_MS)) return
      this.#rest(asking, now, out)
    }
    for (const schedule of this.#schedules) this.#bringForward(schedule, now)
    const due = this.#schedules.filter(({ dueAt, book }) => dueAt <= now && isComparable(book))
    const next = due.sort((a, b) => a.dueAt - b.dueAt)[0]
    if (next !== undefined) this.#ask(next, now, out)
  }

  /** In a replay: the recorder asked this now, for a cause that may be older than the recording. */
  recorded(text: string, now: Micros, out: Output[]): void {
    if (this.#asking !== undefined) return
    const isAsked = ({ book }: Schedule<Book>) =>
      this.#questions.ask(book.state.instrument.venueSymbol)[0] === text && isComparable(book)
    const asked = this.#schedules.find(isAsked)
    if (asked !== undefined) this.#ask(asked, now, out)
  }

  /** What the second socket said, or that it is gone. Undefined when that says nothing of a book of ours. */
  heard(input: Heard, out: Output[]): Compared<Book> | undefined {
    if (input.id !== this.#socket) return undefined
    const asking = this.#asking
    if (asking === undefined) {
      if (input.kind === 'probe-ended') this.#socket = undefined
      return undefined
    }
    if (input.kind === 'probe-ended') {
      const reason = `a fresh book: ${input.reason}`
      this.#failed(asking, new TransportError({ ...where(asking), reason }), input.now, out)
      return undefined
    }
    const { text, now } = input
    return this.#read(asking, { text, now, out }, () => asking.answer.take(text, now))
  }

  /** An answer is there that is not read to its end. */
  get isReading(): boolean {
    return this.#asking?.answer.isReading === true
  }

  /** Reads on at it. */
  readOn(now: Micros, out: Output[]): Compared<Book> | undefined {
    const asking = this.#asking
    return asking && this.#read(asking, { text: '', now, out }, () => asking.answer.readOn?.())
  }

  #read(
    asking: Question<Book>,
    { text, now, out }: { readonly text: string; readonly now: Micros; readonly out: Output[] },
    read: () => void,
  ): Compared<Book> | undefined {
    try {
      read()
    } catch (cause) {
      this.#failed(asking, unanswered(asking, text, cause, this.#pace.restMs), now, out)
      return undefined
    }
    const { book } = asking.schedule
    return { book, action: this.compare(book, now, out) }
  }

  /** Looks again after either book has changed, or either socket has come further. */
  compare(book: Book, now: Micros, out: Output[]): Action {
    const asking = this.#asking
    if (asking === undefined || asking.schedule.book !== book || !this.#isStanding(asking)) return 'none'
    const verdict = asking.answer.fresh.verdict()
    if (verdict.kind === 'later') return 'none'
    const action = book.compared(verdict, now, out)
    asking.schedule.dueAt = after(now, verdict.kind === 'differs' ? AGAIN_MS : this.#pace.everyMs)
    this.#letGo()
    this.#keepOrHangUp(book, now, out)
    return action
  }

  #bringForward(schedule: Schedule<Book>, now: Micros): void {
    const { wantsFresh } = schedule.book
    if (schedule.dueAt === NEVER || (wantsFresh !== 'suspected' && wantsFresh !== 'doubted')) return
    const { doubtedMs, suspectedMs } = this.#pace
    const earliest = after(schedule.askedAt, wantsFresh === 'doubted' ? doubtedMs : suspectedMs)
    schedule.dueAt = Math.min(schedule.dueAt, Math.max(now, earliest, schedule.restUntil)) as Micros
  }

  #ask(schedule: Schedule<Book>, now: Micros, out: Output[]): void {
    const { url, ask, end } = this.#questions
    const { book } = schedule
    const { venueSymbol, id: about } = book.state.instrument
    this.#socket ??= `${end === undefined ? venueSymbol : 'books'}:${++this.#count}`
    schedule.askedAt = now
    schedule.dueAt = after(now, this.#pace.everyMs)
    this.#asking = { schedule, answer: book.beginCompare() }
    out.push({ kind: 'probe', id: this.#socket, url, send: ask(venueSymbol), withinMs: ANSWER_WITHIN_MS, about })
  }

  #failed(asking: Question<Book>, error: FeedError, now: Micros, out: Output[]): void {
    out.push({ kind: 'error', error })
    this.#rest(asking, now, out)
  }

  /** Not answered: another try after a while, on another socket. */
  #rest({ schedule }: Question<Book>, now: Micros, out: Output[]): void {
    schedule.restUntil = after(now, this.#pace.restMs)
    schedule.dueAt = schedule.restUntil
    this.#letGo()
    this.#hangUp(out)
  }

  /** The book that is compared has not been replaced or lost since. */
  #isStanding({ schedule: { book }, answer }: Question<Book>): boolean {
    return book.state.isTrusted && book.comparisons.current === answer.fresh
  }

  #letGo(): void {
    const asking = this.#asking
    this.#asking = undefined
    asking?.schedule.book.comparisons.end(asking.answer.fresh)
  }

  #keepOrHangUp({ state: { instrument } }: Book, now: Micros, out: Output[]): void {
    const { url, end } = this.#questions
    const id = this.#socket
    const nextAt = Math.min(...this.#schedules.filter(({ book }) => isComparable(book)).map(({ dueAt }) => dueAt))
    if (id === undefined || end === undefined || nextAt > after(now, KEPT_MS)) this.#hangUp(out)
    else out.push({ kind: 'probe', id, url, send: end(instrument.venueSymbol), withinMs: KEPT_MS })
  }

  #hangUp(out: Output[]): void {
    if (this.#socket !== undefined) out.push({ kind: 'probe-done', id: this.#socket })
    this.#socket = undefined
  }
}

type Compared<Book> = { readonly book: Book; readonly action: Action }
type Heard = Extract<Input, { kind: 'probe' | 'probe-ended' }>
type Schedule<Book> = { readonly book: Book; dueAt: Micros; askedAt: Micros; restUntil: Micros }
type Question<Book> = { readonly schedule: Schedule<Book>; readonly answer: Answer }

function isComparable({ state, wantsFresh }: Probed): boolean {
  return state.isTrusted && wantsFresh !== 'never'
}

function unanswered<Book extends Probed>(asking: Question<Book>, frame: string, cause: unknown, retryAfterMs: number) {
  const said = saidBy(cause)
  if (cause instanceof Refused) {
    return new RateLimited({ ...where(asking), reason: `a fresh book was refused: ${said}`, retryAfterMs })
  }
  return new VenueProtocolError({
    ...where(asking),
    reason: `a fresh book cannot be read: ${said}`,
    frame,
    cause,
  })
}

function where({ schedule: { book } }: Question<Probed>) {
  const { venue, id: instrument } = book.state.instrument
  return { venue, instrument }
}
