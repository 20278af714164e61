import type { Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Action } from '../../book-state.ts'
import {
  type FeedError,
  RateLimited,
  SequenceGap,
  SubscribeRefused,
  TransportError,
  VenueProtocolError,
} from '../../errors.ts'
import type { HttpReply, Output } from '../../venue.ts'
import { integer, levels, parseObject, sideOfBook } from '../wire.ts'
import { type BinanceSymbol, SEED_LEVELS, type Seed } from './symbol.ts'

/** Weight 5; only its update id is wanted. */
const PROBE_LEVELS = 5
/** The first so many snapshots are asked for at once, the others two a second. */
const BURST = 20
const SPACING_MS = 500
/** Between tries after a snapshot that was too old or did not come. */
const RETRY_MS = [1_000, 2_000, 4_000] as const
const RATE_LIMITED_MS = 60_000
/** A stream without events for this long is asked after: it may be quiet, or never have started. */
const PROBE_FIRST_MS = 10_000
const PROBE_LATER_MS = 30_000
/** A diff is at most 100 ms behind its snapshot; after this it is not coming. */
const PROBE_GRACE_MS = 2_000

/**
 * Fetches what the stream cannot give: the snapshots that books are put on, and, where a stream is silent, its venue's newest update id as the
 * proof that there was nothing to say. A misspelled or dead stream gives pings and no error, so silence alone proves nothing.
 */
export class Seeder {
  readonly #httpUrl: string
  readonly #asked = new Map<
    string,
    { seed: boolean; probe: boolean; tries: number; probedAt: Micros | undefined; proof: Proof | undefined }
  >()
  #generation = 0
  #spacedAt = 0 as Micros

  constructor(httpUrl: string) {
    this.#httpUrl = httpUrl
  }

  /** The socket is gone: replies still on their way belong to the past. */
  closed(): void {
    this.#generation++
    this.#asked.clear()
  }

  /** Asks for a snapshot unless one is on its way. */
  ask(symbol: BinanceSymbol, now: Micros, out: Output[], delayMs = 0): void {
    const asked = this.#of(symbol)
    if (asked.seed) return
    asked.seed = true
    const earliest = Math.max(after(now, delayMs), this.#spacedAt)
    this.#spacedAt = Math.max(this.#spacedAt, after(now, -BURST * SPACING_MS)) as Micros
    this.#spacedAt = after(this.#spacedAt, SPACING_MS)
    this.#request('seed', symbol, SEED_LEVELS, earliest as Micros, out)
  }

  /** The symbol a reply belongs to; empty for a reply to an earlier socket's question. */
  symbolOf(reply: HttpReply): string {
    const [, symbol = '', generation] = reply.id.split(':')
    return generation === String(this.#generation) ? symbol : ''
  }

  answered(symbol: BinanceSymbol, reply: HttpReply, now: Micros, out: Output[]): Action {
    switch (reply.id.split(':')[0]) {
      case 'seed':
        return this.#seeded(symbol, reply, now, out)
      case 'reseed':
        return this.#reseeded(symbol, reply, now, out)
      default:
        return this.#probed(symbol, reply, now, out)
    }
  }

  /** Asks after a silent stream, and judges the answer when the diff it promises had time to come. */
  tick(symbol: BinanceSymbol, openedAt: Micros, now: Micros, out: Output[]): Action {
    if (!symbol.state.isTrusted) return 'none'
    if (symbol.beginReseed(now)) this.#request('reseed', symbol, SEED_LEVELS, now, out)
    const asked = this.#of(symbol)
    const { proof } = asked
    if (proof !== undefined && now >= proof.dueAt) {
      asked.proof = undefined
      const localId = symbol.join.localId ?? 0
      if (localId < proof.id) return this.#silent(symbol, localId, proof.id, now, out)
    }
    const heardAt = Math.max(symbol.depthAt ?? openedAt, asked.probedAt ?? openedAt) as Micros
    const waitMs = symbol.depthAt === undefined && asked.probedAt === undefined ? PROBE_FIRST_MS : PROBE_LATER_MS
    if (now >= after(heardAt, waitMs) && !asked.probe) {
      asked.probe = true
      asked.probedAt = now
      this.#request('probe', symbol, PROBE_LEVELS, now, out)
    }
    return 'none'
  }

  #seeded(symbol: BinanceSymbol, reply: HttpReply, now: Micros, out: Output[]): Action {
    const asked = this.#of(symbol)
    asked.seed = false
    if (!symbol.state.isAwaited) return 'none'
    const read = this.#read(symbol, reply)
    if (!('lastId' in read)) return this.#failed(symbol, read, now, out)
    const action = symbol.seed(read, now, out)
    if (action === 'too-old') {
      this.ask(symbol, now, out, RETRY_MS[Math.min(asked.tries++, RETRY_MS.length - 1)])
      return 'none'
    }
    asked.tries = 0
    return action
  }

  #reseeded(symbol: BinanceSymbol, reply: HttpReply, now: Micros, out: Output[]): Action {
    const read = this.#read(symbol, reply)
    if ('lastId' in read) return symbol.reseed(read, now, out)
    out.push({ kind: 'error', error: read })
    return symbol.reseed(undefined, now, out)
  }

