import type { Instrument, Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Action } from '../../book-state.ts'
import { type FeedError, notFolded, StaleFeed, TransportError, UpstreamNotice, unreadable } from '../../errors.ts'
import type { Input, Output, Protocol } from '../../venue.ts'
import { Prober } from '../fresh-book/prober.ts'
import { parseLexemes } from '../lexemes.ts'
import { Seconds } from '../seconds.ts'
import { trusted } from '../trusted.ts'
import { list, object, type Raw, string, Unreadable } from '../wire.ts'
import { Answers } from './answers.ts'
import { HEARTBEAT, SocketTime, sentAt } from './frames.ts'
import { KrakenPair } from './pair.ts'
import { paceFor, questions } from './questions.ts'
import { Subscriptions } from './subscriptions.ts'
import { PairTrades, perSymbol } from './trades.ts'

/** The venue says something every second; when it has not for this long it is asked, and then given up. */
const ASK_AFTER_MS = 3_000
const SILENCE_MS = 10_000
/** A socket without subscription traffic is closed after about a minute. */
const PING_EVERY_MS = 20_000

/**
 * Kraken spot, WebSocket API v2: books whose best ten levels the venue's checksum proves after every message, and whose others are held against a
 * fresh book once a minute; trades, ticker, the list of pairs, and the venue's state.
 *
 * Source: https://docs.kraken.com/api/docs/websocket-v2/ (book, trade, ticker, instrument, status, heartbeat, ping) and the guide
 * spot-ws-book-v2 beside it.
 */
export class KrakenProtocol implements Protocol {
  readonly #pairs = new Map<string, KrakenPair>()
  readonly #subscriptions: Subscriptions
  readonly #answers: Answers
  readonly #prober: Prober<KrakenPair>
  readonly #time = new SocketTime()
  readonly #seconds = new Seconds()
  #isOpen = false
  #frameAt = 0 as Micros
  #pingedAt = 0 as Micros

  constructor(instruments: readonly Instrument[], depth: number, { wsUrl, httpUrl }: Addresses) {
    for (const instrument of instruments)
      this.#pairs.set(instrument.venueSymbol, new KrakenPair(instrument, depth, httpUrl, this.#time))
    this.#prober = new Prober(this.#pairs.values(), questions(wsUrl, depth), paceFor(this.#pairs.size))
    this.#subscriptions = new Subscriptions(depth)
    this.#answers = new Answers(this.#pairs, this.#subscriptions)
  }

