import type { BookDelta, BookSnapshot, InstrumentId, Micros, Status, Trade, VenueEvent } from '@depthcast/market'
import { Book } from '@depthcast/market'
import type { Published, PublishedByInstrument } from './published.ts'

/** Kept of a successor's trades of one instrument until it takes over; the oldest go first, which the old connection has long told. */
const MOST_TRADES = 2_000
/** Changes kept to go on from where the old connection's book stands; with more, its book is sent whole. */
const MOST_DELTAS = 1_000
/** After this long with every book live on both, a book that is still a little behind is sent whole. */
const PATIENCE = 5_000_000
/** A little: both connections told of changes within this. One that has stood still for longer is not late but has lost something. */
const A_LITTLE = 1_000_000
/** How long a book that is right on the old connection and given up on the new one holds all others back: the old one ends, whatever they wait for. */
const GIVEN_UP_FOR = 60_000_000

/**
 * What a successor's connection says before it takes over: unseen, folded, and turned into what whoever listens needs to go on with it.
 *
 * A book goes on with the successor's changes where the venue's update ids join, else with one snapshot: no gap either way, as nothing was lost.
 * Trades that both told are told once. An instrument that the venue served on the old connection and will not serve on the new one is lost with the
 * change, openly: its book breaks, and the venue's reason is told. Where it serves none, the old connection is kept for as long as it lives.
 */
export class Handover {
  readonly #published: PublishedByInstrument
  readonly #instruments: readonly InstrumentId[]
  readonly #unseen = new Map<InstrumentId, Unseen>()
  #liveSince: Micros | undefined

  constructor(instruments: readonly InstrumentId[], published: PublishedByInstrument) {
    this.#instruments = instruments
    this.#published = published
  }

  /** An event of the successor. */
  take(event: VenueEvent): void {
    const unseen = this.#of(event.instrument)
    switch (event.kind) {
      case 'book-snapshot':
        unseen.begin(event)
        break
      case 'book-delta':
        unseen.change(event)
        break
      case 'gap':
        if (event.stream === 'book') unseen.hasBook = false
        break
      case 'status':
        unseen.becomes(event)
        break
      case 'trade':
        unseen.trades.push(event)
        if (unseen.trades.length > MOST_TRADES) unseen.trades.shift()
        break
      case 'ticker':
        // The old connection told it too, and the next one is complete again.
        break
    }
  }

  /**
   * Whether every book is right here that is right on the old connection, or may become so there, and none is older than there. One that has long
   * been given up here is not waited for, unless all are.
   */
  isReady(now: Micros): boolean {
    const wanted = this.#instruments.filter((id) => !isGivenUp(this.#published.of(id)))
    const isReached = wanted.length === 0 || wanted.some((id) => this.#of(id).isGood)
    if (!isReached || !wanted.every((id) => this.#of(id).isGood || this.#of(id).isLost(now))) {
      this.#liveSince = undefined
      return false
    }
    this.#liveSince ??= now
    const isPatient = now - this.#liveSince < PATIENCE
    return this.#instruments.every((id) => {
      const [unseen, published] = [this.#of(id), this.#published.of(id)]
      return !unseen.isBehind(published) || (!isPatient && unseen.isMoving(now) && published.isMoving(now, A_LITTLE))
    })
  }

  /** What is to be published from here on, before anything else of the successor. `now` is for what it says of itself. */
  switch(now: Micros): readonly VenueEvent[] {
    return this.#instruments.flatMap((id) => {
      const unseen = this.#of(id)
      const published = this.#published.of(id)
      const trades = unseen.trades.filter((trade) => published.isNews(trade))
      return [...bookOf(id, unseen, published, now), ...trades, ...statusOf(unseen, published)]
    })
  }

  #of(instrument: InstrumentId): Unseen {
    let found = this.#unseen.get(instrument)
    if (found === undefined) {
      found = new Unseen()
      this.#unseen.set(instrument, found)
    }
    return found
  }
}