  #probed(symbol: BinanceSymbol, reply: HttpReply, now: Micros, out: Output[]): Action {
    const asked = this.#of(symbol)
    asked.probe = false
    const read = this.#read(symbol, reply)
    if ('lastId' in read) asked.proof = { id: read.lastId, dueAt: after(now, PROBE_GRACE_MS) }
    else out.push({ kind: 'error', error: read })
    return 'none'
  }

  /** The venue's book moved on and the stream did not tell: never started is for the states to count, a hole is a hole. */
  #silent(symbol: BinanceSymbol, localId: number, id: number, now: Micros, out: Output[]): Action {
    const { venue, id: instrument } = symbol.instrument
    const started = symbol.depthAt !== undefined
    const failed = symbol.state.fail(
      new SequenceGap({ venue, instrument, expected: localId + 1, received: id }),
      'sequence',
      now,
      out,
    )
    symbol.join.reset()
    if (started || failed === 'none') return failed
    return symbol.state.missed('its depth stream never started', ++symbol.silences, now, out)
  }

  #failed(symbol: BinanceSymbol, error: FeedError, now: Micros, out: Output[]): Action {
    if (error instanceof SubscribeRefused) {
      symbol.state.refuse(error, now, out)
      return 'none'
    }
    out.push({ kind: 'error', error })
    const asked = this.#of(symbol)
    const waitMs =
      error instanceof RateLimited ? error.retryAfterMs : RETRY_MS[Math.min(asked.tries++, RETRY_MS.length - 1)]
    this.ask(symbol, now, out, waitMs)
    return 'none'
  }

  #read(symbol: BinanceSymbol, reply: HttpReply): Seed | FeedError {
    const { venue, id: instrument } = symbol.instrument
    const where = { venue, instrument }
    const reason = `${reply.url}: HTTP ${reply.status} ${reply.body.slice(0, 200)}`
    if (reply.status === 429 || reply.status === 418) {
      return new RateLimited({ ...where, reason, retryAfterMs: reply.retryAfterMs ?? RATE_LIMITED_MS })
    }
    // -1121 is "Invalid symbol."
    if (reply.status === 400 && reply.body.includes('-1121')) return new SubscribeRefused({ ...where, reason })
    if (reply.status !== 200) return new TransportError({ ...where, reason })
    try {
      const raw = parseObject(reply.body)
      const bids = sideOfBook(levels(raw.bids, 'bids', symbol.instrument), 'bid')
      const asks = sideOfBook(levels(raw.asks, 'asks', symbol.instrument), 'ask')
      return { lastId: integer(raw, 'lastUpdateId'), bids, asks }
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      return new VenueProtocolError({ ...where, reason: why, frame: reply.body, cause })
    }
  }

  #request(
    kind: 'seed' | 'reseed' | 'probe',
    symbol: BinanceSymbol,
    limit: number,
    notBefore: Micros,
    out: Output[],
  ): void {
    const { venueSymbol } = symbol.instrument
    const url = `${this.#httpUrl}/api/v3/depth?symbol=${venueSymbol}&limit=${limit}`
    out.push({ kind: 'http', request: { id: `${kind}:${venueSymbol}:${this.#generation}`, url }, notBefore })
  }

  #of(symbol: BinanceSymbol) {
    const { venueSymbol } = symbol.instrument
    let asked = this.#asked.get(venueSymbol)
    if (asked === undefined) {
      asked = { seed: false, probe: false, tries: 0, probedAt: undefined, proof: undefined }
      this.#asked.set(venueSymbol, asked)
    }
    return asked
  }
}

/** The venue's newest update id, which the stream must have reached by `dueAt`. */
type Proof = { readonly id: number; readonly dueAt: Micros }
