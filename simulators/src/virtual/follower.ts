import type { InstrumentState, MarketEvent } from '@depthcast/market'
import { Levels } from './level-sum.ts'
import type { Truth } from './truth.ts'

/** States in which a book is given out as right. */
const MARKED_RIGHT: readonly InstrumentState[] = ['live', 'quiet']

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
  #excusedUntil = Number.NEGATIVE_INFINITY
  #silentSince: number | undefined
  state: InstrumentState | undefined
  compared = 0
  wrong = 0
  silent = 0
  silentUs = 0

  constructor(truth: Truth) {
    this.#truth = truth
  }

  get isTrue(): boolean {
    return this.#hasBook && this.#truth.momentOf(this.#levels.sum, this.#lastMoment) !== undefined
  }

  /** A fault that does not show at once struck: until then the book may be wrong, or until it is taken anew and right. */
  excuse(until: number): void {
    this.#excusedUntil = Math.max(this.#excusedUntil, until)
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
    if (isSnapshot) this.#excusedUntil = Number.NEGATIVE_INFINITY
  }

  #drop(): void {
    this.#levels.clear()
    this.#hasBook = false
    this.#owed = undefined
  }

  #blame(because: string, now: number, wrongs: string[]): void {
    if (now <= this.#excusedUntil) {
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
    if (now > this.#excusedUntil) this.#overdue(now, wrongs)
  }

  #overdue(now: number, wrongs: string[]): void {
    this.wrong++
    wrongs.push(`wrong for ${Math.round((now - this.#excusedUntil) / 1000)} ms longer than its fault may stay unseen`)
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
