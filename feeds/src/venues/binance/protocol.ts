import type { Instrument, Micros } from '@depthcast/market'
import { notFolded, UpstreamNotice, unreadable } from '../../errors.ts'
import type { HttpReply, Input, Output, Protocol } from '../../venue.ts'
import { Seconds } from '../seconds.ts'
import { trusted } from '../trusted.ts'
import { object, parseObject, type Raw, string } from '../wire.ts'
import { Control } from './control.ts'
import { readBest20, readDay, readDepth, readTop, readTrade } from './frames.ts'
import { Listing } from './listing.ts'
import { Requests } from './requests.ts'
import { Seeder } from './seeder.ts'
import { symbolOfStream } from './streams.ts'
import { BinanceSymbol, type SymbolAction } from './symbol.ts'

/** Two messages, paced, and the venue's answer. */
const RESTART_MS = 1_000
const SEED_LEVELS = 1_000

export type BinanceOptions = {
  /** Levels a side to begin a book with, and to know of at any time. Default 1000; the venue gives at most 5000. */
  readonly seedLevels?: number
}

/**
 * Binance spot, one combined stream: depth diffs joined to REST snapshots, `depth20` and bookTicker as the book's second sources, trades, tickers.
 *
 * Source: binance-spot-api-docs, web-socket-streams.md and rest-api.md.
 */
export class BinanceProtocol implements Protocol {
  readonly #symbols = new Map<string, BinanceSymbol>()
  readonly #requests: Requests
  readonly #seeder: Seeder
  readonly #listing: Listing
  readonly #control = new Control()
  readonly #seconds = new Seconds()
  #isOpen = false
  #aliveAt = 0 as Micros

  constructor(instruments: readonly Instrument[], httpUrl: string, options: BinanceOptions = {}) {
    const { seedLevels = SEED_LEVELS } = options
    for (const instrument of instruments) {
      this.#symbols.set(instrument.venueSymbol, new BinanceSymbol(instrument, seedLevels))
    }
    this.#requests = new Requests(httpUrl)
    this.#seeder = new Seeder(this.#requests, seedLevels)
    this.#listing = new Listing(this.#requests, this.#symbols)
  }

  get bufferedUpdates(): number {
    let kept = 0
    for (const { join } of this.#symbols.values()) kept += join.keptCount
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
      case 'http':
        this.#answered(input.reply, now, out)
        break
      case 'tick':
        this.#tick(now, out)
        break
      case 'distrust': {
        const symbol = trusted(this.#symbols, input.instrument)
        if (symbol !== undefined) this.#act(symbol, symbol.unreadable(notFolded(symbol.instrument), now, out), now, out)
        break
      }
      case 'asked':
      case 'probe':
      case 'probe-ended':
        break
      case 'closed':
        this.#closed(input.reason, now, out)
    }
    if (this.#isOpen) this.#requests.pump(now, out)
    return out
  }

  #open(now: Micros, out: Output[]): void {
    this.#isOpen = true
    this.#aliveAt = now
    this.#listing.opened(now)
    for (const symbol of this.#symbols.values()) {
      symbol.opened(now, out)
      if (symbol.state.isAwaited) this.#seeder.ask(symbol, now)
    }
    this.#seconds.start(now, out)
  }

  #closed(reason: string, now: Micros, out: Output[]): void {
    this.#isOpen = false
    this.#requests.closed()
    this.#seeder.closed()
    this.#control.closed()
    for (const symbol of this.#symbols.values()) symbol.state.closed(reason, now, out)
  }

  #tick(now: Micros, out: Output[]): void {
    if (!this.#seconds.passed(now, out) || !this.#isOpen) return
    for (const symbol of this.#symbols.values()) {
      this.#act(symbol, symbol.tick(now, this.#aliveAt, out), now, out)
      if (this.#seeder.tick(symbol, now)) this.#listing.wonder(now)
    }
    this.#seeder.round(this.#symbols.values(), now)
    this.#listing.tick(now)
  }

  #answered(reply: HttpReply, now: Micros, out: Output[]): void {
    const question = this.#requests.answered(reply, now, out)
    if (question === undefined) return
    const { kind, symbol: name } = question
    if (kind === 'status') {
      this.#listing.answered(name, reply, now, out)
      return
    }
    const symbol = this.#symbols.get(name)
    if (symbol !== undefined) this.#act(symbol, this.#seeder.answered(kind, symbol, reply, now, out), now, out)
  }

  #frame(text: string, now: Micros, out: Output[]): void {
    let symbol: BinanceSymbol | undefined
    let holdsLevels = false
    try {
      const frame = parseObject(text)
      const event = frame.data === undefined ? frame : object(frame.data, 'data')
      // The partial book alone does not say whose it is: its stream's name does.
      const name = event.lastUpdateId === undefined ? event.s : symbolOfStream(frame.stream)
      if (typeof name === 'string') symbol = this.#symbols.get(name)
      holdsLevels = event.e === 'depthUpdate'
      this.#event(event, symbol, now, out)
    } catch (cause) {
      const instrument = symbol?.instrument.id
      const error = unreadable({ venue: 'binance', instrument, frame: text, holdsLevels, cause })
      if (symbol !== undefined && holdsLevels) this.#act(symbol, symbol.unreadable(error, now, out), now, out)
      else out.push({ kind: 'error', error })
    }
  }