/** One instrument on the successor. */
class Unseen {
  hasBook = false
  status: Status | undefined
  readonly trades: Trade[] = []
  #givenUpAt: Micros | undefined
  readonly #book = new Book()
  #deltas: BookDelta[] = []
  #last: BookSnapshot | BookDelta | undefined
  /** The deltas reach back to the snapshot. */
  #isWhole = true
  #seedSeq: number | undefined

  get isGood(): boolean {
    return this.hasBook && GOOD.has(this.status?.state)
  }

  /** It has been given up for so long that nobody waits for it. */
  isLost(now: Micros): boolean {
    return this.#givenUpAt !== undefined && now - this.#givenUpAt >= GIVEN_UP_FOR
  }

  becomes(status: Status): void {
    this.status = status
    this.#givenUpAt = isGivenUp(status) ? (this.#givenUpAt ?? status.receivedAt) : undefined
  }

  begin(snapshot: BookSnapshot): void {
    this.hasBook = true
    this.#book.replace(snapshot.bids, snapshot.asks)
    this.#deltas = []
    this.#isWhole = true
    this.#last = snapshot
    this.#seedSeq = snapshot.venueSeq?.[1]
  }

  change(delta: BookDelta): void {
    this.#book.apply(delta.bids, delta.asks)
    this.#last = delta
    this.#deltas.push(delta)
    if (this.#deltas.length <= MOST_DELTAS) return
    this.#deltas.shift()
    this.#isWhole = false
  }

  isBehind({ hasBook, lastSeq, bookTime }: Published): boolean {
    if (!hasBook) return false
    const seq = this.#last?.venueSeq?.[1]
    if (seq !== undefined && lastSeq !== undefined) return seq < lastSeq
    const time = this.#last?.exchangeTime
    return time !== undefined && bookTime !== undefined && time < bookTime
  }

  isMoving(now: Micros): boolean {
    return this.#last !== undefined && now - this.#last.receivedAt <= A_LITTLE
  }

  /** The changes after `seq`; undefined when the venue's ids do not tell, or what is kept does not reach back so far. */
  since(seq: number | undefined): readonly BookDelta[] | undefined {
    const last = this.#last?.venueSeq?.[1]
    if (seq === undefined || last === undefined || last < seq) return undefined
    if (last === seq) return []
    const from = this.#deltas.findIndex(({ venueSeq }) => venueSeq !== undefined && venueSeq[1] > seq)
    const first = this.#deltas[from]?.venueSeq?.[0]
    if (first === undefined) return undefined
    const isJoined = first <= seq + 1 || (this.#isWhole && this.#seedSeq !== undefined && this.#seedSeq <= seq)
    return isJoined ? this.#deltas.slice(from) : undefined
  }

  snapshot(now: Micros): BookSnapshot | undefined {
    if (this.#last === undefined) return undefined
    const { instrument, exchangeTime, verified, venueSeq } = this.#last
    const sides = { bids: this.#book.bids(), asks: this.#book.asks() }
    const seq = venueSeq === undefined ? {} : { venueSeq }
    return { kind: 'book-snapshot', instrument, exchangeTime, receivedAt: now, verified, ...seq, ...sides }
  }
}

/** What a book may be called while it is exact. */
const GOOD = new Set<string | undefined>(['live', 'quiet', 'halted'])

/** No connection is going to have it soon: nobody waits for it. */
function isGivenUp({ state }: Pick<Published, 'state'>): boolean {
  return state === 'refused' || state === 'degraded'
}

function bookOf(instrument: InstrumentId, unseen: Unseen, published: Published, now: Micros): readonly VenueEvent[] {
  if (!unseen.hasBook) {
    // The successor's protocol believes that nobody has a book yet: its first snapshot will come without a word.
    if (!published.hasBook) return []
    return [{ kind: 'gap', stream: 'book', reason: 'restart', instrument, exchangeTime: undefined, receivedAt: now }]
  }
  const deltas = published.hasBook ? unseen.since(published.lastSeq) : undefined
  if (deltas !== undefined) return deltas
  const snapshot = unseen.snapshot(now)
  return snapshot === undefined ? [] : [snapshot]
}

function statusOf({ status }: Unseen, { state, reason }: Published): readonly Status[] {
  return status === undefined || (status.state === state && status.reason === reason) ? [] : [status]
}
