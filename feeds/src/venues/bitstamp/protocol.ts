import type { Instrument, Micros } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Action } from '../../book-state.ts'
import { notFolded, RateLimited, SubscribeRefused, TransportError, UpstreamNotice, unreadable } from '../../errors.ts'
import type { Input, Output, Protocol } from '../../venue.ts'
import { Seconds } from '../seconds.ts'
import { trusted } from '../trusted.ts'
import { object, parseObject, type Raw, string } from '../wire.ts'
import { readBook, readDiff, readTrade } from './frames.ts'
import { BitstampPair } from './pair.ts'
import { Seeder } from './seeder.ts'

/** Books first: they are what is waited for. */
const CHANNELS = ['diff_order_book', 'order_book', 'live_trades'] as const
/** Nothing else proves life where nothing happens. */
const HEARTBEAT_MS = 10_000
const RATE_LIMITED_MS = 10_000

/**
 * Bitstamp: differences on a fetched book, watched over by the channel that repeats the top 100 levels; trades.
 *
 * The differences carry a time and no sequence: one that is lost shows only in the top. Source: www.bitstamp.net/websocket/v2.
 */
export class BitstampProtocol implements Protocol {
  readonly #pairs = new Map<string, BitstampPair>()
  readonly #seeder: Seeder
  readonly #seconds = new Seconds()
  #isOpen = false
  #aliveAt = 0 as Micros
  #heartbeatAt = 0 as Micros
  #isRolling = false
  /** An error that named no pair, since one was last asked for again. */
  #refusal: string | undefined

  constructor(instruments: readonly Instrument[], httpUrl: string) {
    for (const instrument of instruments) this.#pairs.set(instrument.venueSymbol, new BitstampPair(instrument))
    this.#seeder = new Seeder(httpUrl)
  }

  get bufferedUpdates(): number {
    let kept = 0
    for (const pair of this.#pairs.values()) kept += pair.bufferedCount
    return kept
  }

  step(input: Input): readonly Output[] {
    const out: Output[] = []
    const { now } = input
    switch (input.kind) {
      case 'open':
        this.#open(now, out)
        break
      case 'frame':
        this.#aliveAt = now
        this.#frame(input.text, now, out)
        break
      case 'ping':
        this.#aliveAt = now
        break
      case 'http': {
        const seeded = this.#seeder.answered(input.reply, now, out)
        if (seeded !== undefined) this.#act(seeded.pair, seeded.action, now, out)
        break
      }
      case 'tick':
        this.#tick(now, out)
        break
      case 'distrust': {
        const pair = trusted(this.#pairs, input.instrument)
        if (pair !== undefined) this.#act(pair, pair.unreadable(notFolded(pair.instrument), now, out), now, out)
        break
      }
      case 'closed':
        this.#isOpen = false
        this.#seeder.closed()
        for (const pair of this.#pairs.values()) pair.state.closed(input.reason, now, out)
        break
      case 'asked':
      case 'probe':
      case 'probe-ended':
        break
    }
    return out
  }

  #open(now: Micros, out: Output[]): void {
    this.#isOpen = true
    this.#isRolling = false
    this.#refusal = undefined
    this.#aliveAt = now
    this.#heartbeatAt = now
    const pairs = [...this.#pairs.values()].filter(({ state }) => state.state !== 'refused')
    for (const pair of pairs) pair.state.requested(now, out)
    for (const channel of CHANNELS) for (const pair of pairs) this.#send('subscribe', channel, pair, out)
    this.#seconds.start(now, out)
  }

  #tick(now: Micros, out: Output[]): void {
    if (!this.#seconds.passed(now, out) || !this.#isOpen) return
    if (now >= after(this.#heartbeatAt, HEARTBEAT_MS)) {
      this.#heartbeatAt = now
      out.push({ kind: 'send', text: JSON.stringify({ event: 'bts:heartbeat' }) })
    }
    for (const pair of this.#pairs.values()) this.#act(pair, pair.tick(now, this.#aliveAt, out), now, out)
  }

  #frame(text: string, now: Micros, out: Output[]): void {
    let pair: BitstampPair | undefined
    let holdsLevels = false
    try {
      const frame = parseObject(text)
      const [, channel, symbol = ''] = CHANNEL.exec(String(frame.channel)) ?? []
      pair = this.#pairs.get(symbol)
      holdsLevels = frame.event === 'data' && channel === 'diff_order_book'
      this.#event(frame, channel, pair, now, out)
    } catch (cause) {
      const cut = pair === undefined ? /"diff_order_book_([^"]*)"/.exec(text)?.[1] : undefined
      const broken = cut === undefined ? pair : this.#pairs.get(cut)
      // A frame cut short may have been a difference; no sequence number would tell.
      holdsLevels ||= cut !== undefined
      const instrument = broken?.instrument.id
      const error = unreadable({ venue: 'bitstamp', instrument, frame: text, holdsLevels, cause })
      if (broken !== undefined && holdsLevels) {
        this.#act(broken, broken.unreadable(error, now, out), now, out)
      } else out.push({ kind: 'error', error })
    }
  }

  #event(frame: Raw, channel: string | undefined, pair: BitstampPair | undefined, now: Micros, out: Output[]): void {
    const event = string(frame, 'event')
    switch (event) {
      case 'bts:subscription_succeeded':
        if (channel === 'diff_order_book' && pair?.state.isAwaited) this.#begun(pair, now, out)
        return
      case 'bts:unsubscription_succeeded':
      case 'bts:heartbeat':
        return
      case 'bts:error':
        this.#refused(object(frame.data, 'data'), pair, now, out)
        return
      case 'bts:request_reconnect':
        this.#roll(out)
        return
      case 'data':
      case 'trade':
        break
      default:
        throw new TypeError(`event ${JSON.stringify(event)} is unknown`)
    }
    const data = object(frame.data, 'data')
    string(frame, 'channel')
    if (pair === undefined) return
    const { instrument } = pair
    if (event === 'trade') pair.trade(readTrade(data, instrument, now), out)
    else if (channel === 'order_book') this.#act(pair, pair.top(readBook(data, instrument), now, out), now, out)
    else this.#act(pair, pair.diff(readDiff(data, instrument), now, out), now, out)
  }

  /** The differences come from now on: a book fetched from here is one they continue. */
  #begun(pair: BitstampPair, now: Micros, out: Output[]): void {
    pair.state.acknowledged(now)
    pair.begun()
    this.#seeder.ask(pair, now, out)
  }

