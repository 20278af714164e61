import type {
  BookSnapshot,
  CandleFigures,
  Instrument,
  InstrumentId,
  Interval,
  Micros,
  VenueEvent,
  VenueId,
  Verification,
} from '@depthcast/market'
import type { FeedError } from './errors.ts'

/** What a venue offers, for `--help`, the docs and the integrity grade. */
export type Capabilities = {
  /** For people, e.g. `Binance spot`. */
  readonly title: string
  /** What stands behind its books. */
  readonly integrity: Verification
  /** Traded when the operator names no symbols, in our spelling, e.g. `BTC-USD`. */
  readonly defaultSymbols: readonly string[]
  readonly limits: Limits
  /** Levels a side of its books where the operator does not choose; absent where there is nothing to choose. */
  readonly depth?: number
  /** What the operator may choose instead. */
  readonly depths?: readonly number[]
}

/** What a venue allows us, over all our sockets to it. */
export type Limits = {
  /** Connection attempts within `perMs`, probes and successors counted. */
  readonly connects: number
  readonly perMs: number
  /** Messages we may send a second. */
  readonly sendsPerSecond: number
  /** What `sendsPerSecond` counts: each socket for itself, or all sockets from our address together. Default `socket`. */
  readonly sendsCountPer?: 'socket' | 'address'
  /** HTTP requests a second from our address. Default: as many as are wanted, until the venue answers 429 or 418. */
  readonly requestsPerSecond?: number
  /** For a venue that weighs requests: the weight that our address may spend at once, and what comes back of it a second. Default: none is weighed. */
  readonly requestWeight?: { readonly burst: number; readonly perSecond: number }
  /** Longest silence of a living socket, frames and pings counted; past it the socket is terminated. Default 60 000. */
  readonly silenceMs?: number
  /** The venue ends a connection of this age: the link rolls to another before, at a moment of its own. Default: it does not. */
  readonly lifeMs?: number
  /** Least delay before an attempt, from the third in a row on. */
  readonly minDelayMs?: number
}

/**
 * What a protocol can prove while it runs.
 *
 * `sequence` an update continues the one before · `seed` a fetched snapshot joins the stream · `checksum` the venue's own checksum ·
 * `oracle` a second source speaks of the very moment of our book · `oracle-on-subscribe` the same, sent on subscribing: it may carry
 * an older moment, so a difference is counted apart and means nothing.
 */
export type Check = 'sequence' | 'seed' | 'checksum' | 'oracle' | 'oracle-on-subscribe'

export type HttpRequest = {
  readonly id: string
  readonly url: string
  /** At a venue that weighs them. Default 1. */
  readonly weight?: number
  /** It takes only what nobody else wants, and of that a part, so that all that can wait together never crowds out a book. */
  readonly canWait?: true
}
export type HttpReply = {
  readonly id: string
  readonly url: string
  readonly status: number
  readonly body: string
  readonly retryAfterMs?: number
}

/**
 * How an operator bends a venue: other addresses (an emulator is just another address), a seed and a pace for simulated ones. Addresses are
 * origins, e.g. `ws://127.0.0.1:9100`: the venue's own paths come behind them.
 */
export type VenueOptions = {
  readonly wsUrl?: string
  readonly httpUrl?: string
  readonly seed?: number
  /** How many times as many orders a second as usual. */
  readonly rate?: number
  /** Levels a side of its books, where a venue lets one choose. */
  readonly depth?: number
}

/** Bars of the past over HTTP. */
export type History = {
  readonly intervals: readonly Interval[]
  /** How many bars a request for some span may ask for; absent where a venue tells the newest ones alone. */
  readonly barsPerSpan?: number
  /** The newest bars, as many as one request gives; or those of a span that is over. */
  request(instrument: Instrument, interval: Interval, span?: Span): Omit<HttpRequest, 'id'>
  /** Of a reply to a request for the same. Throws Unreadable. */
  read(body: string, instrument: Instrument, span?: Span): ToldBars
}

/** Bars that open from `from` on and before `to`, µs. */
export type Span = { readonly from: number; readonly to: number }

/** All bars from `from` on, oldest first, without those in which nobody traded. */
export type ToldBars = {
  readonly from: Micros
  readonly bars: readonly CandleFigures[]
  /** Where the venue tells a bar that is not over as well: when that one began. It is not among them. */
  readonly openFrom?: number | undefined
  /** What is older was told, but on another grid: for this instrument it is no past. */
  readonly isCut?: true
}

/** Where the instruments of a venue come from. */
export type Directory = {
  /** Fetched before anything else, each once. Empty for a venue that knows its instruments. */
  readonly requests: readonly HttpRequest[]
  /** Every instrument the venue trades. Throws VenueProtocolError on a reply it cannot read. */
  parse(replies: readonly HttpReply[]): readonly Instrument[]
}