  step(input: Input): readonly Output[] {
    const out: Output[] = []
    const { now } = input
    switch (input.kind) {
      case 'open':
        this.#open(now, out)
        break
      case 'frame':
        this.#frameAt = now
        if (input.text === HEARTBEAT) this.#time.heartbeat(now)
        else this.#frame(input.text, now, out)
        this.#compare(now, out)
        break
      case 'tick':
        this.#tick(now, out)
        break
      case 'distrust': {
        const pair = trusted(this.#pairs, input.instrument)
        if (pair !== undefined) this.#act(pair, pair.unreadable(notFolded(pair.instrument), now, out), out)
        break
      }
      case 'closed':
        this.#isOpen = false
        this.#prober.closed(out)
        for (const pair of this.#pairs.values()) pair.state.closed(input.reason, now, out)
        break
      case 'http':
        this.#pairs.get(PairTrades.symbolOf(input.reply) ?? '')?.trades.answered(input.reply, now, out)
        break
      case 'asked':
        if (this.#isOpen) this.#prober.recorded(input.text, now, out)
        break
      case 'probe':
      case 'probe-ended': {
        const compared = this.#prober.heard(input, out)
        if (compared !== undefined) this.#act(compared.book, compared.action, out)
        break
      }
      case 'ping':
        break
    }
    if (this.#isOpen) this.#flush(now, out)
    return out
  }

  #open(now: Micros, out: Output[]): void {
    this.#isOpen = true
    this.#frameAt = now
    this.#pingedAt = now
    const wanted = [...this.#pairs.values()].filter(({ state }) => state.state !== 'refused')
    for (const { state, trades } of wanted) {
      trades.opened()
      state.requested(now, out)
    }
    this.#subscriptions.opened(wanted.map(({ instrument }) => instrument.venueSymbol))
    this.#prober.opened(now)
    this.#seconds.start(now, out)
  }

  #tick(now: Micros, out: Output[]): void {
    if (!this.#seconds.passed(now, out) || !this.#isOpen) return
    const silentMs = Math.round((now - this.#frameAt) / 1000)
    if (silentMs >= SILENCE_MS) {
      this.#reconnect(new StaleFeed({ venue: 'kraken', silentMs, limitMs: SILENCE_MS }), out)
      return
    }
    const pingEveryMs = silentMs >= ASK_AFTER_MS ? ASK_AFTER_MS : PING_EVERY_MS
    if (now >= after(this.#pingedAt, pingEveryMs)) {
      this.#pingedAt = now
      this.#subscriptions.ping(now, out)
    }
    for (const pair of this.#pairs.values()) {
      pair.watch(now)
      this.#act(pair, pair.state.tick(now, this.#frameAt, out), out)
      if (!this.#isOpen) return
    }
    this.#subscriptions.askAgain(now)
    this.#prober.tick(now, out)
  }

  /** The socket has come further, so the book that is compared may be judged. */
  #compare(now: Micros, out: Output[]): void {
    const pair = this.#prober.asked
    const { reached } = this.#time
    if (pair === undefined || reached === undefined) return
    pair.comparisons.current?.oursReached(reached)
    this.#act(pair, this.#prober.compare(pair, now, out), out)
  }

  #frame(text: string, now: Micros, out: Output[]): void {
    let frame: Raw | undefined
    let pair: KrakenPair | undefined
    try {
      frame = object(parseLexemes(text), 'frame')
      if (frame.channel === undefined) {
        this.#answers.take(frame, now, out)
        this.#time.told(sentAt(frame), now)
      } else if (frame.channel !== 'book') {
        this.#message(frame, string(frame, 'channel'), now, out)
      } else {
        for (const entry of list(frame.data, 'data')) {
          const book = object(entry, 'a book')
          pair = this.#pairs.get(string(book, 'symbol'))
          if (pair !== undefined) this.#book(pair, string(frame, 'type'), book, now, out)
        }
      }
    } catch (cause) {
      // A frame cut short may have been an update, and nothing but the next one's checksum would ever tell.
      const holdsLevels = frame === undefined ? /"channel"\s*:\s*"book"/.test(text) : frame.channel === 'book'
      pair ??= holdsLevels ? this.#namedIn(text) : undefined
      const instrument = pair?.instrument.id
      const error = unreadable({ venue: 'kraken', instrument, frame: text, holdsLevels, cause })
      if (pair !== undefined) this.#act(pair, pair.unreadable(error, now, out), out)
      else out.push({ kind: 'error', error })
    }
  }

  #book(pair: KrakenPair, type: string, book: Raw, now: Micros, out: Output[]): void {
    if (type === 'snapshot') this.#act(pair, pair.snapshot(book, now, out), out)
    else if (type === 'update') this.#act(pair, pair.update(book, now, out), out)
    else throw new Unreadable(`type ${type.slice(0, 40)} is neither snapshot nor update`)
  }

  #message(frame: Raw, channel: string, now: Micros, out: Output[]): void {
    switch (channel) {
      case 'heartbeat':
      case 'ohlc':
        return
      case 'status':
        for (const entry of list(frame.data, 'data')) this.#system(string(object(entry, 'status'), 'system'), now, out)
        return
      case 'instrument':
        for (const entry of list(object(frame.data, 'data').pairs, 'pairs')) this.#listed(entry, now, out)
        return
      case 'ticker':
        for (const entry of list(frame.data, 'data')) {
          const raw = object(entry, 'a ticker')
          this.#pairs.get(string(raw, 'symbol'))?.ticker(raw, now, out)
        }
        return
      case 'trade':
        this.#trades(frame, now, out)
        return
      default:
        throw new Unreadable(`channel ${channel.slice(0, 40)} is unknown`)
    }
  }

  #trades(frame: Raw, now: Micros, out: Output[]): void {
    for (const [symbol, entries] of perSymbol(list(frame.data, 'data'))) {
      const missed = this.#pairs.get(symbol)?.trades.take(entries, frame.type === 'snapshot', now, out)
      if (missed) this.#subscriptions.want('trade', [symbol], { afresh: true })
    }
  }

  /** In maintenance sockets are closed, and who comes back within 5 s is not let in: said here so that the link takes its time. */
  #system(system: string, now: Micros, out: Output[]): void {
    if (system === 'maintenance') {
      out.push({ kind: 'error', error: new UpstreamNotice({ venue: 'kraken', reason: 'Kraken is in maintenance' }) })
    }
    for (const pair of this.#pairs.values()) pair.system(system, now, out)
  }

  #listed(entry: unknown, now: Micros, out: Output[]): void {
    const raw = object(entry, 'a pair')
    const pair = this.#pairs.get(string(raw, 'symbol'))
    if (pair !== undefined) this.#act(pair, pair.listed(raw, now, out), out)
  }

  #act(pair: KrakenPair, action: Action, out: Output[]): void {
    const { venueSymbol, id: instrument } = pair.instrument
    switch (action) {
      case 'none':
        return
      case 'request':
        this.#subscriptions.want('book', [venueSymbol], {})
        break
      case 'resubscribe':
        this.#subscriptions.want('book', [venueSymbol], { afresh: true, restart: true })
        break
      case 'reconnect': {
        const reason = `${venueSymbol}: subscribed, and nothing came`
        this.#reconnect(new TransportError({ venue: 'kraken', instrument, reason }), out)
        break
      }
    }
  }

  /** A book that stands is not put in question by being asked for once more. */
  #flush(now: Micros, out: Output[]): void {
    for (const symbol of this.#subscriptions.flush(now, out)) {
      const state = this.#pairs.get(symbol)?.state
      if (state?.isTrusted === false) state.requested(now, out)
    }
  }

  #reconnect(error: FeedError, out: Output[]): void {
    this.#isOpen = false
    out.push({ kind: 'reconnect', error })
  }

  #namedIn(text: string): KrakenPair | undefined {
    return this.#pairs.get(/"symbol"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '')
  }
}

/** Where the venue is: `wsUrl` for the socket and for the second one, whole, `httpUrl` for missed trades, its origin. */
export type Addresses = { readonly wsUrl: string; readonly httpUrl: string }