  /** The venue is about to move its clients elsewhere, and closes the socket some seconds after it has said so. */
  #roll(out: Output[]): void {
    if (this.#isRolling) return
    this.#isRolling = true
    const reason = 'Bitstamp asks us to connect anew'
    out.push({ kind: 'roll', error: new UpstreamNotice({ venue: 'bitstamp', reason }) })
  }

  /** `{"event":"bts:error","channel":"","data":{"code":null,"message":"Bad subscription string."}}`: mostly without a channel. */
  #refused(data: Raw, pair: BitstampPair | undefined, now: Micros, out: Output[]): void {
    const reason = `Bitstamp: ${string(data, 'message')}`
    if (/already/i.test(reason)) return
    if (/limit|too many/i.test(reason)) {
      out.push({ kind: 'error', error: new RateLimited({ venue: 'bitstamp', reason, retryAfterMs: RATE_LIMITED_MS }) })
    } else if (pair !== undefined) this.#refuse(pair, reason, now, out)
    else {
      this.#refusal = reason
      out.push({ kind: 'error', error: new SubscribeRefused({ venue: 'bitstamp', reason }) })
    }
  }

  #refuse(pair: BitstampPair, reason: string, now: Micros, out: Output[]): void {
    pair.state.refuse(new SubscribeRefused({ venue: 'bitstamp', instrument: pair.instrument.id, reason }), now, out)
  }

  #act(pair: BitstampPair, action: Action, now: Micros, out: Output[]): void {
    switch (action) {
      case 'none':
        return
      case 'request':
        this.#refusal = undefined
        this.#send('subscribe', 'diff_order_book', pair, out)
        break
      case 'resubscribe':
        this.#send('unsubscribe', 'diff_order_book', pair, out)
        this.#send('subscribe', 'diff_order_book', pair, out)
        pair.state.requested(now, out)
        break
      case 'reconnect': {
        const { venueSymbol, id: instrument } = pair.instrument
        // Asked for twice, and an error that names nobody came since: it is this one's, and the others need not pay for it.
        if (this.#refusal !== undefined) {
          this.#refuse(pair, this.#refusal, now, out)
          return
        }
        this.#isOpen = false
        const reason = `${venueSymbol}: subscribed twice, and nothing came`
        out.push({ kind: 'reconnect', error: new TransportError({ venue: 'bitstamp', instrument, reason }) })
        break
      }
    }
  }

  #send(
    what: 'subscribe' | 'unsubscribe',
    channel: (typeof CHANNELS)[number],
    pair: BitstampPair,
    out: Output[],
  ): void {
    const data = { channel: `${channel}_${pair.instrument.venueSymbol}` }
    out.push({ kind: 'send', text: JSON.stringify({ event: `bts:${what}`, data }) })
  }
}

const CHANNEL = /^(diff_order_book|order_book|live_trades)_(.+)$/
