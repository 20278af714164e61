import type { Instrument, InstrumentId, Micros, Ticker } from '@depthcast/market'
import { after } from '../../book-policy.ts'
import type { Action } from '../../book-state.ts'
import { type FeedError, notFolded, SubscribeRefused, UpstreamNotice, VenueProtocolError } from '../../errors.ts'
import type { Input, Output, Protocol } from '../../venue.ts'
import { integer, levels, object, optional, parseObject, price, quantity, type Raw, string } from '../wire.ts'
import { Seeder } from './seeder.ts'
import { BinanceSymbol } from './symbol.ts'

const TICK_MS = 1_000
/** Binance ends a connection at 24 h; better at a moment of ours. */
const LIFE_MS = 23 * 3_600_000

/**
 * Binance spot, one combined stream: depth diffs joined to REST snapshots, trades, bookTicker as ticker and as the book's second source.
 *
 * Source: binance-spot-api-docs, web-socket-streams.md and rest-api.md.
 */
export class BinanceProtocol implements Protocol {
  readonly #symbols = new Map<string, BinanceSymbol>()
  readonly #seeder: Seeder
  #openedAt: Micros | undefined
  #aliveAt = 0 as Micros
  #ticking = false

  constructor(instruments: readonly Instrument[], httpUrl: string) {
    for (const instrument of instruments) this.#symbols.set(instrument.venueSymbol, new BinanceSymbol(instrument))
    this.#seeder = new Seeder(httpUrl)
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
        const symbol = this.#symbols.get(this.#seeder.symbolOf(input.reply))
        if (symbol !== undefined) this.#act(symbol, this.#seeder.answered(symbol, input.reply, now, out), now, out)
        break
      }
      case 'tick':
        this.#tick(now, out)
        break
      case 'distrust':
        this.#distrusted(input.instrument, now, out)
        break
      case 'probe':
      case 'probe-ended':
        break
      case 'closed':
        this.#openedAt = undefined
        this.#seeder.closed()
        for (const symbol of this.#symbols.values()) symbol.state.closed(input.reason, now, out)
    }
    return out
  }

  #open(now: Micros, out: Output[]): void {
    this.#openedAt = now
    this.#aliveAt = now
    for (const symbol of this.#symbols.values()) {
      symbol.opened(now, out)
      this.#seeder.ask(symbol, now, out)
    }
    if (!this.#ticking) this.#again(now, out)
  }

  #tick(now: Micros, out: Output[]): void {
    this.#again(now, out)
    if (this.#openedAt === undefined) return
    if (now >= after(this.#openedAt, LIFE_MS)) {
      this.#openedAt = now
      out.push({ kind: 'reconnect', error: this.#notice('the connection is 23 h old, Binance ends it at 24 h') })
      return
    }
    for (const symbol of this.#symbols.values()) {
      this.#act(symbol, symbol.tick(now, this.#aliveAt, out), now, out)
      this.#act(symbol, this.#seeder.tick(symbol, this.#openedAt, now, out), now, out)
    }
  }

  #distrusted(instrument: InstrumentId, now: Micros, out: Output[]): void {
    for (const symbol of this.#symbols.values()) {
      if (symbol.instrument.id !== instrument || !symbol.state.isTrusted) continue
      this.#act(symbol, symbol.unreadable(notFolded('binance', instrument), now, out), now, out)
    }
  }

  #frame(text: string, now: Micros, out: Output[]): void {
    let symbol: BinanceSymbol | undefined
    let holdsLevels = false
    try {
      const frame = parseObject(text)
      const event = frame.data === undefined ? frame : object(frame.data, 'data')
      if (typeof event.s === 'string') symbol = this.#symbols.get(event.s)
      holdsLevels = event.e === 'depthUpdate'
      this.#event(event, symbol, now, out)
    } catch (cause) {
      const error = this.#unreadable(cause, text, symbol, holdsLevels)
      if (symbol !== undefined && holdsLevels) this.#act(symbol, symbol.unreadable(error, now, out), now, out)
      else out.push({ kind: 'error', error })
    }
  }

  #event(event: Raw, symbol: BinanceSymbol | undefined, now: Micros, out: Output[]): void {
    if (event.e === 'serverShutdown') {
      out.push({ kind: 'reconnect', error: this.#notice('Binance announced that this server shuts down') })
      return
    }
    if (event.e === undefined && event.s === undefined) {
      this.#answer(event, out)
      return
    }
    if (symbol === undefined) {
      string(event, 's')
      return
    }
    switch (event.e) {
      case 'depthUpdate':
        this.#depth(event, symbol, now, out)
        break
      case 'trade':
        this.#trade(event, 't', symbol, now, out)
        break
      case 'aggTrade':
        this.#trade(event, 'a', symbol, now, out)
        break
      case '24hrMiniTicker':
      case '24hrTicker':
        this.#day(event, symbol, now, out)
        break
      case 'kline':
        return
      case undefined:
        this.#top(event, symbol, now, out)
        break
      default:
        throw new TypeError(`event ${JSON.stringify(event.e)} is unknown`)
    }
  }

  #depth(event: Raw, symbol: BinanceSymbol, now: Micros, out: Output[]): void {
    const { instrument } = symbol
    const first = integer(event, 'U')
    const last = integer(event, 'u')
    if (first > last) throw new TypeError(`U ${first} is above u ${last}`)
    const bids = levels(event.b, 'b', instrument)
    const asks = levels(event.a, 'a', instrument)
    const exchangeTime = (integer(event, 'E') * 1000) as Micros
    this.#act(symbol, symbol.depth({ first, last, bids, asks, exchangeTime }, now, out), now, out)
  }

  /** `m` says that the buyer was the maker, so the taker sold. Raw trades and aggregated ones are counted apart by the venue. */
  #trade(event: Raw, idField: 't' | 'a', symbol: BinanceSymbol, now: Micros, out: Output[]): void {
    const { instrument } = symbol
    const id = integer(event, idField)
    if (typeof event.m !== 'boolean') throw new TypeError('m is not true or false')
    const side = event.m ? 'sell' : 'buy'
    const exchangeTime = (integer(event, 'T') * 1000) as Micros
    const trade = {
      kind: 'trade',
      instrument: instrument.id,
      tradeId: String(id),
      price: price(event.p, instrument),
      quantity: quantity(event.q, instrument),
      side,
      exchangeTime,
      receivedAt: now,
    } as const
    symbol.trade(trade, id, out)
  }

  /** bookTicker names neither its kind nor its time. */
  #top(event: Raw, symbol: BinanceSymbol, now: Micros, out: Output[]): void {
    const { instrument } = symbol
    const id = integer(event, 'u')
    const bid = price(event.b, instrument)
    const bidLots = quantity(event.B, instrument)
    const ask = price(event.a, instrument)
    const askLots = quantity(event.A, instrument)
    const quote = { bid, bidQuantity: bidLots, ask, askQuantity: askLots }
    out.push({ kind: 'event', event: { kind: 'ticker', ...this.#stamp(instrument, undefined, now), ...quote } })
    this.#act(symbol, symbol.top({ id, bid, bidLots, ask, askLots }, now, out), now, out)
  }

  #day(event: Raw, symbol: BinanceSymbol, now: Micros, out: Output[]): void {
    const { instrument } = symbol
    const figures = {
      last: optional(event.c, price, instrument),
      open24h: optional(event.o, price, instrument),
      high24h: optional(event.h, price, instrument),
      low24h: optional(event.l, price, instrument),
      volume24h: optional(event.v, quantity, instrument),
    }
    const known = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined))
    const exchangeTime = (integer(event, 'E') * 1000) as Micros
    out.push({
      kind: 'event',
      event: { kind: 'ticker', ...this.#stamp(instrument, exchangeTime, now), ...known } as Ticker,
    })
  }

  /** Answers to what was sent; we send nothing, so only an error says anything: `{"error":{"code":2,"msg":"…"}}` or `{"code":2,"msg":"…"}`. */
  #answer(event: Raw, out: Output[]): void {
    const failure = event.error === undefined ? event : object(event.error, 'error')
    if (failure.code !== undefined) {
      const reason = `Binance answered code ${String(failure.code)}: ${string(failure, 'msg')}`
      out.push({ kind: 'error', error: new SubscribeRefused({ venue: 'binance', reason }) })
    } else if (!('result' in event)) throw new TypeError('neither an event nor an answer')
  }

  #act(symbol: BinanceSymbol, action: Action, now: Micros, out: Output[]): void {
    if (action === 'request' || action === 'resubscribe') this.#seeder.ask(symbol, now, out)
    if (action === 'reconnect') {
      const error = this.#notice(`${symbol.instrument.venueSymbol}: its stream does not start`)
      out.push({ kind: 'reconnect', error })
    }
  }

  #again(now: Micros, out: Output[]): void {
    this.#ticking = true
    out.push({ kind: 'timer', at: after(now, TICK_MS) })
  }

  #unreadable(
    cause: unknown,
    frame: string,
    symbol: BinanceSymbol | undefined,
    holdsLevels: boolean,
  ): VenueProtocolError {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new VenueProtocolError({
      venue: 'binance',
      ...(symbol === undefined ? {} : { instrument: symbol.instrument.id }),
      ...(symbol !== undefined && holdsLevels ? { recovery: 'resync' as const } : {}),
      reason,
      frame,
      cause,
    })
  }

  #notice(reason: string): FeedError {
    return new UpstreamNotice({ venue: 'binance', reason })
  }

  #stamp(instrument: Instrument, exchangeTime: Micros | undefined, now: Micros) {
    return { instrument: instrument.id, exchangeTime, receivedAt: now }
  }
}
