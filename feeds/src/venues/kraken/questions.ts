import type { Instrument, Micros } from '@depthcast/market'
import type { FreshBook } from '../fresh-book/fresh-book.ts'
import { type Answer, type Pace, type Questions, Refused } from '../fresh-book/prober.ts'
import { parseLexemes } from '../lexemes.ts'
import { list, object, type Raw, sideOfBook, string, Unreadable } from '../wire.ts'
import { type Decimals, DepthBook } from './depth-book.ts'
import { checksumIn, HEARTBEAT, levelsIn, SocketTime, sentAt, timeOf, whole } from './frames.ts'

const EVERY_MS = 60_000
const SPACED_MS = 2_000
/** A heartbeat may say up to a second too much of how far its socket has come, where frames come in bursts; the rest is for the venue's own channels. */
export const APART_US = 1_500_000

/**
 * Each pair once a minute, so that no level below the checksum's is wrong for longer: a book of 1000 levels a side is some 70 kB, little more than 1 kB a
 * second and pair, where the updates of a busy one are ten. A socket with many pairs asks every two seconds, fifty pairs then once in 100 s.
 */
export function paceFor(pairs: number): Pace {
  return { everyMs: Math.max(EVERY_MS, SPACED_MS * pairs), suspectedMs: 10_000, doubtedMs: 1_000, restMs: 60_000 }
}

/**
 * All questions of a socket's pairs share one second socket, as attempts to connect are what is scarce: about 150 in ten minutes. Its subscriptions
 * are ended one by one, each by its depth. One question at a time needs no id, and without one it is the same text whenever it is asked, by which a
 * replay knows what was asked.
 */
export function questions(url: string, depth: number): Questions {
  const message = (method: 'subscribe' | 'unsubscribe', venueSymbol: string): string => {
    const params = { channel: 'book', symbol: [venueSymbol], depth }
    const snapshot = method === 'subscribe' ? { snapshot: true } : {}
    return JSON.stringify({ method, params: { ...params, ...snapshot } })
  }
  return {
    url,
    ask: (venueSymbol) => [message('subscribe', venueSymbol)],
    end: (venueSymbol) => [message('unsubscribe', venueSymbol)],
  }
}

/**
 * Reads the socket on which a pair's book was asked for again, and holds that book as ours is held: cut to its depth, its checksum compared.
 *
 * A snapshot is of the time it carries, or of the time at which the acknowledgement before it was sent, whichever is later: until 2025 it carried none,
 * and what it carries may be when the book last changed.
 */
export class PairAnswer implements Answer {
  readonly fresh: FreshBook
  readonly #instrument: Instrument
  readonly #theirs: DepthBook
  readonly #time = new SocketTime()
  #hasBook = false

  constructor(instrument: Instrument, fresh: FreshBook, { depth, extra }: { depth: number; extra: Decimals }) {
    this.#instrument = instrument
    this.fresh = fresh
    this.#theirs = new DepthBook(fresh.theirs, depth)
    this.#theirs.extra = extra
  }

  take(text: string, now: Micros): void {
    if (text === HEARTBEAT) this.#time.heartbeat(now)
    else this.#frame(object(parseLexemes(text), 'frame'), now)
    const { reached } = this.#time
    if (reached !== undefined) this.fresh.theirsReached(reached)
  }

  #frame(frame: Raw, now: Micros): void {
    if (frame.channel === undefined) this.#answered(frame, now)
    if (frame.channel !== 'book') return
    for (const entry of list(frame.data, 'data')) {
      const book = object(entry, 'a book')
      if (string(book, 'symbol') !== this.#instrument.venueSymbol) continue
      if (frame.type === 'snapshot') this.#snapshot(book, now)
      else if (this.#hasBook) this.#update(book, now)
    }
  }

  /** What the pair before this one was asked for ends on the same socket: how that is answered does not matter. */
  #answered(answer: Raw, now: Micros): void {
    if (answer.method === 'unsubscribe') return
    if (typeof answer.error === 'string') throw new Refused(answer.error)
    this.#time.told(sentAt(answer), now)
    const { depth } = object(answer.result ?? {}, 'result')
    if (depth !== undefined) this.#theirs.depth = whole(depth, 'depth')
  }

  #snapshot(raw: Raw, now: Micros): void {
    const bids = this.#theirs.within(sideOfBook(levelsIn(raw.bids, 'bids', this.#instrument), 'bid'))
    const asks = this.#theirs.within(sideOfBook(levelsIn(raw.asks, 'asks', this.#instrument), 'ask'))
    if (raw.checksum !== undefined) this.#compare(this.#theirs.checksumOf(bids, asks), raw)
    const time = timeOf(raw)
    if (time !== undefined && time > (this.#time.reached ?? 0)) this.#time.told(time, now)
    this.fresh.snapshot({ bids, asks, time: this.#time.reached })
    this.#hasBook = true
  }

  #update(raw: Raw, now: Micros): void {
    const bids = levelsIn(raw.bids, 'bids', this.#instrument)
    const asks = levelsIn(raw.asks, 'asks', this.#instrument)
    const change = this.#theirs.fold(bids, asks)
    this.#compare(this.#theirs.checksum(), raw)
    this.#time.told(timeOf(raw), now)
    this.fresh.theirsChanged({ ...change, time: this.#time.reached ?? now })
  }

  #compare(checksum: number, raw: Raw): void {
    if (checksum !== checksumIn(raw)) throw new Unreadable('its checksum is not that of its levels')
  }
}
