import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Action } from '../../book-state.ts'
import { type FeedError, RateLimited, TransportError, VenueProtocolError } from '../../errors.ts'
import type { Input, Output } from '../../venue.ts'
import { parseObject, string } from '../wire.ts'
import { readHeartbeat, readSnapshot, readUpdate } from './frames.ts'
import type { FreshBook } from './fresh-book.ts'
import type { CoinbaseProduct } from './product.ts'
import { subscription } from './requests.ts'

const EVERY_MS = 600_000
/** After something was suspected, and after a question that was not answered. */
const APART_MS = 60_000
/** After the ticker differed; and after a fresh book did, to settle it. */
const DOUBT_APART_MS = 10_000
const AGAIN_MS = 1_000
const ANSWER_WITHIN_MS = 20_000
const NEVER = Number.POSITIVE_INFINITY as Micros
/** A runner that never says the socket ended, as a replay: the question is forgotten. */
const FORGET_MS = 2 * ANSWER_WITHIN_MS

/**
 * Asks the venue for its whole book again, on a second socket, and holds ours against it: every 10 minutes, spread over the products, and whenever the
 * ticker differs or something is suspected. Without sequence and checksum nothing else shows a lost update below the top of the book.
 *
 * One question at a time, so that it costs one socket and one of the 10 subscriptions a product and channel may have.
 * Source: docs.cdp.coinbase.com/exchange, WebSocket rate limits.
 */
export class Prober {
  readonly #url: string
  readonly #schedules: Schedule[]
  #asking: Question | undefined
  #count = 0

  constructor(products: Iterable<CoinbaseProduct>, url: string) {
    this.#url = url
    this.#schedules = [...products].map((product) => ({
      product,
      dueAt: NEVER,
      askedAt: 0 as Micros,
      restUntil: 0 as Micros,
    }))
  }

  /** A new socket. The products take turns, so that they do not all come due at once. */
  opened(now: Micros): void {
    const { length } = this.#schedules
    this.#schedules.forEach((schedule, index) => {
      schedule.dueAt = after(now, (EVERY_MS * (index + 1)) / length)
    })
  }

  /** The socket is gone, and our books with it: there is nothing to compare. */
  closed(out: Output[]): void {
    this.#finish(out)
    for (const schedule of this.#schedules) schedule.dueAt = NEVER
  }

  tick(now: Micros, out: Output[]): void {
    const asking = this.#asking
    if (asking !== undefined) {
      if (this.#isStanding(asking) && now < after(asking.schedule.askedAt, FORGET_MS)) return
      this.#rest(asking, now, out)
    }
    for (const schedule of this.#schedules) this.#bringForward(schedule, now)
    const due = this.#schedules.filter(({ dueAt, product }) => dueAt <= now && product.state.isTrusted)
    const next = due.sort((a, b) => a.dueAt - b.dueAt)[0]
    if (next !== undefined) this.#ask(next, now, out)
  }

  /** What the second socket said, or that it is gone. Undefined when it is no question of ours. */
  heard(input: Probed, out: Output[]): { readonly product: CoinbaseProduct; readonly action: Action } | undefined {
    const asking = this.#asking
    if (asking === undefined || asking.id !== input.id) return undefined
    const { schedule, book } = asking
    const { product } = schedule
    if (input.kind === 'probe-ended') {
      this.#failed(
        asking,
        new TransportError({ ...where(product), reason: `a fresh book: ${input.reason}` }),
        input.now,
        out,
      )
      return undefined
    }
    try {
      this.#read(input.text, product, book)
    } catch (cause) {
      const reason = `a fresh book cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`
      const error =
        cause instanceof Refused
          ? new RateLimited({ ...where(product), reason: cause.message, retryAfterMs: APART_MS })
          : new VenueProtocolError({ ...where(product), reason, frame: input.text, cause })
      this.#failed(asking, error, input.now, out)
      return undefined
    }
    return { product, action: this.compare(product, input.now, out) }
  }

  /** Looks again after either book has changed. */
  compare(product: CoinbaseProduct, now: Micros, out: Output[]): Action {
    const asking = this.#asking
    if (asking === undefined || asking.schedule.product !== product || !this.#isStanding(asking)) return 'none'
    const verdict = asking.book.verdict()
    if (verdict.kind === 'later') return 'none'
    this.#finish(out)
    const action = product.compared(verdict, now, out)
    asking.schedule.dueAt = after(now, product.isDoubted ? AGAIN_MS : EVERY_MS)
    return action
  }

  #bringForward(schedule: Schedule, now: Micros): void {
    if (schedule.dueAt === NEVER) return
    const wanted = schedule.product.wantsFresh
    if (wanted === 'no') return
    const earliest = after(schedule.askedAt, wanted === 'doubted' ? DOUBT_APART_MS : APART_MS)
    schedule.dueAt = Math.min(schedule.dueAt, Math.max(now, earliest, schedule.restUntil)) as Micros
  }

  #ask(schedule: Schedule, now: Micros, out: Output[]): void {
    const { product } = schedule
    const { venueSymbol } = product.instrument
    const id = `${venueSymbol}:${++this.#count}`
    schedule.askedAt = now
    schedule.dueAt = after(now, EVERY_MS)
    this.#asking = { id, schedule, book: product.beginCompare() }
    const send = [subscription('subscribe', [venueSymbol], ['level2_batch', 'heartbeat'])]
    out.push({ kind: 'probe', id, url: this.#url, send, withinMs: ANSWER_WITHIN_MS })
  }

  #read(text: string, product: CoinbaseProduct, book: FreshBook): void {
    const frame = parseObject(text)
    if (frame.type === 'error')
      throw new Refused(`a fresh book was refused: ${String(frame.message)} ${String(frame.reason)}`)
    if (frame.product_id !== product.instrument.venueSymbol) return
    switch (string(frame, 'type')) {
      case 'snapshot':
        book.snapshot(readSnapshot(frame, product.instrument))
        break
      case 'l2update':
        book.theirsChanged(readUpdate(frame, product.instrument))
        break
      case 'heartbeat': {
        const { time } = readHeartbeat(frame)
        if (time !== undefined) book.theirsReached(time)
        break
      }
    }
  }

  #failed(asking: Question, error: FeedError, now: Micros, out: Output[]): void {
    out.push({ kind: 'error', error })
    this.#rest(asking, now, out)
  }

  /** Not answered: another try after a while. */
  #rest(asking: Question, now: Micros, out: Output[]): void {
    asking.schedule.restUntil = after(now, APART_MS)
    asking.schedule.dueAt = asking.schedule.restUntil
    this.#finish(out)
  }

  /** The book that is compared has not been replaced or lost since. */
  #isStanding({ schedule: { product }, book }: Question): boolean {
    return product.state.isTrusted && product.comparison === book
  }

  #finish(out: Output[]): void {
    const asking = this.#asking
    if (asking === undefined) return
    this.#asking = undefined
    asking.schedule.product.endCompare(asking.book)
    out.push({ kind: 'probe-done', id: asking.id })
  }
}

type Probed = Extract<Input, { kind: 'probe' | 'probe-ended' }>
type Schedule = { readonly product: CoinbaseProduct; dueAt: Micros; askedAt: Micros; restUntil: Micros }
type Question = { readonly id: string; readonly schedule: Schedule; readonly book: FreshBook }

class Refused extends Error {}

function where(product: CoinbaseProduct) {
  return { venue: product.instrument.venue, instrument: product.instrument.id }
}