  #event(event: Raw, symbol: BinanceSymbol | undefined, now: Micros, out: Output[]): void {
    if (event.e === 'serverShutdown') {
      // Source: web-socket-streams.md: sent some time before the server goes, so that a successor can be opened first.
      const error = new UpstreamNotice({ venue: 'binance', reason: 'Binance announced that this server shuts down' })
      out.push({ kind: 'roll', error })
    } else if (event.lastUpdateId !== undefined) this.#best20(event, symbol, now, out)
    else if (event.e === undefined && event.s === undefined) {
      const refused = this.#control.answered(event, out)
      refused?.symbol.state.refuse(refused.error, now, out)
    } else if (symbol === undefined) string(event, 's')
    else this.#symbolEvent(event, symbol, now, out)
  }

  #symbolEvent(event: Raw, symbol: BinanceSymbol, now: Micros, out: Output[]): void {
    const { instrument } = symbol
    switch (event.e) {
      case 'depthUpdate':
        this.#act(symbol, symbol.depth(readDepth(event, instrument), now, out), now, out)
        break
      case 'trade':
        this.#trade(event, 't', symbol, now, out)
        break
      case 'aggTrade':
        this.#trade(event, 'a', symbol, now, out)
        break
      case '24hrMiniTicker':
      case '24hrTicker':
        out.push({ kind: 'event', event: readDay(event, instrument, now) })
        break
      case 'kline':
        return
      case undefined: {
        const { best, ticker } = readTop(event, instrument, now)
        out.push({ kind: 'event', event: ticker })
        this.#act(symbol, symbol.best(best, now, out), now, out)
        break
      }
      default:
        throw new TypeError(`event ${JSON.stringify(event.e)} is unknown`)
    }
  }

  #best20(event: Raw, symbol: BinanceSymbol | undefined, now: Micros, out: Output[]): void {
    if (symbol === undefined) throw new TypeError('a partial book of no symbol we asked for')
    this.#act(symbol, symbol.best(readBest20(event, symbol.instrument), now, out), now, out)
  }

  #trade(event: Raw, idField: 't' | 'a', symbol: BinanceSymbol, now: Micros, out: Output[]): void {
    const { id, trade } = readTrade(event, idField, symbol.instrument, now)
    symbol.traded(trade, now)
    symbol.trades.add(trade, id, idField, out)
  }

  #act(symbol: BinanceSymbol, action: SymbolAction, now: Micros, out: Output[]): void {
    switch (action) {
      case 'none':
        return
      case 'request':
      case 'resubscribe':
        // The streams go on; only the book is asked for again.
        this.#seeder.ask(symbol, now)
        return
      case 'restart':
        this.#control.restart(symbol, out)
        this.#listing.wonder(now)
        // A snapshot from before the streams begin again could not be joined to them.
        this.#seeder.ask(symbol, now, RESTART_MS)
        return
      case 'look-up':
        this.#listing.lookUp(symbol.instrument.venueSymbol, now)
        this.#act(symbol, 'restart', now, out)
        return
      case 'reconnect': {
        const reason = `${symbol.instrument.venueSymbol}: its streams stay silent while its book moves on`
        out.push({ kind: 'reconnect', error: new UpstreamNotice({ venue: 'binance', reason }) })
      }
    }
  }
}