/** One socket's worth of instruments. */
export type ConnectionPlan = {
  readonly venue: VenueId
  /** Undefined for a venue that runs in process. */
  readonly url: string | undefined
  readonly instruments: readonly Instrument[]
  readonly options: VenueOptions
}

/** What a protocol is told. `now` is our clock; in a replay, the recorder's. */
export type Input =
  | { readonly kind: 'open'; readonly now: Micros }
  | { readonly kind: 'frame'; readonly now: Micros; readonly text: string }
  | { readonly kind: 'ping'; readonly now: Micros }
  | { readonly kind: 'http'; readonly now: Micros; readonly reply: HttpReply }
  | { readonly kind: 'tick'; readonly now: Micros }
  /** Whoever folds this instrument's events could not: what it has of the book is lost, however right it is here. */
  | { readonly kind: 'distrust'; readonly now: Micros; readonly instrument: InstrumentId }
  /** Only in a replay: the recorder sent this on a second socket, and here nothing has been asked that it could be. */
  | { readonly kind: 'asked'; readonly now: Micros; readonly text: string }
  /** A frame from the socket that a `probe` asked for. */
  | { readonly kind: 'probe'; readonly now: Micros; readonly id: string; readonly text: string }
  /** That socket is gone before `probe-done`: refused, closed, or out of time. */
  | { readonly kind: 'probe-ended'; readonly now: Micros; readonly id: string; readonly reason: string }
  | { readonly kind: 'closed'; readonly now: Micros; readonly code: number; readonly reason: string }

/** What a protocol wants done. */
export type Output =
  | { readonly kind: 'event'; readonly event: VenueEvent }
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'http'; readonly request: HttpRequest; readonly notBefore?: Micros }
  /** Wants a `tick` at this time; a later timer does not cancel an earlier one. */
  | { readonly kind: 'timer'; readonly at: Micros }
  /** Close this socket and open another, after the venue's backoff. */
  | { readonly kind: 'reconnect'; readonly error: FeedError }
  /**
   * This socket will go soon: opens another for the same plan first, with a protocol of its own, and lets this one go when every book that is
   * live here is live there. Nobody downstream sees a gap.
   */
  | { readonly kind: 'roll'; readonly error: FeedError }
  /**
   * Asks a question on a second socket: sends `send` as it opens, and gives what it says as `probe` inputs, for `withinMs` at most. With the `id` of
   * a socket that is still there it is asked on that one, and `withinMs` begins anew. `about` is whose book is asked for; absent where what was asked
   * before is ended.
   */
  | {
      readonly kind: 'probe'
      readonly id: string
      readonly url: string
      readonly send: readonly string[]
      readonly withinMs: number
      readonly about?: InstrumentId
    }
  /** The question is answered: its socket may go. */
  | { readonly kind: 'probe-done'; readonly id: string }
  /** One verification and how it came out, to be counted; a failed one has already been acted on. */
  | { readonly kind: 'check'; readonly check: Check; readonly instrument: InstrumentId; readonly ok: boolean }
  /** Something went wrong and was dealt with: to be counted and logged. */
  | { readonly kind: 'error'; readonly error: FeedError }

/**
 * One connection's conversation with a venue as a pure state machine: no socket, no timer, no clock inside, so recorded traffic, a fuzzer and
 * a live socket all drive the same code. Never throws on a frame: what it cannot read comes out as an `error` output.
 */
export type Protocol = {
  step(input: Input): readonly Output[]
  /** Updates of books that are kept until the snapshot which they continue is there; absent where snapshots come in the stream. */
  readonly bufferedUpdates?: number
}

/** Everything that differs between exchanges, and nothing that does I/O. One file in `venues/`, one line in its index. */
export type Venue = {
  readonly id: VenueId
  describe(): Capabilities
  directory(options: VenueOptions): Directory
  /** Instruments as a recording shows them, with the coarsest grid that holds every number in it; for recordings without a directory. */
  infer?(frames: Iterable<string>, replies: Iterable<HttpReply>): readonly Instrument[]
  /** True when a recording of this socket address is this venue's. */
  recognises?(url: string): boolean
  plan(instruments: readonly Instrument[], options: VenueOptions): readonly ConnectionPlan[]
  protocol(plan: ConnectionPlan): Protocol
  /** What a chart begins with. Absent: with the first trade. */
  history?(options: VenueOptions): History
  /**
   * A whole book in this venue's words, as its own protocol would take it: where a recording begins in the middle of a book, it begins with this.
   * Absent: such recordings cannot be replayed.
   */
  retell?(image: BookImage): readonly Retold[]
}

/** A frame, or the reply to a request of this address. */
export type Retold = { readonly text: string } | { readonly url: string; readonly body: string }

/** A book as it stood at some moment; `exchangeTime` is when it last changed, by the venue's clock. */
export type BookImage = Pick<BookSnapshot, 'bids' | 'asks' | 'venueSeq'> & {
  readonly instrument: Instrument
  readonly exchangeTime?: Micros
}
