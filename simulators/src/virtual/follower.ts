import type { InstrumentState, MarketEvent } from '@depthcast/market'
import { Levels } from './level-sum.ts'
import type { Truth } from './truth.ts'

/** States in which a book is given out as right. */
const MARKED_RIGHT: readonly InstrumentState[] = ['live', 'quiet']

/** Frames may be held back for so long, µs: a snapshot that comes within this may be from before what was done. */
const HELD = 6_000_000

type Verdict = 'right' | 'unmarked' | { readonly because: string }

/** Folds one instrument's events as whoever listens would, and holds each book against the truth. */
export class Follower {
  readonly #truth: Truth
  readonly #levels = new Levels()
  #hasBook = false
  #lastMoment = -1
  /** Of the last book event; the next one goes on from there or opens an epoch. */
  #epoch: number | undefined
  #seq = 0
  /** A snapshot may be of an earlier moment than the last book when what makes it up to date comes with it, in the same instant. */
  #owed: { readonly at: number; readonly because: string } | undefined
  #excused = NEVER
  #silentSince: number | undefined
  #oldSince: number | undefined
  #lookedAt = { moment: 0, now: 0 }
  state: InstrumentState | undefined
  compared = 0
  wrong = 0
  silent = 0
  silentUs = 0
  oldUs = 0

  constructor(truth: Truth) {
    this.#truth = truth
  }

  get isTrue(): boolean {
    return this.#hasBook && this.#truth.momentOf(this.#levels.sum, this.#lastMoment) !== undefined
  }

  /** A fault that does not show at once struck: until then the book may be wrong, or until it is taken anew and right. */
  excuse(at: number, until: number): void {
    this.#excused = { at, until: Math.max(this.#excused.until, until) }
  }

  /** Why the book is wrong after this event, or was before it, although it was marked right; nothing where it is not. */
  hear(event: MarketEvent): readonly string[] {
    const now = event.receivedAt
    const wrongs: string[] = []
    if (this.#owed !== undefined && now > this.#owed.at) {
      this.#blame(this.#owed.because, now, wrongs)
      this.#owed = undefined
    }
    switch (event.kind) {
      case 'status':
        this.state = event.state
        if (!this.#isMarked) this.#silence(now, wrongs)
        break
      case 'gap':
        if (event.stream !== 'book') break
        this.#drop()
        this.#silence(now, wrongs)
        break
      case 'book-snapshot':
      case 'book-delta':
        this.#change(event, wrongs)
        break
      case 'trade':
      case 'ticker':
        break
    }
    return wrongs
  }

  /** To be called once in a while: a book that is marked right and was the market's at no moment since the last time is old. */
  look(now: number): void {
    const before = this.#lookedAt
    this.#lookedAt = { moment: this.#truth.moment, now }
    const isWrong = this.#silentSince !== undefined
    if (
      !this.#hasBook ||
      !this.#isMarked ||
      isWrong ||
      this.#truth.momentOf(this.#levels.sum, before.moment) !== undefined
    ) {
      this.#oldSince = undefined
      return
    }
    this.#oldSince ??= before.now
    this.oldUs = Math.max(this.oldUs, now - this.#oldSince)
  }

  get #isMarked(): boolean {
    return this.state !== undefined && MARKED_RIGHT.includes(this.state)
  }

  #change(event: Extract<MarketEvent, { kind: 'book-snapshot' | 'book-delta' }>, wrongs: string[]): void {
    const { kind, epoch, seq, receivedAt: now } = event
    const isSnapshot = kind === 'book-snapshot'
    const isOpened = this.#epoch === undefined || epoch > this.#epoch
    const follows = isSnapshot ? isOpened && seq === 1 : epoch === this.#epoch && seq === this.#seq + 1
    this.#epoch = epoch
    this.#seq = seq
    if (isSnapshot) {
      this.#drop()
      this.#hasBook = true
    } else if (!this.#hasBook) {
      wrongs.push('an update without a snapshot')
      this.wrong++
      return
    }
    if (!follows) {
      wrongs.push(`${kind}: ${epoch}/${seq} does not follow`)
      this.wrong++
    }
    this.#levels.take('bid', event.bids)
    this.#levels.take('ask', event.asks)
    const verdict = this.#judge(kind, now)
    if (typeof verdict === 'object') this.#blame(verdict.because, now, wrongs)
    if (verdict !== 'right') return
    this.#silence(now, wrongs)
    if (isSnapshot && now > this.#excused.at + HELD) this.#excused = NEVER
  }

  #drop(): void {
    this.#levels.clear()
    this.#hasBook = false
    this.#owed = undefined
  }

  #blame(because: string, now: number, wrongs: string[]): void {
    if (now <= this.#excused.until) {
      this.silent++
      this.#silentSince ??= now
      return
    }
    this.wrong++
    wrongs.push(because)
  }

  /** The book is right again, or no longer said to be: how long was it not? */
  #silence(now: number, wrongs: string[]): void {
    if (this.#silentSince === undefined) return
    this.silentUs = Math.max(this.silentUs, now - this.#silentSince)
    this.#silentSince = undefined
    if (now > this.#excused.until) this.#overdue(now, wrongs)
  }

  #overdue(now: number, wrongs: string[]): void {
    this.wrong++
    wrongs.push(`wrong for ${Math.round((now - this.#excused.until) / 1000)} ms longer than its fault may stay unseen`)
  }

  #judge(after: string, now: number): Verdict {
    this.compared++
    const moment = this.#truth.momentOf(this.#levels.sum, this.#lastMoment)
    if (moment !== undefined) {
      this.#lastMoment = moment
      this.#owed = undefined
      return 'right'
    }
    // The state of a snapshot is told right behind it.
    const isSnapshot = after === 'book-snapshot'
    if (!isSnapshot && !this.#isMarked) return 'unmarked'
    if (!this.#truth.knows(this.#levels.sum)) return { because: `${after}: never the market's book` }
    const because = `${after}: an older book than the one before`
    if (!isSnapshot && this.#owed?.at !== now) return { because }
    this.#owed ??= { at: now, because }
    return 'unmarked'
  }
}

const NEVER = { at: Number.NEGATIVE_INFINITY, until: Number.NEGATIVE_INFINITY }
