import type { Instrument, Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import { FeedError, RateLimited, saidBy, TransportError, VenueProtocolError } from '../../errors.ts'
import type { HttpReply, Output } from '../../venue.ts'
import type { Hole, NumberedTrade, TradeChain } from '../trade-chain.ts'
import { list, object } from '../wire.ts'
import { readTrade } from './frames.ts'

/** The most a page may hold. */
const PAGE = 1_000
/** Older trades of a longer hole stay lost, and told as such. */
const MOST_PAGES = 10
/** The venue allows 10 public requests a second and address, and there may be several connections. */
const APART_MS = 500
const RETRY_MS = 5_000
const MOST_TRIES = 3

/**
 * Fetches lost trades, newest page first, one request at a time, and tells them oldest first as `backfilled`.
 *
 * `GET /products/{id}/trades?after=<id>` gives the trades before an id, newest first. The page that goes on behind it begins at the oldest id of this
 * one, which is also what its CB-AFTER header says.
 * Source: docs.cdp.coinbase.com/exchange, REST, get product trades, and pagination.
 */
export class Backfill {
  readonly #httpUrl: string
  #queue: Fetching[] = []
  #asked: { readonly id: string; readonly fetching: Fetching } | undefined
  #nextAt = 0 as Micros
  #count = 0

  constructor(httpUrl: string) {
    this.#httpUrl = httpUrl
  }

  /** Takes on the holes of a product's trades that nobody asked for yet. */
  look(instrument: Instrument, chain: TradeChain): void {
    for (let hole = chain.ask(); hole !== undefined; hole = chain.ask()) {
      this.#queue.push({ instrument, chain, hole, cursor: hole.to + 1, found: [], pages: 0, tries: 0, rounds: 1 })
    }
  }

  /** A new socket. What was asked on the last one may never be answered: it is asked again. */
  opened(): void {
    this.#asked = undefined
  }

  tick(now: Micros, out: Output[]): void {
    const fetching = this.#queue[0]
    if (fetching === undefined || this.#asked !== undefined) return
    const { venueSymbol } = fetching.instrument
    const id = `trades:${venueSymbol}:${++this.#count}`
    const url = `${this.#httpUrl}/products/${venueSymbol}/trades?limit=${PAGE}&after=${fetching.cursor}`
    this.#asked = { id, fetching }
    const notBefore = Math.max(now, this.#nextAt) as Micros
    this.#nextAt = after(notBefore, APART_MS)
    out.push({ kind: 'http', request: { id, url }, notBefore })
  }

  answered(reply: HttpReply, now: Micros, out: Output[]): void {
    if (this.#asked?.id !== reply.id) return
    const { fetching } = this.#asked
    this.#asked = undefined
    const page = this.#read(fetching, reply, now)
    if (page instanceof FeedError) this.#failed(fetching, page, now, out)
    else this.#take(fetching, page, now, out)
    this.tick(now, out)
  }

  #take(fetching: Fetching, page: readonly NumberedTrade[], now: Micros, out: Output[]): void {
    const { hole, found, chain } = fetching
    const oldest = page.reduce((least, { id }) => Math.min(least, id), Number.POSITIVE_INFINITY)
    found.push(...page)
    fetching.pages++
    fetching.tries = 0
    // A page without anything older is the last one there is.
    const isDone = oldest <= hole.from || !(oldest < fetching.cursor) || fetching.pages >= MOST_PAGES
    fetching.cursor = oldest
    if (!isDone) return
    this.#finish(fetching, out)
    const isFilled = !chain.holes.some(({ from, to }) => from <= hole.to && to >= hole.from)
    if (isFilled || fetching.pages >= MOST_PAGES || fetching.rounds >= MOST_TRIES) return
    this.#nextAt = after(now, RETRY_MS)
    this.#queue.push({ ...fetching, cursor: hole.to + 1, found: [], rounds: fetching.rounds + 1 })
  }

  #failed(fetching: Fetching, error: FeedError, now: Micros, out: Output[]): void {
    out.push({ kind: 'error', error })
    this.#nextAt = after(now, error instanceof RateLimited ? error.retryAfterMs : RETRY_MS)
    if (!(error instanceof RateLimited) && ++fetching.tries >= MOST_TRIES) this.#finish(fetching, out)
  }

  /** Tells what was found; of a page that never came nothing is. */
  #finish(fetching: Fetching, out: Output[]): void {
    this.#queue = this.#queue.filter((other) => other !== fetching)
    fetching.chain.fill(fetching.found, out)
  }

  #read({ instrument }: Fetching, reply: HttpReply, now: Micros): readonly NumberedTrade[] | FeedError {
    const where = { venue: instrument.venue, instrument: instrument.id }
    const reason = `${reply.url}: HTTP ${reply.status} ${reply.body.slice(0, 200)}`
    if (reply.status === 429) return new RateLimited({ ...where, reason, retryAfterMs: reply.retryAfterMs ?? RETRY_MS })
    if (reply.status !== 200) return new TransportError({ ...where, reason })
    try {
      const page = list(JSON.parse(reply.body), 'trades')
      return page.map((entry) => {
        const trade = readTrade(object(entry, 'a trade'), instrument, now)
        return { id: Number(trade.tradeId), trade }
      })
    } catch (cause) {
      const why = `lost trades cannot be read: ${saidBy(cause)}`
      return new VenueProtocolError({ ...where, reason: why, frame: reply.body, cause })
    }
  }
}

type Fetching = {
  readonly instrument: Instrument
  readonly chain: TradeChain
  readonly hole: Hole
  /** The oldest id that is known; the next page is of the ids before it. */
  cursor: number
  readonly found: NumberedTrade[]
  pages: number
  tries: number
  /** REST may be behind the socket: what it did not have is looked for again. */
  readonly rounds: number
}
